import Foundation
import Testing

/// `atelier train features`.
struct FeaturesTests {
    /// A network to learn from, if the test data is there.
    private static let teacher: String? = {
        let folder =
            ProcessInfo.processInfo.environment["ATELIER_DATA"].map { URL(fileURLWithPath: $0) }
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("../shared/data")
        let path = folder.appendingPathComponent("weights/wct16x_SE4.safetensors").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    private static let small = ["--size", "16", "--batch", "2", "--quiet"]

    @Test(arguments: [
        ("--resume --steps 5", "--steps belongs to the beginning of a training"),
        ("--size 40", "multiple of 16, got 40"),
        ("--widths 16,32", "expected four widths"),
        ("--widths a,b,c,d", "--widths a,b,c,d: expected numbers"),
        ("--minutes 0", "--minutes 0.0: expected more than 0"),
    ])
    func whatMakesNoSenseIsRefused(words: String, message: String) throws {
        let outcome = try Program.run(
            ["train", "features", "data", "--teacher", "t.safetensors", "-o", "f.safetensors"]
                + words.split(separator: " ").map(String.init), in: try TemporaryFolder())
        #expect(outcome.code == 2 && outcome.errorLines.count == 1, "\(outcome)")
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test func whatIsMissingIsNamed() throws {
        let workshop = try Workshop()
        expectRefusal(
            try workshop.atelier(
                ["train", "features", "data", "--teacher", "no.safetensors", "-o", "f.safetensors"]
                    + Self.small), code: 1, naming: ["no.safetensors"])
        expectRefusal(
            try workshop.atelier(
                [
                    "train", "features", "data", "--teacher", "no.safetensors", "--resume", "-o",
                    "f.safetensors", "--quiet",
                ]), code: 1, naming: ["f.safetensors.state", "no state to go on from"])
        #expect(workshop.folder.names().filter { $0.hasPrefix("f.") }.isEmpty)
    }

    @Test(.enabled(if: teacher != nil, "needs ../shared/data or $ATELIER_DATA"))
    func aFileIsWrittenThatGatysLooksWith() throws {
        let workshop = try Workshop()
        let teacher = try #require(Self.teacher)
        let words =
            ["train", "features", "data", "--teacher", teacher, "--steps", "3"] + Self.small
        expectSuccess(try workshop.atelier(words + ["-o", "f.safetensors"]))
        expectSuccess(try workshop.atelier(words + ["-o", "g.safetensors", "--no-half"]))
        #expect(!workshop.folder.has("f.safetensors.state"))
        let (half, whole) = (
            try workshop.folder.bytes("f.safetensors").count,
            try workshop.folder.bytes("g.safetensors").count
        )
        #expect(half > 430_000 && half < whole - 400_000, "\(half) \(whole)")
        let inspected = try workshop.atelier("inspect", "f.safetensors")
        expectSuccess(inspected)
        for word in ["held_out_errors", "teacher_digest", "wct16x_SE4.safetensors", "data_digest"] {
            #expect(inspected.output.contains(word), "\(inspected.output)")
        }
        let picture = URL(fileURLWithPath: teacher).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("styles/mosaic.jpg").path
        let styled = try workshop.atelier(
            "stylize", picture, "--style", picture, "--method", "gatys", "--weights",
            "f.safetensors", "--size", "48", "--iterations", "2", "--threads", "1", "-o", "out.png")
        expectSuccess(styled)
        #expect(try PNGParts(workshop.folder.bytes("out.png")).size.max() == 48)
    }

    @Test(.enabled(if: teacher != nil, "needs ../shared/data or $ATELIER_DATA"))
    func ctrlCSavesAndResumeGoesOn() throws {
        let workshop = try Workshop()
        let words = [
            "train", "features", "data", "--teacher", try #require(Self.teacher), "-o",
            "f.safetensors", "--threads", "1",
        ]
        let log = workshop.folder.file("log")
        try workshop.folder.write([], to: "log")
        let program = try Program.start(
            words + ["--size", "16", "--batch", "2", "--minutes", "0.06", "--json"],
            in: workshop.folder, output: log)
        while program.isRunning {
            if try String(contentsOfFile: log, encoding: .utf8).contains(#""event": "step""#) {
                break
            }
            usleep(2000)
        }
        program.send(SIGINT)
        let stopped = try program.wait()
        #expect(stopped.code == 1 && stopped.errors.contains("--resume goes on"), "\(stopped)")
        #expect(workshop.folder.has("f.safetensors.state"))
        #expect(!workshop.folder.has("f.safetensors"))
        let other = try workshop.atelier(
            "train", "features", "data", "data", "--teacher", try #require(Self.teacher),
            "--resume", "-o", "f.safetensors", "--quiet")
        expectRefusal(other, code: 1, naming: ["the pictures had the digest"])
        let resumed = try workshop.atelier(words + ["--resume", "--json"])
        expectSuccess(resumed)
        #expect(resumed.output.contains(#""event":"end""#), "\(resumed.output)")
        #expect(workshop.folder.has("f.safetensors"))
        #expect(!workshop.folder.has("f.safetensors.state"))
    }
}
