import Imaging
public import TensorCore

/// What a transfer by optimisation makes small: how far a picture's activations are from the content's,
/// and its Gram matrices from the paintings'.
public struct GatysObjective: Sendable {
    /// The parts of the loss, scalars with their weights.
    public struct Terms: Sendable {
        /// The content's.
        public var content: Tensor
        /// The styles'.
        public var style: Tensor
        /// Smoothness's.
        public var totalVariation: Tensor

        /// The sum.
        public var total: Tensor { content + style + totalVariation }
    }

    private struct StyleTarget: Sendable {
        /// A matrix for each style layer, and one over the sum of its squares.
        var matrices: [Tensor]
        var scales: [Tensor]
        /// For each style layer how much each place counts; nil where all count alike.
        var weights: [Tensor]?
        var share: Double
    }

    private let network: any StyleFeatureNetwork
    private let configuration: GatysConfiguration
    private let contentLayers: [String]
    private let styleLayers: [String]
    private let contentTargets: [(activation: Tensor, scale: Tensor)]
    private let styleTargets: [StyleTarget]

    /// An objective for pictures of the content's size.
    ///
    /// - Parameters:
    ///   - network: What looks at the pictures.
    ///   - content: `[1, H, W, 3]`, RGB, 0 ... 1.
    ///   - styles: A painting `[1, H, W, 3]` of any size each, its share, and a mask
    ///     `[1, H, W, 1]`, 0 ... 1, of the content's size.
    ///   - configuration: Weights and layers.
    public init(
        network: any StyleFeatureNetwork, content: Tensor,
        styles: [(painting: Tensor, share: Double, mask: Tensor?)],
        configuration: GatysConfiguration
    ) {
        self.network = network
        self.configuration = configuration
        contentLayers = configuration.contentLayers ?? network.contentLayers
        styleLayers = configuration.styleLayers ?? network.styleLayers
        let unknown = (contentLayers + styleLayers).filter {
            !network.activationNames.contains($0)
        }
        precondition(
            unknown.isEmpty && !styleLayers.isEmpty && !contentLayers.isEmpty && !styles.isEmpty,
            "[GatysObjective] expected a style, and layers among \(network.activationNames), got "
                + "\(contentLayers) and \(styleLayers)")
        let seen = network.activations(of: content, at: contentLayers + styleLayers)
        contentTargets = seen.prefix(contentLayers.count).map { activation in
            (activation, (activation.square().mean() + 1e-12).reciprocal())
        }
        let shapes = seen.dropFirst(contentLayers.count).map(\.shape)
        let sum = styles.reduce(0) { $0 + $1.share }
        styleTargets = styles.map { painting, share, mask in
            let matrices = network.activations(
                of: painting, at: configuration.styleLayers ?? network.styleLayers
            )
            .map { gramMatrix(of: $0) }
            return StyleTarget(
                matrices: matrices,
                scales: matrices.map { ($0.square().sum() + 1e-12).reciprocal() },
                weights: mask.map { mask in shapes.map { Self.weights(mask, $0) } },
                share: share / sum)
        }
        evaluate(
            contentTargets.flatMap { [$0.activation, $0.scale] }
                + styleTargets.flatMap { $0.matrices + $0.scales + ($0.weights ?? []) })
    }

    /// A mask at an activation's size with a mean of one.
    private static func weights(_ mask: Tensor, _ shape: [Int]) -> Tensor {
        let (rows, columns) = (mask.shape[1] / shape[1], mask.shape[2] / shape[2])
        var window = Pool2dParameters(kernel: 1)
        window.kernelHeight = rows
        window.kernelWidth = columns
        window.strideHeight = rows
        window.strideWidth = columns
        // Means over whole cells, then the little that is left by interpolation.
        let cells = resized2d(
            averagePool2d(mask, window), .bilinear, height: shape[1], width: shape[2])
        return (cells + 1e-6) / (cells.mean() + 1e-6)
    }

    /// The loss of a picture `[1, H, W, 3]` of the content's size; nothing is computed yet.
    public func callAsFunction(_ picture: Tensor) -> Terms {
        let seen = network.activations(of: picture, at: contentLayers + styleLayers)
        var content = Tensor.zeros([])
        for (activation, target) in zip(seen, contentTargets) {
            content = content + (activation - target.activation).square().mean() * target.scale
        }
        var style = Tensor.zeros([])
        for target in styleTargets {
            for (index, activation) in seen.dropFirst(contentLayers.count).enumerated() {
                let made = gramMatrix(of: activation, weights: target.weights?[index])
                let error = (made - target.matrices[index]).square().sum() * target.scales[index]
                style = style + error * target.share
            }
        }
        return Terms(
            content: content * (configuration.contentWeight / Double(contentLayers.count)),
            style: style * (configuration.styleWeight / Double(styleLayers.count)),
            totalVariation: totalVariation(of: picture) * configuration.totalVariationWeight)
    }
}
