import Layers
public import TensorCore

/// One halving of the side: two 3x3 convolutions beside a 1x1 one.
private struct ResidualHalving: Module {
    var first: EqualizedConv2d
    var second: EqualizedConv2d
    var skip: EqualizedConv2d

    init(inputChannels: Int, outputChannels: Int, key: RandomKey) {
        // The sum of two is divided by sqrt(2), here before they are added.
        let gain = 0.5.squareRoot()
        first = EqualizedConv2d(
            inputChannels: inputChannels, outputChannels: inputChannels, kernelSize: 3,
            key: key.folded("conv0"))
        second = EqualizedConv2d(
            inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 3,
            halves: true, gain: gain, key: key.folded("conv1"))
        skip = EqualizedConv2d(
            inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 1,
            hasBias: false, activates: false, halves: true, gain: gain, key: key.folded("skip"))
    }

    func callAsFunction(_ x: Tensor) -> Tensor { second(first(x)) + skip(x) }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        first.forEachTensor(under: path + "conv0.", body)
        second.forEachTensor(under: path + "conv1.", body)
        skip.forEachTensor(under: path + "skip.", body)
    }
}

/// The discriminator of StyleGAN2: residual halvings of the side, the standard deviation over the
/// minibatch as another channel, and two linear layers.
///
/// With classes, the features before the last layer are also projected on a vector for the class:
/// Miyato and Koyama 2018, "cGANs with Projection Discriminator",
/// https://arxiv.org/abs/1802.05637.
public struct StyleGAN2Discriminator: DiscriminatorNetwork {
    /// How many pictures at most share a statistic of the minibatch.
    static let groupSize = 4

    /// The sizes; those of latents and styles have no say.
    public let configuration: StyleGAN2Configuration
    private var colours: EqualizedConv2d
    /// From the picture on.
    private var halvings: [ResidualHalving]
    private var convolution: EqualizedConv2d
    private var linear: EqualizedLinear
    private var output: EqualizedLinear
    private var embedding: Embedding?

    /// A discriminator; all weights begin standard normal.
    public init(_ configuration: StyleGAN2Configuration, key: RandomKey) {
        if let problem = configuration.problem {
            preconditionFailure("[StyleGAN2Discriminator] \(problem)")
        }
        self.configuration = configuration
        let top = configuration.blockCount
        colours = EqualizedConv2d(
            inputChannels: configuration.picture.channels,
            outputChannels: configuration.channels(ofBlock: top), kernelSize: 1,
            key: key.folded("fromrgb"))
        halvings = stride(from: top, to: 0, by: -1).map { block in
            ResidualHalving(
                inputChannels: configuration.channels(ofBlock: block),
                outputChannels: configuration.channels(ofBlock: block - 1),
                key: key.folded(configuration.name(ofBlock: block)))
        }
        let channels = configuration.channels(ofBlock: 0)
        let base = configuration.side(ofBlock: 0)
        convolution = EqualizedConv2d(
            inputChannels: channels + 1, outputChannels: channels, kernelSize: 3,
            key: key.folded("conv"))
        linear = EqualizedLinear(
            inputFeatures: channels * base.height * base.width, outputFeatures: channels,
            activates: true, key: key.folded("fc"))
        output = EqualizedLinear(
            inputFeatures: channels, outputFeatures: 1, key: key.folded("out"))
        embedding =
            configuration.classCount > 0
            ? Embedding(
                classes: configuration.classCount, features: channels, key: key.folded("embed"))
            : nil
    }

    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }
    /// How many classes there are; 0 for none.
    public var classCount: Int { configuration.classCount }

    /// Logits `[N]` of pictures `[N, H, W, C]` in -1 ... 1: positive says real.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        let shape = pictureShape
        precondition(
            pictures.rank == 4
                && Array(pictures.shape[1...]) == [shape.height, shape.width, shape.channels],
            "[StyleGAN2Discriminator] expected pictures [N, \(shape.height), \(shape.width), "
                + "\(shape.channels)], got \(pictures.shape)")
        let count = pictures.shape[0]
        var x = colours(pictures)
        for halving in halvings { x = halving(x) }
        x = convolution(withMinibatchDeviation(x, groupSize: Self.groupSize))
        let features = linear(x.transposed([0, 3, 1, 2]).flattened(from: 1))  // [N, C]
        var logits = output(features).reshaped([count])
        if let embedding {
            guard let labels = context.labels, labels.shape == [count] else {
                preconditionFailure(
                    "[StyleGAN2Discriminator] expected labels [\(count)] of \(classCount) classes, "
                        + "got \(context.labels.map { "\($0.shape)" } ?? "none")")
            }
            let scale = 1 / Double(features.shape[1]).squareRoot()
            logits = logits + (features * embedding(labels)).sum(axes: [1]) * scale
        }
        return Verdict(logits: logits)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        let top = configuration.blockCount
        colours.forEachTensor(
            under: path + configuration.name(ofBlock: top) + ".fromrgb.", body)
        for i in halvings.indices {
            halvings[i].forEachTensor(
                under: path + configuration.name(ofBlock: top - i) + ".", body)
        }
        let base = path + configuration.name(ofBlock: 0) + "."
        convolution.forEachTensor(under: base + "conv.", body)
        linear.forEachTensor(under: base + "fc.", body)
        output.forEachTensor(under: base + "out.", body)
        if var value = embedding {
            value.forEachTensor(under: base + "embed.", body)
            embedding = value
        }
    }
}

/// The features `[N, H, W, C]` with one channel more: the standard deviation of features over a group
/// of pictures, averaged over features and pixels. Picture `n` is of group `n % groups`.
///
/// Karras et al. 2018, "Progressive Growing of GANs", https://arxiv.org/abs/1710.10196: what tells the
/// discriminator of pictures that are too much alike.
private func withMinibatchDeviation(_ x: Tensor, groupSize: Int) -> Tensor {
    let (count, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    // The largest group that batches divide into.
    let size = (1...groupSize).last { count % $0 == 0 } ?? 1
    let groups = count / size
    let deviation =
        (x.reshaped([size, groups, height * width, channels]).variance(axes: [0]) + 1e-8).sqrt()
    let statistic = deviation.mean(axes: [2, 3])  // [1, groups]
        .reshaped([1, groups, 1, 1])
        .broadcast(to: [size, groups, height, width])
        .reshaped([count, height, width, 1])
    return concatenate([x, statistic], axis: 3)
}
