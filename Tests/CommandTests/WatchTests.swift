import Foundation
import Testing

/// What training measures and watches, from end to end.
struct WatchTests {
    private func text(_ workshop: Workshop, _ path: String) throws -> String {
        String(decoding: try workshop.folder.bytes(path), as: UTF8.self)
    }

    private func json(_ workshop: Workshop, _ path: String) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(workshop.folder.bytes(path)))
        return try #require(value as? [String: Any], "\(path)")
    }

    /// The record of a step.
    private func record(_ log: [[String: Double]], _ step: Int) throws -> [String: Double] {
        try #require(log.first { $0["step"] == Double(step) }, "step \(step)")
    }

    private func isClose(_ one: Double?, _ other: Double?) -> Bool {
        guard let one, let other else { return false }
        return abs(one - other) <= 1e-6 * max(abs(other), 1e-9)
    }

    // MARK: Metrics

    @Test func metricsChooseTheBestAndAreThoseOfAtelierMetrics() throws {
        let workshop = try Workshop()
        expectSuccess(
            try workshop.atelier(
                "classifier", "train", "data", "--out", "c.safetensors", "--epochs", "1",
                "--batch", "20", "--width", "8", "--threads", "1", "--quiet"))
        let outcome = try workshop.atelier(
            Workshop.training("run", steps: 20, checkpointEvery: 14) + [
                "--metrics-every", "10", "--metrics-features", "c.safetensors",
                "--metrics-samples", "40", "--best-by", "fid",
            ])
        expectSuccess(outcome)
        #expect(outcome.errors.contains("chosen by fid"), "\(outcome)")
        #expect(outcome.errors.contains("step 10: FID (classifier data) "), "\(outcome)")
        let log = try workshop.log("run")
        #expect(log.map { $0["step"] } == [1, 10, 20])
        #expect(try record(log, 1)["metric/fid"] == nil)
        for key in ["fid", "kid", "precision", "recall", "density", "coverage", "classes"] {
            for step in [10, 20] {
                #expect(try record(log, step)["metric/\(key)"] != nil, "\(key) of step \(step)")
            }
        }
        // What was measured was kept; what was not has no score.
        for step in [10, 14, 20] {
            let parts = try SafetensorsParts(
                workshop.folder.bytes(Workshop.checkpoint("run", step: step)))
            let score = parts.metadata["atelier.score"].flatMap { Double($0) }
            #expect(score == (step == 14 ? nil : try record(log, step)["metric/fid"]))
            let metric = parts.metadata["atelier.score.metric"] ?? ""
            #expect(metric.contains("FID (classifier data)") == (step != 14), "\(metric)")
        }
        let best = try json(workshop, "run/checkpoints/best.json")
        let (early, late) = try (record(log, 10)["metric/fid"], record(log, 20)["metric/fid"])
        #expect(best["score"] as? Double == min(early ?? 0, late ?? 0))
        let metric = best["metric"] as? [String: Any]
        let name = metric?["name"] as? String ?? ""
        #expect(name.hasSuffix("40 made and 200 real pictures"), "\(name)")
        #expect(metric?["order"] as? String == "lowerIsBetter")
        // The same code, the same pictures, the same figures.
        let measured = try workshop.atelier(
            "metrics", "run", "--features", "c.safetensors", "--samples", "40", "--json",
            "--quiet", "--threads", "1")
        expectSuccess(measured)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])
        for row in report["metrics"] as? [[String: Any]] ?? [] {
            let key = try #require(row["key"] as? String)
            let logged = try record(log, 20)["metric/\(key)"]
            #expect(isClose(logged, row["value"] as? Double), "\(key): \(logged ?? .nan), \(row)")
        }
        // A sheet of neighbours with each measurement.
        #expect(
            workshop.folder.names("run/neighbours") == [
                "step-00000010.png", "step-00000020.png",
            ])
        #expect(try record(log, 20)["copied_share"] != nil)
        #expect(workshop.leftovers().isEmpty)
    }

    @Test func aMeasuredRunGoesOnBitForBit() throws {
        let workshop = try Workshop()
        let watching = [
            "--metrics-every", "10", "--metrics-samples", "20", "--held-out", "40",
            "--sample-every", "10", "--quiet",
        ]
        expectSuccess(try workshop.atelier(Workshop.training("whole", steps: 20) + watching))
        expectSuccess(try workshop.atelier(Workshop.training("parts", steps: 10) + watching))
        expectSuccess(
            try workshop.atelier("train", "--resume", "parts", "--steps", "20", "--quiet"))
        try workshop.expectSame("whole", "parts", step: 20)
        let log = try workshop.log("parts")
        for step in [10, 20] {
            let record = try record(log, step)
            #expect((record["metric/swd"] ?? 0) > 0)
            for name in ["training", "held_out", "made"] {
                #expect(record["d_logit_\(name)"]?.isFinite == true, "\(name)")
            }
        }
        let bests = try ["whole", "parts"].map {
            try json(workshop, "\($0)/checkpoints/best.json")["step"] as? Int
        }
        #expect(bests[0] != nil && bests[0] == bests[1])
    }

    /// Settings of the time before metrics: the best by pixels, until something else is asked for.
    @Test func aRunThatBeginsToBeMeasuredHasItsBestFromThereOn() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let before = try json(workshop, "run/checkpoints/best.json")
        #expect(before["step"] as? Int == 10 && before["metric"] == nil)
        let outcome = try workshop.atelier(
            "train", "--resume", "run", "--steps", "20", "--metrics-every", "20",
            "--metrics-samples", "60", "--json")
        expectSuccess(outcome)
        #expect(outcome.output.contains(#""event":"metrics""#), "\(outcome)")
        let after = try json(workshop, "run/checkpoints/best.json")
        #expect(after["step"] as? Int == 20 && after["metric"] != nil, "\(after)")
        // What was asked for on the way goes on, until it is taken back.
        expectSuccess(
            try workshop.atelier("train", "--resume", "run", "--steps", "40", "--quiet"))
        #expect(try record(workshop.log("run"), 40)["metric/swd"] != nil)
        expectSuccess(
            try workshop.atelier(
                "train", "--resume", "run", "--steps", "60", "--metrics-every", "0", "--quiet"))
        #expect(try record(workshop.log("run"), 60)["metric/swd"] == nil)
    }

    @Test func metricsThatCannotBeMeasuredAreRefusedBeforehand() throws {
        let workshop = try Workshop()
        let begin = ["train", "data", "--size", "16", "--quiet", "--metrics-every", "10"]
        expectRefusal(
            try workshop.atelier(begin + ["--best-by", "fid"]), code: 1,
            naming: ["--best-by fid", "--metrics-features"])
        expectRefusal(
            try workshop.atelier(begin + ["--metrics-features", "nowhere.safetensors"]), code: 1,
            naming: ["nowhere.safetensors"])
        #expect(!workshop.folder.has("runs"))
    }

    // MARK: Held-out pictures

    @Test func picturesAreHeldOutWhenAskedFor() throws {
        let workshop = try Workshop()
        let plain = try workshop.atelier(Workshop.training("plain", steps: 10))
        expectSuccess(plain)
        // Of two hundred pictures none is taken away unasked.
        #expect(plain.errors.contains("(200 pictures)"), "\(plain)")
        #expect(try !text(workshop, "plain/config.json").contains("heldOut"))
        let asked = try workshop.atelier(
            Workshop.training("asked", steps: 10) + ["--held-out", "40", "--sample-every", "5"])
        expectSuccess(asked)
        let said = asked.errors.firstMatch(of: /\(200 pictures, ([0-9]+) of them held out\)/)
        let count = try #require(said.flatMap { Int($0.output.1) }, "\(asked)")
        #expect((20...60).contains(count))
        #expect(try text(workshop, "asked/config.json").contains("heldOut"))
        let log = try workshop.log("asked")
        #expect(log.map { $0["step"] } == [1, 5, 10])
        #expect(try record(log, 1)["d_logit_held_out"] == nil)
        #expect(try record(log, 5)["d_logit_held_out"] != nil)
        // Other pictures, another training.
        #expect(try record(log, 10)["d_loss"] != record(workshop.log("plain"), 10)["d_loss"])
        expectRefusal(
            try workshop.atelier("train", "data", "--size", "16", "--quiet", "--held-out", "150"),
            code: 1, naming: ["--held-out 150", "200 pictures"])
    }

    // MARK: Neighbours and previews

    @Test func madePicturesLieBesideTheNearestRealOnes() throws {
        let workshop = try Workshop()
        let outcome = try workshop.atelier(
            Workshop.training("run", steps: 20) + ["--neighbours-every", "8", "--json"])
        expectSuccess(outcome)
        let names = workshop.folder.names("run/neighbours")
        #expect(names == [8, 16, 20].map { "step-000000\($0 < 10 ? "0" : "")\($0).png" })
        // Six columns and sixteen rows of 16 pixels, four times each.
        let sheet = try PNGParts(workshop.folder.bytes("run/neighbours/step-00000020.png"))
        #expect(sheet.size[0] >= 6 * 68 && sheet.size[1] >= 16 * 68, "\(sheet.size)")
        #expect(outcome.output.contains(#""event":"neighbours""#), "\(outcome)")
        #expect(outcome.output.contains("run/neighbours/step-00000020.png"), "\(outcome)")
        let log = try workshop.log("run")
        #expect(try record(log, 8)["copied_share"] != nil)
        #expect(try record(log, 20)["copied_share"] == nil)
        let inspected = try workshop.atelier("inspect", "run/neighbours/step-00000008.png")
        expectSuccess(inspected)
        #expect(inspected.output.contains("step"), "\(inspected)")
    }

    @Test func augmentationIsShownAndNothingIsTrained() throws {
        let workshop = try Workshop()
        let begin = ["train", "data", "--size", "16", "--preview-augmentation"]
        for (name, options, columns) in [
            ("both.png", ["--augment", "flip", "--discriminator-augment", "ada"], 1 + 2 + 4),
            ("view.png", ["--discriminator-augment", "diffaugment"], 1 + 4),
            ("way.png", ["--augment", "gentle"], 1 + 2), ("crop.png", ["--crop", "random"], 1 + 2),
            ("few.png", ["--preset", "few-shot"], 1 + 4),
        ] {
            let outcome = try workshop.atelier(begin + [name] + options)
            expectSuccess(outcome)
            #expect(outcome.errors.contains("\(name): 8 real pictures"), "\(outcome)")
            let size = try PNGParts(workshop.folder.bytes(name)).size
            // Enlarged so far that headings fit: three times or more, and 4 between.
            let cell = (size[0] - 4) / columns - 4
            #expect(size[0] == 4 + columns * (cell + 4) && cell % 16 == 0 && cell >= 48, "\(size)")
        }
        #expect(!workshop.folder.has("runs"))
        expectRefusal(
            try workshop.atelier(begin + ["none.png"]), code: 1,
            naming: ["--preview-augmentation", "--augment", "--discriminator-augment"])
        expectRefusal(
            try workshop.atelier(begin + ["no/sheet.png", "--augment", "flip"]), code: 1,
            naming: ["no/sheet.png", "--preview-augmentation"])
    }

    // MARK: Numbers in words

    @Test func numbersOfADryRunAreAsPeopleWriteThem() throws {
        let workshop = try Workshop()
        for preset in ["quick", "balanced", "quality", "few-shot"] {
            let outcome = try workshop.atelier(
                "train", "data", "--preset", preset, "--size", "16", "--dry-run")
            expectSuccess(outcome)
            #expect(outcome.output.firstMatch(of: /[0-9]\.0\b/) == nil, "\(outcome.output)")
            #expect(!outcome.output.contains("kimg"), "\(outcome.output)")
        }
        let quick = try workshop.atelier("train", "data", "--size", "16", "--dry-run")
        #expect(quick.output.contains("--gamma 0 "), "\(quick.output)")
        #expect(quick.output.contains("--lr 0.0002 "), "\(quick.output)")
        let balanced = try workshop.atelier(
            "train", "data", "--size", "16", "--preset", "balanced", "--dry-run")
        #expect(balanced.output.contains("half-life from 0 to "), "\(balanced.output)")
        #expect(
            balanced.output.firstMatch(
                of: /R1: gamma from [0-9.]+ to [0-9.]+ within the first [0-9.]+ thousand pictures/)
                != nil, "\(balanced.output)")
    }
}
