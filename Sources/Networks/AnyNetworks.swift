public import TensorCore

/// A generator of any family. Tensors keep the names that the network itself gives them.
public struct AnyGenerator: GeneratorNetwork {
    /// The network.
    public var network: any GeneratorNetwork

    /// Wraps a network.
    public init(_ network: any GeneratorNetwork) { self.network = network }

    /// How many numbers a latent vector has.
    public var latentSize: Int { network.latentSize }
    /// What it makes.
    public var pictureShape: PictureShape { network.pictureShape }
    /// How many classes it tells apart.
    public var classCount: Int { network.classCount }

    /// Pictures `[N, H, W, C]` from latents `[N, latentSize]`, as the network makes them.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        network.callAsFunction(latents, context)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) { network.forEachTensor(under: path, body) }
}

/// A discriminator of any family. Tensors keep the names that the network itself gives them.
public struct AnyDiscriminator: DiscriminatorNetwork {
    /// The network.
    public var network: any DiscriminatorNetwork

    /// Wraps a network.
    public init(_ network: any DiscriminatorNetwork) { self.network = network }

    /// What it judges.
    public var pictureShape: PictureShape { network.pictureShape }
    /// How many classes it tells apart.
    public var classCount: Int { network.classCount }

    /// What the network says of pictures `[N, H, W, C]` with values in -1 ... 1.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        network.verdict(pictures, context)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) { network.forEachTensor(under: path, body) }
}

extension AnyGenerator {
    /// How the names of tables end that hold a vector for each class, in any family.
    private static let classTables = [
        "gain.weight", "bias.weight", "embedding.weight", "embed.weight",
    ]

    /// A generator of which every class lies between two of this one's: its class `i` has the vectors
    /// `(1 - t) from + t to` of `blends[i]`. For walks from class to class.
    ///
    /// - Parameter blends: Classes of this generator, `0 ..< classCount`, and `t`, 0 ... 1.
    public func blendingClasses(_ blends: [(from: Int, to: Int, t: Double)]) -> AnyGenerator {
        precondition(
            classCount > 0 && !blends.isEmpty
                && blends.allSatisfy {
                    (0..<classCount).contains($0.from) && (0..<classCount).contains($0.to)
                },
            "[blendingClasses] expected classes below \(classCount), got \(blends)")
        let from = Tensor(int32: blends.map { Int32($0.from) }, shape: [blends.count])
        let to = Tensor(int32: blends.map { Int32($0.to) }, shape: [blends.count])
        let shares = Tensor(blends.map { Float($0.t) }, shape: [blends.count, 1])
        let count = classCount
        var result = self
        result.forEachTensor(under: "") { name, table, role in
            guard role == .parameter, table.rank == 2, table.shape[0] == count,
                Self.classTables.contains(where: { name == $0 || name.hasSuffix("." + $0) })
            else { return }
            let first = table.gathered(from)
            table = first + (table.gathered(to) - first) * shares
        }
        return result
    }
}
