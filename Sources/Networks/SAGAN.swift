public import TensorCore

// Zhang, Goodfellow, Metaxas and Odena 2019, "Self-Attention Generative Adversarial Networks",
// https://arxiv.org/abs/1805.08318: the residual networks of SNGAN with self-attention in both and
// spectral normalisation in both. Hinge loss, Adam with betas 0 and 0.9 and rates 1e-4 (generator) and
// 4e-4 (discriminator), one step each.

/// The sizes of a SAGAN.
public struct SAGANConfiguration: Sendable, Hashable, Codable {
    /// The pictures. Both sides are a small base times the same power of two.
    public var picture: PictureShape
    /// How many numbers a latent vector has.
    public var latentSize: Int
    /// Channels next to the picture; they double away from it.
    public var width: Int
    /// The most channels that a layer has.
    public var maximumWidth: Int
    /// How many classes there are; 0 for none.
    public var classCount: Int
    /// How the discriminator takes them into account.
    public var head: ClassHead

    /// Sizes; the paper's own for 128x128 unless given.
    ///
    /// - Parameters:
    ///   - picture: The pictures.
    ///   - latentSize: How many numbers a latent vector has.
    ///   - width: Channels next to the picture.
    ///   - maximumWidth: The most channels that a layer has; 16 times the width unless given.
    ///   - classCount: How many classes there are.
    ///   - head: How the discriminator takes them into account.
    public init(
        picture: PictureShape, latentSize: Int = 128, width: Int = 64, maximumWidth: Int? = nil,
        classCount: Int = 0, head: ClassHead = .projection
    ) {
        self.picture = picture
        self.latentSize = latentSize
        self.width = width
        self.maximumWidth = maximumWidth ?? 16 * width
        self.classCount = classCount
        self.head = head
    }

    /// Why no SAGAN makes such pictures, if none does: the rule is that of a DCGAN.
    public static func problem(with picture: PictureShape) -> String? {
        DCGANConfiguration.problem(with: picture)
    }

    var plan: SpectralResidualPlan {
        let sizes = SpectralResidualPlan.tapered(
            levels: DCGANConfiguration.doublings(picture), generatorWidth: width,
            discriminatorWidth: width, maximumWidth: maximumWidth)
        return SpectralResidualPlan(
            family: "SAGAN", picture: picture, latentSize: latentSize,
            generatorChannels: sizes.generator, discriminatorBlocks: sizes.discriminator,
            classCount: classCount, head: head, isSelfAttending: true)
    }
}

/// SAGAN's generator.
public typealias SAGANGenerator = SpectralResidualGenerator

/// SAGAN's discriminator.
public typealias SAGANDiscriminator = SpectralResidualDiscriminator

extension SpectralResidualGenerator {
    /// SAGAN's generator with fresh weights.
    public init(_ configuration: SAGANConfiguration, key: RandomKey) {
        self.init(configuration.plan, key: key)
    }
}

extension SpectralResidualDiscriminator {
    /// SAGAN's discriminator with fresh weights; the latent size has no say. Its pictures may have any
    /// number of channels, as those that `PackedDiscriminator` joins have.
    public init(_ configuration: SAGANConfiguration, key: RandomKey) {
        self.init(configuration.plan, key: key)
    }
}
