public import Networks
public import Optimizers
public import TensorCore

// Isola, Zhu, Zhou and Efros 2017, "Image-to-Image Translation with Conditional Adversarial
// Networks", https://arxiv.org/abs/1611.07004.

/// The numbers of pix2pix.
public struct PairedTranslationConfiguration: Sendable, Hashable, Codable {
    /// The network that translates.
    public var generator: TranslationGeneratorConfiguration
    /// Channels of the discriminator's first layer.
    public var discriminatorWidth: Int
    /// What a verdict of the discriminator looks at.
    public var reach: PatchReach
    /// How the discriminator's features are normalised.
    public var normalization: FeatureNormalization
    /// The game.
    public var loss: TranslationLoss
    /// The weight of the mean absolute error (of pictures in -1 ... 1); the paper's is 100.
    public var l1Weight: Double
    /// The weight of the game; with 0 there is no discriminator's word, and pictures come out
    /// blurred.
    public var adversarialWeight: Double
    /// The numbers of each step.
    public var steps: TranslationSteps

    /// The paper's numbers unless given.
    public init(
        generator: TranslationGeneratorConfiguration, discriminatorWidth: Int = 64,
        reach: PatchReach = .stridedLayers(3), normalization: FeatureNormalization = .batch,
        loss: TranslationLoss = .vanilla, l1Weight: Double = 100, adversarialWeight: Double = 1,
        steps: TranslationSteps = TranslationSteps()
    ) {
        self.generator = generator
        self.discriminatorWidth = discriminatorWidth
        self.reach = reach
        self.normalization = normalization
        self.loss = loss
        self.l1Weight = l1Weight
        self.adversarialWeight = adversarialWeight
        self.steps = steps
    }

    /// What is wrong with the numbers, in words; nil if they can be trained with.
    public var problem: String? {
        if let problem = generator.problem ?? steps.problem ?? reach.problem { return problem }
        if !(1...256).contains(discriminatorWidth) {
            return "expected a discriminator's width of 1 to 256, got \(discriminatorWidth)"
        }
        for weight in [l1Weight, adversarialWeight] where !(0...1e6).contains(weight) {
            return "expected weights of losses in 0 ... 1e6, got \(weight)"
        }
        return nil
    }
}

extension PatchReach {
    /// What is wrong with a reach from outside, in words.
    var problem: String? {
        if case .stridedLayers(let layers) = self, !(1...5).contains(layers) {
            return "expected 1 to 5 strided layers of the discriminator, got \(layers)"
        }
        return nil
    }
}

/// Everything that pix2pix carries from step to step.
public struct PairedTranslationState: TranslationState {
    /// The network that translates.
    public var generator: TranslationGenerator
    /// The judge of inputs beside their translations.
    public var discriminator: PatchDiscriminator
    /// The generator's optimizer.
    public var generatorOptimizer: Adam
    /// The discriminator's optimizer.
    public var discriminatorOptimizer: Adam
    private var numbers = TranslationCounters()

    /// The state before the first step; nothing is evaluated yet.
    public init(_ configuration: PairedTranslationConfiguration) {
        let steps = configuration.steps
        let key = RandomKey(seed: steps.seed)
        generator = TranslationGenerator(
            configuration.generator, key: key.folded("generator"))
        discriminator = PatchDiscriminator(
            inputChannels: 6, width: configuration.discriminatorWidth, reach: configuration.reach,
            normalization: configuration.normalization, key: key.folded("discriminator"))
        generatorOptimizer = Adam(for: generator, beta1: steps.beta1, beta2: steps.beta2)
        discriminatorOptimizer = Adam(for: discriminator, beta1: steps.beta1, beta2: steps.beta2)
    }

    /// The numbers beside the tensors.
    public var counters: TranslationCounters {
        get { numbers }
        set {
            numbers = newValue
            generatorOptimizer.step = newValue.step
            discriminatorOptimizer.step = newValue.step
        }
    }

    /// The network, for ``TranslationDirection/aToB``: which side of a pair is the input is the
    /// data's choice.
    public func generator(_ direction: TranslationDirection) -> TranslationGenerator? {
        direction == .aToB ? generator : nil
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        generator.forEachTensor(under: path + "generator.", body)
        discriminator.forEachTensor(under: path + "discriminator.", body)
        generatorOptimizer.forEachTensor(under: path + "generator_optimizer.", body)
        discriminatorOptimizer.forEachTensor(under: path + "discriminator_optimizer.", body)
    }
}

/// Trains pix2pix: a translation near its target, that a judge of patches does not tell from it.
public struct PairedTranslationTrainer: TranslationTrainer {
    /// The numbers of the training.
    public let configuration: PairedTranslationConfiguration
    /// What has been learned.
    public private(set) var state: PairedTranslationState
    private let key: RandomKey

    /// A trainer that goes on from a state.
    public init(state: PairedTranslationState, configuration: PairedTranslationConfiguration) {
        if let problem = configuration.problem {
            preconditionFailure("[PairedTranslationTrainer] \(problem)")
        }
        self.configuration = configuration
        self.state = state
        key = RandomKey(seed: configuration.steps.seed).folded("training")
    }

    /// One step: the discriminator on the pair and on the input with its translation, then the
    /// generator, judged by the discriminator as it now is.
    ///
    /// Reports `d_loss`, `g_adversarial` and `l1` (the mean absolute error as a share of the range
    /// of colours, 0 ... 1).
    ///
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ batch: TranslationBatch) throws -> StepReport {
        let clock = ContinuousClock()
        let start = clock.now
        let numbers = configuration.steps
        let rate = numbers.rate(at: state.counters.step) * state.counters.learningRateScale
        let inputs = networkPictures(batch.inputs)
        let targets = networkPictures(batch.targets)
        var next = state
        var g = Traced(next.generator)
        let made = g.network(
            inputs, training: true, key: key.folded(UInt64(state.counters.step)))
        var d = Traced(next.discriminator)
        let fake = d.network(concatenate([inputs, stopGradient(made)], axis: 3), training: true)
        let real = d.network(concatenate([inputs, targets], axis: 3), training: true)
        let discriminatorLoss = configuration.loss.discriminator(real: real, fake: fake)
        let slopes = d.gradients(of: discriminatorLoss)
        // The traced copies hold the new running statistics.
        next.discriminator = d.network
        next.discriminatorOptimizer.update(&next.discriminator, slopes, learningRate: rate)
        let judged = next.discriminator(concatenate([inputs, made], axis: 3), training: true)
        let adversarial = configuration.loss.generator(fake: judged)
        let error = (made - targets).abs().mean()
        let generatorLoss =
            configuration.adversarialWeight * adversarial + configuration.l1Weight * error
        next.generator = g.network
        next.generatorOptimizer.update(
            &next.generator, g.gradients(of: generatorLoss), learningRate: rate)
        var counters = state.counters
        counters.step += 1
        counters.samplesSeen += batch.inputs.shape[0]
        counters.dataPosition = batch.position
        next.counters = counters
        let values = try commitStep(
            &state, next,
            [
                ("d_loss", discriminatorLoss), ("g_adversarial", adversarial), ("l1", 0.5 * error),
            ], step: counters.step, precision: numbers.precision
        ) { $0.hasPrefix("generator") }
        return StepReport(
            step: counters.step, samplesSeen: counters.samplesSeen, values: values,
            seconds: (clock.now - start).inSeconds)
    }
}
