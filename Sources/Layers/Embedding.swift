public import TensorCore

/// A vector for each class: int32 `[N]` to `[N, features]`.
public struct Embedding: Module {
    /// `[classes, features]`.
    public var weight: Tensor

    /// An embedding; it begins standard normal unless told otherwise.
    public init(
        classes: Int, features: Int, initializer: Initializer = .normal(standardDeviation: 1),
        key: RandomKey
    ) {
        weight = initializer.makeTensor(
            [classes, features], fanIn: classes, fanOut: features, key: key.folded("weight"))
    }

    /// The vectors of classes.
    public func callAsFunction(_ classes: Tensor) -> Tensor { weight.gathered(classes) }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "weight", &weight, .parameter)
    }
}
