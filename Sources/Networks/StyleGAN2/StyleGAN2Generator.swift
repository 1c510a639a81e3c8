public import TensorCore

/// The generator of StyleGAN2: latents are mapped to styles, and each layer of the synthesis network
/// takes its own.
///
/// Pictures lie in -1 ... 1 as the real ones do, but nothing holds them there: a few values go beyond.
///
/// - In training with a key, a part of the pictures is made from two styles each, and noise is drawn
///   anew; the average of styles follows the batch.
/// - Otherwise a key draws noise anew, and without one noise is constant: equal latents are equal
///   pictures.
public struct StyleGAN2Generator: GeneratorNetwork {
    /// The sizes.
    public let configuration: StyleGAN2Configuration
    var mapping: MappingNetwork
    var synthesis: SynthesisNetwork
    /// A scalar for the regulariser of path lengths: their moving average (`pathLengthPenalty`).
    public var pathLengthAverage: Tensor

    /// A generator; all weights begin standard normal.
    public init(_ configuration: StyleGAN2Configuration, key: RandomKey) {
        if let problem = configuration.problem {
            preconditionFailure("[StyleGAN2Generator] \(problem)")
        }
        self.configuration = configuration
        mapping = MappingNetwork(configuration, key: key.folded("mapping"))
        synthesis = SynthesisNetwork(configuration, key: key.folded("synthesis"))
        pathLengthAverage = .zeros([])
    }

    /// How many numbers a latent vector has.
    public var latentSize: Int { configuration.latentSize }
    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }
    /// How many classes there are; 0 for none.
    public var classCount: Int { configuration.classCount }
    /// How many layers take a style each.
    public var layerCount: Int { configuration.layerCount }
    /// The layers that take a style each, from coarse to fine.
    public var styleLayers: [StyleLayer] { configuration.styleLayers }

    /// Pictures `[N, H, W, C]` from latents `[N, latentSize]`.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        let styles = trainedStyles(latents, context)
        return synthesized(styles, key: context.key?.folded("noise"))
    }

    /// The styles `[N, layers, W]` that pictures are made of: as in `callAsFunction`, for losses that
    /// look at styles, as that of path lengths does.
    public mutating func trainedStyles(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        guard context.training else { return layered(mapped(latents, labels: context.labels)) }
        guard let key = context.key, configuration.mixingProbability > 0 else {
            let styles = mapped(latents, labels: context.labels)
            mapping.learnAverage(of: styles)
            return layered(styles)
        }
        let count = latents.shape[0]
        // Both halves in one pass.
        let others = Tensor.normal(latents.shape, key: key.folded("mixed latents"))
        let styles = mapped(
            concatenate([latents, others], axis: 0),
            labels: context.labels.map { concatenate([$0, $0], axis: 0) })
        mapping.learnAverage(of: styles)
        let crossover = Self.crossovers(
            count, layers: layerCount, probability: configuration.mixingProbability,
            key: key.folded("crossovers"))
        let isOwn = Tensor.iota([1, layerCount, 1], axis: 1).cast(to: .float32) .< crossover
        return select(
            isOwn, styles.sliced(axis: 0, 0..<count).expanded(at: 1),
            styles.sliced(axis: 0, count..<(2 * count)).expanded(at: 1))
    }

    /// `[N, 1, 1]`: the first layer of the other style, 1 to `layers - 1`; or `layers` for none.
    private static func crossovers(
        _ count: Int, layers: Int, probability: Double, key: RandomKey
    ) -> Tensor {
        let place = Tensor.uniform([count, 1, 1], key: key.folded(0)) * Double(layers - 1)
        let mixes = Tensor.bernoulli([count, 1, 1], probability: probability, key: key.folded(1))
        return select(mixes, place.floor() + 1, .full(Double(layers), shape: [count, 1, 1]))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        mapping.forEachTensor(under: path + "mapping.", body)
        synthesis.forEachTensor(under: path + "synthesis.", body)
        body(path + "path_length_average", &pathLengthAverage, .buffer)
    }
}
