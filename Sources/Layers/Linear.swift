public import TensorCore

/// `y = x W^T + b` on the last axis: `[..., I]` to `[..., O]`.
public struct Linear: Module {
    /// `[O, I]`.
    public var weight: Tensor
    /// `[O]`.
    public var bias: Tensor?

    /// A linear layer.
    public init(
        inputFeatures: Int, outputFeatures: Int, hasBias: Bool = true,
        initializer: Initializer = .fanInUniform, key: RandomKey
    ) {
        weight = initializer.makeTensor(
            [outputFeatures, inputFeatures], fanIn: inputFeatures, fanOut: outputFeatures,
            key: key.folded("weight"))
        bias =
            hasBias
            ? Initializer.fanInUniform.makeTensor(
                [outputFeatures], fanIn: inputFeatures, fanOut: 1, key: key.folded("bias")) : nil
    }

    /// The transformed features.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        precondition(
            x.rank >= 1 && x.shape[x.rank - 1] == weight.shape[1],
            "[Linear] expected input [..., \(weight.shape[1])], got \(x.shape)")
        let rows = x.reshaped([-1, weight.shape[1]])
        var y = matmul(rows, weight, transposeB: true)
        if let bias { y = y + bias }
        return y.reshaped(Array(x.shape.dropLast()) + [weight.shape[0]])
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "weight", &weight, .parameter)
        if var value = bias {
            body(path + "bias", &value, .parameter)
            bias = value
        }
    }
}
