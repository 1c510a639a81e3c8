import Foundation
import Testing

/// `atelier classifier`, from pictures to a file that is used again.
struct ClassifierTests {
    private static func training(_ out: String, _ more: String...) -> [String] {
        [
            "classifier", "train", "data", "--out", out, "--epochs", "4", "--batch", "20",
            "--width",
            "8", "--threads", "1",
        ] + more
    }

    private func record(_ folder: TemporaryFolder, _ name: String) throws -> [String: Any] {
        let text = try SafetensorsParts(folder.bytes(name)).metadata["atelier.classifier"] ?? ""
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(value as? [String: Any])
    }

    @Test func trainedFileIsUsedAgain() throws {
        let workshop = try Workshop()
        let trained = try workshop.atelier(Self.training("one.safetensors", "--json"))
        expectSuccess(trained)
        let events = try trained.output.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(value as? [String: Any], "\(line)")
        }
        let end = try #require(events.last)
        #expect(end["event"] as? String == "end" && end["file"] as? String == "one.safetensors")
        #expect(events.contains { $0["event"] as? String == "test" })
        let accuracy = try #require(end["accuracy"] as? Double)
        #expect(accuracy > 0.5 && accuracy <= 1)
        let record = try record(workshop.folder, "one.safetensors")
        #expect(record["accuracy"] as? Double == accuracy)
        #expect(record["classNames"] as? [String] == ["0", "1", "2", "3"])
        #expect(record["dataName"] as? String == "data" && record["seed"] as? Int == 0)
        #expect((record["dataDigest"] as? String)?.count == 64)
        let (seen, heldOut) = (record["trainingCount"] as? Int, record["testCount"] as? Int)
        #expect((seen ?? 0) + (heldOut ?? 0) == 200 && (heldOut ?? 0) > 5)

        let tested = try workshop.atelier(
            "classifier", "test", "one.safetensors", "data", "--part", "train", "--threads", "1",
            "--json")
        expectSuccess(tested)
        let value = try JSONSerialization.jsonObject(with: Data(tested.output.utf8))
        let result = try #require(value as? [String: Any])
        #expect(result["pictures"] as? Int == 200)
        #expect((result["accuracy"] as? Double ?? 0) > 0.5)
        let confusion = try #require(result["confusion"] as? [[Int]])
        #expect(confusion.map { $0.reduce(0, +) } == [50, 50, 50, 50])
        let told = try workshop.atelier(
            "classifier", "test", "one.safetensors", "data", "--part", "train", "--threads", "1")
        expectSuccess(told)
        #expect(told.output.contains("of 50") && told.output.contains("of 200"), "\(told.output)")
        let inspected = try workshop.atelier("inspect", "one.safetensors")
        expectSuccess(inspected)
        #expect(inspected.output.contains("stage2.2.conv.weight"), "\(inspected.output)")
        #expect(workshop.leftovers().isEmpty)
    }

    @Test func seedDecides() throws {
        let workshop = try Workshop()
        for (out, seed) in [("a", "3"), ("b", "3"), ("c", "4")] {
            let outcome = try workshop.atelier(Self.training(out, "--seed", seed, "--quiet"))
            expectSuccess(outcome)
            #expect(outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
        }
        let bytes = try ["a", "b", "c"].map { try SafetensorsParts(workshop.folder.bytes($0)).data }
        #expect(bytes[0] == bytes[1] && bytes[0] != bytes[2])
    }

    @Test func refusalsNameTheThing() throws {
        let workshop = try Workshop()
        let folder = workshop.folder
        expectRefusal(
            try workshop.atelier(Self.training("nowhere/x.safetensors")), code: 1,
            naming: ["nowhere/x.safetensors", "cannot be written", "folder nowhere"])
        #expect(!folder.has("nowhere"))
        try folder.write([1, 2, 3], to: "odd.safetensors")
        expectRefusal(
            try workshop.atelier("classifier", "test", "odd.safetensors", "data"), code: 1,
            naming: ["odd.safetensors", "not a safetensors file"])
        try FileManager.default.removeItem(atPath: folder.file("data/train-labels-idx1-ubyte"))
        expectRefusal(
            try workshop.atelier(Self.training("x.safetensors")), code: 1,
            naming: ["data", "no picture has a label"])
        for arguments in [
            ["--epochs", "0"], ["--size", "65"], ["--batch", "1"], ["--lr", "nan"],
            ["--shift", "99"], ["--quiet", "--json"],
        ] {
            expectRefusal(
                try workshop.atelier(["classifier", "train", "data", "--out", "x"] + arguments),
                code: 2, naming: arguments)
        }
    }

    @Test func damagedFileIsRefused() throws {
        let workshop = try Workshop()
        expectSuccess(
            try workshop.atelier(Self.training("good.safetensors", "--quiet", "--epochs", "0.1")))
        var bytes = try workshop.folder.bytes("good.safetensors")
        bytes[bytes.count - 5] ^= 64
        try workshop.folder.write(bytes, to: "bad.safetensors")
        expectRefusal(
            try workshop.atelier("classifier", "test", "bad.safetensors", "data"), code: 1,
            naming: ["bad.safetensors", "damaged or altered"])
    }
}
