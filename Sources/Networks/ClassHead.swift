import Layers
import TensorCore

/// How a discriminator takes classes into account.
public enum ClassHead: String, Sendable, Hashable, Codable, CaseIterable {
    /// The logit gains the product of the features with the class's own vector: Miyato and Koyama
    /// 2018, "cGANs with Projection Discriminator", https://arxiv.org/abs/1802.05637.
    case projection
    /// The class is named beside the logit, as `Verdict.classLogits`: Odena et al. 2017, "Conditional
    /// Image Synthesis with Auxiliary Classifier GANs" (AC-GAN), https://arxiv.org/abs/1610.09585.
    case auxiliary
}

/// What a discriminator's features say of classes, beside its logits; nothing without classes.
struct ClassHeads: Module {
    private let name: String
    private var embedding: SpectralNorm<Embedding>?
    private var classifier: SpectralNorm<Linear>?

    init(
        _ head: ClassHead, classCount: Int, features: Int, isSpectrallyNormalized: Bool,
        initializer: Initializer, _ name: String, key: RandomKey
    ) {
        self.name = name
        guard classCount > 0 else { return }
        switch head {
        case .projection:
            embedding = SpectralNorm(
                Embedding(
                    classes: classCount, features: features, initializer: initializer,
                    key: key.folded("embedding")),
                isActive: isSpectrallyNormalized, key: key.folded("embedding"))
        case .auxiliary:
            var linear = Linear(
                inputFeatures: features, outputFeatures: classCount, initializer: initializer,
                key: key.folded("classifier"))
            linear.bias = .zeros([classCount])
            classifier = SpectralNorm(
                linear, isActive: isSpectrallyNormalized, key: key.folded("classifier"))
        }
    }

    /// The verdict from logits `[N]` and features `[N, F]`.
    mutating func verdict(
        _ logits: Tensor, features: @autoclosure () -> Tensor, _ context: NetworkContext
    ) -> Verdict {
        var verdict = Verdict(logits: logits)
        if embedding != nil {
            let labels = context.labels(for: name, count: logits.shape[0])
            if let vectors = embedding?.normalized(training: context.training) {
                verdict.logits = logits + (vectors(labels) * features()).sum(axes: [1])
            }
        }
        if let linear = classifier?.normalized(training: context.training) {
            verdict.classLogits = linear(features())
        }
        return verdict
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        embedding?.forEachTensor(under: path + "embedding.", body)
        classifier?.forEachTensor(under: path + "classifier.", body)
    }
}

extension NetworkContext {
    /// The labels, for a network that cannot do without.
    func labels(for network: String, count: Int) -> Tensor {
        guard let labels else {
            preconditionFailure("[\(network)] expected labels [\(count)] for its classes, got none")
        }
        precondition(
            labels.shape == [count],
            "[\(network)] expected labels [\(count)], got \(labels.shape)")
        return labels
    }
}
