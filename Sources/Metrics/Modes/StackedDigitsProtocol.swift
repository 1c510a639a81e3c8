/// Stacked MNIST: three digits as the channels of a picture make 1000 modes, and a classifier of digits
/// tells which of them samples reach.
///
/// Metz et al. 2016, "Unrolled Generative Adversarial Networks", https://arxiv.org/abs/1611.02163;
/// counted as in Lin et al. 2018, "PacGAN: The power of two samples in generative adversarial
/// networks", section 4.2, https://arxiv.org/abs/1712.04086: 26,000 samples, a mode is found where it
/// has one, and the divergence is that of the modes' shares from equal ones.
public enum StackedDigitsProtocol {
    /// What was found.
    public struct Result: Sendable, Hashable, Codable {
        /// How many of the 1000 modes have a sample.
        public var modes: Int
        /// `KL(shares of the modes | equal shares)`, in nats: 0 is best, `log(1000)` = 6.91 for one
        /// mode.
        public var divergence: Double
        /// How many samples there were.
        public var sampleCount: Int
    }

    /// How many samples are judged.
    public static let sampleCount = 26_000
    /// How many modes there are.
    public static let modeCount = 1000

    /// Judges samples by the digits that a classifier sees in their channels, `[N, 3]` row-major.
    ///
    /// Even 26,000 fair draws of 1000 modes have a divergence of about 0.019.
    ///
    /// - Throws: `FeatureError.unknownClass` for what is no digit, `.raggedRows` without three a
    ///   sample, `.tooFewRows` without any.
    public static func measure(digits: [Int]) throws(FeatureError) -> Result {
        guard digits.count % 3 == 0 else {
            throw .raggedRows(values: digits.count, features: 3)
        }
        guard !digits.isEmpty else {
            throw .tooFewRows(what: "counting modes", found: 0, needed: 1)
        }
        if let wrong = digits.firstIndex(where: { !(0...9).contains($0) }) {
            throw .unknownClass(row: wrong / 3, found: digits[wrong], classCount: 10)
        }
        let modes = (0..<digits.count / 3).map { (row: Int) -> Int in
            digits[3 * row..<3 * row + 3].reduce(0) { 10 * $0 + $1 }
        }
        let histogram = try ClassHistogram(classes: modes, classCount: modeCount)
        return Result(
            modes: modeCount - histogram.missingClasses.count,
            divergence: histogram.divergenceFromUniform, sampleCount: modes.count)
    }

    /// Rows of the papers' tables.
    public static let published: [PublishedResult] = [
        row("DCGAN (VEEGAN's figures)", (99.0, nil), (3.40, nil)),
        row("ALI (VEEGAN's figures)", (16.0, nil), (5.40, nil)),
        row("Unrolled GAN (VEEGAN's figures)", (48.7, nil), (4.32, nil)),
        row("VEEGAN", (150.0, nil), (2.95, nil)),
        row("DCGAN (PacGAN's implementation)", (78.9, 6.46), (4.50, 0.127)),
        row("PacDCGAN2", (1000, 0), (0.06, 0.003)),
        row("PacDCGAN3", (1000, 0), (0.06, 0.003)),
        row("PacDCGAN4", (1000, 0), (0.07, 0.005)),
        PublishedResult(
            "R3GAN's loss (RpGAN + R1 + R2)", modes: .init(1000),
            source: "Huang et al. 2024, The GAN is dead; long live the GAN!, "
                + "https://arxiv.org/abs/2501.05441"),
    ]

    private typealias Printed = (Double, Double?)

    private static func row(
        _ method: String, _ modes: Printed, _ divergence: Printed
    ) -> PublishedResult {
        PublishedResult(
            method, modes: .init(modes.0, modes.1),
            divergence: .init(divergence.0, divergence.1),
            source: "Lin et al. 2018, PacGAN, table 2, https://arxiv.org/abs/1712.04086")
    }
}
