import Foundation
import Networks
import TensorCore
import Testing
import Training

/// Classes, augmentation, and the promise that a resumed run is the run that was never stopped.
@Suite struct ResumeTests {
    init() { _ = Engine.installed }

    private var configuration: AdversarialConfiguration {
        var configuration = AdversarialConfiguration()
        configuration.batchSize = 4
        configuration.seed = 3
        configuration.learningRateFactor = .cosine(from: 1, to: 0.2, kimg: 0.02)
        configuration.beta2Schedule = .linear(from: 0.9, to: 0.99, kimg: 0.02)
        configuration.averageHalfLife = .linear(from: 0, to: 0.05, kimg: 0.02)
        configuration.augmentationProbability = .adaptive(
            .init(target: -2, interval: 2, kimg: 0.05))
        configuration.gradientClip = 5
        configuration.microBatches = 2
        configuration.fakeLabels = .paired
        return configuration
    }

    private func trainer(_ state: ClassState) -> ClassTrainer {
        let gamma = Schedule.cosine(from: 1, to: 0.1, kimg: 0.02)
        let phases = ClassPhase.table(
            for: .init(
                loss: .relativistic, r1: .init(gamma: gamma, interval: 3),
                r2: .init(gamma: gamma), leCam: 0.1))
        return ClassTrainer(
            state: state, phases: phases,
            augmentation: { pictures, key, p in
                pictures + Tensor.normal(pictures.shape, key: key) * p
            }, configuration: configuration)
    }

    /// A state by way of bytes and a file of numbers, as a checkpoint does.
    private func restored(_ state: ClassState) throws -> ClassState {
        let saved = bytes(state)
        var other = configuration
        other.seed = 999
        var result = classState(other)
        result.mapTensors { name, tensor in
            (saved[name] ?? []).withUnsafeBytes {
                Tensor(copying: $0, shape: tensor.shape, dtype: tensor.dtype)
            }
        }
        let numbers = try JSONEncoder().encode(state.counters)
        result.counters = try JSONDecoder().decode(AdversarialCounters.self, from: numbers)
        return result
    }

    @Test func resumedEqualsUninterruptedWithEverythingOn() throws {
        var whole = trainer(classState(configuration))
        let expected = try whole.advance(to: 7) { classBatch($0) }
        var first = trainer(classState(configuration))
        var reports = try first.advance(to: 3) { classBatch($0) }
        var second = trainer(try restored(first.state))
        reports += try second.advance(to: 7) { classBatch($0) }
        #expect(reports.map(\.values) == expected.map(\.values))
        #expect(changes(whole.state, second.state) == [])
        #expect(second.state.counters == whole.state.counters)
        // All that is carried along has moved: the test could fail.
        let counters = whole.state.counters
        #expect(counters.augmentation.probability > 0 && counters.augmentation.stepCount == 1)
        #expect(counters.tracked.count == 2)
        #expect(changes(first.state, second.state).count > 30)
        #expect(expected[0].values["d_r1"] != nil && expected[1].values["d_r1"] == nil)
    }

    @Test func olderFilesAreStillRead() throws {
        let old =
            #"{"step":3,"samplesSeen":24,"dataPosition":24,"generatorUpdates":3,"#
            + #""discriminatorUpdates":3,"averageUpdates":3}"#
        let counters = try JSONDecoder().decode(AdversarialCounters.self, from: Data(old.utf8))
        #expect(counters.step == 3 && counters.learningRateScale == 1 && counters.rollBacks == 0)
        let numbers = try JSONDecoder().decode(
            AdversarialConfiguration.self,
            from: Data(#"{"batchSize":8,"schedule":{"constant":{}},"seed":5}"#.utf8))
        var expected = AdversarialConfiguration()
        expected.batchSize = 8
        expected.seed = 5
        #expect(numbers == expected)
        let all = try JSONEncoder().encode(configuration)
        #expect(
            try JSONDecoder().decode(AdversarialConfiguration.self, from: all) == configuration)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                AdversarialConfiguration.self, from: Data(#"{"batchSize":"eight"}"#.utf8))
        }
    }

    // MARK: Classes

    @Test(arguments: [FakeLabels.paired, .uniform, .histogram([0, 1, 0])])
    func labelsReachTheNetworks(_ labels: FakeLabels) throws {
        final class Seen: @unchecked Sendable { var contexts: [ClassPhase.Context] = [] }
        let seen = Seen()
        var configuration = configuration
        configuration.microBatches = 1
        configuration.fakeLabels = labels
        var phases = ClassPhase.nonSaturating
        let loss = phases[0].loss
        phases[0].loss = { g, d, context in
            seen.contexts.append(context)
            return loss(&g, &d, context)
        }
        var trainer = ClassTrainer(
            state: classState(configuration), phases: phases, configuration: configuration)
        _ = try trainer.step(classBatch(0))
        let real = try #require(seen.contexts[0].realLabels).int32s()
        let fake = try #require(seen.contexts[0].fakeLabels).int32s()
        #expect(real == [0, 1, 2, 0])
        switch labels {
        case .paired: #expect(fake == real)
        case .histogram: #expect(fake == [1, 1, 1, 1])
        case .uniform: #expect(fake.count == 4 && fake.allSatisfy { (0..<3).contains($0) })
        }
    }

    @Test func fakeLabelsFollowTheirDistribution() {
        let key = RandomKey(seed: 1)
        func shares(_ labels: FakeLabels) -> [Double] {
            let drawn = labels.draw(6000, classes: 3, real: nil, key: key).int32s()
            return (0..<3).map { label in
                Double(drawn.filter { $0 == label }.count) / 6000
            }
        }
        for (share, expected) in zip(shares(.uniform), [1.0 / 3, 1.0 / 3, 1.0 / 3]) {
            #expect(abs(share - expected) < 0.03)
        }
        for (share, expected) in zip(shares(.histogram([5, 0, 15])), [0.25, 0, 0.75]) {
            #expect(abs(share - expected) < 0.03)
        }
        let one = FakeLabels.uniform.draw(8, classes: 3, real: nil, key: key).int32s()
        #expect(
            one != FakeLabels.uniform.draw(8, classes: 3, real: nil, key: key.folded(1)).int32s())
    }

    /// The pictures of one class are not those of another, in samples and in scores.
    @Test func samplesAndScoresGoByClass() {
        let state = classState(configuration)
        let zeros = state.sample(2, seed: 1, labels: [0, 0])
        #expect(zeros.pictures != state.sample(2, seed: 1, labels: [2, 2]).pictures)
        #expect(
            state.sample(2, seed: 1).pictures == state.sample(2, seed: 1, labels: [0, 1]).pictures)
        let batch = classBatch(0)
        let scores = state.scores(of: batch.pictures, labels: [0, 1, 2, 0])
        #expect(scores.count == 4)
        #expect(scores != state.scores(of: batch.pictures, labels: [1, 1, 2, 0]))
    }

    // MARK: Augmentation

    @Test func everythingThatTheDiscriminatorSeesIsAugmented() throws {
        final class Calls: @unchecked Sendable { var all: [(key: RandomKey, p: Tensor)] = [] }
        let calls = Calls()
        var configuration = pointConfiguration
        configuration.augmentationProbability = .scheduled(
            .linear(from: 0, to: 0.5, kimg: 0.032))
        var trainer = PointTrainer(
            state: pointState(), phases: PointPhase.table(for: .init(loss: .relativistic)),
            augmentation: { pictures, key, p in
                calls.all.append((key, p))
                return pictures * (1 - p)
            }, configuration: configuration)
        _ = try trainer.advance(to: 2) { pointBatch($0) }
        // Real and made ones for both players, twice.
        #expect(calls.all.count == 8)
        #expect(Set(calls.all.map(\.key)).count == 8)
        #expect(calls.all.map { $0.p.scalar() } == [0, 0, 0, 0, 0.25, 0.25, 0.25, 0.25])
    }

    @Test func theProbabilityFollowsTheOverfitting() {
        let controller = AdaptiveProbability(target: 0.6, interval: 2, kimg: 1, limit: 0.5)
        var state = AdaptiveProbabilityState()
        state.observe(meanSign: 1, samples: 100, controller)
        #expect(state.probability == 0)
        state.observe(meanSign: 0.4, samples: 100, controller)
        // The mean, 0.7, is over the target: up by 200 of 1000 pictures.
        #expect(state.probability == 0.2)
        for _ in 0..<20 { state.observe(meanSign: 1, samples: 100, controller) }
        #expect(state.probability == 0.5)
        for _ in 0..<2 { state.observe(meanSign: 0, samples: 100, controller) }
        #expect(abs(state.probability - 0.3) < 1e-12)
        for _ in 0..<20 { state.observe(meanSign: -1, samples: 100, controller) }
        #expect(state.probability == 0)
    }
}
