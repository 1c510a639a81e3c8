import Foundation
import Testing

/// Pictures from pictures: trained, gone on with, translated.
struct TranslationTests {
    /// A folder with drawn photographs.
    private func studio(_ names: String...) throws -> Workshop {
        let workshop = try Workshop()
        for (seed, name) in names.enumerated() {
            expectSuccess(
                try workshop.atelier(
                    "dataset", "draw", name, "--count", "12", "--size", "32", "--seed",
                    "\(seed + 1)", "--quiet"))
        }
        return workshop
    }

    /// The PNGs below a folder, by their paths in it.
    private func pictures(_ workshop: Workshop, _ folder: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: workshop.folder.file(folder))?
            .compactMap { $0 as? String }
        return (all ?? []).filter { $0.hasSuffix(".png") }.sorted()
    }

    private static func pix2pix(_ run: String, steps: Int) -> [String] {
        [
            "train", "pix2pix", "photos", "--pair", "edges", "--out", run, "--steps", "\(steps)",
            "--size", "16", "--width", "4", "--checkpoint-every", "10", "--no-decay", "--quiet",
        ]
    }

    private static func cyclegan(_ run: String, steps: Int) -> [String] {
        [
            "train", "cyclegan", "a", "b", "--out", run, "--steps", "\(steps)", "--size", "16",
            "--width", "4", "--blocks", "1", "--pool", "4", "--checkpoint-every", "10",
            "--no-decay", "--quiet",
        ]
    }

    @Test func aResumedPix2PixEqualsAnUninterruptedOne() throws {
        let workshop = try studio("photos")
        expectSuccess(try workshop.atelier(Self.pix2pix("whole", steps: 20)))
        expectSuccess(try workshop.atelier(Self.pix2pix("parts", steps: 10)))
        let resumed = try workshop.atelier(
            "train", "pix2pix", "--resume", "parts", "--steps", "20")
        expectSuccess(resumed)
        #expect(resumed.errors.contains("going on with parts at step 10"), "\(resumed)")
        #expect(resumed.errors.contains("atelier translate parts"), "\(resumed)")
        try workshop.expectSame("whole", "parts", step: 20)
        // The samples: eight held-out pairs at most, three pictures each, six in a row.
        let grid = try PNGParts(workshop.folder.bytes("whole/samples/step-00000020.png"))
        #expect((grid.size[0] - 2) % 18 == 0 && grid.size[0] <= 6 * 18 + 2, "\(grid.size)")
        #expect(workshop.leftovers().isEmpty)
    }

    @Test func aResumedCycleGANEqualsAnUninterruptedOne() throws {
        let workshop = try studio("a", "b")
        expectSuccess(try workshop.atelier(Self.cyclegan("whole", steps: 20)))
        expectSuccess(try workshop.atelier(Self.cyclegan("parts", steps: 10)))
        expectSuccess(
            try workshop.atelier(
                "train", "cyclegan", "--resume", "parts", "--steps", "20", "--quiet"))
        try workshop.expectSame("whole", "parts", step: 20)
        // Both ways from one run.
        for direction in ["a-to-b", "b-to-a"] {
            expectSuccess(
                try workshop.atelier(
                    "translate", "whole", "a", "-o", direction, "--direction", direction))
        }
        let names = pictures(workshop, "a-to-b")
        try #require(names.count == 12 && names == pictures(workshop, "b-to-a"))
        #expect(
            try PNGParts(workshop.folder.bytes("a-to-b/\(names[0])")).pixels
                != PNGParts(workshop.folder.bytes("b-to-a/\(names[0])")).pixels)
    }

    @Test func picturesAreTranslatedMeasuredAndShown() throws {
        let workshop = try studio("photos")
        expectSuccess(try workshop.atelier(Self.pix2pix("run", steps: 10)))
        let made = try workshop.atelier(
            "translate", "run", "photos", "-o", "out", "--paired", "--sheet", "sheet.png", "--json")
        expectSuccess(made)
        let lines = made.output.split(separator: "\n")
        #expect(lines.count == 13 && lines[12].contains("\"ssim\""), "\(made)")
        let names = pictures(workshop, "out")
        try #require(names.count == 12 && names == pictures(workshop, "photos"))
        #expect(try PNGParts(workshop.folder.bytes("out/\(names[0])")).size == [16, 16])
        #expect(
            try PNGParts(workshop.folder.bytes("sheet.png")).size[0] == 3 * (16 + 4) + 4)
        // What is there is not written over unless that is asked for.
        let again = ["translate", "run", "photos", "-o", "out", "--paired"]
        expectRefusal(try workshop.atelier(again), code: 1, naming: ["--existing", "11 more"])
        try FileManager.default.removeItem(atPath: workshop.folder.file("out/\(names[3])"))
        let skipped = try workshop.atelier(again + ["--existing", "skip", "--json"])
        expectSuccess(skipped)
        #expect(skipped.output.contains("\"translated\":1"), "\(skipped)")
        // Its own size, in tiles.
        let name = try #require(names[0].split(separator: "/").last).description
        let own = try workshop.atelier(
            "translate", "run", "photos/\(names[0])", "-o", "own", "--size", "200", "--tile", "64",
            "--overlap",
            "16")
        expectSuccess(own)
        #expect(try PNGParts(workshop.folder.bytes("own/\(name)")).size == [200, 200])
        let told = try workshop.atelier("inspect", "own/\(name)", "--json")
        #expect(told.output.contains("pix2pix") && told.output.contains("atelier:checkpoint"))
    }

    @Test func runsAreViewedWithTheirPanes() throws {
        let workshop = try studio("photos", "a", "b")
        expectSuccess(try workshop.atelier(Self.pix2pix("pairs", steps: 60)))
        expectSuccess(try workshop.atelier(Self.cyclegan("cycles", steps: 60)))
        var seen: Set<[UInt8]> = []
        for run in ["pairs", "cycles"] {
            for page in ["sides", "wipe", "samples", "metrics"] {
                let name = "\(run)-\(page).png"
                expectSuccess(
                    try workshop.atelier("view", run, "--page", page, "--snapshot", name))
                let parts = try PNGParts(workshop.folder.bytes(name))
                #expect(parts.size == [1280, 800])
                seen.insert(Array(parts.pixels.joined()))
            }
            // Side by side is what it begins with.
            expectSuccess(try workshop.atelier("view", run, "--snapshot", "plain.png"))
            #expect(
                try PNGParts(workshop.folder.bytes("plain.png")).pixels
                    == PNGParts(workshop.folder.bytes("\(run)-sides.png")).pixels)
            expectRefusal(
                try workshop.atelier("view", run, "--page", "explorer", "--snapshot", "a.png"),
                code: 1, naming: ["--page explorer", "wipe"])
        }
        #expect(seen.count == 8, "every page is another picture")
        try workshop.train("gan", steps: 10)
        expectRefusal(
            try workshop.atelier("view", "gan", "--page", "wipe", "--snapshot", "a.png"), code: 1,
            naming: ["--page wipe", "explorer"])
        // Samples that were drawn for something else are shown as a sheet, not a crash.
        let sample = try #require(
            workshop.folder.names("pairs/samples").last { $0.hasSuffix(".png") })
        let other = try #require(
            workshop.folder.names("gan/samples").last { $0.hasSuffix(".png") })
        try workshop.folder.write(
            try workshop.folder.bytes("gan/samples/\(other)"), to: "pairs/samples/\(sample)")
        expectSuccess(
            try workshop.atelier("view", "pairs", "--page", "wipe", "--snapshot", "odd.png"))
        try workshop.folder.write([1, 2, 3], to: "pairs/samples/\(sample)")
        expectSuccess(try workshop.atelier("view", "pairs", "--snapshot", "torn.png"))
    }

    @Test func greyPicturesGoInAndOut() throws {
        let workshop = try studio("photos")
        expectSuccess(try workshop.atelier(Self.pix2pix("run", steps: 10)))
        let name = try #require(pictures(workshop, "photos").first)
        expectSuccess(
            try workshop.atelier("translate", "run", "photos/\(name)", "-o", "grey", "--grey"))
        let made = try #require(pictures(workshop, "grey").first)
        let grey = try PNGParts(workshop.folder.bytes("grey/\(made)"))
        #expect(grey.size == [16, 16] && grey.chunks[0].data[9] == 0, "one channel")
        let again = try workshop.atelier(
            "translate", "run", "grey/\(made)", "-o", "colour", "--sheet", "sheet.png")
        expectSuccess(again)
        #expect(again.errors.contains("1 were grey") && again.errors.contains("--grey"))
        let colour = try PNGParts(workshop.folder.bytes("colour/\(made)"))
        #expect(colour.chunks[0].data[9] == 2)
        #expect(workshop.folder.has("sheet.png"))
    }

    @Test func whatRunsAwayGoesBackOnceAndThenStops() throws {
        let workshop = try studio("photos")
        let outcome = try workshop.atelier(
            "train", "pix2pix", "photos", "--pair", "edges", "--out", "run", "--steps", "40",
            "--size", "64", "--width", "16", "--norm", "none", "--lr", "100", "--loss",
            "least-squares", "--gan-weight", "1000000", "--no-decay")
        #expect(outcome.code == 1 && !outcome.wasKilled, "\(outcome)")
        #expect(outcome.errors.contains("Going back to step 0, on with 0.5"), "\(outcome)")
        #expect(outcome.errors.contains("for the second time"), "\(outcome)")
        let health = String(
            decoding: try workshop.folder.bytes("run/health.jsonl"), as: UTF8.self)
        #expect(health.contains("\"rolled-back\"") && health.contains("\"non-finite\""))
        // The window says it as well.
        expectSuccess(try workshop.atelier("view", "run", "--snapshot", "window.png"))
    }

    private static let data: URL? = {
        let folder =
            ProcessInfo.processInfo.environment["ATELIER_DATA"].map { URL(fileURLWithPath: $0) }
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("../shared/data")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    @Test(.enabled(if: data != nil, "needs ../shared/data or $ATELIER_DATA"))
    func aFeatureNetworkMeasuresAndChooses() throws {
        let weights = try #require(Self.data).appendingPathComponent("weights")
        let network = weights.appendingPathComponent("squeezenet_v1.0_songhan.safetensors").path
        let heads = weights.appendingPathComponent("lpips_lin_v0.1_squeeze.safetensors").path
        let workshop = try studio("photos", "a", "b")
        let features = ["--metrics-features", network, "--best-by"]
        let pairs = try workshop.atelier(
            Self.pix2pix("pairs", steps: 60).filter { $0 != "--quiet" } + features + ["features"])
        expectSuccess(pairs)
        #expect(pairs.errors.contains("feature distance (squeezenet1.0)"), "\(pairs)")
        let best = String(
            decoding: try workshop.folder.bytes("pairs/checkpoints/best.json"), as: UTF8.self)
        #expect(best.contains("feature distance (squeezenet1.0)"), "\(best)")
        let values = try workshop.log("pairs").compactMap { $0["held_out_features"] }
        #expect(!values.isEmpty && values.allSatisfy { $0 > 0 && $0 < 14 }, "\(values)")
        expectSuccess(
            try workshop.atelier(
                Self.cyclegan("cycles", steps: 60)
                    + ["--held-out", "a", "--held-out", "b"] + features + ["kid"]))
        let log = try workshop.log("cycles")
        for key in ["a_to_b_kid", "b_to_a_kid", "a_to_b_fid", "b_to_a_fid", "a_cycle_features"] {
            #expect(log.contains { $0[key]?.isFinite == true }, "\(key)")
        }
        let chosen = String(
            decoding: try workshop.folder.bytes("cycles/checkpoints/best.json"), as: UTF8.self)
        #expect(chosen.contains("KID (squeezenet1.0 pool)"), "\(chosen)")
        // LPIPS is what its heads were fitted to, and nothing else.
        expectRefusal(
            try workshop.atelier(
                Self.pix2pix("lpips", steps: 10) + [
                    "--metrics-features", network, "--metrics-heads", heads,
                ]), code: 1, naming: ["SqueezeNet 1.1"])
        expectRefusal(
            try workshop.atelier(Self.pix2pix("heads", steps: 10) + ["--metrics-features", heads]),
            code: 1, naming: ["--metrics-features", "SqueezeNet"])
        #expect(!workshop.folder.has("lpips") && !workshop.folder.has("heads"))
    }

    @Test func brokenPicturesAreNamedAndTheOthersDone() throws {
        let workshop = try studio("photos")
        expectSuccess(try workshop.atelier(Self.pix2pix("run", steps: 10)))
        let first = try #require(pictures(workshop, "photos").first)
        let bytes = try workshop.folder.bytes("photos/\(first)")
        try workshop.folder.write(Array(bytes.prefix(bytes.count * 2 / 3)), to: "photos/\(first)")
        let made = try workshop.atelier("translate", "run", "photos", "-o", "out")
        #expect(made.code == 1 && !made.wasKilled, "\(made)")
        #expect(made.errors.contains(first), "\(made)")
        #expect(made.errors.contains("11 pictures translated"), "\(made)")
        expectRefusal(
            try workshop.atelier("translate", "run", "nothing.png", "-o", "out2"), code: 1,
            naming: ["nothing.png"])
        expectRefusal(
            try workshop.atelier("translate", "run", "photos", "-o", "photos"), code: 1,
            naming: ["another folder"])
    }

    @Test func runsOfOtherKindsAreNamed() throws {
        let workshop = try studio("photos")
        expectSuccess(try workshop.atelier(Self.pix2pix("run", steps: 10)))
        try workshop.train("gan", steps: 10)
        expectRefusal(
            try workshop.atelier("translate", "gan", "photos", "-o", "out"), code: 1,
            naming: ["atelier generate"])
        expectRefusal(
            try workshop.atelier("generate", "run", "--seeds", "1", "-o", "a.png"), code: 1,
            naming: ["atelier translate"])
        expectRefusal(
            try workshop.atelier("train", "cyclegan", "--resume", "run"), code: 1,
            naming: ["pix2pix"])
        expectSuccess(try workshop.atelier("train", "--resume", "run"))
        expectRefusal(
            try workshop.atelier("train", "pix2pix", "--resume", "gan"), code: 1,
            naming: ["a GAN", "atelier train --resume gan"])
        expectRefusal(
            try workshop.atelier("metrics", "run"), code: 1,
            naming: ["run of pix2pix", "metrics.jsonl"])
        expectRefusal(
            try workshop.atelier("train", "data", "--out", "other", "--init-from", "run"), code: 1,
            naming: ["--init-from run", "pix2pix"])
        // The same of a checkpoint as of its run; and of a family from the future.
        expectRefusal(
            try workshop.atelier(
                "generate", Workshop.checkpoint("run", step: 10), "--seeds", "1", "-o", "a.png"),
            code: 1, naming: ["atelier translate"])
        let settings = String(
            decoding: try workshop.folder.bytes("run/config.json"), as: UTF8.self)
        try FileManager.default.createDirectory(
            atPath: workshop.folder.file("later"), withIntermediateDirectories: true)
        try workshop.folder.write(
            Array(settings.replacing("\"pix2pix\"", with: "\"pix3pix\"").utf8),
            to: "later/config.json")
        for command in [
            ["view", "later", "--snapshot", "a.png"],
            ["translate", "later", "photos", "-o", "out"],
        ] {
            expectRefusal(
                try workshop.atelier(command), code: 1, naming: ["pix3pix", "update Atelier"])
        }
        expectRefusal(
            try workshop.atelier(
                "translate", "run", "photos", "-o", "out", "--direction", "b-to-a"),
            code: 1, naming: ["--direction"])
        // Photographs are not cut in two without a word.
        expectRefusal(
            try workshop.atelier("train", "pix2pix", "photos", "--size", "16"), code: 1,
            naming: ["--pair"])
        expectRefusal(
            try workshop.atelier("train", "cyclegan", "photos"), code: 1, naming: ["trainA"])
    }

    @Test func aDryRunTellsAndTrainsNothing() throws {
        let workshop = try studio("photos", "b")
        let before = workshop.folder.names()
        let told = try workshop.atelier(
            Self.pix2pix("run", steps: 10).filter { $0 != "--quiet" && $0 != "--no-decay" }
                + ["--dry-run"])
        expectSuccess(told)
        #expect(told.output.contains("U-Net of 4 levels") && told.output.contains("falling to 0"))
        let other = try workshop.atelier(
            "train", "cyclegan", "photos", "b", "--size", "32", "--dry-run")
        expectSuccess(other)
        #expect(other.output.contains("pools of 50"), "\(other)")
        #expect(workshop.folder.names() == before)
    }

    private static let refused: [(String, [String])] = [
        ("train pix2pix", ["name the pictures", "atelier help train pix2pix"]),
        ("train cyclegan", ["name the pictures", "atelier help train cyclegan"]),
        ("train pix2pix a b c", ["two folders"]),
        ("train pix2pix a b --pair edges", ["--pair"]),
        ("train pix2pix a --pair paint", ["paint"]),
        ("train pix2pix a --steps 10 --epochs 2", ["--steps", "--epochs", "--minutes"]),
        ("train pix2pix a --width 1000", ["--width 1000", "1 to 256"]),
        ("train pix2pix a --jitter 3", ["--jitter 3", "1 to 2"]),
        ("train pix2pix a --patch 71", ["71"]),
        ("train pix2pix a --dropout 1", ["--dropout"]),
        ("train pix2pix a --generator resnet --dropout 0.5", ["--dropout"]),
        ("train pix2pix a --best-by distance", ["distance"]),
        ("train pix2pix a --best-by features", ["--metrics-features"]),
        ("train pix2pix a --metrics-heads h", ["--metrics-features"]),
        ("train cyclegan a b --best-by kid", ["--metrics-features"]),
        ("train cyclegan --resume run --best-by fid", ["--resume", "--best-by"]),
        ("train pix2pix --resume run --direction b-to-a", ["--resume", "--direction"]),
        ("train pix2pix --resume run --size 64", ["--resume", "--size"]),
        ("train pix2pix --resume run --pair edges", ["--resume", "--pair"]),
        ("train pix2pix a --quiet --json", ["--quiet", "--json"]),
        ("train cyclegan a b --direction b-to-a", ["--direction"]),
        ("train cyclegan a b --pool 5000", ["--pool 5000"]),
        ("train cyclegan a b --batch 8 --pool 4", ["--pool 4"]),
        ("train cyclegan a b --held-out c", ["--held-out"]),
        ("train cyclegan --resume run --cycle 5", ["--resume", "--cycle"]),
        ("translate run -o out", ["name the pictures"]),
        ("translate run a.png", ["--output"]),
        ("translate run a.png -o out --size 3", ["--size 3", "16 to 16384"]),
        ("translate run a.png -o out --size big", ["big"]),
        ("translate run a.png -o out --tile 10", ["--tile 10"]),
        ("translate run a.png -o out --tile 64 --overlap 60", ["--overlap 60"]),
        ("translate run a.png -o out --paired --targets b", ["--paired", "--targets"]),
        ("translate run a.png -o out --checkpoint newest", ["newest"]),
    ]

    @Test(arguments: refused)
    func isRefusedInOneLine(line: String, names: [String]) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(line.split(separator: " ").map(String.init), in: folder)
        expectRefusal(outcome, code: 2, naming: names + ["; see 'atelier "])
        #expect(folder.names() == [".scratch"])
    }
}
