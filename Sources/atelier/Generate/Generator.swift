import Imaging
import Networks
import Runs
import TensorCore
import Training

/// A trained generator, ready to make pictures.
final class PictureMaker {
    /// Pictures are always made in chunks of this many, whatever was asked for: one plan, and the same
    /// arithmetic for a picture alone and among others.
    static let chunkSize = 16

    /// What it was trained as.
    let configuration: RunConfiguration
    /// The checkpoint's first digits of its digest.
    let digest: String
    /// Steps that it was trained for.
    let step: Int
    /// The checkpoint's file.
    let path: String
    private let generator: AnyGenerator
    private let truncation: Double

    /// Opens a run (its newest sound checkpoint), or a checkpoint file.
    ///
    /// - Parameters:
    ///   - isRaw: Takes the generator as the last step left it, not its average.
    ///   - truncation: Below 1 fewer surprises, less variety: styles are drawn toward their mean by it
    ///     where the network has styles, else latents are multiplied by it.
    convenience init(_ path: String, isRaw: Bool, truncation: Double, best: Bool = false) throws {
        let checkpoint: Checkpoint
        if RunFolder.isRun(path) {
            let store = try RunFolder.open(path).checkpoints
            if best {
                guard let found = store.best else {
                    throw Failure(
                        "\(path) has no best checkpoint: none was scored; leave --best out")
                }
                checkpoint = try store.open(step: found.step)
            } else {
                checkpoint = try store.latest().checkpoint
            }
        } else {
            checkpoint = try Checkpoint(path: path)
        }
        try self.init(checkpoint, isRaw: isRaw, truncation: truncation)
    }

    init(_ checkpoint: Checkpoint, isRaw: Bool, truncation: Double) throws {
        configuration = try checkpoint.configuration(RunConfiguration.self)
        try configuration.check(path: checkpoint.path)
        var generator = configuration.networks.makeGenerator(key: RandomKey(seed: 0))
        try CheckpointBridge.load(
            &generator, from: checkpoint.file, prefix: isRaw ? "generator." : "average.")
        self.generator = generator
        digest = checkpoint.shortDigest
        step = checkpoint.step
        path = checkpoint.path
        self.truncation = truncation
    }

    /// The picture shape.
    var shape: PictureShape { generator.pictureShape }

    /// The latent vector of a seed: the same whatever is made beside it.
    func latent(_ seed: UInt64) -> [Float] {
        Tensor.normal([generator.latentSize], key: RandomKey(seed: seed).folded("latent")).floats()
    }

    /// The names of the classes that it tells apart; none where it has no classes.
    var classNames: [String] {
        generator.classCount > 0 ? configuration.data.classNames : []
    }

    /// The class of a name, or of a number that counts from 0.
    ///
    /// - Throws: A failure that names the classes there are.
    func label(named name: String) throws -> Int {
        let names = classNames
        if let index = names.firstIndex(of: name) { return index }
        if let number = Int(name), names.indices.contains(number) { return number }
        guard !names.isEmpty else {
            throw Failure(
                "--class \(name): \(path) was trained without classes; train one with --classes")
        }
        let shown = names.prefix(12).joined(separator: ", ")
        let rest = names.count > 12 ? " and \(names.count - 12) more" : ""
        throw Failure("--class \(name): expected one of \(shown)\(rest)")
    }

    /// The class that a seed stands for unless one is asked for: the same whatever is made beside it.
    func label(of seed: UInt64) -> Int {
        generator.classCount > 0 ? Int(seed % UInt64(generator.classCount)) : 0
    }

    /// The pictures of seeds, in order, a chunk at a time.
    ///
    /// - Parameter label: The class of all; each seed's own unless given.
    func make(
        seeds: [UInt64], label: Int? = nil, _ body: (UInt64, PixelBuffer) throws -> Void
    ) throws {
        var index = 0
        while index < seeds.count {
            let part = Array(seeds[index..<min(index + Self.chunkSize, seeds.count)])
            // All latents of the chunk are drawn in one graph.
            var draws = part.map { seed in
                Tensor.normal(
                    [1, generator.latentSize], key: RandomKey(seed: seed).folded("latent"))
            }
            while draws.count < Self.chunkSize { draws.append(draws[0]) }
            let labels = part.map { label ?? self.label(of: $0) }
            let made = pictures(
                concatenate(draws, axis: 0), generator, labels: labels, count: part.count)
            for (seed, picture) in zip(part, made) { try body(seed, picture) }
            index += part.count
        }
    }

    /// A picture on the way from one class to another.
    struct Blend {
        var latent: [Float]
        /// The class that it comes from, the one that it goes to, and how far it is, 0 ... 1.
        var from: Int, to: Int, share: Double
    }

    /// The pictures of latent vectors on their ways between classes, in order.
    func make(_ blends: [Blend]) -> [PixelBuffer] {
        var result: [PixelBuffer] = []
        var index = 0
        while index < blends.count {
            var part = Array(blends[index..<min(index + Self.chunkSize, blends.count)])
            let count = part.count
            while part.count < Self.chunkSize { part.append(part[0]) }
            let batch = Tensor(
                part.flatMap(\.latent), shape: [Self.chunkSize, generator.latentSize])
            let network =
                generator.classCount == 0
                ? generator : generator.blendingClasses(part.map { ($0.from, $0.to, $0.share) })
            result += pictures(
                batch, network, labels: Array(0..<Self.chunkSize), count: count)
            index += count
        }
        return result
    }

    /// How many numbers a latent vector has.
    var latentSize: Int { generator.latentSize }

    /// Pictures `[N, H, W, C]` in -1 ... 1, not rounded to bytes, of latents `[N, latentSize]`; nothing
    /// is evaluated yet.
    ///
    /// - Parameter labels: Classes `[N]`; the first class for all unless given.
    func pictures(latents: Tensor, labels: [Int]? = nil) -> Tensor {
        let labels = labels ?? [Int](repeating: 0, count: latents.shape[0])
        let classes =
            generator.classCount > 0
            ? Tensor(int32: labels.map { Int32($0) }, shape: [labels.count]) : nil
        return drawn(latents, generator, classes)
    }

    /// The first pictures of a chunk.
    ///
    /// - Parameter labels: The network's classes; filled up to the chunk with the first.
    private func pictures(
        _ latents: Tensor, _ network: AnyGenerator, labels: [Int], count: Int
    ) -> [PixelBuffer] {
        var filled = labels.map { Int32($0) }
        while filled.count < Self.chunkSize { filled.append(filled[0]) }
        let classes =
            generator.classCount > 0 ? Tensor(int32: filled, shape: [Self.chunkSize]) : nil
        let made = bytePictures(drawn(latents, network, classes)).uint8s()
        let size = shape.height * shape.width * shape.channels
        let format = PixelFormat(rawValue: UInt8(shape.channels)) ?? .rgb
        return (0..<count).map { index in
            PixelBuffer(
                width: shape.width, height: shape.height, format: format,
                bytes: Array(made[(index * size)..<((index + 1) * size)]))
        }
    }

    /// What the network makes of latents, truncated: `[N, H, W, C]` in -1 ... 1.
    private func drawn(_ latents: Tensor, _ network: AnyGenerator, _ labels: Tensor?) -> Tensor {
        if truncation != 1, let styled = network.network as? StyleGAN2Generator {
            let styles = styled.layered(styled.mapped(latents, labels: labels))
            return styled.synthesized(styled.truncated(styles, psi: Float(truncation)))
        }
        var network = network
        let scaled = truncation == 1 ? latents : latents * Tensor(Float(truncation))
        return network(scaled, NetworkContext(training: false, labels: labels))
    }
}

/// Ways from one latent vector to another.
enum Interpolation: String, CaseIterable {
    /// Along the straight line.
    case lerp
    /// Along the great circle, so that the length stays typical: White 2016, "Sampling Generative
    /// Networks", https://arxiv.org/abs/1609.04468.
    case slerp

    /// The vector at `t` (0 ... 1) of the way.
    func between(_ a: [Float], _ b: [Float], _ t: Double) -> [Float] {
        var (fromA, fromB) = (1 - t, t)
        if self == .slerp {
            func dot(_ x: [Float], _ y: [Float]) -> Double {
                zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
            let angle = arcCosine(min(1, max(-1, cosine)))
            if sine(angle) > 1e-6 {
                fromA = sine((1 - t) * angle) / sine(angle)
                fromB = sine(t * angle) / sine(angle)
            }
        }
        return zip(a, b).map { Float(Double($0) * fromA + Double($1) * fromB) }
    }
}
