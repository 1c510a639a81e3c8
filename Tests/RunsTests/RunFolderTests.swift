import Files
import Foundation
import Imaging
import Runs
import Testing

@Suite struct RunFolderTests {
    let folder: TemporaryFolder
    let configuration = Configuration(network: "dcgan", rate: 1e-3)

    init() throws { folder = try TemporaryFolder() }

    func makeRun(_ name: String = "run") throws -> RunFolder {
        try RunFolder.create(at: folder.file(name), configuration: configuration)
    }

    @Test func aNewRunIsOpenedAgain() throws {
        let run = try makeRun("deep/down/run")
        #expect(RunFolder.isRun(run.path))
        let opened = try RunFolder.open(run.path)
        #expect(try opened.configuration(Configuration.self) == configuration)
        #expect(opened.snapshots.isEmpty && opened.checkpoints.steps.isEmpty)
    }

    @Test func aRunIsNotMadeTwiceNorOverOtherThings() throws {
        let run = try makeRun()
        #expect(throws: RunError.alreadyARun(path: run.path)) { try makeRun() }
        _ = try folder.write([1], "thesis.txt")
        #expect(throws: RunError.folderNotEmpty(path: folder.path, example: "run")) {
            try RunFolder.create(at: folder.path, configuration: configuration)
        }
        #expect(try folder.names == ["run", "thesis.txt"])
        #expect(throws: RunError.self) { try makeRun("thesis.txt") }
    }

    /// `create` killed before its last step leaves a folder that it accepts.
    @Test func anInterruptedCreationCanBeRepeated() throws {
        let run = try makeRun()
        try FileManager.default.removeItem(atPath: run.configurationPath)
        #expect(throws: RunError.notARun(path: run.path, missing: "config.json")) {
            try RunFolder.open(run.path)
        }
        _ = try makeRun()
    }

    @Test func whatIsNoRunIsSaidInOneLine() throws {
        let missing = folder.file("missing")
        let error = #expect(throws: RunError.self) { try RunFolder.open(missing) }
        #expect(error?.description.contains(missing) == true)
        let run = try makeRun()
        try Data("{\"network\":1}".utf8).write(to: URL(fileURLWithPath: run.configurationPath))
        let damaged = #expect(throws: RunError.self) { try run.configuration(Configuration.self) }
        #expect(damaged?.description.contains("config.json is damaged") == true)
        #expect(damaged?.description.contains("\n") == false)
    }

    /// `/proc` refuses every user, root too.
    @Test func aFolderThatCannotBeMadeIsATypedError() throws {
        let error = #expect(throws: RunError.self) {
            try RunFolder.create(at: "/proc/atelier/run", configuration: configuration)
        }
        guard case .file(let cause)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.path.hasPrefix("/proc/atelier"))
    }

    @Test func freePathsCountOn() throws {
        let runs = folder.file("runs")
        #expect(RunFolder.freePath(name: "Flowers 64!", in: runs) == runs + "/flowers-64-001")
        _ = try makeRun("runs/flowers-009")
        _ = try makeRun("runs/flowers-x")
        #expect(RunFolder.freePath(name: "flowers", in: runs) == runs + "/flowers-010")
        _ = try makeRun("runs/flowers-\(Int.max)")
        #expect(RunFolder.freePath(name: "flowers", in: runs) == runs + "/flowers-010")
        #expect(RunFolder.freePath(name: "", in: runs) == runs + "/run-001")
        #expect(RunFolder.freePath(name: "../..", in: runs) == runs + "/run-001")
    }

    @Test(arguments: [
        #""heartbeat":-1e300"#, #""heartbeat":1e300"#, #""step":-1"#, #""images":-1"#,
        #""step":9223372036854775807"#, #""totalSteps":-5"#, #""seconds":1e300"#,
        #""secondsLeft":-1e300"#, #""imagesPerSecond":-1e300"#,
    ])
    func aStatusThatNoTrainingWritesIsRefused(_ lie: String) throws {
        let run = try makeRun()
        try run.write(
            RunStatus(
                state: .running, step: 7, totalSteps: 9, images: 70, imagesPerSecond: 2,
                secondsLeft: 3, seconds: 4))
        let text = String(decoding: try readFile(run.path + "/status.json"), as: UTF8.self)
        #expect(try run.status()?.step == 7)
        let name = String(lie[..<(lie.firstIndex(of: ":") ?? lie.endIndex)])
        let truth = try #require(
            text.range(of: name + #"\s*:\s*[-+.e0-9]+"#, options: .regularExpression))
        _ = try folder.write(
            Array(text.replacingCharacters(in: truth, with: lie).utf8), "run/status.json")
        #expect(throws: RunError.self) { try run.status() }
    }

    /// A window that closes must not leave a training that waits for it, nor one that goes on
    /// though it was told to stop.
    @Test func aPauseIsReleasedWhetherOrNotItWasRead() throws {
        let run = try makeRun()
        var reader = RunControlReader(run)
        try run.releasePause()
        #expect(reader.poll() == nil)
        try run.request(.pause)
        try run.releasePause()
        #expect(reader.poll() == .resume)
        try run.request(.pause)
        #expect(reader.poll() == .pause)
        try run.releasePause()
        #expect(reader.poll() == .resume)
        try run.request(.stop)
        try run.releasePause()
        #expect(reader.poll() == .stop)
    }

    @Test func oneTrainingAtATime() throws {
        let run = try makeRun()
        #expect(!run.isTraining)
        do {
            let lock = try run.lock()
            #expect(run.isTraining)
            let holder = Int(ProcessInfo.processInfo.processIdentifier)
            let error = #expect(throws: RunError.locked(path: run.path, process: holder)) {
                try run.lock()
            }
            #expect(error?.description.contains("process \(holder)") == true)
            withExtendedLifetime(lock) {}
        }
        #expect(!run.isTraining)
        _ = try run.lock()
    }

    /// A process that holds the lock and is killed by signal 9 gives it back.
    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock"),
            "needs /usr/bin/flock of util-linux"))
    func theLockOfAKilledProcessIsFree() throws {
        let run = try makeRun()
        _ = try run.lock()
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        child.arguments = ["--no-fork", run.path + "/lock", "sleep", "60"]
        try child.run()
        while !run.isTraining, child.isRunning { usleep(1000) }
        #expect(throws: RunError.self) { try run.lock() }
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        _ = try run.lock()
    }

    @Test func statusGoesFromOneProcessToAnother() throws {
        let run = try makeRun()
        #expect(try run.status() == nil)
        let status = RunStatus(
            state: .running, step: 12, totalSteps: 100, images: 768, imagesPerSecond: 51.5,
            secondsLeft: 30.25)
        try run.write(status)
        let read = try #require(try RunFolder.open(run.path).status())
        #expect(read == status)
        #expect(read.isStale(in: run))
        let lock = try run.lock()
        #expect(!read.isStale(in: run))
        withExtendedLifetime(lock) {}
    }

    @Test func requestsAreSeenOnceAndOldOnesNever() throws {
        let run = try makeRun()
        try run.request(.stop)
        var reader = RunControlReader(run)
        #expect(reader.poll() == nil)
        try run.request(.pause)
        #expect(reader.poll() == .pause)
        #expect(reader.poll() == nil)
        try run.request(.pause)
        try run.request(.resume)
        #expect(reader.poll() == .resume)
        try Data("{".utf8).write(to: URL(fileURLWithPath: run.path + "/control.json"))
        #expect(reader.poll() == nil)
        try run.request(.stop)
        #expect(reader.poll() == .stop)
    }

    @Test func snapshotsAreSortedByNumber() throws {
        let run = try makeRun()
        for step in [200, 3, 123_456_789, 50] { _ = try write(run.snapshotPath(step: step)) }
        for name in ["step-7.png", "step-0000000x.png", "other.png", "step-.png"] {
            _ = try write(run.samplesFolder + "/" + name)
        }
        #expect(run.snapshots.map(\.step) == [3, 50, 200, 123_456_789])
        #expect(run.snapshots[1].path == run.samplesFolder + "/step-00000050.png")
    }

    func write(_ path: String) throws { try Data([0]).write(to: URL(fileURLWithPath: path)) }

    /// Everything after the checkpoint is gone, everything up to it is there.
    @Test func rewindingLeavesNothingOfLaterSteps() throws {
        let run = try makeRun()
        let log = try MetricsLog(path: run.metricsPath)
        for step in 1...10 { try log.append(MetricsLogTests.record(step)) }
        for step in [2, 4, 6, 8] {
            try run.checkpoints.save(
                sampleTensors(step), sampleMetadata(step, score: -Double(step)))
            try write(run.snapshotPath(step: step))
        }
        try FileManager.default.createDirectory(
            atPath: run.neighboursFolder, withIntermediateDirectories: false)
        for step in [4, 8] { try write(run.neighboursPath(step: step)) }
        // Left by a process whose number is in use: this one's.
        let owner = ProcessInfo.processInfo.processIdentifier
        try write("\(run.checkpointsFolder)/.step-00000009.safetensors.\(owner)-x.atelier-tmp")
        try run.rewind(to: 6)
        let left = try FileManager.default.contentsOfDirectory(atPath: run.checkpointsFolder)
        #expect(!left.contains { $0.hasPrefix(".") })
        #expect(run.checkpoints.steps == [4, 6])
        #expect(run.checkpoints.best == nil)
        #expect(run.snapshots.map(\.step) == [2, 4, 6])
        #expect(run.neighbourSheets.map(\.step) == [4])
        var reader = MetricsReader(path: run.metricsPath)
        #expect(reader.poll().records.map(\.step) == Array(1...6))
    }
}
