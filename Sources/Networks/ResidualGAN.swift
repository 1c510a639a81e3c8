import Layers
public import TensorCore

// The residual networks of Mescheder, Geiger and Nowozin 2018, "Which Training Methods for GANs do
// actually Converge?", https://arxiv.org/abs/1801.04406: no normalisation anywhere, leaky ReLU, and
// a residual branch that is scaled down instead.

/// The sizes of a residual GAN.
public struct ResidualGANConfiguration: Sendable, Hashable, Codable {
    /// The pictures. Both sides are a small base times the same power of two.
    public var picture: PictureShape
    /// How many numbers a latent vector has.
    public var latentSize: Int
    /// Channels next to the picture; they double toward the middle.
    public var width: Int
    /// The most channels that a layer has.
    public var maximumWidth: Int
    /// What the residual branch of a block is multiplied by.
    public var residualScale: Double

    /// Sizes.
    ///
    /// - Parameters:
    ///   - picture: The pictures.
    ///   - latentSize: How many numbers a latent vector has.
    ///   - width: Channels next to the picture.
    ///   - maximumWidth: The most channels that a layer has; four times the width unless given.
    ///   - residualScale: What the residual branch of a block is multiplied by.
    public init(
        picture: PictureShape, latentSize: Int = 128, width: Int = 64, maximumWidth: Int? = nil,
        residualScale: Double = 0.1
    ) {
        self.picture = picture
        self.latentSize = latentSize
        self.width = width
        self.maximumWidth = maximumWidth ?? 4 * width
        self.residualScale = residualScale
    }

    /// Why no residual GAN makes such pictures, if none does: the rule is that of a DCGAN.
    public static func problem(with picture: PictureShape) -> String? {
        DCGANConfiguration.problem(with: picture)
    }

    /// How many blocks double the side.
    var blockCount: Int { DCGANConfiguration.doublings(picture) }

    /// The side of the smallest features.
    var base: (height: Int, width: Int) {
        (picture.height >> blockCount, picture.width >> blockCount)
    }

    /// The discriminator's channels, from the picture on: doubled by each block up to the most.
    var discriminatorChannels: [Int] {
        (0...blockCount).map { min(width << $0, maximumWidth) }
    }

    /// The generator's channels, from the most on: halved by each block down to the width.
    var generatorChannels: [Int] {
        var channels = [maximumWidth]
        for _ in 0..<blockCount { channels.append(max(width, channels[channels.count - 1] / 2)) }
        return channels
    }
}

/// What both networks are made of: `shortcut(x) + scale * (x -> leaky ReLU -> 3x3 -> leaky ReLU ->
/// 3x3)`, the shortcut a 1x1 convolution.
struct ResidualGANBlock: Module {
    enum Resampling {
        /// Nearest neighbours, the side doubled, before everything.
        case up
        /// The mean of 2x2 pixels, the side halved, after everything.
        case down
    }

    static let slope = 0.2
    let resampling: Resampling
    let scale: Double
    var first: Conv2d
    var second: Conv2d
    var shortcut: Conv2d

    init(
        inputChannels: Int, outputChannels: Int, resampling: Resampling, scale: Double,
        key: RandomKey
    ) {
        func convolution(_ inputs: Int, _ kernel: Int, _ name: String) -> Conv2d {
            Conv2d(
                inputChannels: inputs, outputChannels: outputChannels, kernelSize: kernel,
                padding: kernel / 2, key: key.folded(name))
        }
        first = convolution(inputChannels, 3, "conv_0")
        second = convolution(outputChannels, 3, "conv_1")
        shortcut = convolution(inputChannels, 1, "conv_s")
        self.resampling = resampling
        self.scale = scale
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let active = x.leakyRelu(slope: Self.slope)
        switch resampling {
        case .up:
            let inner = first.upsampling(active).leakyRelu(slope: Self.slope)
            return shortcut.upsampling(x) + second(inner) * scale
        case .down:
            let inner = first(active).leakyRelu(slope: Self.slope)
            return shortcut.averaging(x) + second.averaging(inner) * scale
        }
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        first.forEachTensor(under: path + "conv_0.", body)
        second.forEachTensor(under: path + "conv_1.", body)
        shortcut.forEachTensor(under: path + "conv_s.", body)
    }
}

/// The generator: a linear layer, blocks that double the side, a 3x3 convolution and tanh.
///
/// The linear layer's features are ordered channel by channel, `[C, 4, 4]`, as in PyTorch.
public struct ResidualGANGenerator: GeneratorNetwork {
    /// The sizes.
    public let configuration: ResidualGANConfiguration
    private var linear: Linear
    private var blocks: [ResidualGANBlock]
    private var picture: Conv2d

    /// A generator whose weights begin as PyTorch's do.
    public init(_ configuration: ResidualGANConfiguration, key: RandomKey) {
        if let problem = ResidualGANConfiguration.problem(with: configuration.picture) {
            preconditionFailure("[ResidualGANGenerator] \(problem)")
        }
        self.configuration = configuration
        let channels = configuration.generatorChannels
        let base = configuration.base
        linear = Linear(
            inputFeatures: configuration.latentSize,
            outputFeatures: channels[0] * base.height * base.width, key: key.folded("fc"))
        blocks = (0..<configuration.blockCount).map { index in
            ResidualGANBlock(
                inputChannels: channels[index], outputChannels: channels[index + 1],
                resampling: .up, scale: configuration.residualScale,
                key: key.folded(UInt64(index)))
        }
        picture = Conv2d(
            inputChannels: channels[channels.count - 1],
            outputChannels: configuration.picture.channels, kernelSize: 3, padding: 1,
            key: key.folded("conv_img"))
    }

    /// How many numbers a latent vector has.
    public var latentSize: Int { configuration.latentSize }
    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }

    /// Pictures `[N, H, W, C]` in -1 ... 1 from latents `[N, latentSize]`.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        precondition(
            latents.rank == 2 && latents.shape[1] == latentSize,
            "[ResidualGANGenerator] expected latents [N, \(latentSize)], got \(latents.shape)")
        let base = configuration.base
        var x = linear(latents)
            .reshaped([latents.shape[0], -1, base.height, base.width])  // [N, C, H, W]
            .transposed([0, 2, 3, 1])  // [N, H, W, C]
        for block in blocks { x = block(x) }
        return picture(x.leakyRelu(slope: ResidualGANBlock.slope)).tanh()
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        linear.forEachTensor(under: path + "fc.", body)
        for i in blocks.indices { blocks[i].forEachTensor(under: path + "blocks.\(i).", body) }
        picture.forEachTensor(under: path + "conv_img.", body)
    }
}

/// The discriminator: a 3x3 convolution, blocks that halve the side, and a linear layer.
///
/// The linear layer's features are ordered channel by channel, `[C, 4, 4]`, as in PyTorch.
public struct ResidualGANDiscriminator: DiscriminatorNetwork {
    /// The sizes; the latent size has no say.
    public let configuration: ResidualGANConfiguration
    private var picture: Conv2d
    private var blocks: [ResidualGANBlock]
    private var linear: Linear

    /// A discriminator whose weights begin as PyTorch's do.
    public init(_ configuration: ResidualGANConfiguration, key: RandomKey) {
        if let problem = ResidualGANConfiguration.problem(with: configuration.picture) {
            preconditionFailure("[ResidualGANDiscriminator] \(problem)")
        }
        self.configuration = configuration
        let channels = configuration.discriminatorChannels
        let base = configuration.base
        picture = Conv2d(
            inputChannels: configuration.picture.channels, outputChannels: channels[0],
            kernelSize: 3, padding: 1, key: key.folded("conv_img"))
        blocks = (0..<configuration.blockCount).map { index in
            ResidualGANBlock(
                inputChannels: channels[index], outputChannels: channels[index + 1],
                resampling: .down, scale: configuration.residualScale,
                key: key.folded(UInt64(index)))
        }
        linear = Linear(
            inputFeatures: channels[channels.count - 1] * base.height * base.width,
            outputFeatures: 1, key: key.folded("fc"))
    }

    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }

    /// Logits `[N]` of pictures `[N, H, W, C]` in -1 ... 1: positive says real.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        let shape = pictureShape
        precondition(
            pictures.rank == 4
                && Array(pictures.shape[1...]) == [shape.height, shape.width, shape.channels],
            "[ResidualGANDiscriminator] expected pictures [N, \(shape.height), \(shape.width), "
                + "\(shape.channels)], got \(pictures.shape)")
        var x = picture(pictures)
        for block in blocks { x = block(x) }
        x = x.leakyRelu(slope: ResidualGANBlock.slope)
            .transposed([0, 3, 1, 2])  // [N, C, H, W]
            .flattened(from: 1)
        return Verdict(logits: linear(x).reshaped([pictures.shape[0]]))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        picture.forEachTensor(under: path + "conv_img.", body)
        for i in blocks.indices { blocks[i].forEachTensor(under: path + "blocks.\(i).", body) }
        linear.forEachTensor(under: path + "fc.", body)
    }
}
