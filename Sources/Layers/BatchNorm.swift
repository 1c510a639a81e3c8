public import TensorCore

/// Batch normalisation of the last axis over all others:
/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`.
///
/// Ioffe and Szegedy 2015, "Batch Normalization", https://arxiv.org/abs/1502.03167. In training the
/// mean and (biased) variance are the batch's, and running ones are kept, the variance unbiased, as in
/// PyTorch; otherwise the running ones are used.
public struct BatchNorm: Module {
    /// `[C]`, the scale.
    public var weight: Tensor
    /// `[C]`, the shift.
    public var bias: Tensor
    /// `[C]`, the running mean.
    public var runningMean: Tensor
    /// `[C]`, the running variance.
    public var runningVariance: Tensor
    /// How much of the running statistics a batch replaces.
    public var momentum: Double
    /// Added to the variance.
    public let epsilon: Double

    /// A batch normalisation.
    public init(
        features: Int, momentum: Double = 0.1, epsilon: Double = 1e-5,
        weightInitializer: Initializer = .constant(1), key: RandomKey = RandomKey(seed: 0)
    ) {
        weight = weightInitializer.makeTensor(
            [features], fanIn: features, fanOut: features, key: key.folded("weight"))
        bias = .zeros([features])
        runningMean = .zeros([features])
        runningVariance = .ones([features])
        self.momentum = momentum
        self.epsilon = epsilon
    }

    /// The normalised features, `[..., C]`; in training, the running statistics change.
    public mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
        let features = weight.shape[0]
        precondition(
            x.rank >= 2 && x.shape[x.rank - 1] == features,
            "[BatchNorm] expected input [N, ..., \(features)], got \(x.shape)")
        guard training else {
            let scale = weight * (runningVariance + epsilon).rsqrt()
            return (x - runningMean) * scale + bias
        }
        let (mean, variance) = batchMoments(
            of: x, keeping: &runningMean, &runningVariance, momentum: momentum, "BatchNorm")
        let kept = [Int](repeating: 1, count: x.rank - 1) + [features]
        let scale = weight.reshaped(kept) * (variance + epsilon).rsqrt()
        return (x - mean) * scale + bias
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "weight", &weight, .parameter)
        body(path + "bias", &bias, .parameter)
        body(path + "running_mean", &runningMean, .buffer)
        body(path + "running_var", &runningVariance, .buffer)
    }
}

/// Mean and (biased) variance of the last axis over all others, with those axes kept; the running ones
/// move toward them, the variance unbiased.
func batchMoments(
    of x: Tensor, keeping runningMean: inout Tensor, _ runningVariance: inout Tensor,
    momentum: Double, _ layer: String
) -> (mean: Tensor, variance: Tensor) {
    let features = runningMean.shape[0]
    let count = x.elementCount / features
    precondition(
        count > 1,
        "[\(layer)] expected more than one value a feature in training, got \(x.shape)")
    let axes = Array(0..<(x.rank - 1))
    let mean = x.mean(axes: axes, keepingDimensions: true)
    let variance = x.variance(axes: axes, mean: mean)
    let unbiased =
        stopGradient(variance).reshaped([features]) * (Double(count) / Double(count - 1))
    runningMean =
        runningMean * (1 - momentum) + stopGradient(mean).reshaped([features]) * momentum
    runningVariance = runningVariance * (1 - momentum) + unbiased * momentum
    return (mean, variance)
}
