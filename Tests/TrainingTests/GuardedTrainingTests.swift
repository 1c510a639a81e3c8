import Networks
import TensorCore
import Testing
import Training

/// Explosions provoked on purpose: training goes back once, then stops, and says why.
@Suite struct GuardedTrainingTests {
    typealias Guarded = GuardedTraining<PointGenerator, PointDiscriminator>

    init() { _ = Engine.installed }

    private struct Diary {
        var events: [String] = []
        var rollBacks: [RollBack] = []
        var messages: [HealthMessage] = []
        var steps: [StepReport] = []
    }

    private func run(
        _ guarded: inout Guarded, until steps: Int, diary: inout Diary,
        batch: (Int) -> TrainingBatch = { pointBatch($0) }
    ) throws {
        let batches = (0..<200).map(batch)
        try guarded.run(batches, until: steps, sampling: nil) { event, _ in
            switch event {
            case .stepped(let report):
                diary.events.append("\(report.step)")
                diary.steps.append(report)
            case .sampled: diary.events.append("sampled")
            case .health(let message): diary.messages.append(message)
            case .rolledBack(let rollBack):
                diary.rollBacks.append(rollBack)
                diary.events.append("back to \(rollBack.to)")
            }
            return .more
        }
    }

    private func guarded(_ rate: Double, anchorInterval: Int = 4, anchorPatience: Int = 2)
        -> Guarded
    {
        var configuration = pointConfiguration
        configuration.generatorLearningRate = rate
        configuration.discriminatorLearningRate = rate
        return Guarded(
            PointTrainer(
                state: pointState(configuration),
                phases: PointPhase.table(for: .init(loss: .wasserstein)),
                configuration: configuration),
            anchorInterval: anchorInterval, anchorPatience: anchorPatience)
    }

    @Test func aLearningRateOfTenGoesBackOnceAndThenStops() throws {
        var training = guarded(10)
        var diary = Diary()
        let error = #expect(throws: TrainingError.self) {
            try run(&training, until: 150, diary: &diary)
        }
        guard case .diverged(let step, let cause, let advice) = error else {
            Issue.record("expected a divergence, got \(String(describing: error))")
            return
        }
        #expect(diary.rollBacks.count == 1)
        let back = try #require(diary.rollBacks.first)
        #expect(back.learningRateScale == 0.5 && back.to < back.from)
        #expect(back.cause.severity == .critical)
        #expect(diary.messages.contains { $0.kind == .explosion || $0.kind == .nonFinite })
        #expect(cause.contains("second time") && cause.contains("0.5") && !advice.isEmpty)
        #expect(step > back.to && training.trainer.state.rollBacks == 1)
    }

    @Test func aHealthyTrainingIsLeftAlone() throws {
        var training = guarded(1e-3)
        var plain = training.trainer
        var diary = Diary()
        try run(&training, until: 20, diary: &diary)
        let reports = try plain.advance(to: 20) { pointBatch($0) }
        #expect(diary.rollBacks.isEmpty && diary.messages.isEmpty)
        #expect(diary.steps.map(\.values) == reports.map(\.values))
        #expect(changes(training.trainer.state, plain.state) == [])
    }

    /// One broken batch: training goes back to a state that was well for a while, and on from there.
    @Test func oneBrokenBatchIsGotOver() throws {
        var training = guarded(1e-3)
        var diary = Diary()
        try run(&training, until: 20, diary: &diary) { index in
            guard index == 11 else { return pointBatch(index) }
            return TrainingBatch(
                pictures: .full(.nan, shape: [16, 1, 1, 2]), position: 16 * 12)
        }
        #expect(diary.messages.map(\.kind) == [.nonFinite])
        // Step 8 was remembered and had been well for two steps when step 12 broke.
        #expect(diary.rollBacks.map(\.to) == [8])
        #expect(diary.rollBacks.map(\.from) == [12])
        var expected: [String] = (1...11).map { "\($0)" }
        expected.append("back to 8")
        for step in 9...20 { expected.append("\(step)") }
        #expect(diary.events == expected)
        let state = training.trainer.state
        #expect(state.step == 20 && state.learningRateScale == 0.5)
        // 20 steps and what was lost: the data went on.
        #expect(state.dataPosition == 16 * 24)
        #expect(state.counters.rollBacks == 1)
    }

    @Test func aSecondBrokenBatchStopsIt() throws {
        var training = guarded(1e-3)
        var diary = Diary()
        let error = #expect(throws: TrainingError.self) {
            try run(&training, until: 40, diary: &diary) { index in
                guard index == 11 || index == 25 else { return pointBatch(index) }
                return TrainingBatch(
                    pictures: .full(.infinity, shape: [16, 1, 1, 2]), position: 16 * (index + 1))
            }
        }
        guard case .diverged = error else {
            Issue.record("expected a divergence, got \(String(describing: error))")
            return
        }
        #expect(diary.rollBacks.count == 1)
    }

    @Test func aGoodStateMayComeFromACheckpoint() throws {
        let kept = guarded(1e-3).trainer.state
        var training = guarded(1e-3)
        training = Guarded(training.trainer, lastGood: { kept })
        var diary = Diary()
        try run(&training, until: 14, diary: &diary) { index in
            guard index == 11 else { return pointBatch(index) }
            return TrainingBatch(pictures: .full(.nan, shape: [16, 1, 1, 2]), position: 192)
        }
        #expect(diary.rollBacks.map(\.to) == [0])
        var without = Guarded(guarded(1e-3).trainer, lastGood: { nil })
        let error = #expect(throws: TrainingError.self) {
            try run(&without, until: 14, diary: &diary) { _ in
                TrainingBatch(pictures: .full(.nan, shape: [16, 1, 1, 2]), position: 16)
            }
        }
        guard case .diverged(_, let cause, _) = error else {
            Issue.record("expected a divergence, got \(String(describing: error))")
            return
        }
        #expect(cause.contains("no earlier state"))
    }
}
