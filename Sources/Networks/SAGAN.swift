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

/// The generator: residual blocks that double the side, with attention after the one whose
/// features are the first of at most 32x32 from the picture down.
public struct SAGANGenerator: GeneratorNetwork {
    /// The sizes.
    public let configuration: SAGANConfiguration
    private var network: SpectralResidualGenerator

    /// A generator with fresh weights.
    public init(_ configuration: SAGANConfiguration, key: RandomKey) {
        if let problem = SAGANConfiguration.problem(with: configuration.picture) {
            preconditionFailure("[SAGANGenerator] \(problem)")
        }
        self.configuration = configuration
        network = SpectralResidualGenerator(configuration.plan, key: key)
    }

    /// How many numbers a latent vector has.
    public var latentSize: Int { configuration.latentSize }
    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }
    /// How many classes it tells apart.
    public var classCount: Int { configuration.classCount }

    /// Pictures `[N, H, W, C]` in -1 ... 1 from latents `[N, latentSize]`; with classes, of those that
    /// the context's labels name.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        network(latents, context)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) { network.forEachTensor(under: path, body) }
}

/// The discriminator: residual blocks that halve the side, with attention after the first
/// whose features are at most 32x32.
public struct SAGANDiscriminator: DiscriminatorNetwork {
    /// The sizes; the latent size has no say.
    public let configuration: SAGANConfiguration
    private var network: SpectralResidualDiscriminator

    /// A discriminator with fresh weights. Its pictures may have any number of channels, as those that
    /// `PackedDiscriminator` joins have.
    public init(_ configuration: SAGANConfiguration, key: RandomKey) {
        if let problem = DCGANConfiguration.problem(judging: configuration.picture) {
            preconditionFailure("[SAGANDiscriminator] \(problem)")
        }
        self.configuration = configuration
        network = SpectralResidualDiscriminator(configuration.plan, key: key)
    }

    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }
    /// How many classes it tells apart.
    public var classCount: Int { configuration.classCount }

    /// What it says of pictures `[N, H, W, C]` in -1 ... 1; with a projection, as pictures of the classes
    /// that the context's labels name.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        network.verdict(pictures, context)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) { network.forEachTensor(under: path, body) }
}
