import Foundation
import Testing

/// Families, presets and classes from end to end.
struct FamilyTests {
    /// Options of each family that train in a moment.
    private static let families: [[String]] = [
        ["--family", "residual"], ["--family", "sngan", "--d-steps", "1"],
        ["--family", "sagan", "--classes"], ["--family", "r3gan"],
        ["--family", "stylegan2", "--classes"],
        ["--family", "fastgan"],
        ["--family", "dcgan", "--discriminator-augment", "ada", "--clip", "5", "--packing", "2"],
        ["--family", "dcgan", "--loss", "wgan-gp", "--d-steps", "2", "--accumulate", "2"],
    ]

    @Test(arguments: families) func aResumedRunEqualsAnUninterruptedOne(
        _ options: [String]
    ) throws {
        let workshop = try Workshop()
        let more = options + ["--width", "16", "--quiet"]
        func begin(_ run: String, _ steps: Int) throws {
            expectSuccess(
                try workshop.atelier(
                    [
                        "train", "data", "--out", run, "--steps", "\(steps)", "--size", "16",
                        "--batch", "8", "--checkpoint-every", "10",
                    ] + more))
        }
        try begin("whole", 20)
        // The same schedules: they go by the length that was first asked for.
        try begin("parts", 20)
        let newest = Workshop.checkpoint("parts", step: 20)
        try FileManager.default.removeItem(atPath: workshop.folder.file(newest))
        expectSuccess(
            try workshop.atelier("train", "--resume", "parts", "--steps", "20", "--quiet"))
        try workshop.expectSame("whole", "parts", step: 20)
    }

    @Test func aPresetIsPrintedAndNothingIsTrained() throws {
        let workshop = try Workshop()
        for (preset, words) in [
            ("quick", ["--family dcgan", "--loss non-saturating"]),
            (
                "balanced",
                ["--family dcgan", "--loss relativistic", "--penalty-every 4", "R2: gamma"]
            ),
            ("quality", ["--width 64", "--discriminator-augment ada"]),
            ("few-shot", ["--family fastgan", "--discriminator-augment diffaugment"]),
        ] {
            let outcome = try workshop.atelier(
                "train", "data", "--preset", preset, "--size", "16", "--dry-run")
            expectSuccess(outcome)
            for word in ["--preset \(preset)"] + words {
                #expect(outcome.output.contains(word), "\(outcome)")
            }
        }
        #expect(!workshop.folder.has("runs"))
    }

    @Test func settingsOfTheTimeOfOneFamilyGoOn() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        try workshop.train("whole", steps: 20)
        let path = "run/config.json"
        var settings = try #require(
            try JSONSerialization.jsonObject(with: Data(try workshop.folder.bytes(path)))
                as? [String: Any])
        for key in ["objective", "discriminatorAugmentation", "preset"] {
            #expect(settings.removeValue(forKey: key) != nil, "\(key)")
        }
        let data = try JSONSerialization.data(withJSONObject: settings)
        try workshop.folder.write(Array(data), to: path)
        expectSuccess(
            try workshop.atelier("train", "--resume", "run", "--steps", "20", "--quiet"))
        try workshop.expectSame("whole", "run", step: 20)
    }

    @Test func classesAreMadeByName() throws {
        let workshop = try Workshop()
        expectSuccess(
            try workshop.atelier(
                Workshop.training("run", steps: 10) + ["--classes", "--quiet"]))
        expectSuccess(
            try workshop.atelier(
                "generate", "run", "--seeds", "0-4", "--class-rows", "-o", "rows.png", "--padding",
                "0"))
        expectSuccess(
            try workshop.atelier("generate", "run", "--seeds", "3", "--class", "2", "-o", "a.png"))
        expectSuccess(
            try workshop.atelier("generate", "run", "--seeds", "3", "--class", "1", "-o", "b.png"))
        #expect(try workshop.folder.bytes("a.png") != workshop.folder.bytes("b.png"))
        expectSuccess(
            try workshop.atelier(
                "generate", "run", "--between", "3,3", "--class", "1,2", "--frames", "2", "-o",
                "walk.png"))
        expectRefusal(
            try workshop.atelier("generate", "run", "--seeds", "3", "--class", "9", "-o", "c.png"),
            code: 1, naming: ["--class 9"])
        // A row a class in the samples, too.
        let sample = try PNGParts(workshop.folder.bytes("run/samples/step-00000010.png"))
        #expect(sample.size == [16 * 18 + 2, 4 * 18 + 2])
    }

    @Test func weightsAreTakenFromARun() throws {
        let workshop = try Workshop()
        try workshop.train("first", steps: 10)
        let outcome = try workshop.atelier(
            Workshop.training("second", steps: 10)
                + ["--init-from", "first", "--freeze-d", "1"])
        expectSuccess(outcome)
        #expect(outcome.errors.contains("tensors copied"), "\(outcome)")
        let parts = try ["first", "second"].map {
            try SafetensorsParts(workshop.folder.bytes(Workshop.checkpoint($0, step: 10)))
        }
        func tensor(_ parts: SafetensorsParts, _ name: String) throws -> [UInt8] {
            let row = try #require(parts.header[name] as? [String: Any], "\(name)")
            let range = try #require(row["data_offsets"] as? [Int])
            return Array(parts.data[range[0]..<range[1]])
        }
        let name = "discriminator.main.0.weight"
        #expect(try tensor(parts[0], name) == tensor(parts[1], name))
        let other = "generator.main.0.weight"
        #expect(try tensor(parts[0], other) != tensor(parts[1], other))
        expectRefusal(
            try workshop.atelier("train", "data", "--freeze-d", "2"), code: 2,
            naming: ["--freeze-d", "--init-from"])
    }

    @Test(arguments: [
        ("--gamma 1 --loss wgan-gp", "--gamma"), ("--packing 2 --classes", "--packing"),
        ("--family stylegan2 --packing 2", "--packing"),
        ("--batch 9 --accumulate 2", "--accumulate"),
        ("--d-steps 0", "--d-steps"), ("--clip=-1", "--clip"), ("--gamma nan", "--gamma"),
        ("--family nosuch", "nosuch"), ("--preset nosuch", "nosuch"),
    ])
    func contradictionsAreRefused(options: String, name: String) throws {
        let workshop = try Workshop()
        expectRefusal(
            try workshop.atelier(
                ["train", "data"] + options.split(separator: " ").map(String.init)),
            code: 2, naming: [name])
        #expect(!workshop.folder.has("runs"))
    }
}
