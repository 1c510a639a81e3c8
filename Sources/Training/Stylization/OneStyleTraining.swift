public import Networks
public import Optimizers
public import TensorCore

/// The numbers of a training of a network for one style.
public struct OneStyleConfiguration: Sendable, Hashable, Codable {
    /// The network.
    public var network: StyleTransformConfiguration
    /// What is minimised.
    public var objective: PerceptualConfiguration
    /// How much of the averaged network is kept in a step, at most.
    public var averageDecay: Double
    /// Batch, rate, seed.
    public var steps: TranslationSteps

    /// Numbers; the steps' are those of ``usualSteps`` unless given.
    public init(
        network: StyleTransformConfiguration = StyleTransformConfiguration(
            edge: .mirror, output: .tanh),
        objective: PerceptualConfiguration = PerceptualConfiguration(),
        averageDecay: Double = 0.99, steps: TranslationSteps = usualSteps
    ) {
        self.network = network
        self.objective = objective
        self.averageDecay = averageDecay
        self.steps = steps
    }

    /// Batches of 4, Adam at 0.001, as in the paper.
    public static var usualSteps: TranslationSteps {
        var steps = TranslationSteps()
        steps.batchSize = 4
        steps.learningRate = 1e-3
        steps.beta1 = 0.9
        return steps
    }

    /// What is wrong with the numbers, in words; nil if they can be trained with.
    public var problem: String? {
        if let problem = objective.problem ?? steps.problem { return problem }
        if !(1...256).contains(network.width) || !(0...64).contains(network.blockCount) {
            return "expected a width of 1 to 256 and 0 to 64 blocks, got \(network.width) and "
                + "\(network.blockCount)"
        }
        if network.output != .tanh { return "expected a network that ends with tanh" }
        return (0..<1).contains(averageDecay)
            ? nil : "expected an average's decay of 0 ..< 1, got \(averageDecay)"
    }
}

/// What a training of a network for one style carries from step to step.
public struct OneStyleState: StylizationState {
    /// The network.
    public var network: StyleTransformNetwork
    /// Its average over the last steps: what is used.
    public var average: ExponentialMovingAverage<StyleTransformNetwork>
    /// The optimizer.
    public var optimizer: Adam
    private var numbers = StylizationCounters()

    /// A new state; nothing is evaluated yet.
    public init(_ configuration: OneStyleConfiguration) {
        if let problem = configuration.problem { preconditionFailure("[OneStyleState] \(problem)") }
        network = StyleTransformNetwork(
            configuration.network,
            key: RandomKey(seed: configuration.steps.seed).folded("network"))
        average = ExponentialMovingAverage(of: network, decay: configuration.averageDecay)
        // Tensors of their own: shared ones would make the first step another graph than the second.
        average.forEachTensor(under: "") { _, tensor, _ in tensor = tensor * 1 }
        optimizer = Adam(
            for: network, beta1: configuration.steps.beta1, beta2: configuration.steps.beta2)
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

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        network.forEachTensor(under: path + "network.", body)
        average.forEachTensor(under: path + "average.", body)
        optimizer.forEachTensor(under: path + "optimizer.", body)
    }
}

extension StyleTransformNetwork {
    /// Pictures in the style, RGB, 0 ... 1, of pictures alike, by a network that ends with tanh.
    func unitPictures(of pictures: Tensor) -> Tensor { (self(pictures * 2 - 1) + 1) * 0.5 }
}

/// Trains a network to give pictures one painting's style.
public struct OneStyleTrainer: StylizationTrainer {
    /// The numbers of the training.
    public let configuration: OneStyleConfiguration
    /// What has been learned.
    public var state: OneStyleState
    private let objective: PerceptualObjective

    /// A trainer that goes on from a state.
    ///
    /// - Parameter objective: What is minimised, with the configuration's weights.
    public init(
        state: OneStyleState, objective: PerceptualObjective, configuration: OneStyleConfiguration
    ) {
        if let problem = configuration.problem {
            preconditionFailure("[OneStyleTrainer] \(problem)")
        }
        precondition(
            objective.configuration == configuration.objective,
            "[OneStyleTrainer] expected the weights \(configuration.objective), got "
                + "\(objective.configuration)")
        self.state = state
        self.objective = objective
        self.configuration = configuration
    }

    private static func named(
        _ terms: PerceptualObjective.Terms, _ total: Tensor
    ) -> [(name: String, tensor: Tensor)] {
        [
            ("loss", total), ("content_loss", terms.content), ("style_loss", terms.style),
            ("smoothness", terms.smoothness),
        ]
    }

    /// One step. Reports `loss`, and its parts `content_loss`, `style_loss` and `smoothness` without their
    /// weights.
    ///
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ batch: StylizationBatch) throws -> StepReport {
        let clock = ContinuousClock()
        let start = clock.now
        let contents = unitPictures(batch.contents)
        var next = state
        let traced = Traced(next.network)
        let terms = objective.terms(
            of: traced.network.unitPictures(of: contents), contents: contents)
        let total = objective.total(terms)
        next.optimizer.update(
            &next.network, traced.gradients(of: total),
            learningRate: configuration.steps.rate(after: state.counters))
        next.average.update(with: next.network)
        var counters = state.counters
        counters.step += 1
        counters.samplesSeen += batch.contents.shape[0]
        counters.dataPosition = batch.position
        next.counters = counters
        let values = try commitStep(
            &state, next, Self.named(terms, total), step: counters.step,
            precision: configuration.steps.precision
        ) { !$0.hasPrefix("average.") }
        return StepReport(
            step: counters.step, samplesSeen: counters.samplesSeen, values: values,
            seconds: (clock.now - start).inSeconds)
    }

    /// The parts of the loss of contents, by the averaged network, without a step.
    public func losses(of batch: StylizationBatch) -> [String: Float] {
        let contents = unitPictures(batch.contents)
        let terms = objective.terms(
            of: state.average.average.unitPictures(of: contents), contents: contents)
        return scalars(
            Self.named(terms, objective.total(terms)), precision: configuration.steps.precision)
    }

    /// What the averaged network makes of contents: uint8 `[N, H, W, 3]`.
    public func pictures(of batch: StylizationBatch) -> Tensor {
        let made = roundedPictures(
            state.average.average.unitPictures(of: unitPictures(batch.contents)))
        evaluate([made], precision: configuration.steps.precision)
        return made
    }
}
