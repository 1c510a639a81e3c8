// Liu, Zhu, Song and Elgammal 2021, "Towards Faster and Stabilized GAN Training for High-fidelity
// Few-shot Image Synthesis", https://arxiv.org/abs/2101.04775.

/// The sizes of a FastGAN.
public struct FastGANConfiguration: Sendable, Hashable, Codable {
    /// The pictures. Both sides are a small base times the same power of two.
    public var picture: PictureShape
    /// How many numbers a latent vector has.
    public var latentSize: Int
    /// Channels where features have 32 times the base's side (128 for a square picture); toward the
    /// latent vector they double up to 16 times as many, toward larger pictures they halve.
    public var width: Int
    /// Whether the weights of all convolutions are spectrally normalised, as in the authors' code.
    public var normalizesSpectrum: Bool

    /// Sizes; the paper's own width is 64, and 16 trains 64x64 and 128x128 on a CPU.
    public init(
        picture: PictureShape, latentSize: Int = 256, width: Int = 64,
        normalizesSpectrum: Bool = true
    ) {
        self.picture = picture
        self.latentSize = latentSize
        self.width = width
        self.normalizesSpectrum = normalizesSpectrum
    }

    /// Why no FastGAN makes such pictures, if none does.
    public static func problem(with picture: PictureShape) -> String? {
        let sides = [picture.height, picture.width]
        if !(1...4).contains(picture.channels) {
            return "expected 1 to 4 channels, got \(picture.channels)"
        }
        if sides.contains(where: { $0 < 16 || $0 > 512 }) {
            return "expected sides from 16 to 512, got \(picture.width)x\(picture.height)"
        }
        if DCGANConfiguration.doublings(picture) < 2 {
            return
                "expected sides that are a power of two times a base of 4 to 15, such as 32, 48, 64 "
                + "or 96x64, got \(picture.width)x\(picture.height)"
        }
        return nil
    }

    /// Why there is no FastGAN of these numbers, if there is none.
    public var problem: String? {
        if let problem = Self.problem(with: picture) { return problem }
        if latentSize < 1 { return "expected a latent size of at least 1, got \(latentSize)" }
        if width < 1 { return "expected a width of at least 1, got \(width)" }
        return nil
    }

    /// How often the side doubles between the base (level 0) and the picture.
    var levels: Int { DCGANConfiguration.doublings(picture) }

    /// The side of features of a level.
    func side(_ level: Int) -> (height: Int, width: Int) {
        (picture.height >> (levels - level), picture.width >> (levels - level))
    }

    /// The paper's table of channels: of level 0 on (4x4 for a square picture), times the width.
    func channels(_ level: Int, of width: Int? = nil) -> Int {
        let factors = [16, 8, 4, 2, 2, 1, 0.5, 0.25, 0.125]
        return max(1, Int(factors[level] * Double(width ?? self.width)))
    }

    // MARK: The generator

    /// Which level excites another: its own four levels below, as in the paper; pictures under 64 have
    /// one excitation, of the last level by the first.
    var excitations: [Int: Int] {
        levels < 4
            ? [levels: 0]
            : Dictionary(uniqueKeysWithValues: (4...levels).map { ($0, $0 - 4) })
    }

    // MARK: The discriminator

    /// The level of the discriminator's features after `index` of its blocks.
    func discriminatorLevel(_ index: Int) -> Int { topLevel - index }

    /// The level that the first convolution leaves: the picture's, or half of it from 512 on.
    var topLevel: Int { min(levels, 6) }

    /// The discriminator's channels at a level: those of the level above.
    func discriminatorChannels(_ level: Int) -> Int { channels(level + 1) }

    /// The level at which the second, smaller judge sees the picture: half its side, at most 128.
    var smallLevel: Int { min(levels - 1, 5) }

    /// The level at which the smaller judge's features end.
    var smallEnd: Int { min(1, smallLevel - 1) }

    /// The level to which a picture is reconstructed, and that of a part.
    var reconstructionLevels: (picture: Int, part: Int) { (min(levels, 5), min(levels - 1, 5)) }
}
