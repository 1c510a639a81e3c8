import Glibc
public import Networks
public import Optimizers
public import TensorCore

/// What adversarial training counts.
public struct AdversarialCounters: Sendable, Hashable, Codable {
    /// Steps done.
    public var step = 0
    /// Real pictures seen.
    public var samplesSeen = 0
    /// Samples that the data stream has given: where it goes on.
    public var dataPosition = 0
    /// Updates of the generator's optimizer.
    public var generatorUpdates = 0
    /// Updates of the discriminator's optimizer.
    public var discriminatorUpdates = 0
    /// Updates of the averaged generator.
    public var averageUpdates = 0
    /// Where the control of augmentation stands.
    public var augmentation = AdaptiveProbabilityState()
    /// Moving averages that phases keep, under their names.
    public var tracked: [String: Double] = [:]
    /// By what learning rates are multiplied since training went back.
    public var learningRateScale = 1.0
    /// How often training went back to an earlier state.
    public var rollBacks = 0

    /// Nothing done yet.
    public init() {}

    /// Reads counters; of what older files lack nothing has happened yet.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        step = try values.decode(Int.self, forKey: .step)
        samplesSeen = try values.decode(Int.self, forKey: .samplesSeen)
        dataPosition = try values.decode(Int.self, forKey: .dataPosition)
        generatorUpdates = try values.decode(Int.self, forKey: .generatorUpdates)
        discriminatorUpdates = try values.decode(Int.self, forKey: .discriminatorUpdates)
        averageUpdates = try values.decode(Int.self, forKey: .averageUpdates)
        augmentation =
            try values.decodeIfPresent(AdaptiveProbabilityState.self, forKey: .augmentation)
            ?? augmentation
        tracked = try values.decodeIfPresent([String: Double].self, forKey: .tracked) ?? tracked
        learningRateScale =
            try values.decodeIfPresent(Double.self, forKey: .learningRateScale)
            ?? learningRateScale
        rollBacks = try values.decodeIfPresent(Int.self, forKey: .rollBacks) ?? rollBacks
    }
}

/// Everything that adversarial training carries from step to step: what a checkpoint holds.
///
/// Random numbers follow from the seed and the step, and schedules from the step, so with these tensors
/// and numbers a run goes on as if it had never stopped.
public struct AdversarialState<G: GeneratorNetwork, D: DiscriminatorNetwork>: Module {
    /// The generator as it trains.
    public var generator: G
    /// The discriminator.
    public var discriminator: D
    /// The average of the generator.
    public var average: ExponentialMovingAverage<G>
    /// The generator's optimizer.
    public var generatorOptimizer: Adam
    /// The discriminator's optimizer.
    public var discriminatorOptimizer: Adam
    /// Steps done.
    public var step = 0
    /// Real pictures seen.
    public var samplesSeen = 0
    /// Samples that the data stream has given.
    public var dataPosition = 0
    /// Where the control of augmentation stands.
    public var augmentation = AdaptiveProbabilityState()
    /// Moving averages that phases keep, under their names: the mean length of a path, the logits of
    /// late.
    public var tracked: [String: Double] = [:]
    /// By what learning rates are multiplied since training went back.
    public var learningRateScale = 1.0
    /// How often training went back to an earlier state.
    public var rollBacks = 0

    /// The state before the first step.
    public init(generator: G, discriminator: D, configuration: AdversarialConfiguration) {
        self.generator = generator
        self.discriminator = discriminator
        average = ExponentialMovingAverage(of: generator, decay: configuration.averageDecay)
        func optimizer(for module: some Module, _ lazyInterval: Int?) -> Adam {
            let share = configuration.lazyShare(lazyInterval)
            // Without a share to make up for, the very numbers given: 1 is no power to take.
            return share == 1
                ? Adam(for: module, beta1: configuration.beta1, beta2: configuration.beta2)
                : Adam(
                    for: module, beta1: pow(configuration.beta1, share),
                    beta2: pow(configuration.beta2, share))
        }
        generatorOptimizer = optimizer(for: generator, configuration.generatorLazyInterval)
        discriminatorOptimizer = optimizer(
            for: discriminator, configuration.discriminatorLazyInterval)
    }

    /// The numbers beside the tensors.
    public var counters: AdversarialCounters {
        get {
            var counters = AdversarialCounters()
            counters.step = step
            counters.samplesSeen = samplesSeen
            counters.dataPosition = dataPosition
            counters.generatorUpdates = generatorOptimizer.step
            counters.discriminatorUpdates = discriminatorOptimizer.step
            counters.averageUpdates = average.step
            counters.augmentation = augmentation
            counters.tracked = tracked
            counters.learningRateScale = learningRateScale
            counters.rollBacks = rollBacks
            return counters
        }
        set {
            step = newValue.step
            samplesSeen = newValue.samplesSeen
            dataPosition = newValue.dataPosition
            generatorOptimizer.step = newValue.generatorUpdates
            discriminatorOptimizer.step = newValue.discriminatorUpdates
            average.step = newValue.averageUpdates
            augmentation = newValue.augmentation
            tracked = newValue.tracked
            learningRateScale = newValue.learningRateScale
            rollBacks = newValue.rollBacks
        }
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        generator.forEachTensor(under: path + "generator.", body)
        discriminator.forEachTensor(under: path + "discriminator.", body)
        average.forEachTensor(under: path + "average.", body)
        generatorOptimizer.forEachTensor(under: path + "generator_optimizer.", body)
        discriminatorOptimizer.forEachTensor(under: path + "discriminator_optimizer.", body)
    }
}
