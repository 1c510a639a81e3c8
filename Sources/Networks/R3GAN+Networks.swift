import Layers
public import TensorCore

/// The generator: a learned base weighed by the latents, stages of residual blocks with bilinear
/// enlargement between them, and a 1x1 convolution; nothing holds pixels inside -1 ... 1 but the
/// discriminator.
public struct R3GANGenerator: GeneratorNetwork {
    /// The sizes.
    public let configuration: R3GANConfiguration
    /// `[H, W, C]`: what every picture begins as, before its channels are weighed.
    private var base: Tensor
    private var weights: Linear
    private var embedding: Embedding?
    /// From the base on.
    private var stages: [R3GANStage]
    private var picture: Conv2d

    /// A generator with fresh weights.
    public init(_ configuration: R3GANConfiguration, key: RandomKey) {
        if let problem = configuration.problem {
            preconditionFailure("[R3GANGenerator] \(problem)")
        }
        self.configuration = configuration
        let channels = Array(configuration.channels.reversed())
        let side = configuration.base
        base = .normal([side.height, side.width, channels[0]], key: key.folded("base"))
        let hasClasses = configuration.classCount > 0
        weights = Linear(
            inputFeatures: configuration.latentSize
                + (hasClasses ? configuration.embeddingSize : 0),
            outputFeatures: channels[0], hasBias: false, initializer: .heNormal(gain: 1),
            key: key.folded("weights"))
        embedding =
            hasClasses
            ? Embedding(
                classes: configuration.classCount, features: configuration.embeddingSize,
                key: key.folded("embedding")) : nil
        stages = channels.indices.map { index in
            R3GANStage(
                configuration, channels: channels[index],
                inputs: index == 0 ? channels[0] : channels[index - 1], outputs: channels[index],
                key: key.folded(UInt64(index)))
        }
        picture = Conv2d(
            inputChannels: channels[channels.count - 1],
            outputChannels: configuration.picture.channels, kernelSize: 1, hasBias: false,
            initializer: .heNormal(gain: 1), key: key.folded("picture"))
    }

    /// How many numbers a latent vector has.
    public var latentSize: Int { configuration.latentSize }
    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }
    /// How many classes it tells apart; 0 for none.
    public var classCount: Int { configuration.classCount }

    /// Pictures `[N, H, W, C]` from latents `[N, latentSize]`.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        precondition(
            latents.rank == 2 && latents.shape[1] == latentSize,
            "[R3GANGenerator] expected latents [N, \(latentSize)], got \(latents.shape)")
        var code = latents
        if let embedding {
            let labels = checkedLabels(context, latents.shape[0], "R3GANGenerator")
            code = concatenate([latents, embedding(labels)], axis: 1)
        }
        let scales = weights(code)  // [N, C]
        var x =
            base.expanded(at: 0) * scales.reshaped([scales.shape[0], 1, 1, scales.shape[1]])
        for (index, stage) in stages.enumerated() {
            if index > 0 { x = stage.enlarged(x) }
            x = stage.refined(x)
        }
        return picture(x)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "base", &base, .parameter)
        weights.forEachTensor(under: path + "weights.", body)
        embedding?.forEachTensor(under: path + "embedding.", body)
        for i in stages.indices { stages[i].forEachTensor(under: path + "stages.\(i).", body) }
        picture.forEachTensor(under: path + "picture.", body)
    }
}

/// The discriminator: the generator turned round, with a global convolution of each channel at its end
/// and a projection on the class, where there are classes.
public struct R3GANDiscriminator: DiscriminatorNetwork {
    /// The sizes; the latent size has no say.
    public let configuration: R3GANConfiguration
    private var picture: Conv2d
    /// From the picture on.
    private var stages: [R3GANStage]
    /// `[H, W, C]`: each channel's features are weighed by place and added up.
    private var base: Tensor
    private var weights: Linear
    private var embedding: Embedding?

    /// A discriminator with fresh weights.
    ///
    /// - Parameters:
    ///   - configuration: The sizes.
    ///   - key: What the weights are drawn from.
    public init(_ configuration: R3GANConfiguration, key: RandomKey) {
        if let problem = configuration.problem(isJudge: true) {
            preconditionFailure("[R3GANDiscriminator] \(problem)")
        }
        self.configuration = configuration
        let channels = configuration.channels
        let last = channels[channels.count - 1]
        let side = configuration.base
        let hasClasses = configuration.classCount > 0
        picture = Conv2d(
            inputChannels: configuration.picture.channels, outputChannels: channels[0],
            kernelSize: 1, hasBias: false, initializer: .heNormal(gain: 1),
            key: key.folded("picture"))
        stages = channels.indices.map { index in
            R3GANStage(
                configuration, channels: channels[index], inputs: channels[index],
                outputs: channels[min(index + 1, channels.count - 1)],
                key: key.folded(UInt64(index)))
        }
        base = Initializer.heNormal(gain: 1).makeTensor(
            [side.height, side.width, last], fanIn: side.height * side.width, fanOut: 1,
            key: key.folded("base"))
        weights = Linear(
            inputFeatures: last, outputFeatures: hasClasses ? configuration.embeddingSize : 1,
            hasBias: false, initializer: .heNormal(gain: 1), key: key.folded("weights"))
        embedding =
            hasClasses
            ? Embedding(
                classes: configuration.classCount, features: configuration.embeddingSize,
                initializer: .normal(
                    standardDeviation: 1 / Double(configuration.embeddingSize).squareRoot()),
                key: key.folded("embedding")) : nil
    }

    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }
    /// How many classes it tells apart; 0 for none.
    public var classCount: Int { configuration.classCount }

    /// Logits `[N]` of pictures `[N, H, W, C]`: positive says real.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        let shape = configuration.picture
        precondition(
            pictures.rank == 4 && pictures.shape[1] == shape.height
                && pictures.shape[2] == shape.width,
            "[R3GANDiscriminator] expected pictures [N, \(shape.height), \(shape.width), "
                + "\(shape.channels)], got \(pictures.shape)")
        var x = picture(pictures)
        for (index, stage) in stages.enumerated() {
            x = stage.refined(x)
            if index < stages.count - 1 { x = stage.shrunk(x) }
        }
        let features = (x * base.expanded(at: 0)).sum(axes: [1, 2])  // [N, C]
        let code = weights(features)  // [N, E]
        guard let embedding else { return Verdict(logits: code.reshaped([pictures.shape[0]])) }
        let labels = checkedLabels(context, pictures.shape[0], "R3GANDiscriminator")
        return Verdict(logits: (code * embedding(labels)).sum(axes: [1]))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        picture.forEachTensor(under: path + "picture.", body)
        for i in stages.indices { stages[i].forEachTensor(under: path + "stages.\(i).", body) }
        body(path + "base", &base, .parameter)
        weights.forEachTensor(under: path + "weights.", body)
        embedding?.forEachTensor(under: path + "embedding.", body)
    }
}

/// The labels of a context for a network that needs them.
private func checkedLabels(_ context: NetworkContext, _ count: Int, _ network: String) -> Tensor {
    guard let labels = context.labels, labels.shape == [count] else {
        preconditionFailure(
            "[\(network)] expected labels [\(count)], got "
                + "\(context.labels.map { "\($0.shape)" } ?? "none")")
    }
    return labels
}
