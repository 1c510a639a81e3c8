import Foundation
public import TensorCore

/// Mixtures of normal distributions in the plane, and how many of their modes samples reach.
///
/// Lin et al. 2018, "PacGAN: The power of two samples in generative adversarial networks", section 4.1,
/// https://arxiv.org/abs/1712.04086, after Srivastava et al. 2017 (VEEGAN),
/// https://arxiv.org/abs/1705.07761. A sample belongs to the nearest mode. It is of high quality
/// within three standard deviations of it, by distance; a mode is found where it has a sample of
/// high quality. The divergence is that of the modes' shares of high quality samples from equal shares.
public struct GaussianMixtureProtocol: Sendable, Hashable {
    /// What was found.
    public struct Result: Sendable, Hashable, Codable {
        /// How many modes have a sample of high quality.
        public var modes: Int
        /// The share of samples of high quality, 0 to 1.
        public var highQualityShare: Double
        /// `KL(shares of the modes | equal shares)`, in nats: 0 is best, infinite without samples of
        /// high quality.
        public var reverseDivergence: Double
        /// Samples of high quality of each mode.
        public var counts: [Int]
    }

    /// What the papers call it.
    public let name: String
    /// The middles of the modes: x, y.
    public let centres: [SIMD2<Double>]
    /// The standard deviation of each mode, in x and in y.
    public let standardDeviation: Double
    /// How many samples are judged.
    public let sampleCount = 2500
    /// How many trials the tables' means are of.
    public let trialCount = 10
    /// Rows of the paper's table.
    public let published: [PublishedResult]

    /// Eight modes on a circle of radius 1.
    public static let ring = GaussianMixtureProtocol(
        name: "2D-ring",
        centres: (0..<8).map { (i: Int) -> SIMD2<Double> in
            let angle = Double(i) * Double.pi / 4
            return SIMD2(x: cos(angle), y: sin(angle))
        },
        standardDeviation: 0.01,
        published: [
            row("GAN", (6.3, 0.5), (0.982, 0.002), (0.45, 0.09)),
            row("ALI", (6.6, 0.3), (0.976, 0.004), (0.36, 0.04)),
            row("PacGAN2", (7.9, 0.1), (0.956, 0.020), (0.07, 0.03)),
            row("PacGAN3", (7.8, 0.1), (0.977, 0.003), (0.10, 0.02)),
            row("PacGAN4", (7.8, 0.1), (0.959, 0.014), (0.07, 0.02)),
        ])

    /// 25 modes on a grid from -4 to 4 in steps of 2.
    public static let grid = GaussianMixtureProtocol(
        name: "2D-grid",
        centres: (0..<25).map { (i: Int) -> SIMD2<Double> in
            SIMD2(x: Double(2 * (i / 5) - 4), y: Double(2 * (i % 5) - 4))
        },
        standardDeviation: 0.05,
        published: [
            row("GAN", (17.3, 0.8), (0.948, 0.007), (0.70, 0.07)),
            row("ALI", (24.1, 0.4), (0.957, 0.006), (0.14, 0.03)),
            row("PacGAN2", (23.8, 0.7), (0.913, 0.008), (0.13, 0.04)),
            row("PacGAN3", (24.6, 0.4), (0.942, 0.004), (0.06, 0.02)),
            row("PacGAN4", (24.8, 0.2), (0.936, 0.006), (0.04, 0.01)),
        ])

    /// Judges samples, `[N, 2]`.
    ///
    /// - Throws: `FeatureError.differentFeatureCounts` unless they have two coordinates,
    ///   `.tooFewRows` without any.
    public func measure(_ samples: FeatureMatrix) throws(FeatureError) -> Result {
        guard samples.featureCount == 2 else {
            throw .differentFeatureCounts(samples.featureCount, 2)
        }
        guard samples.rowCount > 0 else {
            throw .tooFewRows(what: "counting modes", found: 0, needed: 1)
        }
        var counts = [Int](repeating: 0, count: centres.count)
        let limit = 9 * standardDeviation * standardDeviation
        for row in 0..<samples.rowCount {
            let point = SIMD2(
                Double(samples.values[2 * row]), Double(samples.values[2 * row + 1]))
            var (nearest, least) = (0, Double.infinity)
            for (mode, centre) in centres.enumerated() {
                let difference = point - centre
                let distance = (difference * difference).sum()
                if distance < least { (nearest, least) = (mode, distance) }
            }
            if least < limit { counts[nearest] += 1 }
        }
        let histogram = ClassHistogram(counts: counts)
        return Result(
            modes: centres.count - histogram.missingClasses.count,
            highQualityShare: Double(histogram.sampleCount) / Double(samples.rowCount),
            reverseDivergence: histogram.divergenceFromUniform, counts: counts)
    }

    /// Points of the mixture itself, `[count, 2]` row-major, each mode equally likely: data to train
    /// on.
    public func points(_ count: Int, key: RandomKey) -> [Float] {
        let (modes, noise) = (key.folded("modes"), key.folded("noise"))
        return (0..<count).flatMap { i in
            let centre = centres[modes.integer(UInt64(i), below: centres.count)]
            // Box and Muller 1958, https://doi.org/10.1214/aoms/1177706645: both coordinates at once.
            let u = (Double(noise.word(UInt64(2 * i))) + 1) * 0x1p-32
            let angle = Double(noise.word(UInt64(2 * i + 1))) * 0x1p-31 * .pi
            let radius = standardDeviation * (-2 * log(u)).squareRoot()
            return [Float(centre.x + radius * cos(angle)), Float(centre.y + radius * sin(angle))]
        }
    }

    private typealias Printed = (Double, Double)

    private static func row(
        _ method: String, _ modes: Printed, _ share: Printed, _ divergence: Printed
    ) -> PublishedResult {
        PublishedResult(
            method, modes: .init(modes.0, modes.1), highQuality: .init(share.0, share.1),
            divergence: .init(divergence.0, divergence.1),
            source: "Lin et al. 2018, PacGAN, table 1, https://arxiv.org/abs/1712.04086")
    }
}
