import Foundation
import Networks
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

    @Test func schedulesGoByPicturesSeen() throws {
        let pictures = [0, 500, 1000, 2000, 9000]
        #expect(pictures.map(Schedule.constant(3).value) == [3, 3, 3, 3, 3])
        let line = Schedule.linear(from: 1, to: 5, kimg: 2)
        #expect(pictures.map(line.value) == [1, 2, 3, 5, 5])
        let cosine = Schedule.cosine(from: 2e-4, to: 5e-5, kimg: 2)
        let values = pictures.map(cosine.value)
        #expect(values[0] == 2e-4 && values[3] == 5e-5 && values[4] == 5e-5)
        #expect(abs(values[2] - 1.25e-4) < 1e-12)
        // A quarter of the way: (1 - cos(pi / 4)) / 2 = 0.14645 of the difference.
        let quarter: Double = 2e-4 - 1.5e-4 * 0.146_446_6
        let error: Double = abs(values[1] - quarter)
        #expect(error < 1e-10)
        #expect(Schedule.linear(from: 1, to: 2, kimg: 0).value(0) == 2)
        #expect(cosine.largest == 2e-4 && cosine.smallest == 5e-5 && cosine.problem == nil)
        #expect(Schedule.linear(from: 1, to: .nan, kimg: 1).problem != nil)
        #expect(Schedule.cosine(from: 1, to: 2, kimg: -1).problem != nil)
        let data = try JSONEncoder().encode(cosine)
        #expect(try JSONDecoder().decode(Schedule.self, from: data) == cosine)
    }

    /// Between the sizes of R3GAN's paper its numbers are met.
    @Test func theNumbersOfR3GANAreThePapers() {
        func gamma(_ side: Int, batch: Int) -> Double {
            R3GANNumbers(
                picture: .init(height: side, width: side, channels: 3), batchSize: batch,
                kimg: 25_000
            ).gamma.value(0)
        }
        #expect(abs(gamma(64, batch: 256) - 2) < 1e-12)
        #expect(abs(gamma(256, batch: 256) - 150) < 1e-9)
        // ImageNet at 64x64 with batches of 4096.
        #expect(abs(gamma(64, batch: 4096) - 1) < 1e-12)
        #expect((0.05...1).contains(gamma(32, batch: 512)))
        let numbers = R3GANNumbers(
            picture: .init(height: 64, width: 64, channels: 3), batchSize: 256, kimg: 25_000)
        #expect(numbers.averageHalfLife.value(20_000_000) == 500)
        #expect(numbers.gamma.value(20_000_000) == 0.2)
        #expect(numbers.beta2.value(0) == 0.9 && numbers.beta2.value(20_000_000) == 0.99)
        var configuration = AdversarialConfiguration()
        numbers.apply(to: &configuration)
        let rate = configuration.generatorLearningRate
        #expect(rate == 2e-4 && configuration.problem == nil)
        let last: Double = rate * configuration.learningRateFactor.value(20_000_000)
        #expect(abs(last - 5e-5) < 1e-15)
        #expect(numbers.objective.loss == .relativistic && numbers.objective.r2 != nil)
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
