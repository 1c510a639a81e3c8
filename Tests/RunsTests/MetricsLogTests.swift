import Foundation
import Runs
import Testing

@Suite struct MetricsLogTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("metrics.jsonl")
    }

    static func record(_ step: Int) -> MetricsRecord {
        MetricsRecord(
            step: step, time: 1000 + Double(step) / 3, images: 64 * step,
            values: ["d_loss": 1 / Double(step), "g_loss": -2])
    }

    func write(_ steps: some Sequence<Int>) throws {
        let log = try MetricsLog(path: path)
        for step in steps { try log.append(Self.record(step)) }
        try log.synchronize()
    }

    @Test func aLineIsSortedJSON() {
        let record = MetricsRecord(
            step: 3, time: 1.5, images: 192,
            values: ["g_loss": .nan, "d \"x\"": -0.1, "a": .infinity])
        #expect(
            record.line
                == #"{"a":null,"d \"x\"":-0.1,"g_loss":null,"images":192,"#
                + #""nonfinite":{"a":"inf","g_loss":"nan"},"step":3,"time":1.5}"#)
        let read = MetricsRecord(line: record.line.utf8)
        #expect(read?.values["a"] == .infinity && read?.values["g_loss"]?.isNaN == true)
        #expect(read?.values["d \"x\""] == -0.1 && read?.step == 3 && read?.images == 192)
    }

    @Test func recordsComeBackBitForBit() {
        for step in 1...50 {
            #expect(MetricsRecord(line: Self.record(step).line.utf8) == Self.record(step))
        }
    }

    @Test(arguments: ["", "{", "[]", "null", "{\"step\":1}", "{\"step\":1,\"step\":2}"])
    func aLineThatIsNoRecordIsKnown(_ line: String) {
        #expect(MetricsRecord(line: line.utf8) == nil)
    }

    @Test(arguments: [-1, 1 << 53 + 1, Int.max, Int.min])
    func aLineOfAnImpossibleStepIsNone(_ number: Int) {
        let line = Self.record(3).line
        for name in ["step", "images"] {
            let truth = name == "step" ? "\"step\":3" : "\"images\":192"
            let lie = line.replacingOccurrences(of: truth, with: "\"\(name)\":\(number)")
            #expect(lie != line && MetricsRecord(line: lie.utf8) == nil)
        }
    }

    @Test func deepNestingIsRefused() {
        #expect(MetricsRecord(line: String(repeating: "[", count: 100_000).utf8) == nil)
    }

    @Test func mendingCutsAfterTheCheckpoint() throws {
        try write(1...20)
        #expect(try MetricsLog.mend(path, keepingThrough: 12) == 8)
        try write(13...15)
        var reader = MetricsReader(path: path)
        #expect(reader.poll().records == (1...15).map(Self.record))
        #expect(try folder.names == ["metrics.jsonl"])
    }

    /// Killed at any byte of the last line: mended, continued, equal to the log of a run that was
    /// not.
    @Test func aHalfWrittenLastLineIsMended() throws {
        try write(1...5)
        let whole = try readFile(path)
        let lastLine = Self.record(5).line.utf8.count + 1
        for cut in 0...lastLine {
            let removed: Int
            try Data(whole.dropLast(cut)).write(to: URL(fileURLWithPath: path))
            removed = try MetricsLog.mend(path, keepingThrough: 4)
            #expect(removed == (cut == lastLine ? 0 : 1))
            try write([5])
            #expect(try readFile(path) == whole, "cut \(cut)")
        }
    }

    @Test func mendingAMissingLogIsNothing() throws {
        #expect(try MetricsLog.mend(path, keepingThrough: 4) == 0)
        #expect(try folder.names.isEmpty)
    }

    @Test func aReaderFollowsAndKnowsWhenTheLogBeginsAgain() throws {
        var reader = MetricsReader(path: path)
        #expect(reader.poll() == .init())
        try write(1...3)
        #expect(reader.poll().records.map(\.step) == [1, 2, 3])
        #expect(reader.poll() == .init())

        // A line in two parts is one record, when it is whole.
        let line = Array((Self.record(4).line + "\n").utf8)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: line[..<7])
        #expect(reader.poll().records.isEmpty)
        try handle.write(contentsOf: line[7...])
        #expect(reader.poll().records == [Self.record(4)])
        try handle.close()

        try MetricsLog.mend(path, keepingThrough: 2)
        try write([3])
        let update = reader.poll()
        #expect(update.isRestart && update.records.map(\.step) == [1, 2, 3])
    }
}
