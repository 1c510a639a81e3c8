public import TensorCore

/// Batch normalisation whose scale and shift belong to a picture's class:
/// `y = (x - mean) / sqrt(variance + epsilon) * gain[class] + bias[class]`.
///
/// Dumoulin et al. 2017, "A Learned Representation for Artistic Style",
/// https://arxiv.org/abs/1610.07629; de Vries et al. 2017, "Modulating early visual processing by
/// language", https://arxiv.org/abs/1707.00683; in GANs since Miyato and Koyama 2018, "cGANs with
/// Projection Discriminator", https://arxiv.org/abs/1802.05637. Statistics are those of `BatchNorm`,
/// over all classes.
public struct ConditionalBatchNorm: Module {
    /// `[classes, C]`, the scales.
    public var gain: Embedding
    /// `[classes, C]`, the shifts.
    public var bias: Embedding
    /// `[C]`, the running mean.
    public var runningMean: Tensor
    /// `[C]`, the running variance.
    public var runningVariance: Tensor
    /// How much of the running statistics a batch replaces.
    public let momentum: Double
    /// Added to the variance.
    public let epsilon: Double

    /// A normalisation that begins with a gain of 1, and alike for all classes unless told otherwise.
    ///
    /// - Parameters:
    ///   - classes: How many classes there are.
    ///   - features: Channels.
    ///   - momentum: How much of the running statistics a batch replaces.
    ///   - epsilon: Added to the variance.
    ///   - biasInitializer: Of the shifts.
    ///   - key: What they are drawn from.
    public init(
        classes: Int, features: Int, momentum: Double = 0.1, epsilon: Double = 1e-5,
        biasInitializer: Initializer = .constant(0), key: RandomKey = RandomKey(seed: 0)
    ) {
        gain = Embedding(
            classes: classes, features: features, initializer: .constant(1), key: key)
        bias = Embedding(
            classes: classes, features: features, initializer: biasInitializer, key: key)
        runningMean = .zeros([features])
        runningVariance = .ones([features])
        self.momentum = momentum
        self.epsilon = epsilon
    }

    /// The normalised features; in training, the running statistics change.
    ///
    /// - Parameters:
    ///   - x: `[N, ..., C]`.
    ///   - labels: int32 `[N]`, each a class.
    ///   - training: Whether statistics are the batch's.
    public mutating func callAsFunction(_ x: Tensor, labels: Tensor, training: Bool) -> Tensor {
        let features = runningMean.shape[0]
        precondition(
            x.rank >= 2 && x.shape[x.rank - 1] == features && labels.shape == [x.shape[0]],
            "[ConditionalBatchNorm] expected input [N, ..., \(features)] and labels [N], got "
                + "\(x.shape) and \(labels.shape)")
        var mean = runningMean
        var variance = runningVariance
        if training {
            (mean, variance) = batchMoments(
                of: x, keeping: &runningMean, &runningVariance, momentum: momentum,
                "ConditionalBatchNorm")
        }
        let perPicture =
            [x.shape[0]] + [Int](repeating: 1, count: x.rank - 2) + [features]  // [N, 1..., C]
        let scale = gain(labels).reshaped(perPicture) * (variance + epsilon).rsqrt()
        return (x - mean) * scale + bias(labels).reshaped(perPicture)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        gain.forEachTensor(under: path + "gain.", body)
        bias.forEachTensor(under: path + "bias.", body)
        body(path + "running_mean", &runningMean, .buffer)
        body(path + "running_var", &runningVariance, .buffer)
    }
}
