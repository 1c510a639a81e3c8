import Foundation
import Testing

/// What the outside world does to the program: exit code 1, one line that names the thing and says what
/// to do, and nothing half-written.
struct FailureTests {
    @Test(arguments: [
        "train missing --quiet", "train --resume missing --quiet", "dataset check missing",
        "dataset preview missing -o a.png", "inspect missing", "inspect missing.png",
        "view missing",
        "view missing --snapshot a.png", "generate missing --seeds 0 -o a.png",
        "generate missing --timelapse -o a.webp",
    ])
    func missingThingsAreNamed(line: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(line.split(separator: " ").map(String.init), in: folder)
        expectRefusal(outcome, code: 1, naming: ["missing", "check the path"])
        #expect(folder.names() == [".scratch"])
    }

    @Test func aFolderWithoutPicturesIsRefused() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("texts"), withIntermediateDirectories: true)
        try folder.write(Array("words".utf8), to: "texts/notes.txt")
        for line in ["train texts --quiet", "dataset preview texts -o a.png"] {
            let outcome = try Program.run(line.split(separator: " ").map(String.init), in: folder)
            expectRefusal(outcome, code: 1, naming: ["texts"])
        }
        #expect(folder.names() == [".scratch", "texts"])
        // A check reports what it found all the same.
        let check = try Program.run(["dataset", "check", "texts"], in: folder)
        #expect(check.code == 1 && check.errorLines.count == 1, "\(check)")
    }

    @Test func aFolderOfBrokenPicturesIsRefused() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("broken"), withIntermediateDirectories: true)
        try folder.write(
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2], to: "broken/a.png")
        try folder.write([], to: "broken/b.jpg")
        let check = try Program.run(["dataset", "check", "broken"], in: folder)
        #expect(check.code == 1 && !check.wasKilled, "\(check)")
        #expect((check.output + check.errors).contains("a.png"), "\(check)")
        let train = try Program.run(["train", "broken", "--quiet"], in: folder)
        #expect(train.code == 1 && !train.wasKilled && train.output.isEmpty, "\(train)")
        #expect(train.errorLines.allSatisfy { $0.hasPrefix("atelier: ") }, "\(train)")
        #expect(!folder.has("runs"))
    }

    @Test func outputThatCannotBeWrittenIsNamed() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let before = workshop.folder.names("run")
        try workshop.folder.write([1], to: "file")
        for place in ["file/a.png", "/proc/nowhere/a.png", "nofolder/a.png"] {
            for line in [
                "generate run --seeds 0-3 -o \(place)", "view run --snapshot \(place)",
                "generate run --timelapse -o \(place)",
                "dataset preview data --size 16 -o \(place)",
                "generate run --between 1,2 -o \(place.replacingOccurrences(of: ".png", with: ".webp"))",
            ] {
                let outcome = try workshop.atelier(line.split(separator: " ").map(String.init))
                expectRefusal(
                    outcome, code: 1, naming: [String(place.prefix { $0 != "." }.dropLast(2))])
            }
        }
        for line in [
            "generate run --seeds 0-3 --each file/many",
            "train data --size 16 --quiet --out file/run",
            "train data --size 16 --quiet --out /proc/nowhere/run",
        ] {
            let outcome = try workshop.atelier(line.split(separator: " ").map(String.init))
            expectRefusal(outcome, code: 1, naming: [line.contains("/proc") ? "/proc" : "file"])
        }
        #expect(workshop.folder.names("run") == before && workshop.leftovers().isEmpty)
    }

    @Test func aRunIsNotOverwritten() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let again = try workshop.atelier(Workshop.training("run", steps: 10) + ["--quiet"])
        expectRefusal(again, code: 1, naming: ["run", "--resume", "--out"])
        let foreign = try workshop.atelier(Workshop.training("data", steps: 10) + ["--quiet"])
        expectRefusal(foreign, code: 1, naming: ["data", "--out"])
    }

    @Test func lostStandardOutputIsAFailure() throws {
        let workshop = try Workshop()
        for line in ["info", "dataset check data", "dataset check data --json", "--help"] {
            let outcome = try workshop.atelier(
                line.split(separator: " ").map(String.init), output: "/dev/full")
            #expect(
                outcome.code == 1 && outcome.errors.contains("standard output"),
                "\(line): \(outcome)")
        }
    }

    @Test(.enabled("needs the right to mount a small disk") { TinyDisk.isPossible })
    func aFullDiskStopsCleanly() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let disk = try TinyDisk(kilobytes: 64, at: workshop.folder.file("disk"))
        defer { disk.unmount() }
        let training = try workshop.atelier(Workshop.training("disk/run", steps: 20) + ["--quiet"])
        expectRefusal(training, code: 1, naming: ["disk/run", "no space left"])
        // What room is left goes to a file of the test's own.
        let filler = workshop.folder.file("disk/filler")
        #expect(FileManager.default.createFile(atPath: filler, contents: nil))
        for size in [4096, 1] {
            while let handle = FileHandle(forWritingAtPath: filler),
                (try? handle.seekToEnd()) != nil,
                (try? handle.write(contentsOf: Data(count: size))) != nil
            {}
        }
        let big = try workshop.atelier(
            "generate", "run", "--seeds", "0-63", "--scale", "8", "-o", "disk/big.png")
        expectRefusal(big, code: 1, naming: ["disk/big.png", "no space left"])
        let moving = try workshop.atelier(
            "generate", "run", "--between", "1,2,3", "--frames", "40", "--scale", "16", "--quiet",
            "-o",
            "disk/moving.webp")
        expectRefusal(moving, code: 1, naming: ["disk/moving.webp", "no space left"])
        #expect(!workshop.folder.has("disk/big.png") && !workshop.folder.has("disk/moving.webp"))
        #expect(workshop.leftovers().isEmpty, "\(workshop.leftovers())")
    }
}

/// A disk in memory that is soon full.
struct TinyDisk {
    private let path: String

    /// Whether this machine lets the tests mount one.
    static let isPossible: Bool = {
        guard let folder = try? TemporaryFolder(),
            let disk = try? TinyDisk(kilobytes: 64, at: folder.file("probe"))
        else { return false }
        disk.unmount()
        return true
    }()

    init(kilobytes: Int, at path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard Self.call("mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path]) else {
            throw CocoaError(.fileWriteNoPermission)
        }
    }

    func unmount() { _ = Self.call("umount", [path]) }

    private static func call(_ tool: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
