import Layers
public import TensorCore

// The networks of SNGAN and SAGAN, which differ in sizes, in attention, and in where weights are
// normalised.

/// The sizes of both networks, worked out.
struct SpectralResidualPlan: Sendable {
    /// A residual block of the discriminator.
    struct Block: Sendable {
        var channels: Int
        var halves: Bool
    }

    /// What messages name.
    var family: String
    var picture: PictureShape
    var latentSize: Int
    /// Of the smallest features, then after each block.
    var generatorChannels: [Int]
    var discriminatorBlocks: [Block]
    var classCount: Int
    var head: ClassHead
    /// Whether the generator's weights are normalised too, and both networks attend.
    var isSelfAttending: Bool

    /// The largest side at which attention is paid.
    static let attentionSide = 32

    /// How often the side is halved, at least `least` times, until attention is paid.
    func attentionLevel(least: Int) -> Int? {
        guard isSelfAttending else { return nil }
        var level = least
        while max(picture.height, picture.width) >> level > Self.attentionSide { level += 1 }
        return level
    }

    /// The side of the generator's smallest features.
    var base: (height: Int, width: Int) {
        let levels = generatorChannels.count - 1
        return (picture.height >> levels, picture.width >> levels)
    }

    /// Channels that double with each halving, and the discriminator's blocks down to the base with one
    /// more that keeps the side.
    static func tapered(
        levels: Int, generatorWidth: Int, discriminatorWidth: Int, maximumWidth: Int
    ) -> (generator: [Int], discriminator: [Block]) {
        func channels(_ width: Int, _ level: Int) -> Int { min(width << level, maximumWidth) }
        var blocks = (1...levels).map {
            Block(channels: channels(discriminatorWidth, $0 - 1), halves: true)
        }
        blocks.append(Block(channels: channels(discriminatorWidth, levels - 1), halves: false))
        return (
            (0...levels).reversed().map { channels(generatorWidth, $0) }, blocks
        )
    }
}

/// The generator of SNGAN and SAGAN: a linear layer, residual blocks that double the side, batch
/// normalisation, ReLU, a 3x3 convolution and tanh.
///
/// SAGAN's attends after the block whose features are the first of at most 32x32 from the picture down.
public struct SpectralResidualGenerator: GeneratorNetwork {
    private let plan: SpectralResidualPlan
    private var linear: SpectralNorm<Linear>
    private var blocks: [SpectralGeneratorBlock]
    private var attention: SelfAttention2d?
    /// The number of blocks before the attention.
    private let attentionPlace: Int
    private var norm: BatchNorm
    private var picture: SpectralNorm<Conv2d>

    /// How many numbers a latent vector has.
    public var latentSize: Int { plan.latentSize }
    /// The size of the pictures.
    public var pictureShape: PictureShape { plan.picture }
    /// How many classes it tells apart.
    public var classCount: Int { plan.classCount }

    init(_ plan: SpectralResidualPlan, key: RandomKey) {
        if let problem = DCGANConfiguration.problem(with: plan.picture) {
            preconditionFailure("[\(plan.family)Generator] \(problem)")
        }
        self.plan = plan
        let channels = plan.generatorChannels
        let isNormalized = plan.isSelfAttending
        linear = spectralLinear(
            plan.latentSize, channels[0] * plan.base.height * plan.base.width,
            isNormalized: isNormalized, key: key.folded("linear"))
        blocks = zip(channels, channels.dropFirst()).enumerated().map { index, sizes in
            SpectralGeneratorBlock(
                sizes.0, sizes.1, classCount: plan.classCount, isNormalized: isNormalized,
                key: key.folded(UInt64(index)))
        }
        attentionPlace = plan.attentionLevel(least: 0).map { channels.count - 1 - $0 } ?? 0
        if plan.isSelfAttending {
            attention = SelfAttention2d(
                channels: channels[attentionPlace], key: key.folded("attention"))
        }
        norm = BatchNorm(features: channels[channels.count - 1])
        picture = spectralConvolution(
            channels[channels.count - 1], plan.picture.channels, kernel: 3,
            isNormalized: isNormalized, key: key.folded("picture"))
    }

    /// Pictures `[N, H, W, C]` in -1 ... 1 from latents `[N, latentSize]`; with classes, of those that
    /// the context's labels name.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        precondition(
            latents.rank == 2 && latents.shape[1] == plan.latentSize,
            "[\(plan.family)Generator] expected latents [N, \(plan.latentSize)], got "
                + "\(latents.shape)")
        let training = context.training
        var x = linear.normalized(training: training)(latents)
            .reshaped([latents.shape[0], plan.base.height, plan.base.width, -1])  // [N, h, w, C]
        for index in blocks.indices {
            x = blocks[index](x, context, "\(plan.family)Generator")
            if index + 1 == attentionPlace { x = attention?(x, training: training) ?? x }
        }
        return picture.normalized(training: training)(norm(x, training: training).relu()).tanh()
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        linear.forEachTensor(under: path + "linear.", body)
        for i in blocks.indices { blocks[i].forEachTensor(under: path + "blocks.\(i).", body) }
        attention?.forEachTensor(under: path + "attention.", body)
        norm.forEachTensor(under: path + "norm.", body)
        picture.forEachTensor(under: path + "picture.", body)
    }
}

/// The discriminator of SNGAN and SAGAN: residual blocks that halve the side, ReLU, the sum over all
/// places, and a linear layer, every weight divided by its largest singular value.
///
/// SAGAN's attends after the first block whose features are at most 32x32.
public struct SpectralResidualDiscriminator: DiscriminatorNetwork {
    private let plan: SpectralResidualPlan
    private var blocks: [SpectralDiscriminatorBlock]
    private var attention: SelfAttention2d?
    /// The number of blocks before the attention.
    private let attentionPlace: Int
    private var linear: SpectralNorm<Linear>
    private var classes: ClassHeads

    /// The size of the pictures.
    public var pictureShape: PictureShape { plan.picture }
    /// How many classes it tells apart.
    public var classCount: Int { plan.classCount }

    init(_ plan: SpectralResidualPlan, key: RandomKey) {
        if let problem = DCGANConfiguration.problem(judging: plan.picture) {
            preconditionFailure("[\(plan.family)Discriminator] \(problem)")
        }
        self.plan = plan
        blocks = []
        var inputs = plan.picture.channels
        for (index, block) in plan.discriminatorBlocks.enumerated() {
            blocks.append(
                SpectralDiscriminatorBlock(
                    inputs, block.channels, seesPicture: index == 0, halves: block.halves,
                    key: key.folded(UInt64(index))))
            inputs = block.channels
        }
        attentionPlace = plan.attentionLevel(least: 1) ?? 0
        if plan.isSelfAttending {
            attention = SelfAttention2d(
                channels: plan.discriminatorBlocks[attentionPlace - 1].channels,
                key: key.folded("attention"))
        }
        linear = spectralLinear(inputs, 1, isNormalized: true, key: key.folded("linear"))
        classes = ClassHeads(
            plan.head, classCount: plan.classCount, features: inputs, isSpectrallyNormalized: true,
            initializer: .glorotUniform(), "\(plan.family)Discriminator", key: key)
    }

    /// What it says of pictures `[N, H, W, C]` in -1 ... 1; with a projection, as pictures of the classes
    /// that the context's labels name.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        let shape = plan.picture
        precondition(
            pictures.rank == 4
                && Array(pictures.shape[1...]) == [shape.height, shape.width, shape.channels],
            "[\(plan.family)Discriminator] expected pictures [N, \(shape.height), \(shape.width), "
                + "\(shape.channels)], got \(pictures.shape)")
        let training = context.training
        var x = pictures
        for index in blocks.indices {
            x = blocks[index](x, training: training)
            if index + 1 == attentionPlace { x = attention?(x, training: training) ?? x }
        }
        let features = x.relu().sum(axes: [1, 2])  // [N, C]
        let logits = linear.normalized(training: training)(features).reshaped([pictures.shape[0]])
        return classes.verdict(logits, features: features, context)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in blocks.indices { blocks[i].forEachTensor(under: path + "blocks.\(i).", body) }
        attention?.forEachTensor(under: path + "attention.", body)
        linear.forEachTensor(under: path + "linear.", body)
        classes.forEachTensor(under: path, body)
    }
}
