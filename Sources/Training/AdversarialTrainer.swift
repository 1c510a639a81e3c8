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
    /// What has been learned.
    public private(set) var state: AdversarialState<G, D>
    private let key: RandomKey

    /// A trainer that goes on from a state.
    public init(
        state: AdversarialState<G, D>,
        phases: [AdversarialPhase<G, D>] = AdversarialPhase.nonSaturating,
        configuration: AdversarialConfiguration
    ) {
        self.state = state
        self.phases = phases
        self.configuration = configuration
        key = RandomKey(seed: configuration.seed).folded("training")
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
        if state.step == 0, let sampling, steps > 0 {
            guard try observer(.sampled(sample(sampling.count)), state) == .more else { return }
        }
        while state.step < steps {
            guard let batch = iterator.next() else {
                throw TrainingError.outOfData(step: state.step)
            }
            let report = try step(batch)
            var directive = try observer(.stepped(report), state)
            let isLast = state.step >= steps || directive == .stop
            if let sampling, isLast || state.step % sampling.interval == 0 {
                let answer = try observer(.sampled(sample(sampling.count)), state)
                if answer == .stop { directive = .stop }
            }
            if directive == .stop { return }
        }
    }

    /// One step: every phase that is due, all in one graph.
    ///
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ batch: TrainingBatch) throws -> StepReport {
        let clock = ContinuousClock()
        let start = clock.now
        var next = state
        var names: [String] = []
        var scalars: [Tensor] = []
        var lastPlayer: AdversarialPhase<G, D>.Player?
        let stepKey = key.folded(UInt64(state.step))
        let real = networkPictures(batch.pictures)
        let latents = Tensor.normal(
            [batch.pictures.shape[0], state.generator.latentSize], key: stepKey.folded("latents"))
        for (index, phase) in phases.enumerated() where state.step % phase.interval == 0 {
            let context = AdversarialPhase<G, D>.Context(
                real: real, latents: latents, key: stepKey.folded(UInt64(index)))
            let outcome = play(phase, context, &next)
            lastPlayer = phase.player
            names.append(phase.name)
            scalars.append(outcome.loss)
            for (name, value) in outcome.scores.sorted(by: { $0.key < $1.key }) {
                names.append(name)
                scalars.append(value)
            }
        }
        next.average.update(with: next.generator)
        next.step += 1
        next.samplesSeen += batch.pictures.shape[0]
        next.dataPosition = batch.position
        let given = giveUp(unlessFinite: scalars, &next, lastPlayer: lastPlayer)
        evaluate(
            next.namedTensors().map(\.tensor) + scalars, donating: consume given,
            precision: configuration.precision)
        var values: [String: Float] = [:]
        for (name, scalar) in zip(names, scalars) {
            let value = scalar.scalar()
            guard value.isFinite else {
                throw TrainingError.nonFinite(step: next.step, name: name, value: value)
            }
            values[name] = value
        }
        state = next
        let elapsed = clock.now - start
        return StepReport(
            step: state.step, samplesSeen: state.samplesSeen, values: values,
            seconds: Double(elapsed.components.seconds)
                + Double(elapsed.components.attoseconds) * 1e-18)
    }

    /// Gives up those tensors of the state whose successors are made once all losses are known: the last
    /// player's, and the average's. Their memory becomes the successors'.
    ///
    /// There is no going back to them, so the successor is the old value again, by the graph itself, if
    /// a number is not finite: the condition costs nothing in the pass that updates. The other player's
    /// old tensors are kept until the numbers are known.
    ///
    /// - Returns: The old tensors; the state holds what it will be if a number is not finite.
    private mutating func giveUp(
        unlessFinite scalars: [Tensor], _ next: inout AdversarialState<G, D>,
        lastPlayer: AdversarialPhase<G, D>.Player?
    ) -> [Tensor] {
        let checks = scalars.map { $0.isFinite().reshaped([]) }
        guard let first = checks.first else { return [] }
        let isFinite = checks.dropFirst().reduce(first) { $0 .& $1 }
        let news = next.namedTensors()
        var guarded: [String: Tensor] = [:]
        var given: [Tensor] = []
        var place = 0
        state.mapTensors { name, old in
            let new = news[place].tensor
            precondition(
                news[place].name == name,
                "[AdversarialTrainer] expected the tensor \(name), got \(news[place].name)")
            place += 1
            let isDiscriminators = name.hasPrefix("discriminator")
            guard name.hasPrefix("average.") || isDiscriminators == (lastPlayer == .discriminator),
                new.node !== old.node
            else { return old }
            let kept = select(isFinite, new, old)
            guarded[name] = kept
            given.append(old)
            return kept
        }
        next.mapTensors { name, new in guarded[name] ?? new }
        return given
    }

    /// One phase: loss, gradients, update.
    private func play(
        _ phase: AdversarialPhase<G, D>, _ context: AdversarialPhase<G, D>.Context,
        _ next: inout AdversarialState<G, D>
    ) -> AdversarialPhase<G, D>.Outcome {
        let factor = configuration.schedule.factor(next.step)
        var outcome: AdversarialPhase<G, D>.Outcome?
        switch phase.player {
        case .discriminator:
            // The generator's running statistics are updated in its own phase, once a step.
            var generator = next.generator
            let slopes = valueAndGrad(at: &next.discriminator) { discriminator in
                let result = phase.loss(&generator, &discriminator, context)
                outcome = result
                return result.loss
            }
            next.discriminatorOptimizer.update(
                &next.discriminator, slopes.gradients,
                learningRate: configuration.discriminatorLearningRate * factor)
        case .generator:
            var discriminator = next.discriminator
            let slopes = valueAndGrad(at: &next.generator) { generator in
                let result = phase.loss(&generator, &discriminator, context)
                outcome = result
                return result.loss
            }
            next.discriminator = discriminator
            next.generatorOptimizer.update(
                &next.generator, slopes.gradients,
                learningRate: configuration.generatorLearningRate * factor)
        }
        guard let outcome else {
            preconditionFailure("[AdversarialTrainer] a loss was not computed")
        }
        return outcome
    }

    /// Pictures from the run's fixed latents, by the averaged generator.
    public func sample(_ count: Int) -> SampleReport {
        state.sample(count, seed: configuration.seed)
    }
}
