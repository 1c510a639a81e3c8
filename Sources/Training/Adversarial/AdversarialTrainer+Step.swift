import Networks
import Optimizers
import TensorCore

extension AdversarialTrainer {
    /// One step on one batch; see `step(_:)` on several.
    public mutating func step(_ batch: TrainingBatch) throws -> StepReport { try step([batch]) }

    /// One step: every phase that is due, all in one graph.
    ///
    /// - Parameter batches: As many as `batchesPerStep` says, all of one size.
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ batches: [TrainingBatch]) throws -> StepReport {
        check(batches)
        let clock = ContinuousClock()
        let start = clock.now
        var next = state
        var results = StepResults()
        var lastPlayer: AdversarialPhase<G, D>.Player?
        let step = StepInputs(state, batches, key: key.folded(UInt64(state.step)))
        for (index, phase) in phases.enumerated() where state.step % phase.interval == 0 {
            play(phase, contexts(of: step, for: phase, index), &next, &results)
            lastPlayer = phase.player
        }
        let samples = step.batchSize * batches.count
        next.average.update(
            with: next.generator,
            scheduledDecay: configuration.scheduledAverageDecay(
                samplesSeen: state.samplesSeen, batch: step.batchSize))
        next.step += 1
        next.samplesSeen += samples
        next.dataPosition = batches[batches.count - 1].position
        let scalars = results.scalars.map(\.tensor)
        let given = giveUp(unlessFinite: scalars, &next, lastPlayer: lastPlayer)
        evaluate(
            next.namedTensors().map(\.tensor) + scalars, donating: consume given,
            precision: configuration.precision)
        let values = try results.values(step: next.step)
        for (name, value) in values.tracked {
            // From zero, as the phases themselves have it.
            next.tracked[name] =
                (next.tracked[name] ?? 0) * trackedDecay + value * (1 - trackedDecay)
        }
        next.adaptAugmentation(values.reported, samples: samples, configuration)
        state = next
        let elapsed = clock.now - start
        return StepReport(
            step: state.step, samplesSeen: state.samplesSeen, values: values.reported,
            seconds: Double(elapsed.components.seconds)
                + Double(elapsed.components.attoseconds) * 1e-18)
    }

    private func check(_ batches: [TrainingBatch]) {
        precondition(
            batches.count == batchesPerStep,
            "[AdversarialTrainer.step] expected \(batchesPerStep) batches, got \(batches.count)")
        let size = batches[0].pictures.shape[0]
        precondition(
            batches.allSatisfy { $0.pictures.shape[0] == size }
                && size % configuration.microBatches == 0,
            "[AdversarialTrainer.step] expected batches of one size that splits into "
                + "\(configuration.microBatches), got \(batches.map { $0.pictures.shape[0] })")
        let classes = max(state.generator.classCount, state.discriminator.classCount)
        precondition(
            classes == 0 || batches.allSatisfy { $0.labels != nil },
            "[AdversarialTrainer.step] expected labels for \(classes) classes, got none")
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
}
