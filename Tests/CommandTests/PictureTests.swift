import Foundation
import Testing

/// Pictures out: the same seed gives the same picture, and every picture says how it was made.
struct PictureTests {
    @Test func aSeedGivesTheSamePictureAloneInAGridAndAmongOthers() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 20)
        for (seeds, folder) in [("0-15", "sixteen"), ("3-40", "many"), ("7", "one")] {
            expectSuccess(
                try workshop.atelier("generate", "run", "--seeds", seeds, "--each", folder))
        }
        func pixels(_ name: String) throws -> [[UInt8]] {
            try PNGParts(workshop.folder.bytes(name)).pixels
        }
        let seven = try pixels("one/seed00000007.png")
        #expect(try pixels("sixteen/seed00000007.png") == seven)
        #expect(try pixels("many/seed00000007.png") == seven)
        #expect(try pixels("sixteen/seed00000008.png") != seven)
        #expect(workshop.folder.names("many").count == 38)
        // The whole grid again, from other orders and with other threads.
        let grid = ["generate", "run", "--seeds", "0-15", "--grid", "4x4", "-o"]
        expectSuccess(try workshop.atelier(grid + ["a.png"]))
        expectSuccess(try workshop.atelier(grid + ["b.png", "--threads", "2"]))
        #expect(try pixels("a.png") == pixels("b.png"))
        #expect(try PNGParts(workshop.folder.bytes("a.png")).size == [74, 74])
        expectSuccess(try workshop.atelier(grid + ["c.png", "--raw"]))
        #expect(try pixels("a.png") != pixels("c.png"))
    }

    /// Ways to make a picture.
    private static let ways = [
        "--seeds 0-15 --grid 4x4", "--seeds 3", "--seeds 0-5,9 --labels --padding 5 --scale 2",
        "--seeds 1,2 --truncation 0.7 --raw", "--between 1,5 --frames 3",
        "--between 1,5,2 --frames 2 --interpolation lerp --padding 0 --scale 2 --grid 3x2",
        "--timelapse --sample 3", "--timelapse --labels --scale 3 --padding 1 --grid 1x9",
    ]

    @Test func theCommandInAPictureMakesItAgain() throws {
        let workshop = try Workshop()
        expectSuccess(
            try workshop.atelier(
                Workshop.training("run", steps: 20) + ["--sample-every", "5", "--quiet"]))
        for way in Self.ways {
            expectSuccess(
                try workshop.atelier(
                    ["generate", "run"] + way.split(separator: " ").map(String.init) + [
                        "-o", "out.png",
                    ]))
            let first = try PNGParts(workshop.folder.bytes("out.png"))
            let told = try workshop.atelier("inspect", "out.png", "--json")
            expectSuccess(told)
            let facts =
                try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: String]
            let command = try #require(facts?["atelier:command"], "\(told)")
            let shown = try workshop.atelier("inspect", "out.png")
            #expect(shown.output.contains(command))
            try FileManager.default.removeItem(atPath: workshop.folder.file("out.png"))
            let words = command.split(separator: " ").map(String.init)
            #expect(words.first == "atelier")
            expectSuccess(try workshop.atelier(Array(words.dropFirst())))
            let second = try PNGParts(workshop.folder.bytes("out.png"))
            #expect(first.pixels == second.pixels, "\(way): \(command)")
        }
    }

    @Test func animationsAndWindowsAreDrawn() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        expectSuccess(try workshop.atelier("generate", "run", "--timelapse", "-o", "time.webp"))
        expectSuccess(
            try workshop.atelier(
                "generate", "run", "--between", "1,2", "-o", "walk.webp", "--quiet"))
        for name in ["time.webp", "walk.webp"] {
            let bytes = try workshop.folder.bytes(name)
            #expect(
                bytes.starts(with: Array("RIFF".utf8))
                    && bytes.dropFirst(8).starts(with: Array("WEBP".utf8)))
            #expect(bytes.firstRange(of: Array("ANIM".utf8)) != nil)
        }
        expectSuccess(try workshop.atelier("view", "run", "--snapshot", "window.png"))
        let window = try PNGParts(workshop.folder.bytes("window.png"))
        #expect(window.size == [1280, 800])
        #expect(Set(window.pixels.joined()).count > 50)
    }

    @Test func whatIsNotThereIsNamed() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        expectRefusal(
            try workshop.atelier(
                "generate", "run", "--timelapse", "--sample", "999", "-o", "a.png"),
            code: 1, naming: ["--sample 999", "64"])
        expectSuccess(
            try workshop.atelier("generate", "run", "--seeds", "0", "--best", "-o", "best.png"))
        #expect(workshop.folder.has("best.png"))
        expectRefusal(
            try workshop.atelier("generate", "data", "--seeds", "0", "-o", "a.png"), code: 1,
            naming: ["data"])
        expectRefusal(
            try workshop.atelier("inspect", "data/train-labels-idx1-ubyte"), code: 1,
            naming: ["data/train-labels-idx1-ubyte"])
        expectRefusal(
            try workshop.atelier(
                "generate", "run", "--between", "1,2", "--scale", "64", "--frames", "4", "--grid",
                "1x1",
                "-o", "no/a.webp"), code: 1, naming: ["create a file in no:"])
        #expect(!workshop.folder.has("a.png"))
    }

    @Test(arguments: [
        "generate run --seeds 0-1 --grid 4096x4096 --scale 64 -o a.png",
        "generate run --seeds 0-1 --grid 4096x4096 --padding 256 -o a.png",
        "generate run --between 1,2 --frames 10000 --scale 64 -o a.png",
        "generate run --between 1,2 --frames 2 --grid 4096x1 --scale 64 -o a.png",
        "generate run --timelapse --grid 4096x4096 --scale 64 --padding 256 -o a.png",
        "dataset preview data --count 10000 --size 4096 -o a.png",
    ])
    func whatIsTooLargeToDrawIsRefusedBeforeAnythingIsMade(line: String) throws {
        let workshop = try Workshop()
        if line.contains("run") { try workshop.train("run", steps: 2) }
        let outcome = try workshop.atelier(line.split(separator: " ").map(String.init))
        expectRefusal(outcome, code: 1, naming: ["too large to draw", "choose"])
        #expect(!workshop.folder.has("a.png"))
    }

    @Test(arguments: [["-o", "a.webp"], ["--sample", "0", "-o", "a.webp"], ["-o", "a.png"]])
    func aSampleOfAnotherSizeIsNamed(arguments: [String]) throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        expectSuccess(try workshop.atelier("generate", "run", "--seeds", "0-2", "-o", "odd.png"))
        let odd = try workshop.folder.bytes("odd.png")
        try workshop.folder.write(odd, to: "run/samples/step-00000009.png")
        let outcome = try workshop.atelier(["generate", "run", "--timelapse"] + arguments)
        expectRefusal(outcome, code: 1, naming: ["samples/step-00000009.png", "pixels"])
        #expect(!workshop.folder.has("a.webp") && !workshop.folder.has("a.png"))
        #expect(workshop.leftovers().isEmpty)
    }

    @Test func textOfOthersDoesNotReachTheTerminalRaw() throws {
        let workshop = try Workshop()
        let name = "data\u{1B}[31m\u{9B}2J"
        let missing = try workshop.atelier("inspect", name + ".png")
        expectRefusal(missing, code: 1, naming: ["data\u{FFFD}[31m\u{FFFD}2J.png"])
        try FileManager.default.moveItem(
            atPath: workshop.folder.file("data"), toPath: workshop.folder.file(name))
        for arguments in [[], ["--json"]] {
            let outcome = try workshop.atelier(["dataset", "check", name] + arguments)
            expectSuccess(outcome)
            let controls = outcome.output.unicodeScalars.filter {
                $0.properties.generalCategory == .control && $0 != "\n"
            }
            #expect(controls.isEmpty, "\(outcome)")
            if let argument = arguments.first {
                let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                #expect((value as? [String: Any])?["path"] as? String == name, "\(argument)")
            }
        }
    }

    /// A drawing that is interrupted leaves no half-written archive.
    @Test func anInterruptedDrawingIsTakenAway() throws {
        let workshop = try Workshop()
        let program = try Program.start(
            ["dataset", "draw", "big.zip", "--count", "60000", "--size", "64", "--quiet"],
            in: workshop.folder)
        while workshop.leftovers().isEmpty && program.isRunning { usleep(1000) }
        program.send(SIGINT)
        let outcome = try program.wait()
        expectRefusal(outcome, code: 1, naming: ["interrupted"])
        #expect(workshop.leftovers().isEmpty && !workshop.folder.has("big.zip"))
    }

    @Test func theDemosPicturesSayWhatTheyAre() throws {
        let workshop = try Workshop()
        expectSuccess(
            try workshop.atelier(
                "demo", "--data", "data", "--minutes", "0.01", "--threads", "1", "-o", "out"))
        let grid = try workshop.atelier("inspect", "out/grid.png")
        #expect(grid.output.contains("--seeds 0-63"))
        let sheet = try workshop.atelier("inspect", "out/early-late.png")
        expectSuccess(sheet)
        #expect(!sheet.output.contains("--seeds"), "\(sheet)")
        #expect(sheet.output.contains("the fixed samples at step"), "\(sheet)")
    }
}
