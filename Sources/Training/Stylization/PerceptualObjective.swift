public import Stylization
public import TensorCore

// Johnson, Alahi and Fei-Fei 2016, "Perceptual Losses for Real-Time Style Transfer and
// Super-Resolution", https://arxiv.org/abs/1603.08155.

/// The weights and the layers of a perceptual loss.
///
/// Each part is divided by the size of what it is compared with (the mean square of the content's
/// activations; the squares of the painting's Gram matrix), and the mean over layers and pictures is
/// taken: so that a weight means the same for every network, layer, painting and size of picture. Where
/// nothing of the style is there yet its part is about its weight.
public struct PerceptualConfiguration: Sendable, Hashable, Codable {
    /// How much the content counts.
    public var contentWeight: Double
    /// How much the style counts.
    public var styleWeight: Double
    /// How much smoothness counts: the mean square of the differences of neighbours.
    public var smoothness: Double

    /// Weights.
    public init(contentWeight: Double = 1, styleWeight: Double = 10, smoothness: Double = 1) {
        self.contentWeight = contentWeight
        self.styleWeight = styleWeight
        self.smoothness = smoothness
    }

    /// What is wrong with the weights, in words; nil if they can be trained with.
    public var problem: String? {
        for (name, weight) in [
            ("content", contentWeight), ("style", styleWeight), ("smoothness", smoothness),
        ] where !(0...1e9).contains(weight) {
            return "expected a weight of \(name) of 0 to 1e9, got \(weight)"
        }
        return contentWeight + styleWeight > 0
            ? nil : "expected a weight above 0 of content or style, got 0 for both"
    }
}

/// How far pictures are from contents and from one painting's style.
public struct PerceptualObjective: Sendable {
    /// The parts of the loss, scalars without their weights.
    public struct Terms: Sendable {
        /// The content's.
        public var content: Tensor
        /// The style's.
        public var style: Tensor
        /// Smoothness's.
        public var smoothness: Tensor
    }

    /// The weights.
    public let configuration: PerceptualConfiguration
    private let network: any StyleFeatureNetwork
    /// For each style layer the painting's Gram matrix `[C, C]`, and one over the sum of its squares.
    private let targets: [(matrix: Tensor, scale: Tensor)]

    /// An objective; what is known of the painting is computed once, here.
    ///
    /// - Parameters:
    ///   - network: What looks at the pictures.
    ///   - painting: `[1, H, W, 3]`, RGB, 0 ... 1, with sides of the network's least or more.
    ///   - configuration: The weights.
    public init(
        network: any StyleFeatureNetwork, painting: Tensor, configuration: PerceptualConfiguration
    ) {
        if let problem = configuration.problem {
            preconditionFailure("[PerceptualObjective] \(problem)")
        }
        precondition(
            painting.rank == 4 && painting.shape[0] == 1 && painting.shape[3] == 3,
            "[PerceptualObjective] expected a painting [1, H, W, 3], got \(painting.shape)")
        self.configuration = configuration
        self.network = network
        targets = network.activations(of: painting, at: network.styleLayers).map { activation in
            let matrix = gramMatrix(of: activation)
            return (matrix, (matrix.square().sum() + 1e-12).reciprocal())
        }
        evaluate(targets.flatMap { [$0.matrix, $0.scale] })
    }

    /// The parts of the loss of pictures `[N, H, W, 3]` that were made of contents alike, both RGB,
    /// 0 ... 1; nothing is computed yet.
    public func terms(of made: Tensor, contents: Tensor) -> Terms {
        precondition(
            made.rank == 4 && made.shape == contents.shape,
            "[PerceptualObjective] expected pictures [N, H, W, 3] alike, got \(made.shape) and "
                + "\(contents.shape)")
        let layers = network.contentLayers
        let wanted = network.activations(of: contents, at: layers)
        let seen = network.activations(of: made, at: layers + network.styleLayers)
        var content = Tensor.zeros([])
        for (found, target) in zip(seen, wanted) {
            content = content + squaredError(found, target)
        }
        var style = Tensor.zeros([])
        for (found, target) in zip(seen.dropFirst(layers.count), targets) {
            let difference = gramMatrices(of: found) - target.matrix
            style = style + difference.square().sum(axes: [1, 2]).mean() * target.scale
        }
        return Terms(
            content: content * (1 / Double(layers.count)),
            style: style * (1 / Double(targets.count)), smoothness: totalVariation(of: made))
    }

    /// What is minimised.
    public func total(_ terms: Terms) -> Tensor {
        terms.content * configuration.contentWeight + terms.style * configuration.styleWeight
            + terms.smoothness * configuration.smoothness
    }
}

/// The mean square of the difference of activations over that of the target: 0 where they are equal,
/// about 1 where one has nothing of the other.
package func squaredError(_ found: Tensor, _ target: Tensor) -> Tensor {
    (found - target).square().mean() / (target.square().mean() + 1e-12)
}

/// The products of channels with one another of each picture: `[N, C, C]` of features `[N, H, W, C]`,
/// divided by how many features a picture has.
public func gramMatrices(of features: Tensor) -> Tensor {
    precondition(
        features.rank == 4,
        "[gramMatrices] expected features [N, H, W, C], got \(features.shape)")
    let (count, channels) = (features.shape[0], features.shape[3])
    let places = features.shape[1] * features.shape[2]
    let rows = features.reshaped([count, places, channels])  // [N, HW, C]
    return matmul(rows, rows, transposeA: true) * (1 / Double(places * channels))
}
