import Foundation
import Networks
import OneDNNBackend
import TensorCore
import Testing
import Training

@Suite struct PhaseTableTests {
    init() { _ = Engine.installed }

    private func rows(_ objective: AdversarialObjective) -> [String] {
        PointPhase.table(for: objective) { _, latents, _, _ in latents.sum(axes: [1]) }
            .map { "\($0.name) \($0.player) \($0.interval) \($0.turn)" }
    }

    @Test func tables() {
        #expect(rows(.init()) == ["d_loss discriminator 1 0", "g_loss generator 1 0"])
        let rare = AdversarialObjective.SlopePenalty(gamma: .constant(1), interval: 16)
        #expect(
            rows(.init(r1: rare, pathLength: .init(), discriminatorSteps: 2)) == [
                "d_loss discriminator 1 0", "d_loss discriminator 1 1", "d_r1 discriminator 16 1",
                "g_loss generator 1 1", "g_path generator 4 1",
            ])
        let eager = AdversarialObjective.SlopePenalty(gamma: .constant(1))
        #expect(rows(.init(loss: .relativistic, r1: eager, r2: eager)).count == 2)
    }

    /// A lazy penalty is as many times as strong as one of every step.
    @Test func lazyPenaltiesAreWeighted() throws {
        func penalty(_ interval: Int) throws -> Float {
            let r1 = AdversarialObjective.SlopePenalty(gamma: .constant(2), interval: interval)
            var phases = PointPhase.table(for: .init(r1: r1))
            // The main phase would move the discriminator first.
            if interval > 1 { phases.removeFirst() }
            var trainer = PointTrainer(
                state: pointState(), phases: phases, configuration: pointConfiguration)
            return try #require(try trainer.step(pointBatch(0)).values["d_r1"])
        }
        let (eager, rare) = (try penalty(1), try penalty(8))
        #expect(eager > 0 && abs(rare - 8 * eager) < 1e-4 * rare)
    }

    @Test func problemsAreToldInWords() {
        #expect(AdversarialObjective().problem(batchSize: 8, classCount: 3) == nil)
        var objective = AdversarialObjective(packing: 3)
        #expect(objective.problem(batchSize: 9, classCount: 0) == nil)
        #expect(objective.problem(batchSize: 8, classCount: 0)?.contains("packs") == true)
        #expect(objective.problem(batchSize: 9, classCount: 2)?.contains("no class") == true)
        objective = AdversarialObjective(r1: .init(gamma: .constant(-1)))
        #expect(objective.problem(batchSize: 8, classCount: 0)?.contains("gamma") == true)
        objective = AdversarialObjective(discriminatorSteps: 0)
        #expect(objective.problem(batchSize: 8, classCount: 0) != nil)
    }

    @Test func objectivesSurviveAFile() throws {
        let objective = AdversarialObjective(
            loss: .hinge, r1: .init(gamma: .cosine(from: 1, to: 0.1, kimg: 3), interval: 16),
            gradientPenalty: .init(place: .aroundReal), pathLength: .init(), leCam: 0.1,
            discriminatorSteps: 2, packing: 2, weightClip: 0.1)
        let data = try JSONEncoder().encode(objective)
        #expect(try JSONDecoder().decode(AdversarialObjective.self, from: data) == objective)
    }

    /// Moving averages of the state: LeCam's logits and the mean length of a path.
    @Test func trackedNumbersMove() throws {
        let phases = PointPhase.table(
            for: .init(pathLength: .init(interval: 1, shrink: 1), leCam: 0.3)
        ) { g, latents, _, _ in
            let free = latents.stoppingGradient()
            let points = g(free, training: true)
            return (gradients(of: points.sum(), at: [free])[0].square().sum(axes: [1]) + 1e-8)
                .sqrt()
        }
        var trainer = PointTrainer(
            state: pointState(), phases: phases, configuration: pointConfiguration)
        let first = try trainer.step(pointBatch(0)).values
        let length = Double(try #require(first["g_path_length"]))
        #expect(length > 0)
        let average = try #require(trainer.state.tracked["path_length"])
        #expect(abs(average - length * 0.01) < 1e-9)
        #expect(first["g_path"].map { $0 > 0 } == true && first["d_lecam"] != nil)
        let before = try #require(trainer.state.tracked["d_real_logit"])
        _ = try trainer.step(pointBatch(1))
        #expect(trainer.state.tracked["d_real_logit"] != before)
    }

    /// In a process of its own: plans are counted for the whole process.
    @Test func noPlanIsMadeAfterTheFirstCycle() async {
        await #expect(processExitsWith: .success) {
            Runtime.install(OneDNNBackend(threads: 1))
            var configuration = pointConfiguration
            configuration.learningRateFactor = .cosine(from: 1, to: 0.1, kimg: 1)
            configuration.beta2Schedule = .linear(from: 0.9, to: 0.99, kimg: 1)
            configuration.averageHalfLife = .linear(from: 0, to: 1, kimg: 1)
            configuration.augmentationProbability = .adaptive(.init(interval: 1, kimg: 0.1))
            configuration.gradientClip = 1
            let gamma = Schedule.cosine(from: 1, to: 0.1, kimg: 1)
            let phases = PointPhase.table(
                for: .init(
                    r1: .init(gamma: gamma, interval: 3), r2: .init(gamma: gamma), leCam: 0.1))
            var trainer = PointTrainer(
                state: pointState(configuration), phases: phases,
                augmentation: { pictures, key, p in
                    pictures + Tensor.normal(pictures.shape, key: key) * p
                }, configuration: configuration)
            _ = try trainer.advance(to: 6) { pointBatch($0) }
            let (plans, held) = (Runtime.compileCount, Runtime.donationCounts.held)
            let batches = (6..<18).map { pointBatch($0) }
            let besides = Runtime.compileCount
            _ = try trainer.advance(to: 18) { batches[$0 - 6] }
            guard Runtime.compileCount == besides else { exit(2) }
            // Nobody holds the old tensors, so their memory is used again.
            guard Runtime.donationCounts.held == held, Runtime.donationCounts.free > 0 else {
                exit(3)
            }
            guard besides - plans <= 1, plans <= 10 else { exit(4) }
        }
    }
}
