public import TensorCore

/// Normalisation of each picture's channels over its pixels:
/// `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`.
///
/// Ulyanov et al. 2016, "Instance Normalization", https://arxiv.org/abs/1607.08022.
public struct InstanceNorm: Module {
    /// `[C]`, the scale, where there is one.
    public var weight: Tensor?
    /// `[C]`, the shift, where there is one.
    public var bias: Tensor?
    /// Added to the variance.
    public let epsilon: Double

    /// An instance normalisation.
    public init(features: Int, isAffine: Bool = true, epsilon: Double = 1e-5) {
        weight = isAffine ? .ones([features]) : nil
        bias = isAffine ? .zeros([features]) : nil
        self.epsilon = epsilon
    }

    /// The normalised pictures, `[N, H, W, C]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        precondition(
            x.rank == 4 && (weight.map { $0.shape[0] == x.shape[3] } ?? true),
            "[InstanceNorm] expected input [N, H, W, \(weight?.shape[0] ?? 0)], got \(x.shape)")
        let (mean, variance) = moments(of: x, axes: [1, 2])
        return self(x, mean: mean, variance: variance)
    }

    /// The mean and the variance of each channel over axes of pictures `[N, H, W, C]`: `[1, 2]` for
    /// each picture by itself, `[0, 1, 2]` for all together.
    public func moments(of x: Tensor, axes: [Int]) -> (mean: Tensor, variance: Tensor) {
        let mean = x.mean(axes: axes, keepingDimensions: true)
        return (mean, x.variance(axes: axes, mean: mean))
    }

    /// Pictures `[N, H, W, C]` normalised with moments from elsewhere, `[N, 1, 1, C]` or
    /// `[1, 1, 1, C]`: where a picture is only a part of what is normalised together.
    public func callAsFunction(_ x: Tensor, mean: Tensor, variance: Tensor) -> Tensor {
        var scale = (variance + epsilon).rsqrt()
        if let weight { scale = scale * weight }
        let y = (x - mean) * scale
        return bias.map { y + $0 } ?? y
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        if var scale = weight, var shift = bias {
            body(path + "weight", &scale, .parameter)
            body(path + "bias", &shift, .parameter)
            weight = scale
            bias = shift
        }
    }
}
