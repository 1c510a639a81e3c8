import TensorCore
import Testing
import Training

@Suite struct ScheduleTests {
    init() { _ = Engine.installed }

    @Test func factors() {
        let steps = [0, 1, 2, 3, 4, 5, 6, 7, 100]
        #expect(steps.map(LearningRateSchedule.constant.factor) == steps.map { _ in 1 })
        #expect(
            steps.map(LearningRateSchedule.warmup(steps: 4).factor)
                == [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1])
        #expect(
            steps.map(LearningRateSchedule.linearDecay(start: 2, end: 6).factor)
                == [1, 1, 1, 0.75, 0.5, 0.25, 0, 0, 0])
        // Without a length: at once, and no division by zero.
        #expect(steps.map(LearningRateSchedule.warmup(steps: 0).factor) == steps.map { _ in 1 })
        #expect(LearningRateSchedule.linearDecay(start: 3, end: 3).factor(3) == 0)
        #expect(LearningRateSchedule.linearDecay(start: 3, end: 3).factor(2) == 1)
    }

    @Test func theFactorScalesBothRates() throws {
        var scheduled = goldenConfiguration
        scheduled.schedule = .warmup(steps: 4)
        var scaled = goldenConfiguration
        scaled.generatorLearningRate /= 4
        scaled.discriminatorLearningRate /= 4
        var one = Trainer(state: smallState(), configuration: scheduled)
        var other = Trainer(state: smallState(), configuration: scaled)
        var plain = Trainer(state: smallState(), configuration: goldenConfiguration)
        _ = try (one.step(batch(0)), other.step(batch(0)), plain.step(batch(0)))
        #expect(differences(one.state, other.state) == [])
        let moved = differences(one.state, plain.state)
        #expect(moved.contains("generator.main.0.weight"))
        #expect(moved.contains("discriminator.main.0.weight"))
    }

    @Test func aRateOfZeroMovesNoParameter() throws {
        var configuration = goldenConfiguration
        configuration.schedule = .linearDecay(start: 0, end: 1)
        var trainer = Trainer(state: smallState(), configuration: configuration)
        _ = try trainer.step(batch(0))
        let first = trainer.state
        _ = try trainer.step(batch(1))
        let moved = Set(differences(first, trainer.state))
        let parameters = trainer.state.namedTensors(.parameter).map(\.name)
        #expect(!parameters.isEmpty && moved.isDisjoint(with: parameters))
        #expect(moved.contains("generator.main.1.running_mean"))
        #expect(differences(smallState(), first).contains(parameters[0]))
    }
}
