import Layers
public import TensorCore

// He, Zhang, Ren and Sun 2016, "Deep Residual Learning for Image Recognition",
// https://arxiv.org/abs/1512.03385.
//
// Tensors carry torchvision's names (`conv1.weight`, `layer1.0.bn1.weight`, ...).

/// The sizes of a residual network of basic blocks.
public struct ResNetConfiguration: Sendable, Hashable, Codable {
    /// How a network begins.
    public enum Stem: String, Sendable, Hashable, Codable {
        /// A 3x3 convolution, for pictures of about 32x32.
        case small
        /// A 7x7 convolution with stride 2 and 3x3 maximum pooling with stride 2, for about 224x224.
        case large
    }

    /// Blocks in each stage; every stage but the first halves the side and doubles the channels.
    public var blockCounts: [Int]
    /// Channels of the first stage.
    public var width: Int
    /// How many classes there are.
    public var classCount: Int
    /// Channels of the pictures.
    public var inputChannels: Int
    /// How the network begins.
    public var stem: Stem

    /// Sizes; those of an 18-layer network unless given.
    public init(
        blockCounts: [Int] = [2, 2, 2, 2], width: Int = 64, classCount: Int = 10,
        inputChannels: Int = 3, stem: Stem = .small
    ) {
        self.blockCounts = blockCounts
        self.width = width
        self.classCount = classCount
        self.inputChannels = inputChannels
        self.stem = stem
    }

    /// 18 layers.
    public static let resNet18 = ResNetConfiguration()
    /// 34 layers.
    public static let resNet34 = ResNetConfiguration(blockCounts: [3, 4, 6, 3])
}

/// `relu(shortcut(x) + (3x3 -> norm -> ReLU -> 3x3 -> norm))`.
private struct BasicBlock: Module {
    var conv1: Conv2d
    var bn1: BatchNorm
    var conv2: Conv2d
    var bn2: BatchNorm
    /// Where sides or channels change.
    var shortcut: (convolution: Conv2d, norm: BatchNorm)?

    init(inputChannels: Int, outputChannels: Int, stride: Int, key: RandomKey) {
        conv1 = Conv2d(
            inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 3,
            stride: stride, padding: 1, hasBias: false, key: key.folded("conv1"))
        conv2 = Conv2d(
            inputChannels: outputChannels, outputChannels: outputChannels, kernelSize: 3,
            padding: 1, hasBias: false, key: key.folded("conv2"))
        bn1 = BatchNorm(features: outputChannels)
        bn2 = BatchNorm(features: outputChannels)
        if stride > 1 || inputChannels != outputChannels {
            let convolution = Conv2d(
                inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 1,
                stride: stride, hasBias: false, key: key.folded("downsample"))
            shortcut = (convolution, BatchNorm(features: outputChannels))
        }
    }

    mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
        let inner = bn1(conv1(x), training: training).relu()
        let branch = bn2(conv2(inner), training: training)
        guard let convolution = shortcut?.convolution else { return (branch + x).relu() }
        let direct = shortcut?.norm(convolution(x), training: training) ?? x
        return (branch + direct).relu()
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        conv1.forEachTensor(under: path + "conv1.", body)
        bn1.forEachTensor(under: path + "bn1.", body)
        conv2.forEachTensor(under: path + "conv2.", body)
        bn2.forEachTensor(under: path + "bn2.", body)
        shortcut?.convolution.forEachTensor(under: path + "downsample.0.", body)
        shortcut?.norm.forEachTensor(under: path + "downsample.1.", body)
    }
}

/// A residual network that tells the class of a picture.
public struct ResNet: Module {
    /// The sizes.
    public let configuration: ResNetConfiguration
    private var stem: Conv2d
    private var stemNorm: BatchNorm
    private var stages: [[BasicBlock]]
    private var linear: Linear

    /// A network whose weights begin as PyTorch's layers do.
    public init(_ configuration: ResNetConfiguration = .resNet18, key: RandomKey) {
        precondition(
            !configuration.blockCounts.isEmpty && configuration.blockCounts.allSatisfy { $0 > 0 }
                && configuration.width > 0 && configuration.classCount > 0,
            "[ResNet] expected a block or more in each stage, a width and classes, got "
                + "\(configuration.blockCounts), \(configuration.width) and "
                + "\(configuration.classCount)")
        self.configuration = configuration
        let (width, isLarge) = (configuration.width, configuration.stem == .large)
        stem = Conv2d(
            inputChannels: configuration.inputChannels, outputChannels: width,
            kernelSize: isLarge ? 7 : 3, stride: isLarge ? 2 : 1, padding: isLarge ? 3 : 1,
            hasBias: false, key: key.folded("conv1"))
        stemNorm = BatchNorm(features: width)
        var channels = width
        stages = []
        for (stage, count) in configuration.blockCounts.enumerated() {
            let outputs = width << stage
            let key = key.folded("layer\(stage + 1)")
            stages.append(
                (0..<count).map { index in
                    BasicBlock(
                        inputChannels: index == 0 ? channels : outputs, outputChannels: outputs,
                        stride: index == 0 && stage > 0 ? 2 : 1, key: key.folded(UInt64(index)))
                })
            channels = outputs
        }
        linear = Linear(
            inputFeatures: channels, outputFeatures: configuration.classCount,
            key: key.folded("fc"))
    }

    /// Logits `[N, classes]` of pictures `[N, H, W, C]`; in training, running statistics change.
    public mutating func callAsFunction(_ pictures: Tensor, training: Bool) -> Tensor {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == configuration.inputChannels,
            "[ResNet] expected pictures [N, H, W, \(configuration.inputChannels)], got "
                + "\(pictures.shape)")
        var x = stemNorm(stem(pictures), training: training).relu()
        if configuration.stem == .large {
            x = maxPool2d(x, Pool2dParameters(kernel: 3, stride: 2, padding: 1))
        }
        for i in stages.indices {
            for j in stages[i].indices { x = stages[i][j](x, training: training) }
        }
        return linear(x.mean(axes: [1, 2]))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        stem.forEachTensor(under: path + "conv1.", body)
        stemNorm.forEachTensor(under: path + "bn1.", body)
        for i in stages.indices {
            for j in stages[i].indices {
                stages[i][j].forEachTensor(under: path + "layer\(i + 1).\(j).", body)
            }
        }
        linear.forEachTensor(under: path + "fc.", body)
    }
}
