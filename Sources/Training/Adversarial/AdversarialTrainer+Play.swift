import Glibc
import Networks
import Optimizers
import TensorCore

extension AdversarialTrainer {
    typealias Phase = AdversarialPhase<G, D>

    /// What a phase's loss is computed from: one context for each micro-batch.
    func contexts(of step: StepInputs, for phase: Phase, _ index: Int) -> [Phase.Context] {
        let turn = step.turns[phase.turn]
        var latents = turn.latents
        var labelKey = turn.key.folded("labels")
        var generatorKey = turn.key.folded("generator")
        if !configuration.sharesLatents {
            let own = turn.key.folded("own").folded(UInt64(index))
            latents = .normal(latents.shape, key: own.folded("latents"))
            labelKey = own.folded("labels")
            generatorKey = own.folded("generator")
        }
        let classes = state.generator.classCount
        let fakeLabels =
            classes == 0
            ? nil
            : configuration.fakeLabels.draw(
                step.batchSize, classes: classes, real: turn.realLabels, key: labelKey)
        let probability = Tensor(Float(state.augmentationProbability(configuration)))
        let count = configuration.microBatches
        let size = step.batchSize / count
        return (0..<count).map { micro in
            // A whole batch is not cut, so that it is the same graph as ever.
            func part(_ tensor: Tensor) -> Tensor {
                count == 1 ? tensor : tensor.sliced(axis: 0, micro * size..<(micro + 1) * size)
            }
            func own(_ key: RandomKey) -> RandomKey {
                micro == 0 ? key : key.folded("micro").folded(UInt64(micro))
            }
            return Phase.Context(
                real: part(turn.real), latents: part(latents),
                realLabels: turn.realLabels.map(part), fakeLabels: fakeLabels.map(part),
                generatorKey: own(generatorKey), key: own(step.key.folded(UInt64(index))),
                samplesSeen: state.samplesSeen, augmentation: augmentation,
                augmentationProbability: probability, averages: state.tracked)
        }
    }

    /// One phase: losses, gradients, update.
    func play(
        _ phase: Phase, _ contexts: [Phase.Context], _ next: inout AdversarialState<G, D>,
        _ results: inout StepResults
    ) {
        var outcomes: [Phase.Outcome] = []
        var gradients: [ModuleGradients] = []
        switch phase.player {
        case .discriminator:
            // The generator's running statistics are updated in its own phase, once a step.
            var generator = next.generator
            for context in contexts {
                let slopes = valueAndGrad(at: &next.discriminator) { discriminator in
                    outcomes.append(phase.loss(&generator, &discriminator, context))
                    return outcomes[outcomes.count - 1].loss
                }
                gradients.append(slopes.gradients)
            }
        case .generator:
            var discriminator = next.discriminator
            for context in contexts {
                let slopes = valueAndGrad(at: &next.generator) { generator in
                    outcomes.append(phase.loss(&generator, &discriminator, context))
                    return outcomes[outcomes.count - 1].loss
                }
                gradients.append(slopes.gradients)
            }
            next.discriminator = discriminator
        }
        report(phase, outcomes, &results)
        move(phase, ModuleGradients(mean(gradients.map(\.tensors))), &next, &results)
    }

    /// The update of a phase's player.
    private func move(
        _ phase: Phase, _ gradients: ModuleGradients, _ next: inout AdversarialState<G, D>,
        _ results: inout StepResults
    ) {
        var gradients = gradients
        if configuration.measuresGradients || configuration.gradientClip != nil {
            let length = globalNorm(gradients.tensors)
            let stem = phase.name.hasSuffix("_loss") ? String(phase.name.dropLast(5)) : phase.name
            results.add("\(stem)_gradient", length)
            if let clip = configuration.gradientClip {
                let factor = (clip / (length + 1e-12)).clamped(0, 1)
                gradients = ModuleGradients(gradients.tensors.map { $0 * factor })
            }
        }
        let frozen = configuration.frozen + phase.frozen
        func isFrozen(_ player: String) -> (String) -> Bool {
            { name in frozen.contains { isTensor("\(player).\(name)", under: $0) } }
        }
        let factor =
            configuration.schedule.factor(state.step)
            * configuration.learningRateFactor.value(state.samplesSeen) * state.learningRateScale
        func beta2(_ share: Double) -> Double? {
            configuration.beta2Schedule.map {
                share == 1 ? $0.value(state.samplesSeen) : pow($0.value(state.samplesSeen), share)
            }
        }
        switch phase.player {
        case .discriminator:
            let share = configuration.lazyShare(configuration.discriminatorLazyInterval)
            next.discriminatorOptimizer.update(
                &next.discriminator, gradients,
                learningRate: configuration.discriminatorLearningRate * factor * share,
                scheduledBeta2: beta2(share), isFrozen: isFrozen("discriminator"))
            if let bound = phase.weightBound { clipParameters(of: &next.discriminator, to: bound) }
        case .generator:
            let share = configuration.lazyShare(configuration.generatorLazyInterval)
            next.generatorOptimizer.update(
                &next.generator, gradients,
                learningRate: configuration.generatorLearningRate * factor * share,
                scheduledBeta2: beta2(share), isFrozen: isFrozen("generator"))
            if let bound = phase.weightBound { clipParameters(of: &next.generator, to: bound) }
        }
    }

    /// The means of what the micro-batches' losses answered.
    private func report(
        _ phase: Phase, _ outcomes: [Phase.Outcome], _ results: inout StepResults
    ) {
        results.add(phase.name, mean(outcomes.map { [$0.loss] })[0])
        for name in outcomes[0].scores.keys.sorted() {
            results.add(name, mean(outcomes.map { [$0.scores[name] ?? $0.loss] })[0])
        }
        for name in outcomes[0].tracked.keys.sorted() {
            let value = mean(outcomes.map { [$0.tracked[name] ?? $0.loss] })[0]
            results.add(name, value, isTracked: true)
        }
    }

    /// The mean of lists, element by element; one list is itself.
    private func mean(_ lists: [[Tensor]]) -> [Tensor] {
        guard lists.count > 1 else { return lists[0] }
        return lists[0].indices.map { index in
            let sum = lists.dropFirst().reduce(lists[0][index]) { $0 + $1[index] }
            return sum * (1 / Double(lists.count))
        }
    }
}

/// The norm of all numbers of several tensors together: a scalar.
func globalNorm(_ tensors: [Tensor]) -> Tensor {
    let squares = tensors.map { $0.square().sum() }
    guard let first = squares.first else { return .zeros([]) }
    return squares.dropFirst().reduce(first, +).sqrt()
}

/// Whether a dotted name is another one, or lies under it.
func isTensor(_ name: String, under path: String) -> Bool {
    name == path || name.hasPrefix(path + ".")
}
