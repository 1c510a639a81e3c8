public import TensorCore

/// How a weight begins.
public enum Initializer: Sendable, Hashable {
    /// The same number everywhere.
    case constant(Double)
    /// Normal with a mean and a standard deviation.
    case normal(mean: Double = 0, standardDeviation: Double)
    /// Uniform on `-bound ..< bound`.
    case uniform(bound: Double)
    /// Normal with standard deviation `gain / sqrt(fanIn)`: He et al. 2015, "Delving Deep into
    /// Rectifiers", https://arxiv.org/abs/1502.01852.
    case heNormal(gain: Double = 1.414_213_562_373_095_1)
    /// Uniform on `-b ..< b` with `b = gain * sqrt(6 / (fanIn + fanOut))`: Glorot and Bengio 2010,
    /// https://proceedings.mlr.press/v9/glorot10a.html.
    case glorotUniform(gain: Double = 1)
    /// Uniform on `-b ..< b` with `b = 1 / sqrt(fanIn)`: what PyTorch's layers do by default.
    case fanInUniform

    /// A tensor that begins this way; not yet evaluated.
    ///
    /// - Parameters:
    ///   - shape: Its shape.
    ///   - fanIn: How many inputs an output adds up.
    ///   - fanOut: How many outputs an input goes to.
    ///   - key: What random numbers are drawn from.
    public func makeTensor(_ shape: [Int], fanIn: Int, fanOut: Int, key: RandomKey) -> Tensor {
        switch self {
        case .constant(let value):
            return .full(value, shape: shape)
        case .normal(let mean, let deviation):
            return Tensor.normal(shape, key: key) * deviation + mean
        case .uniform(let bound):
            return .uniform(shape, low: -bound, high: bound, key: key)
        case .heNormal(let gain):
            return Tensor.normal(shape, key: key) * (gain / Double(fanIn).squareRoot())
        case .glorotUniform(let gain):
            let bound = gain * (6 / Double(fanIn + fanOut)).squareRoot()
            return .uniform(shape, low: -bound, high: bound, key: key)
        case .fanInUniform:
            let bound = 1 / Double(fanIn).squareRoot()
            return .uniform(shape, low: -bound, high: bound, key: key)
        }
    }
}
