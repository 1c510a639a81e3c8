public import Networks
public import Optimizers
public import TensorCore

/// The numbers of a training of a network for any style.
public struct AnyStyleConfiguration: Sendable, Hashable, Codable {
    /// The decoder.
    public var decoder: StyleDecoderConfiguration
    /// What is minimised.
    public var weights: AnyStyleWeights
    /// How much of the averaged decoder is kept in a step, at most.
    public var averageDecay: Double
    /// Batch, rate, seed.
    public var steps: TranslationSteps

    /// Numbers; the steps' are those of ``usualSteps`` unless given.
    public init(
        decoder: StyleDecoderConfiguration = StyleDecoderConfiguration(),
        weights: AnyStyleWeights = AnyStyleWeights(), averageDecay: Double = 0.995,
        steps: TranslationSteps = usualSteps
    ) {
        self.decoder = decoder
        self.weights = weights
        self.averageDecay = averageDecay
        self.steps = steps
    }

    /// Batches of 8, Adam at 0.001.
    public static var usualSteps: TranslationSteps {
        var steps = TranslationSteps()
        steps.batchSize = 8
        steps.learningRate = 1e-3
        steps.beta1 = 0.9
        return steps
    }

    /// What is wrong with the numbers, in words; nil if they can be trained with.
    public var problem: String? {
        if let problem = decoder.problem ?? weights.problem ?? steps.problem { return problem }
        return (0..<1).contains(averageDecay)
            ? nil : "expected an average's decay of 0 ..< 1, got \(averageDecay)"
    }
}

/// What a training of a network for any style carries from step to step.
public struct AnyStyleState: StylizationState {
    /// The encoder, which stays as it is.
    public var encoder: StyleEncoder
    /// The decoder.
    public var decoder: StyleDecoder
    /// Its average over the last steps: what is used.
    public var average: ExponentialMovingAverage<StyleDecoder>
    /// The optimizer.
    public var optimizer: Adam
    private var numbers = StylizationCounters()

    /// A new state; nothing is evaluated yet.
    public init(_ configuration: AnyStyleConfiguration, encoder: StyleEncoder) {
        if let problem = configuration.problem { preconditionFailure("[AnyStyleState] \(problem)") }
        precondition(
            encoder.widths == configuration.decoder.featureWidths,
            "[AnyStyleState] expected an encoder of widths "
                + "\(configuration.decoder.featureWidths), got \(encoder.widths)")
        self.encoder = encoder
        decoder = StyleDecoder(
            configuration.decoder,
            key: RandomKey(seed: configuration.steps.seed).folded("decoder"))
        average = ExponentialMovingAverage(of: decoder, decay: configuration.averageDecay)
        // Tensors of their own: shared ones would make the first step another graph than the second.
        average.forEachTensor(under: "") { _, tensor, _ in tensor = tensor * 1 }
        optimizer = Adam(
            for: decoder, beta1: configuration.steps.beta1, beta2: configuration.steps.beta2)
    }

    /// The numbers beside the tensors.
    public var counters: StylizationCounters {
        get { numbers }
        set {
            numbers = newValue
            optimizer.step = newValue.step
            average.step = newValue.step
        }
    }

    /// The encoder with the averaged decoder: what is used.
    public var network: ArbitraryStyleNetwork {
        ArbitraryStyleNetwork(encoder: encoder, decoder: average.average)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        encoder.forEachTensor(under: path + "encoder.") { name, tensor, _ in
            body(name, &tensor, .buffer)
        }
        decoder.forEachTensor(under: path + "decoder.", body)
        average.forEachTensor(under: path + "average.", body)
        optimizer.forEachTensor(under: path + "optimizer.", body)
    }
}

/// Trains a decoder to give pictures any painting's style; the encoder stays as it is.
public struct AnyStyleTrainer: StylizationTrainer {
    /// The numbers of the training.
    public let configuration: AnyStyleConfiguration
    /// What has been learned.
    public var state: AnyStyleState
    private let objective: AnyStyleObjective

    /// A trainer that goes on from a state.
    public init(state: AnyStyleState, configuration: AnyStyleConfiguration) {
        if let problem = configuration.problem {
            preconditionFailure("[AnyStyleTrainer] \(problem)")
        }
        self.state = state
        self.configuration = configuration
        objective = AnyStyleObjective(configuration.weights)
    }

    private func terms(
        _ network: ArbitraryStyleNetwork, _ batch: StylizationBatch
    ) -> AnyStyleObjective.Terms {
        guard let paintings = batch.paintings else {
            preconditionFailure("[AnyStyleTrainer] expected a painting for each content, got none")
        }
        return objective.terms(
            of: network, contents: unitPictures(batch.contents), paintings: unitPictures(paintings)
        )
    }

    private static func named(
        _ terms: AnyStyleObjective.Terms, _ total: Tensor
    ) -> [(name: String, tensor: Tensor)] {
        [
            ("loss", total), ("content_loss", terms.content), ("style_loss", terms.style),
            ("texture_loss", terms.texture), ("smoothness", terms.smoothness),
        ] + (terms.identity.map { [("identity_loss", $0)] } ?? [])
    }

    /// One step. Reports `loss`, and its parts `content_loss`, `style_loss`, `texture_loss`, `smoothness` and,
    /// where it has a weight, `identity_loss`, without their weights.
    ///
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ batch: StylizationBatch) throws -> StepReport {
        let clock = ContinuousClock()
        let start = clock.now
        var next = state
        let traced = Traced(next.decoder)
        let terms = terms(
            ArbitraryStyleNetwork(encoder: state.encoder, decoder: traced.network), batch)
        let total = objective.total(terms)
        next.optimizer.update(
            &next.decoder, traced.gradients(of: total),
            learningRate: configuration.steps.rate(after: state.counters))
        next.average.update(with: next.decoder)
        var counters = state.counters
        counters.step += 1
        counters.samplesSeen += batch.contents.shape[0]
        counters.dataPosition = batch.position
        next.counters = counters
        let values = try commitStep(
            &state, next, Self.named(terms, total), step: counters.step,
            precision: configuration.steps.precision
        ) { $0.hasPrefix("decoder.") || $0.hasPrefix("optimizer.") }
        return StepReport(
            step: counters.step, samplesSeen: counters.samplesSeen, values: values,
            seconds: (clock.now - start).inSeconds)
    }

    /// The parts of the loss of held-out pictures, by the averaged decoder, without a step.
    public func losses(of batch: StylizationBatch) -> [String: Float] {
        let terms = terms(state.network, batch)
        return scalars(
            Self.named(terms, objective.total(terms)), precision: configuration.steps.precision)
    }

    /// What the averaged decoder makes of contents and paintings: uint8 `[N, H, W, 3]`.
    public func pictures(of batch: StylizationBatch) -> Tensor {
        let made = roundedPictures(terms(state.network, batch).pictures)
        evaluate([made], precision: configuration.steps.precision)
        return made
    }
}
