import Files
import Foundation
import Runs
import TensorCore
import Testing

struct Configuration: Codable, Sendable, Equatable {
    var network: String
    var rate: Double
}

struct TrainerState: Codable, Sendable, Equatable {
    var key: RandomKey
    var position: Int
    var augmentation: Float
    var beta: Double
}

func sampleMetadata(
    _ step: Int, score: Double? = nil, metric: ScoreMetric? = nil
) -> CheckpointMetadata<Configuration, TrainerState> {
    CheckpointMetadata(
        step: step, images: 64 * step, score: score, metric: metric,
        configuration: Configuration(network: "dcgan \"64\"/\n", rate: 2e-4),
        state: TrainerState(
            key: RandomKey(seed: UInt64(step)), position: 17, augmentation: 0.1,
            beta: 0.999_000_000_000_000_1))
}

func sampleTensors(_ step: Int) -> [StoredTensor] {
    [
        StoredTensor(
            name: "generator.weight", shape: [2, 3], floats: (0..<6).map { Float($0 + step) }),
        StoredTensor(name: "optimizer.step", shape: [], integers: [Int32(step)]),
    ]
}

@Suite struct CheckpointTests {
    let folder: TemporaryFolder
    let store: CheckpointStore

    init() throws {
        folder = try TemporaryFolder()
        store = CheckpointStore(folder: folder.file("checkpoints"), keeping: 2)
    }

    @discardableResult
    func save(_ step: Int, score: Double? = nil) throws -> Checkpoint {
        try store.save(sampleTensors(step), sampleMetadata(step, score: score))
    }

    @Test func everythingComesBackBitForBit() throws {
        let saved = try save(1234, score: 0.25)
        let search = try store.latest()
        let read = search.checkpoint
        #expect(search.refused.isEmpty)
        #expect(read.path.hasSuffix("checkpoints/step-00001234.safetensors"))
        #expect(read.step == 1234 && read.images == 64 * 1234 && read.score == 0.25)
        #expect(read.digest == saved.digest && read.digest.count == 64)
        #expect(read.shortDigest == String(read.digest.prefix(12)))
        let expected = sampleMetadata(1234)
        #expect(try read.configuration(Configuration.self) == expected.configuration)
        let state = try read.state(TrainerState.self)
        #expect(state == expected.state)
        #expect(state.beta.bitPattern == expected.state.beta.bitPattern)
        for tensor in sampleTensors(1234) {
            #expect(try read.file.tensor(named: tensor.name).bytes.array == tensor.bytes.array)
        }
    }

    @Test func sameContentsGiveTheSameDigest() throws {
        let first = try save(5).digest
        #expect(try save(5).digest == first)
        #expect(try save(6).digest != first)
    }

    /// A checkpoint cut at any length is refused, and the one before it is found.
    @Test func tornFilesAreRefusedAndTheOneBeforeIsFound() throws {
        try save(1)
        try save(2)
        let path = store.path(step: 2)
        let whole = try readFile(path)
        for length in 0..<whole.count {
            try Data(whole[..<length]).write(to: URL(fileURLWithPath: path))
            let search = try store.latest()
            #expect(search.checkpoint.step == 1, "cut to \(length)")
            #expect(search.refused.count == 1)
            #expect(search.refused.first?.description.hasPrefix(path) == true)
        }
        try Data(whole).write(to: URL(fileURLWithPath: path))
        #expect(try store.latest().checkpoint.step == 2)
    }

    /// The check beside other work finds what the check at opening finds, however often it is asked.
    @Test func checkingOnAnotherThreadSaysTheSame() throws {
        let saved = try save(4)
        let path = store.path(step: 4)
        for _ in 0..<20 {
            let opened = try store.open(step: 4, verification: .header)
            let check = SealVerification(opened.file)
            #expect(try check.finish() == saved.digest)
            #expect(try check.finish() == saved.digest)
        }
        var bytes = try readFile(path)
        bytes[bytes.count - 1] ^= 1
        let other = folder.file("other")
        try Data(bytes).write(to: URL(fileURLWithPath: other))
        let altered = try Checkpoint(path: other, verification: .header)
        let check = SealVerification(altered.file)
        #expect(throws: SafetensorsError.self) { try check.finish() }
        #expect(throws: SafetensorsError.self) { try check.finish() }
        // Not asked at all: nothing is left behind.
        _ = SealVerification(altered.file)
    }

    /// Any one bit changed anywhere is found out.
    @Test func anyChangedBitIsRefused() throws {
        try save(3)
        let path = store.path(step: 3)
        let whole = try readFile(path)
        let other = folder.file("other")
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 1 << UInt8(index % 8)
            try Data(bytes).write(to: URL(fileURLWithPath: other))
            #expect(throws: CheckpointError.self, "byte \(index)") { try Checkpoint(path: other) }
        }
        #expect(throws: CheckpointError.self) {
            try Data(whole + [0]).write(to: URL(fileURLWithPath: other))
            _ = try Checkpoint(path: other)
        }
    }

    @Test func aSafetensorsFileOfSomeoneElseIsNoCheckpoint() throws {
        let path = try fixture("python.safetensors")
        #expect(
            throws: CheckpointError.safetensors(SafetensorsError(path: path, defect: .unsealed))
        ) { try Checkpoint(path: path) }
        #expect(throws: CheckpointError.self) { try Checkpoint(path: path, verification: .header) }
    }

    @Test func aLaterFormatIsRefusedAsSuch() throws {
        let path = folder.file("later")
        try SafetensorsFile.writeSealed([], metadata: ["atelier.checkpoint": "2"], to: path)
        #expect(throws: CheckpointError.run(.tooNew(path: path, version: 2, supported: 1))) {
            try Checkpoint(path: path)
        }
    }

    @Test func aRenamedCheckpointIsRefused() throws {
        try save(1)
        try FileManager.default.moveItem(atPath: store.path(step: 1), toPath: store.path(step: 9))
        #expect(throws: RunError.self) { try store.latest() }
    }

    @Test func theNewestAndTheBestAreKept() throws {
        try save(1, score: 5)
        try save(2, score: 3)
        try save(3, score: 4)
        try save(4, score: .nan)
        #expect(store.steps == [2, 3, 4])
        try save(5)
        #expect(store.steps == [2, 4, 5])
        #expect(store.best?.step == 2 && store.best?.score == 3)
        #expect(store.best?.digest == (try store.open(step: 2).digest))
        #expect(try store.score(step: 4, 2))
        #expect(try !store.score(step: 5, 6))
        try save(6)
        #expect(store.steps == [4, 5, 6])
        #expect(store.best?.step == 4)
    }

    @Test func higherScoresCanBeBetter() throws {
        let store = CheckpointStore(
            folder: folder.file("c"), keeping: 1, scoreOrder: .higherIsBetter)
        for (step, score) in [(1, 0.5), (2, 0.75), (3, 0.25)] {
            try store.save(sampleTensors(step), sampleMetadata(step, score: score))
        }
        #expect(store.steps == [2, 3] && store.best?.step == 2)
    }

    /// A run that is measured by something else from some step on.
    @Test func scoresOfTwoMetricsAreNeverCompared() throws {
        let store = CheckpointStore(folder: folder.file("m"), keeping: 2)
        let distance = ScoreMetric(name: "FID (test), 64 pictures", order: .lowerIsBetter)
        let share = ScoreMetric(name: "recall (test)", order: .higherIsBetter)
        func save(_ step: Int, _ score: Double?, _ metric: ScoreMetric?) throws -> Checkpoint {
            try store.save(
                sampleTensors(step), sampleMetadata(step, score: score, metric: metric))
        }
        _ = try save(1, 5, nil)
        // Worse as a number, and the first of its kind.
        let second = try save(2, 100, distance)
        #expect(second.metric == distance && second.score == 100)
        #expect(store.best?.step == 2 && store.best?.metric == distance)
        _ = try save(3, 120, distance)
        _ = try save(4, nil, nil)
        #expect(store.best?.step == 2 && store.steps == [2, 3, 4])
        _ = try save(5, 0.25, share)
        #expect(store.best?.step == 5)
        // Scored afterwards, by what the run is no longer measured by.
        #expect(try !store.score(step: 4, 0.001))
        #expect(try !store.score(step: 4, 0.001, by: distance))
        #expect(store.best?.step == 5)
        _ = try save(6, 0.5, share)
        _ = try save(7, 0.125, share)
        #expect(store.best?.step == 6 && store.best?.metric?.order == .higherIsBetter)
        let opened = try store.open(step: 7)
        #expect(opened.metric == share && opened.score == 0.125)
    }

    /// What an older version wrote: a best without a metric.
    @Test func aBestOfOlderFilesIsRead() throws {
        try save(1, score: 5)
        let path = store.folder + "/best.json"
        let text = String(decoding: try readFile(path), as: UTF8.self)
        #expect(!text.contains("metric"))
        try save(2, score: 6)
        #expect(store.best?.step == 1)
    }

    /// Going on from an older step: what was just saved outlives files of a later, abandoned past.
    @Test func pruningCountsOnlyWhatCameBefore() throws {
        for step in [1, 8, 9] { try save(step) }
        #expect(store.steps == [8, 9])
        try save(2)
        try save(3)
        #expect(store.steps == [2, 3, 8, 9])
        try store.setAside(after: 3)
        #expect(store.steps == [2, 3])
        #expect(FileManager.default.fileExists(atPath: store.path(step: 9) + ".refused"))
    }

    @Test func anEmptyStoreSaysSo() throws {
        #expect(throws: RunError.noCheckpoint(path: store.folder, refused: [])) {
            try store.latest()
        }
        #expect(store.best == nil)
    }

    /// What a process leaves that was killed while writing: the checkpoint before is used, the rest
    /// cleared.
    @Test func leftoversOfAKilledWriterAreHarmless() throws {
        try save(1)
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/true")
        try child.run()
        child.waitUntilExit()
        let name = ".step-00000002.safetensors.\(child.processIdentifier)-abc.atelier-tmp"
        let half = try readFile(store.path(step: 1)).prefix(100)
        try Data(half).write(to: URL(fileURLWithPath: store.folder + "/" + name))
        let search = try store.latest()
        #expect(search.checkpoint.step == 1 && search.refused.isEmpty)
        store.removeLeftovers()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: store.folder)
                == ["step-00000001.safetensors"])
    }
}
