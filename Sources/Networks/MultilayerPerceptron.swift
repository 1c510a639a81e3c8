import Layers
public import TensorCore

/// Linear layers with an activation between them: `[..., I]` to `[..., O]`.
///
/// Tensors are named as in a PyTorch `Sequential` of layers and activations: `0.weight`, `2.weight`,
/// and so on.
public struct MultilayerPerceptron: Module {
    /// What stands between layers.
    public enum Activation: Sendable, Hashable {
        /// `max(x, 0)`.
        case relu
        /// `x` where positive, else `slope * x`.
        case leakyRelu(slope: Double)
    }

    private var layers: [Linear]
    /// What stands between layers.
    public let activation: Activation

    /// A perceptron with the given numbers of features, input first.
    public init(features: [Int], activation: Activation = .relu, key: RandomKey) {
        precondition(
            features.count >= 2,
            "[MultilayerPerceptron] expected two feature counts or more, got \(features)")
        layers = zip(features, features.dropFirst()).enumerated().map { index, sizes in
            Linear(
                inputFeatures: sizes.0, outputFeatures: sizes.1, key: key.folded(UInt64(index)))
        }
        self.activation = activation
    }

    /// The transformed features.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var x = x
        for (index, layer) in layers.enumerated() {
            x = layer(x)
            guard index < layers.count - 1 else { break }
            switch activation {
            case .relu: x = x.relu()
            case .leakyRelu(let slope): x = x.leakyRelu(slope: slope)
            }
        }
        return x
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in layers.indices { layers[i].forEachTensor(under: path + "\(2 * i).", body) }
    }
}
