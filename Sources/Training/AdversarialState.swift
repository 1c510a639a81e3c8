public import Networks
public import Optimizers
public import TensorCore

/// Everything that adversarial training carries from step to step: what a checkpoint holds.
///
/// Random numbers follow from the seed and the step, and schedules from the step, so with these tensors
/// and numbers a run goes on as if it had never stopped.
public struct AdversarialState<G: GeneratorNetwork, D: DiscriminatorNetwork>: Module {
    /// Numbers beside the tensors.
    public struct Counters: Sendable, Hashable, Codable {
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
    }

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

    /// The state before the first step.
    public init(generator: G, discriminator: D, configuration: AdversarialConfiguration) {
        self.generator = generator
        self.discriminator = discriminator
        average = ExponentialMovingAverage(of: generator, decay: configuration.averageDecay)
        generatorOptimizer = Adam(
            for: generator, beta1: configuration.beta1, beta2: configuration.beta2)
        discriminatorOptimizer = Adam(
            for: discriminator, beta1: configuration.beta1, beta2: configuration.beta2)
    }

    /// The numbers beside the tensors.
    public var counters: Counters {
        get {
            Counters(
                step: step, samplesSeen: samplesSeen, dataPosition: dataPosition,
                generatorUpdates: generatorOptimizer.step,
                discriminatorUpdates: discriminatorOptimizer.step, averageUpdates: average.step)
        }
        set {
            step = newValue.step
            samplesSeen = newValue.samplesSeen
            dataPosition = newValue.dataPosition
            generatorOptimizer.step = newValue.generatorUpdates
            discriminatorOptimizer.step = newValue.discriminatorUpdates
            average.step = newValue.averageUpdates
        }
    }

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
