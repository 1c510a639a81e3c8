import Foundation
import Networks
import Optimizers
import TensorCore
import TestSupport
import Testing
import Training

/// The golden cases of Tools/goldens/make_translation_goldens.py.
enum TranslationGoldens {
    static let steps = 5

    static func file() throws -> Fixture {
        try Fixture(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/translation.safetensors"))
    }

    /// The numbers of each step: the rate falls from step 2 to 0 in step 6.
    static func numbers(batch: Int) -> TranslationSteps {
        var steps = TranslationSteps()
        steps.batchSize = batch
        steps.learningRate = 1e-3
        steps.schedule = .linearDecay(start: 2, end: 6)
        steps.seed = goldenSeed
        return steps
    }

    /// The goldens' weights, from the stream of a key folded with each tensor's name.
    static func fill(_ state: inout some TranslationState, _ name: String) {
        let key = RandomKey(seed: goldenSeed).folded("translation").folded(name)
        state.forEachTensor(under: "") { name, tensor, role in
            guard role == .parameter else { return }
            let values = Tensor.normal(tensor.shape, key: key.folded(name)) * 0.1
            tensor = tensor.rank == 1 && name.hasSuffix("weight") ? values + 1 : values
        }
        evaluate(state.namedTensors().map(\.tensor))
    }

    static func batch(_ step: Int, count: Int, side: Int = 16) -> TranslationBatch {
        func pictures(_ name: String) -> Tensor {
            let key = RandomKey(seed: goldenSeed).folded(name).folded(UInt64(step))
            let bytes = (0..<count * side * side * 3).map { UInt8(key.word(UInt64($0)) >> 24) }
            return Tensor(uint8: bytes, shape: [count, side, side, 3])
        }
        return TranslationBatch(
            inputs: pictures("inputs"), targets: pictures("targets"), position: count * (step + 1))
    }

    static func generator(
        _ kind: String, _ normalization: FeatureNormalization, _ upsampling: FeatureUpsampling,
        dropout: Double = 0
    ) -> TranslationGeneratorConfiguration {
        kind == "unet"
            ? .unet(
                UNetConfiguration(
                    width: 3, levels: 4, dropout: dropout, normalization: normalization,
                    upsampling: upsampling))
            : .resnet(
                ResNetGeneratorConfiguration(
                    width: 3, blockCount: 1, normalization: normalization, upsampling: upsampling))
    }
}

struct PairedCase: Sendable, CustomTestStringConvertible {
    var name: String
    var kind: String
    var normalization: FeatureNormalization
    var upsampling: FeatureUpsampling
    var reach: PatchReach
    var loss: TranslationLoss
    var batch: Int
    var testDescription: String { name }

    var configuration: PairedTranslationConfiguration {
        PairedTranslationConfiguration(
            generator: TranslationGoldens.generator(kind, normalization, upsampling),
            discriminatorWidth: 4, reach: reach, normalization: normalization, loss: loss,
            steps: TranslationGoldens.numbers(batch: batch))
    }
}

struct CycleCase: Sendable, CustomTestStringConvertible {
    var name: String
    var normalization: FeatureNormalization
    var upsampling: FeatureUpsampling
    var identity: Double
    var pool: Int
    var batch: Int
    var testDescription: String { name }

    var configuration: CycleTranslationConfiguration {
        CycleTranslationConfiguration(
            generator: TranslationGoldens.generator("resnet", normalization, upsampling),
            height: 16, width: 16, discriminatorWidth: 4, reach: .stridedLayers(2),
            normalization: normalization, identityWeight: identity, poolSize: pool,
            steps: TranslationGoldens.numbers(batch: batch))
    }
}

@Suite struct TranslationTests {
    init() { _ = Engine.installed }

    static let paired = [
        PairedCase(
            name: "unet", kind: "unet", normalization: .instance, upsampling: .resize,
            reach: .stridedLayers(2), loss: .vanilla, batch: 1),
        PairedCase(
            name: "unet batch", kind: "unet", normalization: .batch, upsampling: .transposed,
            reach: .stridedLayers(1), loss: .vanilla, batch: 3),
        PairedCase(
            name: "unet none", kind: "unet", normalization: .none, upsampling: .resize,
            reach: .pixel, loss: .leastSquares, batch: 2),
        PairedCase(
            name: "resnet", kind: "resnet", normalization: .instance, upsampling: .resize,
            reach: .stridedLayers(1), loss: .leastSquares, batch: 1),
        PairedCase(
            name: "resnet batch", kind: "resnet", normalization: .batch, upsampling: .transposed,
            reach: .pixel, loss: .vanilla, batch: 2),
    ]

    static let cycles = [
        CycleCase(
            name: "cycle", normalization: .instance, upsampling: .resize, identity: 0.5, pool: 2,
            batch: 1),
        CycleCase(
            name: "cycle transposed", normalization: .instance, upsampling: .transposed,
            identity: 0, pool: 3, batch: 2),
        CycleCase(
            name: "cycle none", normalization: .none, upsampling: .resize, identity: 0.5, pool: 0,
            batch: 1),
    ]

    private func expectGoldens(_ reports: [StepReport], _ name: String) throws {
        let goldens = try TranslationGoldens.file()
        let names = goldens.arrays.keys.filter { $0.hasPrefix("\(name)/") }
        #expect(names.count == reports[0].values.count)
        for key in names.sorted() {
            let expected = try goldens.array(key).values
            for (step, report) in reports.enumerated() {
                let made = Double(
                    try #require(report.values[String(key.dropFirst(name.count + 1))]))
                #expect(
                    abs(made - expected[step]) <= 1e-5 + 2e-3 * abs(expected[step]),
                    "\(key), step \(step): \(made), PyTorch has \(expected[step])")
            }
        }
    }

    @Test(arguments: paired)
    func pix2pixIsThatOfPyTorch(_ golden: PairedCase) throws {
        var state = PairedTranslationState(golden.configuration)
        TranslationGoldens.fill(&state, golden.name)
        var trainer = PairedTranslationTrainer(state: state, configuration: golden.configuration)
        let reports = try (0..<TranslationGoldens.steps).map {
            try trainer.step(TranslationGoldens.batch($0, count: golden.batch))
        }
        try expectGoldens(reports, golden.name)
        #expect(trainer.state.counters.step == 5)
        #expect(trainer.state.counters.samplesSeen == 5 * golden.batch)
    }

    @Test(arguments: cycles)
    func cycleGANIsThatOfPyTorch(_ golden: CycleCase) throws {
        var state = CycleTranslationState(golden.configuration)
        TranslationGoldens.fill(&state, golden.name)
        var trainer = CycleTranslationTrainer(state: state, configuration: golden.configuration)
        let reports = try (0..<TranslationGoldens.steps).map {
            try trainer.step(TranslationGoldens.batch($0, count: golden.batch))
        }
        try expectGoldens(reports, golden.name)
    }

    // MARK: Going on

    /// A state by way of bytes and a file of numbers, as a checkpoint does.
    private func restored<State: TranslationState>(_ state: State, into fresh: State) throws
        -> State
    {
        let saved = Dictionary(
            uniqueKeysWithValues: state.namedTensors().map { ($0.name, $0.tensor.bytes()) })
        var result = fresh
        result.mapTensors { name, tensor in
            (saved[name] ?? []).withUnsafeBytes {
                Tensor(copying: $0, shape: tensor.shape, dtype: tensor.dtype)
            }
        }
        result.counters = try JSONDecoder().decode(
            TranslationCounters.self, from: JSONEncoder().encode(state.counters))
        return result
    }

    private func expectSameBits(_ one: some TranslationState, _ other: some TranslationState) {
        let (a, b) = (one.namedTensors(), other.namedTensors())
        #expect(a.map(\.name) == b.map(\.name))
        let different = zip(a, b).filter { $0.tensor.bytes() != $1.tensor.bytes() }.map(\.0.name)
        #expect(different.isEmpty)
        #expect(one.counters == other.counters)
    }

    @Test func aResumedPix2PixEqualsAnUninterruptedOne() throws {
        var configuration = PairedTranslationConfiguration(
            generator: .unet(UNetConfiguration(width: 2, levels: 6, dropout: 0.5)),
            discriminatorWidth: 4, steps: TranslationGoldens.numbers(batch: 2))
        configuration.steps.schedule = .linearDecay(start: 1, end: 9)
        let fresh = PairedTranslationState(configuration)
        evaluate(fresh.namedTensors().map(\.tensor))
        var whole = PairedTranslationTrainer(state: fresh, configuration: configuration)
        var parts = whole
        func batch(_ step: Int) -> TranslationBatch {
            TranslationGoldens.batch(step, count: 2, side: 64)
        }
        let expected = try (0..<4).map { try whole.step(batch($0)).values }
        var found = try (0..<2).map { try parts.step(batch($0)).values }
        parts = PairedTranslationTrainer(
            state: try restored(parts.state, into: PairedTranslationState(configuration)),
            configuration: configuration)
        found += try (2..<4).map { try parts.step(batch($0)).values }
        #expect(found == expected)
        expectSameBits(whole.state, parts.state)
        #expect(parts.state.generatorOptimizer.step == 4)
    }

    @Test func aResumedCycleGANEqualsAnUninterruptedOne() throws {
        let configuration = Self.cycles[0].configuration
        let fresh = CycleTranslationState(configuration)
        evaluate(fresh.namedTensors().map(\.tensor))
        var whole = CycleTranslationTrainer(state: fresh, configuration: configuration)
        var parts = whole
        func batch(_ step: Int) -> TranslationBatch { TranslationGoldens.batch(step, count: 1) }
        let expected = try (0..<6).map { try whole.step(batch($0)).values }
        // Once while the pools fill, once when they are full.
        var found: [[String: Float]] = []
        for part in [0..<1, 1..<4, 4..<6] {
            parts = CycleTranslationTrainer(
                state: try restored(parts.state, into: CycleTranslationState(configuration)),
                configuration: configuration)
            found += try part.map { try parts.step(batch($0)).values }
        }
        #expect(found == expected)
        expectSameBits(whole.state, parts.state)
        #expect(parts.state.counters.poolCounts == [2, 2])
    }

    @Test func whatIsNotFiniteStopsAndLeavesTheStateAsItWas() throws {
        let configuration = Self.paired[0].configuration
        var state = PairedTranslationState(configuration)
        TranslationGoldens.fill(&state, "unet")
        // Finite weights whose products are not.
        state.generator.mapTensors { _, tensor in tensor * 1e37 }
        evaluate(state.namedTensors().map(\.tensor))
        let before = state.namedTensors().map { $0.tensor.bytes() }
        var trainer = PairedTranslationTrainer(state: state, configuration: configuration)
        var failure: TrainingError?
        do {
            _ = try trainer.step(TranslationGoldens.batch(0, count: 1))
        } catch let error as TrainingError {
            failure = error
        }
        guard case .nonFinite(step: 1, _, let value) = failure else {
            Issue.record("expected a number that is not finite, got \(String(describing: failure))")
            return
        }
        #expect(!value.isFinite && trainer.state.counters.step == 0)
        #expect(trainer.state.namedTensors().map { $0.tensor.bytes() } == before)
    }

    @Test func whatRunsAwayGoesBackOnceWithHalfTheRate() throws {
        let configuration = Self.paired[0].configuration
        var good = PairedTranslationState(configuration)
        TranslationGoldens.fill(&good, "unet")
        good.counters.step = 3
        var bad = good
        bad.generator.mapTensors { _, tensor in tensor * 1e37 }
        bad.counters.step = 5
        evaluate(bad.namedTensors().map(\.tensor))
        let start = good
        var training = GuardedTranslation(from: bad) { state in
            guard let state = state as? PairedTranslationState else {
                preconditionFailure("expected a state of pix2pix")
            }
            return PairedTranslationTrainer(state: state, configuration: configuration)
        } lastGood: {
            start
        }
        guard case .rolledBack(let event) = try training.step(TranslationGoldens.batch(5, count: 1))
        else {
            Issue.record("training did not go back")
            return
        }
        #expect(event.from == 6 && event.to == 3 && event.learningRateScale == 0.5)
        #expect(event.cause.kind == .nonFinite && event.cause.severity == .critical)
        #expect(training.state.counters.rollBacks == 1 && training.state.counters.step == 3)
        // On from there, with half the rate: as a trainer whose rate is half of it.
        var halved = configuration
        halved.steps.learningRate /= 2
        var plain = PairedTranslationTrainer(state: good, configuration: halved)
        let batch = TranslationGoldens.batch(6, count: 1)
        guard case .stepped(let report) = try training.step(batch) else {
            Issue.record("training did not go on")
            return
        }
        let wanted = try plain.step(batch)
        #expect(report.step == 4 && report.values == wanted.values)
        let tensors = training.state.namedTensors().map { $0.tensor.bytes() }
        #expect(tensors == plain.state.namedTensors().map { $0.tensor.bytes() })
        // The counters go through a checkpoint; those of earlier ones mean what they meant.
        let text = try JSONEncoder().encode(training.state.counters)
        let read = try JSONDecoder().decode(TranslationCounters.self, from: text)
        #expect(read == training.state.counters && read.learningRateScale == 0.5)
        let old = Data(#"{"step":1,"samplesSeen":1,"dataPosition":1,"poolCounts":[]}"#.utf8)
        let decoded = try JSONDecoder().decode(TranslationCounters.self, from: old)
        #expect(decoded.rollBacks == 0 && decoded.learningRateScale == 1)
        var wrong = read
        wrong.learningRateScale = .nan
        #expect(wrong.problem != nil && read.problem == nil)
    }

    @Test func theSecondTimeTrainingStopsAndSaysWhy() throws {
        let configuration = Self.paired[0].configuration
        var bad = PairedTranslationState(configuration)
        TranslationGoldens.fill(&bad, "unet")
        bad.generator.mapTensors { _, tensor in tensor * 1e37 }
        evaluate(bad.namedTensors().map(\.tensor))
        let start = bad
        func training(_ lastGood: (any TranslationState)?) -> GuardedTranslation {
            GuardedTranslation(from: start) { state in
                guard let state = state as? PairedTranslationState else {
                    preconditionFailure("expected a state of pix2pix")
                }
                return PairedTranslationTrainer(state: state, configuration: configuration)
            } lastGood: {
                lastGood
            }
        }
        func failure(_ training: inout GuardedTranslation) -> TrainingError? {
            do {
                _ = try training.step(TranslationGoldens.batch(0, count: 1))
                return nil
            } catch { return error as? TrainingError }
        }
        var twice = training(start)
        #expect(failure(&twice) == nil && twice.state.counters.rollBacks == 1)
        guard case .diverged(step: 1, let cause, let advice) = failure(&twice) else {
            Issue.record("training went on")
            return
        }
        #expect(cause.contains("second time") && cause.contains("0.5") && !advice.isEmpty)
        var never = training(nil)
        guard case .diverged(_, let reason, _) = failure(&never) else {
            Issue.record("training went on")
            return
        }
        #expect(reason.contains("no earlier state"))
    }

    @Test func numbersThatCannotBeTrainedWithAreNamed() {
        var configuration = Self.cycles[0].configuration
        #expect(configuration.problem == nil)
        configuration.poolSize = 2000
        #expect(configuration.problem?.contains("pool") == true)
        configuration = Self.cycles[0].configuration
        configuration.steps.learningRate = .nan
        #expect(configuration.problem?.contains("learning rate") == true)
        configuration = Self.cycles[0].configuration
        configuration.reach = .stridedLayers(9)
        #expect(configuration.problem?.contains("strided layers") == true)
        var paired = Self.paired[0].configuration
        paired.generator = .unet(UNetConfiguration(width: 100_000))
        #expect(paired.problem?.contains("width") == true)
        paired.generator = .unet(UNetConfiguration(width: 4, levels: 60))
        #expect(paired.problem?.contains("levels") == true)
    }

    @Test func reachesAreThoseOfThePapers() {
        #expect((1...5).map { PatchReach.stridedLayers($0).side } == [16, 34, 70, 142, 286])
        #expect(PatchReach.pixel.side == 1)
    }
}
