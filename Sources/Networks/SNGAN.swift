public import TensorCore

// Miyato, Kataoka, Koyama and Yoshida 2018, "Spectral Normalization for Generative Adversarial
// Networks", https://arxiv.org/abs/1802.05957: residual networks, spectral normalisation in the
// discriminator. With classes as in Miyato and Koyama 2018, "cGANs with Projection Discriminator",
// https://arxiv.org/abs/1802.05637: conditional batch normalisation in the generator, a projection in the
// discriminator. Hinge loss, Adam with rate 2e-4 and betas 0 and 0.9, five steps of the discriminator
// for one of the generator.

/// The sizes of an SNGAN.
public struct SNGANConfiguration: Sendable, Hashable, Codable {
    /// The pictures. Both sides are a small base times the same power of two.
    public var picture: PictureShape
    /// How many numbers a latent vector has.
    public var latentSize: Int
    /// The generator's channels next to the picture; they double toward the latent vector.
    public var generatorWidth: Int
    /// The discriminator's channels next to the picture; they double away from it.
    public var discriminatorWidth: Int
    /// The most channels that a layer has.
    public var maximumWidth: Int
    /// Whether all layers of a network have its width, as in the paper's networks for CIFAR-10; the
    /// discriminator then ends with two blocks at twice the base's side.
    public var isUniform: Bool
    /// How many classes there are; 0 for none.
    public var classCount: Int
    /// How the discriminator takes them into account.
    public var head: ClassHead

    /// Sizes; those of the paper's networks for 128x128 unless given.
    ///
    /// - Parameters:
    ///   - picture: The pictures.
    ///   - latentSize: How many numbers a latent vector has.
    ///   - width: Channels next to the picture, in both networks.
    ///   - maximumWidth: The most channels that a layer has; 16 times the width unless given.
    ///   - isUniform: Whether all layers have the width.
    ///   - classCount: How many classes there are.
    ///   - head: How the discriminator takes them into account.
    public init(
        picture: PictureShape, latentSize: Int = 128, width: Int = 64, maximumWidth: Int? = nil,
        isUniform: Bool = false, classCount: Int = 0, head: ClassHead = .projection
    ) {
        self.picture = picture
        self.latentSize = latentSize
        generatorWidth = width
        discriminatorWidth = width
        self.maximumWidth = maximumWidth ?? 16 * width
        self.isUniform = isUniform
        self.classCount = classCount
        self.head = head
    }

    /// The paper's networks for CIFAR-10: 256 channels in the generator, 128 in the discriminator.
    public static func cifar10(classCount: Int = 0) -> SNGANConfiguration {
        var configuration = SNGANConfiguration(
            picture: PictureShape(height: 32, width: 32, channels: 3), width: 256,
            isUniform: true, classCount: classCount)
        configuration.discriminatorWidth = 128
        return configuration
    }

    /// Why no SNGAN makes such pictures, if none does: the rule is that of a DCGAN.
    public static func problem(with picture: PictureShape) -> String? {
        DCGANConfiguration.problem(with: picture)
    }

    var plan: SpectralResidualPlan {
        let levels = DCGANConfiguration.doublings(picture)
        var sizes = SpectralResidualPlan.tapered(
            levels: levels, generatorWidth: generatorWidth, discriminatorWidth: discriminatorWidth,
            maximumWidth: maximumWidth)
        if isUniform {
            sizes.generator = [Int](repeating: generatorWidth, count: levels + 1)
            sizes.discriminator = (1...(levels + 1)).map {
                .init(channels: discriminatorWidth, halves: $0 < levels)
            }
        }
        return SpectralResidualPlan(
            family: "SNGAN", picture: picture, latentSize: latentSize,
            generatorChannels: sizes.generator, discriminatorBlocks: sizes.discriminator,
            classCount: classCount, head: head, isSelfAttending: false)
    }
}

/// SNGAN's generator.
public typealias SNGANGenerator = SpectralResidualGenerator

/// SNGAN's discriminator.
public typealias SNGANDiscriminator = SpectralResidualDiscriminator

extension SpectralResidualGenerator {
    /// SNGAN's generator with fresh weights.
    public init(_ configuration: SNGANConfiguration, key: RandomKey) {
        self.init(configuration.plan, key: key)
    }
}

extension SpectralResidualDiscriminator {
    /// SNGAN's discriminator with fresh weights; the latent size has no say. Its pictures may have any
    /// number of channels, as those that `PackedDiscriminator` joins have.
    public init(_ configuration: SNGANConfiguration, key: RandomKey) {
        self.init(configuration.plan, key: key)
    }
}
