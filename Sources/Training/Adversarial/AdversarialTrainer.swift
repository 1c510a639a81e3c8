public import Networks
import Optimizers
import TensorCore

/// Trains a generator against a discriminator. Emits events; never prints, saves or draws.
public struct AdversarialTrainer<G: GeneratorNetwork, D: DiscriminatorNetwork>: Sendable {
    /// What is asked of the observer after each event.
    public typealias Observer = (TrainingEvent, AdversarialState<G, D>) throws -> TrainingDirective

    /// Which pictures are made from fixed latents, and when.
    public struct Sampling: Sendable, Hashable, Codable {
        /// In steps; the first and last step are sampled as well.
        public var interval: Int
        /// How many pictures.
        public var count: Int

        /// Pictures every `interval` steps.
        public init(interval: Int, count: Int) {
            precondition(
                interval > 0 && count > 0,
                "[Sampling] expected a positive interval and count, got \(interval) and \(count)")
            self.interval = interval
            self.count = count
        }
    }

    /// The numbers of the training.
    public let configuration: AdversarialConfiguration
    /// The phases of a step.
    public let phases: [AdversarialPhase<G, D>]
    /// What is done to everything that the discriminator sees.
    public let augmentation: PictureAugmentation?
    /// What has been learned.
    public internal(set) var state: AdversarialState<G, D>
    let key: RandomKey

    /// A trainer that goes on from a state.
    ///
    /// - Parameters:
    ///   - state: What has been learned.
    ///   - phases: The phases of a step; see `AdversarialPhase.table(for:)`.
    ///   - augmentation: What is done to everything that the discriminator sees, with the
    ///     configuration's probability.
    ///   - configuration: The numbers of the training.
    public init(
        state: AdversarialState<G, D>,
        phases: [AdversarialPhase<G, D>] = AdversarialPhase.nonSaturating,
        augmentation: PictureAugmentation? = nil,
        configuration: AdversarialConfiguration
    ) {
        precondition(
            !phases.isEmpty && phases.contains { $0.interval == 1 },
            "[AdversarialTrainer] expected a phase in every step, got \(phases.map(\.name))")
        if let problem = configuration.problem {
            preconditionFailure("[AdversarialTrainer] \(problem)")
        }
        let names = state.namedTensors(.parameter).map(\.name)
        for frozen in configuration.frozen + phases.flatMap(\.frozen) {
            precondition(
                names.contains { isTensor($0, under: frozen) },
                "[AdversarialTrainer] expected the name of a parameter or a layer to freeze, got "
                    + "\(frozen)")
        }
        self.state = state
        self.augmentation = augmentation
        self.phases = phases
        self.configuration = configuration
        key = RandomKey(seed: configuration.seed).folded("training")
    }

    /// How many batches a step takes: one for each of the discriminator's turns.
    public var batchesPerStep: Int { 1 + (phases.map(\.turn).max() ?? 0) }

    /// Goes back to an earlier state, and on with smaller steps.
    ///
    /// - Parameters:
    ///   - earlier: The state; its networks are taken, and what it counts.
    ///   - factor: By what learning rates are multiplied from now on.
    public mutating func rollBack(to earlier: AdversarialState<G, D>, learningRates factor: Double)
    {
        let (scale, count) = (state.learningRateScale, state.rollBacks)
        state = earlier
        state.learningRateScale = scale * factor
        state.rollBacks = count + 1
    }

    /// Does steps on batches until the observer says stop or `steps` in all are done.
    ///
    /// - Throws: `TrainingError` when a value is not finite or the batches end, with the state as it was
    ///   before the failed step; and what the observer throws.
    public mutating func run(
        _ batches: some Sequence<TrainingBatch>, until steps: Int, sampling: Sampling?,
        observer: Observer
    ) throws {
        var iterator = batches.makeIterator()
        try run(from: &iterator, until: steps, sampling: sampling, observer: observer)
    }

    /// Does steps on batches that an iterator gives, as `run(_:until:sampling:observer:)` does; the
    /// iterator can be gone on with.
    public mutating func run(
        from iterator: inout some IteratorProtocol<TrainingBatch>, until steps: Int,
        sampling: Sampling?, observer: Observer
    ) throws {
        if state.step == 0, let sampling, steps > 0 {
            guard try observer(.sampled(sample(sampling.count)), state) == .more else { return }
        }
        while state.step < steps {
            var batches: [TrainingBatch] = []
            for _ in 0..<batchesPerStep {
                guard let batch = iterator.next() else {
                    throw TrainingError.outOfData(step: state.step)
                }
                batches.append(batch)
            }
            let report = try step(batches)
            var directive = try observer(.stepped(report), state)
            let isLast = state.step >= steps || directive == .stop
            if let sampling, isLast || state.step % sampling.interval == 0 {
                let answer = try observer(.sampled(sample(sampling.count)), state)
                if answer == .stop { directive = .stop }
            }
            if directive == .stop { return }
        }
    }

    /// Pictures from the run's fixed latents, by the averaged generator.
    public func sample(_ count: Int) -> SampleReport {
        state.sample(count, seed: configuration.seed)
    }
}
