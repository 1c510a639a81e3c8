import Foundation
import Networks
import Optimizers
import TensorCore
import TestSupport
import Testing
import Training

/// What the trainer does for every family: accumulation, clipping, freezing, turns, weight bounds.
@Suite struct FamilyTrainingTests {
    init() { _ = Engine.installed }

    private func trained(
        _ objective: AdversarialObjective, steps: Int = 1,
        _ change: (inout AdversarialConfiguration) -> Void = { _ in }
    ) throws -> (trainer: PointTrainer, reports: [StepReport]) {
        var configuration = pointConfiguration
        change(&configuration)
        var trainer = PointTrainer(
            state: pointState(configuration), phases: PointPhase.table(for: objective),
            configuration: configuration)
        let reports = try trainer.advance(to: steps) { pointBatch($0) }
        return (trainer, reports)
    }

    /// The gradients are the first moments after one step, up to a factor.
    private func firstMoments(_ trainer: PointTrainer) -> [Float] {
        trainer.state.namedTensors().filter { $0.name.contains("exp_avg.") }
            .flatMap { $0.tensor.floats() }
    }

    private func norm(_ values: [Float]) -> Double {
        values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    @Test(arguments: [AdversarialLoss.nonSaturating, .relativistic, .hinge], [true, false])
    func accumulatedEqualsWhole(_ loss: AdversarialLoss, _ shares: Bool) throws {
        let gamma = AdversarialObjective.SlopePenalty(gamma: .constant(0.5))
        let objective = AdversarialObjective(loss: loss, r1: gamma, r2: gamma)
        let whole = try trained(objective) {
            $0.measuresGradients = true
            $0.sharesLatents = shares
        }
        let parts = try trained(objective) {
            $0.measuresGradients = true
            $0.sharesLatents = shares
            $0.microBatches = 4
        }
        let one = firstMoments(whole.trainer)
        #expect(norm(one) > 1e-3)
        expectClose(
            firstMoments(parts.trainer), shape: [one.count], to: one, shape: [one.count],
            absolute: 1e-6, relative: 1e-5)
        let names = Set(whole.reports[0].values.keys)
        #expect(names.isSuperset(of: ["d_loss", "g_loss", "d_r1", "d_r2", "d_gradient"]))
        #expect(Set(parts.reports[0].values.keys) == names)
        for (name, value) in whole.reports[0].values {
            let other = parts.reports[0].values[name] ?? .nan
            #expect(abs(value - other) <= 1e-5 * max(1, abs(value)), "\(name)")
        }
    }

    /// Without sharing, the generator's phase has latents of its own.
    @Test func phasesMayDrawTheirOwnLatents() throws {
        let shared = try trained(.init()).reports[0].values
        let own = try trained(.init()) { $0.sharesLatents = false }.reports[0].values
        #expect(shared["d_real"] == own["d_real"])
        #expect(shared["g_loss"] != own["g_loss"])
    }

    @Test func gradientsAreClippedByTheirNormTogether() throws {
        let free = try trained(.init()) { $0.measuresGradients = true }
        let length = Double(try #require(free.reports[0].values["g_gradient"]))
        let clipped = try trained(.init()) { $0.gradientClip = length / 3 }
        let generators = { (trainer: PointTrainer) in
            trainer.state.namedTensors().filter { $0.name.contains("generator_optimizer.exp_avg.") }
                .flatMap { $0.tensor.floats() }
        }
        // beta1 is 0.5: a first moment is half a gradient.
        let freeLength: Double = norm(generators(free.trainer))
        #expect(abs(freeLength - length / 2) < 1e-5 * length)
        #expect(clipped.reports[0].values["d_gradient"] == free.reports[0].values["d_gradient"])
        let d = Double(try #require(free.reports[0].values["d_gradient"]))
        let clippedLength: Double = norm(firstMomentsOfDiscriminator(clipped.trainer))
        let expected: Double = min(d, length / 3) / 2
        #expect(abs(clippedLength - expected) < 1e-5 * d)
        // A bound that nothing reaches changes nothing.
        let loose = try trained(.init()) { $0.gradientClip = 1e6 }
        #expect(changes(loose.trainer.state, free.trainer.state) == [])
    }

    private func firstMomentsOfDiscriminator(_ trainer: PointTrainer) -> [Float] {
        trainer.state.namedTensors().filter {
            $0.name.hasPrefix("discriminator_optimizer.exp_avg.")
        }.flatMap { $0.tensor.floats() }
    }

    @Test func frozenLayersStayAndOthersMove() throws {
        let start = pointState()
        let end = try trained(.init(), steps: 2) {
            $0.frozen = ["discriminator.0", "generator.2.bias"]
        }.trainer.state
        let moved = Set(changes(start, end))
        #expect(moved.isDisjoint(with: ["discriminator.0.weight", "discriminator.0.bias"]))
        #expect(!moved.contains("generator.2.bias"))
        #expect(!moved.contains("discriminator_optimizer.exp_avg.0.weight"))
        #expect(moved.isSuperset(of: ["discriminator.2.weight", "generator.2.weight"]))
        #expect(moved.contains("discriminator_optimizer.exp_avg.2.weight"))
    }

    @Test func freezingCanBeAPhasesOwn() throws {
        var phases = PointPhase.nonSaturating
        phases[0].frozen = ["discriminator.0"]
        var trainer = PointTrainer(
            state: pointState(), phases: phases, configuration: pointConfiguration)
        _ = try trainer.advance(to: 1) { pointBatch($0) }
        let moved = changes(pointState(), trainer.state)
        #expect(!moved.contains("discriminator.0.weight"))
        #expect(moved.contains("discriminator.2.weight"))
    }

    @Test func aNameThatFreezesNothingIsACallersError() async {
        await #expect(processExitsWith: .failure) {
            _ = Engine.installed
            var configuration = pointConfiguration
            configuration.frozen = ["discriminator.17"]
            _ = PointTrainer(state: pointState(), configuration: configuration)
        }
    }

    @Test func theDiscriminatorTakesSeveralTurns() throws {
        let objective = AdversarialObjective(
            loss: .wasserstein, gradientPenalty: .init(), discriminatorSteps: 3)
        let result = try trained(objective, steps: 2)
        #expect(result.trainer.batchesPerStep == 3)
        let counters = result.trainer.state.counters
        #expect(counters.discriminatorUpdates == 6 && counters.generatorUpdates == 2)
        #expect(counters.samplesSeen == 6 * 16 && counters.dataPosition == 6 * 16)
        #expect(result.reports[0].values["d_penalty"] != nil)
    }

    @Test func everyTurnHasPicturesAndLatentsOfItsOwn() throws {
        final class Seen: @unchecked Sendable { var contexts: [PointPhase.Context] = [] }
        let seen = Seen()
        var phases = PointPhase.table(for: .init(discriminatorSteps: 2))
        for index in phases.indices {
            let loss = phases[index].loss
            phases[index].loss = { g, d, context in
                seen.contexts.append(context)
                return loss(&g, &d, context)
            }
        }
        var trainer = PointTrainer(
            state: pointState(), phases: phases, configuration: pointConfiguration)
        _ = try trainer.advance(to: 1) { pointBatch($0) }
        let contexts = seen.contexts
        #expect(contexts.count == 3)
        #expect(contexts[0].real.floats() == pointBatch(0).pictures.floats())
        #expect(contexts[1].real.floats() == pointBatch(1).pictures.floats())
        #expect(contexts[0].latents.floats() != contexts[1].latents.floats())
        // The generator's phase goes with the last turn.
        #expect(contexts[2].latents.floats() == contexts[1].latents.floats())
        #expect(contexts[2].key != contexts[1].key)
    }

    @Test func weightsAreHeldInBounds() throws {
        let trainer = try trained(.init(loss: .wasserstein, weightClip: 0.01)).trainer
        let weights = trainer.state.discriminator.parameters.flatMap { $0.floats() }
        #expect(weights.allSatisfy { abs($0) <= 0.01 } && weights.contains { abs($0) == 0.01 })
        #expect(trainer.state.generator.parameters.flatMap { $0.floats() }.contains { $0 > 0.1 })
    }

    /// Adam with rate 1 and no past moves by the sign of the gradient: schedules show in the steps.
    @Test func schedulesReachTheUpdates() throws {
        let base = try trained(.init()).trainer.state
        let halved = try trained(.init()) {
            $0.learningRateFactor = .linear(from: 0.5, to: 9, kimg: 1)
        }.trainer.state
        let plain = try trained(.init()) {
            $0.generatorLearningRate /= 2
            $0.discriminatorLearningRate /= 2
        }.trainer.state
        #expect(changes(halved, plain) == [])
        #expect(!changes(halved, base).isEmpty)
        // 16 pictures at a half-life of 8: a quarter is kept.
        let quick = try trained(.init()) { $0.averageHalfLife = .constant(0.008) }.trainer.state
        let start = pointState()
        let before = start.generator.parameters[0].floats()
        let now = quick.generator.parameters[0].floats()
        let average = quick.average.average.parameters[0].floats()
        for index in before.indices {
            let expected: Float = 0.25 * before[index] + 0.75 * now[index]
            let error: Float = abs(average[index] - expected)
            #expect(error < 1e-6)
        }
    }

    @Test func scheduledBeta2EqualsAConstantOne() throws {
        let constant = try trained(.init(), steps: 3) { $0.beta2 = 0.9 }.trainer.state
        let scheduled = try trained(.init(), steps: 3) {
            $0.beta2Schedule = .constant(0.9)
        }.trainer.state
        for (one, other) in zip(constant.namedTensors(), scheduled.namedTensors()) {
            let values = one.tensor.floats()
            expectClose(
                other.tensor.floats(), shape: [values.count], to: values, shape: [values.count],
                absolute: 1e-6, relative: 1e-5, one.name)
        }
        let moving = try trained(.init(), steps: 3) {
            $0.beta2Schedule = .cosine(from: 0.9, to: 0.5, kimg: 0.032)
        }.trainer.state
        #expect(!changes(moving, scheduled).isEmpty)
    }

    @Test func lazyIntervalsAreMadeUpFor() {
        var configuration = pointConfiguration
        configuration.discriminatorLazyInterval = 4
        let state = pointState(configuration)
        #expect(abs(state.discriminatorOptimizer.beta2 - 0.999_199_7) < 1e-6)
        #expect(abs(state.discriminatorOptimizer.beta1 - 0.574_349) < 1e-6)
        #expect(state.generatorOptimizer.beta2 == 0.999)
    }
}
