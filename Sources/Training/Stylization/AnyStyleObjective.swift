public import Networks
import Stylization
public import TensorCore

// Huang and Belongie 2017, "Arbitrary Style Transfer in Real-time with Adaptive Instance
// Normalization", https://arxiv.org/abs/1703.06868. The identity loss is that of Park and Lee 2019,
// "Arbitrary Style Transfer with Style-Attentional Networks", https://arxiv.org/abs/1812.02342. Means and
// deviations of single channels say little of strokes, and a decoder that gets activations of several
// depths keeps them next to free: the Gram matrices of Gatys et al. 2016 count as well.

/// The weights of the loss of a network for any style.
///
/// Each part is a share, as those of ``PerceptualConfiguration``: divided by the size of what it is compared
/// with, and the mean over layers.
public struct AnyStyleWeights: Sendable, Hashable, Codable {
    /// How much the content counts: relu4_1 of the result against the mapped activation.
    public var content: Double
    /// How much the style counts: means and standard deviations of relu1_1 to relu4_1.
    public var style: Double
    /// How much the strokes count: the Gram matrices of the same.
    public var texture: Double
    /// How much smoothness counts: the mean square of the differences of neighbours.
    public var smoothness: Double
    /// How much it counts that a picture in its own style is itself; 0 leaves that out, and the work.
    public var identity: Double

    /// Weights.
    public init(
        content: Double = 1, style: Double = 10, texture: Double = 10, smoothness: Double = 0,
        identity: Double = 0.3
    ) {
        self.content = content
        self.style = style
        self.texture = texture
        self.smoothness = smoothness
        self.identity = identity
    }

    /// What is wrong with the weights, in words; nil if they can be trained with.
    public var problem: String? {
        for (name, weight) in [
            ("content", content), ("style", style), ("texture", texture),
            ("smoothness", smoothness), ("identity", identity),
        ] where !(0...1e9).contains(weight) {
            return "expected a weight of \(name) of 0 to 1e9, got \(weight)"
        }
        return content + style + texture + identity > 0
            ? nil
            : "expected a weight above 0 of content, style, texture or identity, got 0 for all"
    }
}

/// How far pictures by an ``ArbitraryStyleNetwork`` are from contents and paintings.
public struct AnyStyleObjective: Sendable {
    /// The parts of the loss, scalars without their weights.
    public struct Terms: Sendable {
        /// The content's.
        public var content: Tensor
        /// The styles'.
        public var style: Tensor
        /// The strokes'.
        public var texture: Tensor
        /// Smoothness's.
        public var smoothness: Tensor
        /// That of pictures in their own style; nil where it has no weight.
        public var identity: Tensor?
        /// The pictures, `[N, H, W, 3]`, about 0 ... 1.
        public var pictures: Tensor
    }

    /// The weights.
    public let weights: AnyStyleWeights

    /// An objective.
    public init(_ weights: AnyStyleWeights) {
        if let problem = weights.problem { preconditionFailure("[AnyStyleObjective] \(problem)") }
        self.weights = weights
    }

    /// The parts of the loss of a network's pictures; nothing is computed yet.
    ///
    /// - Parameters:
    ///   - network: The network; its encoder judges, too.
    ///   - contents: `[N, H, W, 3]`, RGB, 0 ... 1, sides multiples of 8.
    ///   - paintings: Of the same shape.
    public func terms(
        of network: ArbitraryStyleNetwork, contents: Tensor, paintings: Tensor
    ) -> Terms {
        let names = StyleEncoder.styleActivations
        let own = network.encoder.activations(of: contents, at: names)
        let theirs = network.encoder.activations(of: paintings, at: names)
        /// Those that are decoded, in the decoder's order.
        func decoded(_ features: [Tensor]) -> [Tensor] {
            network.decoder.configuration.levels.map { features[$0 - 1] }
        }
        let mapped = network.mapped(decoded(own), to: decoded(theirs))
        let pictures = network.decoder(mapped)
        let seen = network.encoder.activations(of: pictures, at: names)
        var (style, texture) = (Tensor.zeros([]), Tensor.zeros([]))
        for (found, wanted) in zip(seen, theirs) {
            let (a, b) = (MicroAST.Moments(of: found), MicroAST.Moments(of: wanted))
            style =
                style + squaredError(a.mean, b.mean) + squaredError(a.deviation, b.deviation)
            texture =
                texture + squaredError(gramMatrices(of: found), gramMatrices(of: wanted))
        }
        // The decoder takes the deepest first.
        return Terms(
            content: squaredError(seen[3], mapped[0]), style: style * (0.5 / Double(names.count)),
            texture: texture * (1 / Double(names.count)),
            smoothness: totalVariation(of: pictures),
            identity: weights.identity > 0
                ? identity(of: network, contents, own, decoded) : nil,
            pictures: pictures)
    }

    /// Of half of the contents, in their own style: pixels and activations.
    private func identity(
        of network: ArbitraryStyleNetwork, _ contents: Tensor, _ features: [Tensor],
        _ decoded: ([Tensor]) -> [Tensor]
    ) -> Tensor {
        let count = (contents.shape[0] + 1) / 2
        let some = features.map { $0.sliced(axis: 0, 0..<count) }
        let wanted = contents.sliced(axis: 0, 0..<count)
        let made = network.decoder(decoded(some))
        let seen = network.encoder.activations(of: made, at: StyleEncoder.styleActivations)
        let errors = zip(seen, some).reduce(Tensor.zeros([])) { $0 + squaredError($1.0, $1.1) }
        return squaredError(made, wanted) + errors * (1 / Double(seen.count))
    }

    /// What is minimised.
    public func total(_ terms: Terms) -> Tensor {
        let sum =
            terms.content * weights.content + terms.style * weights.style
            + terms.texture * weights.texture + terms.smoothness * weights.smoothness
        return terms.identity.map { sum + $0 * weights.identity } ?? sum
    }
}
