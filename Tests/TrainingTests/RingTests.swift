import Foundation
import Networks
import Optimizers
import TensorCore
import Testing
import Training

/// The trainer learns: eight Gaussians on a circle, with relativistic pairs, R1 and R2.
@Suite struct RingTests {
    init() { _ = Engine.installed }

    private func batch(_ step: Int, _ count: Int) -> TrainingBatch {
        let key = RandomKey(seed: 21).folded(UInt64(step))
        var points: [Float] = []
        let noise = Tensor.normal([2 * count], key: key.folded("noise")).floats()
        for index in 0..<count {
            let turn = Double(key.integer(UInt64(index), below: 8)) * .pi / 4
            points.append(Float(cos(turn)) + 0.02 * noise[2 * index])
            points.append(Float(sin(turn)) + 0.02 * noise[2 * index + 1])
        }
        return TrainingBatch(
            pictures: Tensor(points, shape: [count, 1, 1, 2]), position: count * (step + 1))
    }

    /// For each mode the share of samples within a fifth of it.
    private func shares(_ state: PointState) -> [Double] {
        var generator = state.average.average
        let latents = Tensor.normal([1000, generator.latentSize], key: RandomKey(seed: 22))
        let points = generator(latents, training: false).floats()
        return (0..<8).map { mode in
            let (x, y) = (cos(Double(mode) * .pi / 4), sin(Double(mode) * .pi / 4))
            let near = (0..<1000).filter {
                hypot(Double(points[2 * $0]) - x, Double(points[2 * $0 + 1]) - y) < 0.2
            }
            return Double(near.count) / 1000
        }
    }

    @Test func everyModeOfARingIsFound() throws {
        var configuration = AdversarialConfiguration()
        configuration.batchSize = 128
        configuration.generatorLearningRate = 1e-3
        configuration.discriminatorLearningRate = 1e-3
        configuration.beta1 = 0
        configuration.beta2 = 0.99
        configuration.averageHalfLife = .linear(from: 0, to: 5, kimg: 100)
        configuration.learningRateFactor = .cosine(from: 1, to: 0.1, kimg: 190)
        configuration.seed = 5
        let sizes = PointGANConfiguration(latentSize: 4, width: 64, layers: 2)
        let key = RandomKey(seed: 23)
        let gamma = AdversarialObjective.SlopePenalty(
            gamma: .cosine(from: 0.2, to: 0.02, kimg: 190))
        var trainer = PointTrainer(
            state: PointState(
                generator: PointGenerator(sizes, key: key.folded("g")),
                discriminator: PointDiscriminator(sizes, key: key.folded("d")),
                configuration: configuration),
            phases: PointPhase.table(
                for: .init(loss: .relativistic, r1: gamma, r2: gamma)),
            configuration: configuration)
        #expect(shares(trainer.state).filter { $0 > 0.03 }.count < 4)
        _ = try trainer.advance(to: 1500) { batch($0, 128) }
        let found = shares(trainer.state)
        #expect(found.allSatisfy { $0 > 0.03 }, "\(found)")
        #expect(found.reduce(0, +) > 0.6, "\(found)")
    }
}
