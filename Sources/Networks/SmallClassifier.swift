import Layers
public import TensorCore

// The project's own network for small pictures: the residual blocks of He et al. 2016, "Deep
// Residual Learning for Image Recognition", https://arxiv.org/abs/1512.03385, few of them, so that
// two cores train it in minutes.

/// The sizes of the small classifier.
public struct SmallClassifierConfiguration: Sendable, Hashable, Codable {
    /// What it looks at.
    public var picture: PictureShape
    /// How many classes it tells apart.
    public var classCount: Int
    /// Channels of the first layer; twice as many after each of three halvings of the side. A multiple
    /// of 8 is fast.
    public var width: Int

    /// Sizes.
    public init(picture: PictureShape, classCount: Int, width: Int = 16) {
        self.picture = picture
        self.classCount = classCount
        self.width = width
    }

    /// How many features a picture has.
    public var featureCount: Int { 8 * width }

    /// Why such a network cannot be made; nil if it can.
    ///
    /// - Parameter configuration: The sizes asked for, from wherever.
    public static func problem(with configuration: SmallClassifierConfiguration) -> String? {
        let picture = configuration.picture
        if !(8...64).contains(picture.height) || !(8...64).contains(picture.width) {
            return "expected sides of 8 to 64, got \(picture.width)x\(picture.height)"
        }
        if !(1...4).contains(picture.channels) {
            return "expected 1 to 4 channels, got \(picture.channels)"
        }
        if !(2...1000).contains(configuration.classCount) {
            return "expected 2 to 1000 classes, got \(configuration.classCount)"
        }
        if !(1...128).contains(configuration.width) {
            return "expected a width of 1 to 128, got \(configuration.width)"
        }
        return nil
    }
}

/// `relu(norm(3x3 x))`.
private struct NormedConvolution: Module {
    var convolution: Conv2d
    var norm: BatchNorm

    init(_ inputs: Int, _ outputs: Int, key: RandomKey) {
        convolution = Conv2d(
            inputChannels: inputs, outputChannels: outputs, kernelSize: 3, padding: 1,
            hasBias: false, initializer: .heNormal(), key: key)
        norm = BatchNorm(features: outputs)
    }

    mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
        norm(convolution(x), training: training).relu()
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        convolution.forEachTensor(under: path + "conv.", body)
        norm.forEachTensor(under: path + "bn.", body)
    }
}

/// A classifier of pictures of about 28x28 or 32x32, whose last features also serve to compare sets
/// of pictures.
///
/// 3x3 convolution; then three times: 2x2 maximum pooling, 3x3 convolution to twice the channels, a
/// residual block of two more. Batch normalisation and ReLU after each. The mean over what is left of
/// the picture gives the features, a linear layer of them the logits.
public struct SmallClassifier: Module {
    /// The sizes.
    public let configuration: SmallClassifierConfiguration
    private var stem: NormedConvolution
    /// Widening convolution, then the two of the residual block; for each halving of the side.
    private var stages: [[NormedConvolution]]
    private var linear: Linear

    /// A network with fresh weights.
    public init(_ configuration: SmallClassifierConfiguration, key: RandomKey) {
        if let problem = SmallClassifierConfiguration.problem(with: configuration) {
            preconditionFailure("[SmallClassifier] \(problem)")
        }
        self.configuration = configuration
        let width = configuration.width
        stem = NormedConvolution(configuration.picture.channels, width, key: key.folded("stem"))
        stages = (0..<3).map { stage in
            let (inputs, outputs) = (width << stage, width << (stage + 1))
            let key = key.folded("stage\(stage + 1)")
            return (0..<3).map { layer in
                NormedConvolution(
                    layer == 0 ? inputs : outputs, outputs, key: key.folded(UInt64(layer)))
            }
        }
        linear = Linear(
            inputFeatures: configuration.featureCount, outputFeatures: configuration.classCount,
            key: key.folded("fc"))
    }

    /// Logits `[N, classes]` of pictures `[N, H, W, C]` with values in -1 ... 1; in training, running
    /// statistics change.
    public mutating func callAsFunction(_ pictures: Tensor, training: Bool) -> Tensor {
        outputs(pictures, training: training).logits
    }

    /// The features `[N, featureCount]` before the last layer, and the logits `[N, classes]`, of
    /// pictures `[N, H, W, C]` with values in -1 ... 1.
    public mutating func outputs(
        _ pictures: Tensor, training: Bool
    ) -> (features: Tensor, logits: Tensor) {
        let shape = configuration.picture
        precondition(
            pictures.rank == 4
                && Array(pictures.shape[1...]) == [shape.height, shape.width, shape.channels],
            "[SmallClassifier] expected pictures [N, \(shape.height), \(shape.width), "
                + "\(shape.channels)], got \(pictures.shape)")
        var x = stem(pictures, training: training)
        for stage in stages.indices {
            x = stages[stage][0](
                maxPool2d(x, Pool2dParameters(kernel: 2)), training: training)
            let inner = stages[stage][1](x, training: training)
            x = x + stages[stage][2](inner, training: training)
        }
        let features = x.mean(axes: [1, 2])
        return (features, linear(features))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        stem.forEachTensor(under: path + "stem.", body)
        for stage in stages.indices {
            for layer in stages[stage].indices {
                stages[stage][layer].forEachTensor(
                    under: path + "stage\(stage + 1).\(layer).", body)
            }
        }
        linear.forEachTensor(under: path + "fc.", body)
    }
}
