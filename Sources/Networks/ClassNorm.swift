import Layers
import TensorCore

/// Batch normalisation, with a scale and a shift of each class's own where there are classes.
enum ClassNorm: Module {
    case plain(BatchNorm)
    case conditional(ConditionalBatchNorm)

    /// - Parameters:
    ///   - features: Channels.
    ///   - classCount: How many classes there are; 0 for none.
    ///   - weightInitializer: Of the scale, where there are no classes; those of classes begin at 1.
    ///   - classSpread: The standard deviation of the classes' shifts at the beginning.
    ///   - key: What is drawn is drawn from it.
    init(
        features: Int, classCount: Int, weightInitializer: Initializer = .constant(1),
        classSpread: Double = 0, key: RandomKey = RandomKey(seed: 0)
    ) {
        self =
            classCount == 0
            ? .plain(
                BatchNorm(features: features, weightInitializer: weightInitializer, key: key))
            : .conditional(
                ConditionalBatchNorm(
                    classes: classCount, features: features,
                    biasInitializer: classSpread == 0
                        ? .constant(0) : .normal(standardDeviation: classSpread), key: key))
    }

    mutating func callAsFunction(_ x: Tensor, _ context: NetworkContext, _ network: String)
        -> Tensor
    {
        switch self {
        case .plain(var norm):
            defer { self = .plain(norm) }
            return norm(x, training: context.training)
        case .conditional(var norm):
            defer { self = .conditional(norm) }
            let labels = context.labels(for: network, count: x.shape[0])
            return norm(x, labels: labels, training: context.training)
        }
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        switch self {
        case .plain(var norm):
            norm.forEachTensor(under: path, body)
            self = .plain(norm)
        case .conditional(var norm):
            norm.forEachTensor(under: path, body)
            self = .conditional(norm)
        }
    }
}
