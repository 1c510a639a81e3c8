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

    /// Nothing done yet.
    public init() {}
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
    public var counters: AdversarialCounters {
        get {
            var counters = AdversarialCounters()
            counters.step = step
            counters.samplesSeen = samplesSeen
            counters.dataPosition = dataPosition
            counters.generatorUpdates = generatorOptimizer.step
            counters.discriminatorUpdates = discriminatorOptimizer.step
            counters.averageUpdates = average.step
            return counters
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

extension AdversarialState {
    /// Pictures from the fixed latents of a seed.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - seed: The run's seed.
    ///   - stream: A name; other names give other pictures.
    ///   - averaged: Off takes the generator as the last step left it.
    public func sample(
        _ count: Int, seed: UInt64, stream: String = "samples", averaged: Bool = true
    ) -> SampleReport {
        let shape = generator.pictureShape
        let latents = Tensor.normal(
            [count, generator.latentSize], key: RandomKey(seed: seed).folded(stream))
        var network = averaged ? average.average : generator
        let pictures = bytePictures(network(latents, training: false))
        return SampleReport(
            step: step, pictures: pictures.uint8s(), count: count, height: shape.height,
            width: shape.width, channels: shape.channels)
    }
}
