import Foundation
import Testing

/// `atelier metrics`, from a run or a folder to figures.
struct MetricsTests {
    /// What a report says, by key.
    private struct Report {
        var values: [String: Double] = [:]
        var names: [String: String] = [:]
        var notes: String
        var whole: [String: Any]

        init(_ outcome: Program.Outcome) throws {
            expectSuccess(outcome)
            let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
            whole = try #require(value as? [String: Any], "\(outcome)")
            notes = (whole["notes"] as? [String] ?? []).joined(separator: "\n")
            for metric in whole["metrics"] as? [[String: Any]] ?? [] {
                let key = try #require(metric["key"] as? String)
                values[key] = try #require(metric["value"] as? Double)
                names[key] = metric["name"] as? String
            }
        }
    }

    private func workshop(classifier: Bool) throws -> Workshop {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        if classifier {
            expectSuccess(
                try workshop.atelier(
                    "classifier", "train", "data", "--out", "c.safetensors", "--epochs", "1",
                    "--batch", "20", "--width", "8", "--threads", "1", "--quiet"))
        }
        return workshop
    }

    @Test func withoutNetworkPatchesAreCompared() throws {
        let workshop = try workshop(classifier: false)
        let outcome = try workshop.atelier(
            "metrics", "run", "--samples", "40", "--no-cache", "--quiet", "--json", "--threads",
            "1", "--neighbours", "near.png", "--rows", "3", "--nearest", "2")
        #expect(outcome.errors.isEmpty, "\(outcome)")
        let report = try Report(outcome)
        #expect(Array(report.values.keys) == ["swd"] && (report.values["swd"] ?? 0) > 0)
        #expect(report.notes.contains("--features"), "\(report.notes)")
        #expect(report.notes.contains("near.png: the 3 of 40 made pictures"), "\(report.notes)")
        let sheet = try PNGParts(workshop.folder.bytes("near.png"))
        // 16 pixels four times, so that labels fit, and 4 around each.
        #expect(sheet.size[0] >= 4 + 3 * (64 + 4) && sheet.size[1] > 3 * 64)
        #expect(workshop.leftovers().isEmpty)
    }

    @Test func figuresAreRepeatedFromTheCache() throws {
        let workshop = try workshop(classifier: true)
        let arguments = [
            "metrics", "run", "--features", "c.safetensors", "--samples", "64", "--cache", "cache",
            "--json", "--threads", "1",
        ]
        let first = try Report(workshop.atelier(arguments + ["--path-length", "--paths", "12"]))
        #expect(first.names["fid"] == "FID (classifier data)")
        #expect(first.names["kid"] == "KID (classifier data)")
        #expect(
            first.values.keys.sorted() == [
                "class_divergence", "classes", "coverage", "density", "fid", "kid", "ppl",
                "precision", "recall", "score",
            ])
        #expect((first.values["fid"] ?? 0) > 0 && (first.values["ppl"] ?? 0) > 0)
        let isFinite = first.values.values.allSatisfy { $0.isFinite }
        #expect(isFinite)
        let kept = workshop.folder.names("cache").filter { $0.hasSuffix(".safetensors") }
        #expect(kept.count == 1)
        let again = try Report(workshop.atelier(arguments))
        var expected = first.values
        expected["ppl"] = nil
        #expect(again.values == expected)
        #expect(workshop.folder.names("cache").filter { $0.hasSuffix(".safetensors") } == kept)
        // Other pictures, another digest.
        var bytes = try workshop.folder.bytes("data/train-images-idx3-ubyte")
        bytes[100] ^= 255
        try workshop.folder.write(bytes, to: "data/train-images-idx3-ubyte")
        let other = try Report(workshop.atelier(arguments))
        #expect(other.values["fid"] != first.values["fid"])
        #expect(workshop.folder.names("cache").filter { $0.hasSuffix(".safetensors") }.count == 2)
    }

    /// The pictures of a folder are the same as those of the run that made them.
    @Test func aFolderIsMeasuredAsItsRun() throws {
        let workshop = try workshop(classifier: true)
        expectSuccess(
            try workshop.atelier("generate", "run", "--seeds", "0-39", "--each", "made", "--quiet"))
        let options = [
            "--features", "c.safetensors", "--no-cache", "--json", "--quiet", "--threads", "1",
        ]
        let run = try Report(workshop.atelier(["metrics", "run", "--samples", "40"] + options))
        let folder = try Report(workshop.atelier(["metrics", "made", "--data", "data"] + options))
        let (one, other) = (run.values["fid"] ?? 0, folder.values["fid"] ?? 1)
        #expect(abs(one - other) <= 1e-3 * one, "\(one), \(other)")
        #expect(run.values["precision"] == folder.values["precision"])
        let told = try workshop.atelier(
            "metrics", "made", "--data", "data", "--features", "c.safetensors", "--no-cache",
            "--quiet", "--threads", "1")
        expectSuccess(told)
        #expect(told.output.contains("made      made: 40 pictures of 16x16x1"), "\(told.output)")
        #expect(told.output.contains("FID (classifier data)"), "\(told.output)")
    }

    @Test func refusalsNameTheThing() throws {
        let workshop = try workshop(classifier: false)
        let run = ["metrics", "run", "--threads", "1", "--quiet", "--samples", "20"]
        expectRefusal(
            try workshop.atelier(run + ["--features", "nowhere.safetensors"]), code: 1,
            naming: ["nowhere.safetensors"])
        expectRefusal(
            try workshop.atelier(run + ["--path-length"]), code: 1,
            naming: ["--path-length needs a feature network", "--features"])
        expectRefusal(
            try workshop.atelier(run + ["--size", "32"]), code: 1, naming: ["--size 32"])
        expectRefusal(
            try workshop.atelier(run + ["--data", "nothing"]), code: 1, naming: ["nothing"])
        expectRefusal(
            try workshop.atelier("metrics", "data", "--threads", "1"), code: 1,
            naming: ["data", "--data FOLDER"])
        expectRefusal(
            try workshop.atelier(run + ["--neighbours", "no/sheet.png"]), code: 1,
            naming: ["no/sheet.png", "cannot be written"])
        for arguments in [
            ["--samples", "3"], ["--paths", "50"], ["--rows", "3"], ["--neighbours", "x.jpg"],
            ["--truncation", "nan"], ["--cache", "x", "--no-cache"],
        ] {
            expectRefusal(
                try workshop.atelier(["metrics", "run"] + arguments), code: 2,
                naming: [arguments[0]])
        }
    }
}
