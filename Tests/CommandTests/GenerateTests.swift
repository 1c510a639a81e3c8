import Foundation
import Testing

/// Scores, mixed styles and the explorer's page, from end to end.
struct GenerateTests {
    /// What `generate --json` says of one picture.
    private struct Picture: Decodable, Equatable {
        var seed: Int
        var style: Int?
        var `class`: String?
        var score: Double?
        var file: String?
    }
    private struct Report: Decodable {
        var step: Int
        var output: String
        var pictures: [Picture]
    }

    private func report(_ outcome: Program.Outcome) throws -> Report {
        expectSuccess(outcome)
        return try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    }

    private func train(_ workshop: Workshop, _ run: String, _ more: [String]) throws {
        expectSuccess(
            try workshop.atelier(
                [
                    "train", "data", "--out", run, "--steps", "4", "--size", "16", "--batch", "8",
                    "--width", "16", "--checkpoint-every", "4", "--quiet",
                ] + more))
    }

    private func pixels(_ workshop: Workshop, _ name: String) throws -> [[UInt8]] {
        try PNGParts(workshop.folder.bytes(name)).pixels
    }

    @Test func aScoreIsTheSameAloneAndAmongOthers() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let many = try report(
            try workshop.atelier(
                "generate", "run", "--seeds", "0-20", "--scores", "--json", "-o", "many.png"))
        #expect(many.pictures.map(\.seed) == Array(0...20) && many.step == 10)
        #expect(many.output == "many.png")
        let scores = many.pictures.compactMap(\.score)
        #expect(scores.count == 21 && Set(scores).count > 10, "\(scores)")
        let one = try report(
            try workshop.atelier(
                "generate", "run", "--seeds", "7", "--scores", "--json", "--each", "one"))
        #expect(one.pictures.map(\.file) == ["one/seed00000007.png"])
        let (alone, among) = (one.pictures[0].score ?? .nan, scores[7])
        #expect(abs(alone - among) <= 1e-4 * max(1, abs(among)), "\(alone) and \(among)")
        // In the picture, too: as text, and drawn below it.
        let told = try workshop.atelier("inspect", "many.png", "--json")
        let facts =
            try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: String]
        #expect(facts?["atelier:scores"]?.split(separator: " ").count == 21)
        #expect(facts?["atelier:command"]?.contains("--scores") == true)
        expectSuccess(
            try workshop.atelier("generate", "run", "--seeds", "0-20", "-o", "plain.png"))
        let heights = try ["many.png", "plain.png"].map {
            try PNGParts(workshop.folder.bytes($0)).size[1]
        }
        #expect(heights[0] > heights[1])
    }

    @Test(arguments: [
        ["--family", "dcgan", "--packing", "2"], ["--family", "r3gan", "--classes"],
        ["--family", "fastgan"],
    ])
    func everyKindOfDiscriminatorScores(options: [String]) throws {
        let workshop = try Workshop()
        try train(workshop, "run", options)
        let made = try report(
            try workshop.atelier(
                "generate", "run", "--seeds", "0-4", "--scores", "--json", "-o", "a.png"))
        #expect(made.pictures.allSatisfy { $0.score?.isFinite == true })
        #expect(made.pictures.allSatisfy { ($0.class != nil) == options.contains("--classes") })
        // The run's own samples have theirs.
        let told = try workshop.atelier("inspect", "run/samples/step-00000004.png", "--json")
        let facts =
            try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: String]
        let scores = facts?["atelier:scores"]?.split(separator: " ") ?? []
        #expect(scores.count >= 16 && scores.allSatisfy { Double($0)?.isFinite == true })
    }

    @Test func stylesAreMixedByLayer() throws {
        let workshop = try Workshop()
        try train(workshop, "run", ["--family", "stylegan2"])
        func make(_ name: String, _ words: String) throws -> [[UInt8]] {
            expectSuccess(
                try workshop.atelier(
                    ["generate", "run"] + words.split(separator: " ").map(String.init)
                        + ["-o", name]))
            return try pixels(workshop, name)
        }
        // Mixed with itself, a seed's picture is its own.
        let own = try make("own.png", "--seeds 3 --style-mix 3 --mix-layers 0,2")
        let other = try make("other.png", "--seeds 9 --style-mix 9")
        // 16x16 has two doublings: layers 0 to 5.
        #expect(try make("all.png", "--seeds 3 --style-mix 9 --mix-layers 0-5") == other)
        #expect(try make("self.png", "--seeds 3 --style-mix 3 --mix-layers fine") == own)
        let coarse = try make("coarse.png", "--seeds 3 --style-mix 9")
        #expect(try make("named.png", "--seeds 3 --style-mix 9 --mix-layers coarse") == coarse)
        let fine = try make("fine.png", "--seeds 3 --style-mix 9 --mix-layers fine")
        #expect(coarse != own && fine != own && coarse != other && fine != coarse)
        // The command in the picture makes it again.
        let told = try workshop.atelier("inspect", "coarse.png", "--json")
        let facts =
            try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: String]
        let words = try #require(facts?["atelier:command"]).split(separator: " ").map(String.init)
        try FileManager.default.removeItem(atPath: workshop.folder.file("coarse.png"))
        expectSuccess(try workshop.atelier(Array(words.dropFirst())))
        #expect(try pixels(workshop, "coarse.png") == coarse)
    }

    @Test func aSheetHasARowForEachSeedAndAColumnForEachStyle() throws {
        let workshop = try Workshop()
        try train(workshop, "run", ["--family", "stylegan2", "--classes"])
        let made = try report(
            try workshop.atelier(
                "generate", "run", "--seeds", "0-2", "--style-mix", "10,20", "--class", "1",
                "--padding", "1", "--json", "--scores", "-o", "sheet.png"))
        // The styles alone, then each seed alone and with each style; the corner is empty.
        #expect(made.pictures.map(\.seed) == [10, 20, 0, 0, 0, 1, 1, 1, 2, 2, 2])
        #expect(
            made.pictures.map(\.style)
                == [nil, nil, nil, 10, 20, nil, 10, 20, nil, 10, 20])
        #expect(Set(made.pictures.compactMap(\.class)).count == 1)
        expectSuccess(
            try workshop.atelier(
                "generate", "run", "--seeds", "0-2", "--style-mix", "10,20", "--padding", "1",
                "-o", "bare.png"))
        let size = try PNGParts(workshop.folder.bytes("bare.png")).size
        #expect(size == [3 * 17 + 1, 4 * 17 + 1])
        expectSuccess(
            try workshop.atelier(
                "view", "run", "--page", "explorer", "--snapshot", "window.png"))
        let window = try PNGParts(workshop.folder.bytes("window.png"))
        #expect(window.size == [1280, 800] && Set(window.pixels.joined()).count > 50)
    }

    @Test func whatCannotBeMixedIsExplained() throws {
        let workshop = try Workshop()
        try train(workshop, "plain", ["--family", "dcgan"])
        try train(workshop, "run", ["--family", "stylegan2"])
        func outcome(_ words: String) throws -> Program.Outcome {
            try workshop.atelier(
                ["generate"] + words.split(separator: " ").map(String.init) + ["-o", "a.png"])
        }
        expectRefusal(
            try outcome("plain --seeds 0 --style-mix 1"), code: 1,
            naming: ["--style-mix", "DCGAN", "--family stylegan2"])
        expectRefusal(
            try outcome("run --seeds 0 --style-mix 1 --mix-layers 0,6"), code: 1,
            naming: ["--mix-layers 6", "layers 0-5", "coarse 0"])
        for (words, names) in [
            ("run --seeds 0 --mix-layers 1", ["--mix-layers", "--style-mix"]),
            ("run --seeds 0 --style-mix x", ["--style-mix x"]),
            ("run --seeds 0 --style-mix 1 --mix-layers thick", ["--mix-layers thick", "coarse"]),
            ("run --seeds 0 --style-mix 1,2 --grid 2x2", ["--style-mix", "--grid"]),
            ("run --between 0,1 --style-mix 1", ["--style-mix", "--seeds"]),
            ("run --between 0,1 --scores", ["--scores", "--seeds"]),
        ] {
            expectRefusal(try outcome(words), code: 2, naming: names)
        }
        #expect(!workshop.folder.has("a.png"))
    }

    @Test func theWindowIsDrawnWhateverTheHealthRecordSays() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        func window(_ name: String) throws -> [[UInt8]] {
            expectSuccess(try workshop.atelier("view", "run", "--snapshot", name))
            return try pixels(workshop, name)
        }
        let well = try window("well.png")
        let note =
            #"{"advice":"lower the rate","event":"health","happening":"D is sure","#
            + #""kind":"discriminator-wins","severity":"warning","step":10,"time":1}"#
        try workshop.folder.write(
            Array("not json\n\(note)\n{\"event\":\"health\"}\n[1,".utf8), to: "run/health.jsonl")
        let warned = try window("warned.png")
        #expect(warned != well)
        let over = note.replacing("warning", with: "note")
        try workshop.folder.write(Array("\(note)\n\(over)\n".utf8), to: "run/health.jsonl")
        #expect(try window("over.png") == well)
    }
}
