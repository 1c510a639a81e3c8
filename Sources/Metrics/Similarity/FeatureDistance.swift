public import Networks
public import TensorCore

/// How far apart two pictures are for a network that has learned to see: Zhang, Isola, Efros, Shechtman
/// and Wang 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
/// https://arxiv.org/abs/1801.03924.
///
/// With activations `y` at several depths, each place's channels divided by their length,
///
///     d(x, x') = sum over depths of the mean over places of | w * (y - y') |^2
///
/// With the published linear heads as `w^2`, on the SqueezeNet 1.1 that they were fitted to, this is
/// LPIPS; without heads `w` is 1, and the number is no LPIPS and must not be called so. 0 says equal;
/// smaller is nearer. Without heads each of the seven depths adds 2 at most.
public struct FeatureDistance: Sendable {
    /// Where activations are compared: those of the paper's code.
    public static let places = ["conv1", "fire3", "fire5", "fire6", "fire7", "fire8", "fire9"]
    /// Channels there, of the network that heads are fitted to.
    private static let headChannels = [64, 128, 256, 384, 384, 512, 512]
    /// Pictures with a smaller side are enlarged, or the last activations would be a single place.
    public static let leastSide = 64
    /// Pairs that go through the network at a time.
    private static let chunk = 4

    /// Exactly what is computed: `feature distance (squeezenet1.0)` or `LPIPS (squeezenet1.1)`.
    public let name: String
    private let network: SqueezeNetTrunk
    /// `[1, 1, 1, C]` each.
    private let heads: [Tensor]?

    /// A distance by a network, with or without the linear heads.
    ///
    /// - Parameter heads: `lin0.model.1.weight` to `lin6.model.1.weight`, `[1, C, 1, 1]` each.
    /// - Throws: `WeightError` for heads that lack one, or are given with another network than
    ///   SqueezeNet 1.1 of torchvision, to which they were fitted.
    public init(_ network: SqueezeNetTrunk, heads: WeightTable? = nil) throws(WeightError) {
        self.network = network
        guard let heads else {
            name = "feature distance (squeezenet\(network.version.rawValue))"
            self.heads = nil
            return
        }
        let needs = Self.headChannels.enumerated().map { depth, count in
            (name: Self.headName(depth), shape: [1, count, 1, 1])
        }
        try heads.check("LPIPS on SqueezeNet 1.1", needs: needs)
        guard network.version == .revised, network.convention == .torchvision else {
            throw WeightError(
                origin: heads.origin,
                network: "SqueezeNet \(network.version.rawValue) "
                    + "(\(network.convention.rawValue)'s weights)",
                unfit: ["the heads were fitted to torchvision's SqueezeNet 1.1"])
        }
        name = "LPIPS (squeezenet1.1)"
        self.heads = needs.indices.map {
            heads.tensor(named: Self.headName($0)).reshaped([1, 1, 1, Self.headChannels[$0]])
        }
    }

    private static func headName(_ depth: Int) -> String { "lin\(depth).model.1.weight" }

    /// The distances `[N]` of pictures `[N, H, W, 3]`, RGB, 0 ... 1. Nothing is evaluated yet.
    public func distances(_ pictures: Tensor, _ others: Tensor) -> Tensor {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == 3 && pictures.shape == others.shape,
            "[FeatureDistance] expected pictures [N, H, W, 3] alike, got \(pictures.shape) and "
                + "\(others.shape)")
        let count = pictures.shape[0]
        let both = concatenate([pictures, others], axis: 0)
        var total: Tensor?
        for (depth, found) in network(Self.enlarged(both), at: Self.places).enumerated() {
            let length = found.square().sum(axes: [3], keepingDimensions: true).sqrt()
            let unit = found / (length + 1e-10)
            let difference =
                unit.sliced(axis: 0, 0..<count) - unit.sliced(axis: 0, count..<2 * count)
            var squares = difference.square()
            if let heads { squares = squares * heads[depth] }
            let part = squares.sum(axes: [3]).mean(axes: [1, 2])  // [N]
            total = total.map { $0 + part } ?? part
        }
        guard let total else { preconditionFailure("[FeatureDistance] expected places, got none") }
        return total
    }

    private static func enlarged(_ pictures: Tensor) -> Tensor {
        let (height, width) = (pictures.shape[1], pictures.shape[2])
        let factor = (leastSide + min(height, width) - 1) / min(height, width)
        guard factor > 1 else { return pictures }
        return resized2d(pictures, .bilinear, height: height * factor, width: width * factor)
    }

    /// The distances of pairs of pictures, a few pairs at a time, by one plan.
    ///
    /// - Parameters:
    ///   - pictures: `[height, width, 3]` each, row-major, RGB.
    ///   - others: As many, of the same size.
    public func callAsFunction(
        _ pictures: [[UInt8]], _ others: [[UInt8]], height: Int, width: Int
    ) -> [Double] {
        let size = height * width * 3
        precondition(
            pictures.count == others.count && (pictures + others).allSatisfy { $0.count == size },
            "[FeatureDistance] expected as many pictures of \(width)x\(height) on both sides, got "
                + "\(pictures.count) and \(others.count)")
        var result: [Double] = []
        for start in stride(from: 0, to: pictures.count, by: Self.chunk) {
            // The last pairs are filled up with the last one, so that one plan serves all.
            let places = (start..<start + Self.chunk).map { min($0, pictures.count - 1) }
            func tensor(_ side: [[UInt8]]) -> Tensor {
                Tensor(
                    uint8: places.flatMap { side[$0] }, shape: [Self.chunk, height, width, 3]
                ).cast(to: .float32) * (1 / 255.0)
            }
            let found = distances(tensor(pictures), tensor(others))
            evaluate([found])
            result += found.floats().prefix(pictures.count - start).map { Double($0) }
        }
        return result
    }
}
