import Layers
public import TensorCore

// Zhu, Park, Isola and Efros 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
// Adversarial Networks", https://arxiv.org/abs/1703.10593.
//
// Tensors carry the names of the authors' PyTorch code (`model.1.weight`,
// `model.10.conv_block.1.weight`, ...).

/// The sizes of a ResNet generator.
public struct ResNetGeneratorConfiguration: Sendable, Hashable, Codable {
    /// Channels of the pictures that come in.
    public var inputChannels: Int
    /// Channels of the pictures that go out.
    public var outputChannels: Int
    /// Channels of the first layer.
    public var width: Int
    /// How many residual blocks stand in the middle: 9 for 256x256 pictures, 6 for 128x128.
    public var blockCount: Int
    /// Whether instance normalisation has a scale and a shift of its own.
    public var isAffine: Bool
    /// How features are normalised; the paper's is over each picture.
    public var normalization: FeatureNormalization
    /// How sides are doubled; the paper's is by transposed convolutions.
    public var upsampling: FeatureUpsampling

    /// Sizes; those of the paper for 256x256 unless given.
    public init(
        inputChannels: Int = 3, outputChannels: Int = 3, width: Int = 64, blockCount: Int = 9,
        isAffine: Bool = true, normalization: FeatureNormalization = .instance,
        upsampling: FeatureUpsampling = .transposed
    ) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.width = width
        self.blockCount = blockCount
        self.isAffine = isAffine
        self.normalization = normalization
        self.upsampling = upsampling
    }
}

/// The generator of CycleGAN: two strided convolutions, residual blocks, two convolutions that double
/// the side, with normalisation (each picture's own in the paper), ReLU and mirrored edges; tanh at
/// the end.
public struct ResNetGenerator: Module {
    /// The sizes.
    public let configuration: ResNetGeneratorConfiguration
    /// 7x7, then two of 3x3 with stride 2.
    private var down: [Conv2d]
    private var downNorms: [FeatureNorm]
    private var blocks: [Block]
    /// Two of 3x3.
    private var up: [UpsamplingConvolution]
    private var upNorms: [FeatureNorm]
    /// 7x7.
    private var last: Conv2d

    /// A generator whose weights begin as in the paper: normal with standard deviation 0.02.
    public init(
        _ configuration: ResNetGeneratorConfiguration = ResNetGeneratorConfiguration(),
        key: RandomKey
    ) {
        precondition(
            configuration.width > 0 && configuration.blockCount >= 0,
            "[ResNetGenerator] expected a positive width and no negative number of blocks, got "
                + "\(configuration.width) and \(configuration.blockCount)")
        self.configuration = configuration
        let begin = Initializer.normal(standardDeviation: 0.02)
        let width = configuration.width
        // Batch normalisation takes away what a bias before it adds.
        let hasBias = configuration.normalization != .batch
        func normalization(_ features: Int, _ key: RandomKey) -> FeatureNorm {
            FeatureNorm(
                configuration.normalization, features: features,
                isAffine: configuration.isAffine, deviation: 0.02, key: key)
        }
        down = [
            Conv2d(
                inputChannels: configuration.inputChannels, outputChannels: width, kernelSize: 7,
                hasBias: hasBias, initializer: begin, key: key.folded("first"))
        ]
        up = []
        for level in 0..<2 {
            down.append(
                Conv2d(
                    inputChannels: width << level, outputChannels: width << (level + 1),
                    kernelSize: 3, stride: 2, padding: 1, hasBias: hasBias, initializer: begin,
                    key: key.folded("down").folded(UInt64(level))))
            up.append(
                UpsamplingConvolution(
                    configuration.upsampling, inputChannels: width << (2 - level),
                    outputChannels: width << (1 - level), kernelSize: 3, hasBias: hasBias,
                    edge: .mirror, initializer: begin,
                    key: key.folded("up").folded(UInt64(level))))
        }
        downNorms = (0..<3).map {
            normalization(width << $0, key.folded("down_norm").folded(UInt64($0)))
        }
        upNorms = (0..<2).map {
            normalization(width << (1 - $0), key.folded("up_norm").folded(UInt64($0)))
        }
        blocks = (0..<configuration.blockCount).map { index in
            let key = key.folded("block").folded(UInt64(index))
            func convolution(_ name: String) -> Conv2d {
                Conv2d(
                    inputChannels: 4 * width, outputChannels: 4 * width, kernelSize: 3,
                    hasBias: hasBias, initializer: begin, key: key.folded(name))
            }
            return Block(
                first: convolution("first"),
                firstNorm: normalization(4 * width, key.folded("first_norm")),
                second: convolution("second"),
                secondNorm: normalization(4 * width, key.folded("second_norm")))
        }
        last = Conv2d(
            inputChannels: width, outputChannels: configuration.outputChannels, kernelSize: 7,
            initializer: begin, key: key.folded("last"))
    }

    /// `x + (mirrored edge -> 3x3 -> norm -> ReLU -> mirrored edge -> 3x3 -> norm)`.
    private struct Block {
        var first: Conv2d
        var firstNorm: FeatureNorm
        var second: Conv2d
        var secondNorm: FeatureNorm

        mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
            let y = firstNorm(first(x.reflectionPadded2d(1)), training: training).relu()
            return x + secondNorm(second(y.reflectionPadded2d(1)), training: training)
        }
    }

    /// Pictures `[N, H, W, outputChannels]` in -1 ... 1 from pictures `[N, H, W, inputChannels]`,
    /// both sides multiples of 4, as at inference.
    public func callAsFunction(_ pictures: Tensor) -> Tensor {
        var copy = self
        return copy(pictures, training: false)
    }

    /// Pictures `[N, H, W, outputChannels]` in -1 ... 1 from pictures `[N, H, W, inputChannels]`,
    /// both sides multiples of 4.
    ///
    /// - Parameters:
    ///   - pictures: The pictures, with values in -1 ... 1.
    ///   - training: Whether batch normalisation uses the batch's statistics, and learns them.
    public mutating func callAsFunction(_ pictures: Tensor, training: Bool) -> Tensor {
        precondition(
            pictures.rank == 4 && pictures.shape[1] % 4 == 0 && pictures.shape[2] % 4 == 0
                && min(pictures.shape[1], pictures.shape[2]) >= 8
                && pictures.shape[3] == configuration.inputChannels,
            "[ResNetGenerator] expected pictures [N, H, W, \(configuration.inputChannels)] with "
                + "sides that are multiples of 4, 8 or more, got \(pictures.shape)")
        var x = pictures.reflectionPadded2d(3)
        for i in down.indices { x = downNorms[i](down[i](x), training: training).relu() }
        for i in blocks.indices { x = blocks[i](x, training: training) }
        for i in up.indices { x = upNorms[i](up[i](x), training: training).relu() }
        return last(x.reflectionPadded2d(3)).tanh()
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in down.indices {
            down[i].forEachTensor(under: path + "model.\(3 * i + 1).", body)
            downNorms[i].forEachTensor(under: path + "model.\(3 * i + 2).", body)
        }
        for i in blocks.indices {
            let inside = path + "model.\(10 + i).conv_block."
            blocks[i].first.forEachTensor(under: inside + "1.", body)
            blocks[i].firstNorm.forEachTensor(under: inside + "2.", body)
            blocks[i].second.forEachTensor(under: inside + "5.", body)
            blocks[i].secondNorm.forEachTensor(under: inside + "6.", body)
        }
        let rest = 10 + blocks.count
        for i in up.indices {
            up[i].forEachTensor(under: path + "model.\(rest + 3 * i).", body)
            upNorms[i].forEachTensor(under: path + "model.\(rest + 3 * i + 1).", body)
        }
        last.forEachTensor(under: path + "model.\(rest + 7).", body)
    }
}
