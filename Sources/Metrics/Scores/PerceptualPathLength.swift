import Foundation
import TensorCore

/// How far features move along short steps between latents, for the length of the step: small says a
/// smooth latent space.
///
/// Karras et al. 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks",
/// section 4.1, https://arxiv.org/abs/1812.04948: the mean of `d(G(z(t)), G(z(t + e))) / e^2`, with
/// the lowest and highest percent of the paths left out. The paper's d is the squared distance
/// of LPIPS features; this is the squared distance of whatever features it is given.
public struct PerceptualPathLength: Sendable, Hashable, Codable {
    /// How to walk between two latents.
    public enum Interpolation: String, Sendable, Hashable, Codable, CaseIterable {
        /// Along the great circle, the length going evenly from one to the other: for normal latents.
        case spherical
        /// Along the straight line: for mapped latents (W).
        case linear
    }

    /// Where on a path the step lies.
    public enum Sampling: String, Sendable, Hashable, Codable, CaseIterable {
        /// Anywhere, evenly.
        case full
        /// At its beginning.
        case end
    }

    /// The sizes of the estimate.
    public struct Configuration: Sendable, Hashable, Codable {
        /// How many paths.
        public var sampleCount: Int
        /// How many paths the closures get at once.
        public var batchSize: Int
        /// The step, as a share of the path.
        public var epsilon: Double
        /// How to walk.
        public var interpolation: Interpolation
        /// Where the step lies.
        public var sampling: Sampling
        /// Percent of the paths left out at either end.
        public var trimmedPercent: Double
        /// From which latents and places follow.
        public var seed: UInt64

        /// Sizes: the paper's but for the count of paths, of which it takes 100,000.
        public init(
            sampleCount: Int = 10_000, batchSize: Int = 32, epsilon: Double = 1e-4,
            interpolation: Interpolation = .spherical, sampling: Sampling = .full,
            trimmedPercent: Double = 1, seed: UInt64 = 0
        ) {
            self.sampleCount = sampleCount
            self.batchSize = batchSize
            self.epsilon = epsilon
            self.interpolation = interpolation
            self.sampling = sampling
            self.trimmedPercent = trimmedPercent
            self.seed = seed
        }
    }

    /// The trimmed mean.
    public var value: Double
    /// The standard error of the trimmed mean.
    public var standardError: Double
    /// How many paths are in the mean.
    public var pathCount: Int

    /// Measures a generator.
    ///
    /// - Parameters:
    ///   - latentCount: The length D of a latent.
    ///   - configuration: The sizes.
    ///   - map: Maps normal latents, `[n, D]` row-major, to those that are walked between, `[n, D']`;
    ///     as they are unless given.
    ///   - features: The features of the pictures of latents `[2 n, D']`: rows 2 i and 2 i + 1 are the
    ///     two ends of a step, which must get the same noise.
    /// - Throws: `FeatureError`, and what the closures throw.
    public static func measure(
        latentCount: Int, configuration: Configuration = .init(),
        map: ([Float]) throws -> [Float] = { $0 },
        features: ([Float]) throws -> FeatureMatrix
    ) throws -> PerceptualPathLength {
        precondition(
            latentCount > 0 && configuration.sampleCount > 0 && configuration.batchSize > 0
                && configuration.epsilon > 0 && (0..<50).contains(configuration.trimmedPercent),
            "[PerceptualPathLength] expected latents, paths, a batch and a step above 0 and less "
                + "than 50 percent trimmed, got \(latentCount) and \(configuration)")
        let key = RandomKey(seed: configuration.seed).folded("path length")
        var lengths: [Double] = []
        while lengths.count < configuration.sampleCount {
            let count = min(configuration.batchSize, configuration.sampleCount - lengths.count)
            let paths = lengths.count..<lengths.count + count
            let ends = try map(
                paths.flatMap { path in
                    normals(2 * latentCount, key.folded("latents").folded(UInt64(path)))
                })
            precondition(
                ends.count % (2 * count) == 0,
                "[PerceptualPathLength] expected mapped latents in \(2 * count) rows, got "
                    + "\(ends.count) numbers")
            let width = ends.count / (2 * count)
            var steps: [Float] = []
            for (i, path) in paths.enumerated() {
                let from = ends[2 * i * width..<(2 * i + 1) * width].map { Double($0) }
                let to = ends[(2 * i + 1) * width..<(2 * i + 2) * width].map { Double($0) }
                let place =
                    configuration.sampling == .end
                    ? 0 : Double(key.folded("places").uniform(UInt64(path)))
                for at in [place, place + configuration.epsilon] {
                    steps += interpolate(from, to, at: at, configuration.interpolation).map {
                        Float($0)
                    }
                }
            }
            let found = try features(steps)
            precondition(
                found.rowCount == 2 * count,
                "[PerceptualPathLength] expected features in \(2 * count) rows, got "
                    + "\(found.rowCount)")
            lengths += (0..<count).map { i in
                found.squaredDistance(of: 2 * i, to: found, 2 * i + 1)
                    / (configuration.epsilon * configuration.epsilon)
            }
        }
        return trimmedMean(lengths, percent: configuration.trimmedPercent)
    }

    /// The point at a share of the way between two latents.
    ///
    /// Spherical walks turn at an even rate from one direction to the other and go evenly from one
    /// length to the other; latents in one direction are walked along the line.
    public static func interpolate(
        _ from: [Double], _ to: [Double], at share: Double, _ interpolation: Interpolation
    ) -> [Double] {
        precondition(
            from.count == to.count,
            "[interpolate] expected latents of equal length, got \(from.count) and \(to.count)")
        let line = zip(from, to).map { $0 + ($1 - $0) * share }
        guard interpolation == .spherical else { return line }
        let (fromLength, toLength) = (length(from), length(to))
        guard fromLength > 0, toLength > 0 else { return line }
        let start = from.map { $0 / fromLength }
        let goal = to.map { $0 / toLength }
        let cosine = zip(start, goal).reduce(0) { $0 + $1.0 * $1.1 }
        // What of the goal is at right angles to the start.
        let across = zip(start, goal).map { $1 - cosine * $0 }
        let acrossLength = length(across)
        guard acrossLength > 1e-12 else { return line }
        let angle = share * atan2(acrossLength, cosine)
        let radius = fromLength + (toLength - fromLength) * share
        return zip(start, across).map {
            radius * ($0 * cos(angle) + $1 / acrossLength * sin(angle))
        }
    }

    private static func length(_ vector: [Double]) -> Double {
        vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// Normal numbers by the method of Box and Muller 1958, https://doi.org/10.1214/aoms/1177706645.
    private static func normals(_ count: Int, _ key: RandomKey) -> [Float] {
        (0..<count).map { i in
            let u = (Double(key.word(UInt64(2 * i))) + 1) * 0x1p-32
            let v = Double(key.word(UInt64(2 * i + 1))) * 0x1p-32
            return Float((-2 * log(u)).squareRoot() * cos(2 * .pi * v))
        }
    }

    /// Leaves out what lies below the lower and above the upper percentile, these rounded outwards to
    /// lengths that occur.
    private static func trimmedMean(
        _ lengths: [Double], percent: Double
    ) -> PerceptualPathLength {
        let sorted = lengths.sorted()
        let steps = Double(sorted.count - 1)
        let low = sorted[Int((steps * percent / 100).rounded(.down))]
        let high = sorted[Int((steps * (100 - percent) / 100).rounded(.up))]
        let kept = TrialSummary(sorted.filter { $0 >= low && $0 <= high })
        return PerceptualPathLength(
            value: kept.mean, standardError: kept.standardError, pathCount: kept.count)
    }
}
