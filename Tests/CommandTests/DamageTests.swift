import Foundation
import Testing

/// Checkpoints and settings that are broken, or made to do harm.
struct DamageTests {
    @Test func aTornOrAlteredCheckpointIsRefused() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let path = Workshop.checkpoint("run", step: 10)
        let whole = try workshop.folder.bytes(path)
        var damaged: [[UInt8]] = [0, 4, 8, 300, whole.count / 2, whole.count - 1].map {
            Array(whole.prefix($0))
        }
        for place in [0, 7, 9, 500, whole.count / 2, whole.count - 1] {
            var flipped = whole
            flipped[place] ^= 1
            damaged.append(flipped)
        }
        for bytes in damaged {
            try workshop.folder.write(bytes, to: "broken.safetensors")
            for line in [
                "inspect broken.safetensors", "generate broken.safetensors --seeds 0-3 -o a.png",
            ] {
                let outcome = try workshop.atelier(line.split(separator: " ").map(String.init))
                expectRefusal(outcome, code: 1, naming: ["broken.safetensors"])
            }
        }
        #expect(!workshop.folder.has("a.png"))
    }

    @Test func trainingGoesOnFromTheNewestSoundCheckpoint() throws {
        let workshop = try Workshop()
        try workshop.train("whole", steps: 30)
        try workshop.train("torn", steps: 20)
        let newest = Workshop.checkpoint("torn", step: 20)
        try workshop.folder.write(Array(try workshop.folder.bytes(newest).dropLast(9)), to: newest)
        let outcome = try workshop.atelier("train", "--resume", "torn", "--steps", "30", "--quiet")
        expectSuccess(outcome)
        #expect(
            outcome.errors.contains("passing over") && outcome.errors.contains(newest), "\(outcome)"
        )
        try workshop.expectSame("whole", "torn", step: 30)
        for step in [10, 20] {
            try workshop.folder.write([], to: Workshop.checkpoint("whole", step: step))
        }
        try workshop.folder.write([7], to: Workshop.checkpoint("whole", step: 30))
        let none = try workshop.atelier("train", "--resume", "whole", "--steps", "40", "--quiet")
        expectRefusal(none, code: 1, naming: ["whole/checkpoints", "3 refused"])
    }

    /// Replacements in the settings: what is there, what comes there.
    private static let lies: [(String, String)] = [
        (#""batchSize":8"#, #""batchSize":0"#), (#""batchSize":8"#, #""batchSize":-8"#),
        (#""batchSize":8"#, #""batchSize":9000000000000000000"#),
        (#""batchSize":8"#, #""batchSize":99999999999999999999999"#),
        (#""batchSize":8"#, #""batchSize":"many""#),
        (#""width":8"#, #""width":0"#), (#""width":8"#, #""width":-1"#),
        (#""width":8"#, #""width":4611686018427387904"#),
        (#""latentSize":100"#, #""latentSize":0"#),
        (#""latentSize":100"#, #""latentSize":4000000000"#),
        (#""maximumWidth":512"#, #""maximumWidth":-512"#),
        (#""channels":1"#, #""channels":0"#), (#""channels":1"#, #""channels":-3"#),
        (#""channels":1"#, #""channels":1000000"#),
        (#""height":16"#, #""height":1000000000"#), (#""height":16"#, #""height":-16"#),
        (#""width":16"#, #""width":33"#),
        (#""checkpointEvery":10"#, #""checkpointEvery":0"#),
        (#""logEvery":10"#, #""logEvery":0"#), (#""checkpointsKept":3"#, #""checkpointsKept":-3"#),
        (#""sampleCount":64"#, #""sampleCount":0"#),
        (#""sampleCount":64"#, #""sampleCount":1000000000"#),
        (#""steps":10}"#, #""steps":-10}"#), (#""beta1":0.5"#, #""beta1":1"#),
        (#""beta2":0.999"#, #""beta2":"nan""#), (#""averageDecay":0.999"#, #""averageDecay":-1"#),
        (#""generatorLearningRate":0.0002"#, #""generatorLearningRate":"inf""#),
        (#""cacheBytes":1073741824"#, #""cacheBytes":-1"#),
        (#""family":"dcgan""#, #""family":"other""#),
        (#""precision":0"#, #""precision":77"#), (#""family":"dcgan","#, ""),
    ]

    @Test func settingsThatNoRunHasAreRefused() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let path = Workshop.checkpoint("run", step: 10)
        let parts = try SafetensorsParts(workshop.folder.bytes(path))
        let settings = try #require(parts.metadata["atelier.config"])
        for (truth, lie) in Self.lies {
            let hostile = settings.replacingOccurrences(of: truth, with: lie)
            try #require(hostile != settings, "\(truth) is not in \(settings)")
            try workshop.folder.write(Array(hostile.utf8), to: "run/config.json")
            let resumed = try workshop.atelier(
                "train", "--resume", "run", "--steps", "20", "--quiet")
            expectRefusal(resumed, code: 1, naming: ["run/config.json"])
            let viewed = try workshop.atelier("view", "run", "--snapshot", "view.png")
            expectRefusal(viewed, code: 1, naming: ["run/config.json"])
            try workshop.folder.write(
                try sealed(parts, in: workshop.folder, key: "atelier.config", hostile),
                to: "hostile.safetensors")
            let made = try workshop.atelier(
                "generate", "hostile.safetensors", "--seeds", "0", "-o", "a.png")
            expectRefusal(made, code: 1, naming: ["hostile.safetensors"])
        }
        for text in ["", "[]", "{", "null", String(repeating: "[", count: 100_000)] {
            try workshop.folder.write(Array(text.utf8), to: "run/config.json")
            let resumed = try workshop.atelier("train", "--resume", "run", "--quiet")
            expectRefusal(resumed, code: 1, naming: ["run/config.json"])
        }
        #expect(!workshop.folder.has("a.png") && !workshop.folder.has("view.png"))
    }

    @Test func countersThatNoRunHasAreRefused() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let path = Workshop.checkpoint("run", step: 10)
        let parts = try SafetensorsParts(workshop.folder.bytes(path))
        let state = try #require(parts.metadata["atelier.state"])
        for (truth, lie) in [
            (#""step":10"#, #""step":-1"#), (#""step":10"#, #""step":11"#),
            (#""dataPosition":80"#, #""dataPosition":-80"#),
            (#""dataPosition":80"#, #""dataPosition":9223372036854775807"#),
            (#""generatorUpdates":10"#, #""generatorUpdates":-10"#),
            (#""samplesSeen":80"#, #""samplesSeen":1e300"#), (#""seconds":"#, #""seconds":-1"#),
        ] {
            let hostile = state.replacingOccurrences(of: truth, with: lie)
            try #require(hostile != state, "\(truth) is not in \(state)")
            try workshop.folder.write(
                try sealed(parts, in: workshop.folder, key: "atelier.state", hostile), to: path)
            let resumed = try workshop.atelier(
                "train", "--resume", "run", "--steps", "20", "--quiet")
            expectRefusal(resumed, code: 1, naming: [path])
        }
    }

    @Test func aDamagedStatusOrLogDoesNotStopTheWindow() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        for (name, text) in [
            ("status.json", Self.status(#""heartbeat":-1e300"#)),
            ("status.json", Self.status(#""heartbeat":1e300"#)),
            ("status.json", Self.status(#""step":-9223372036854775808"#)),
            ("status.json", Self.status(#""step":9223372036854775807"#)),
            ("status.json", Self.status(#""seconds":1e300"#)),
            ("status.json", Self.status(#""imagesPerSecond":-1e300"#)),
            ("metrics.jsonl", Self.metrics(step: Int.max, 1) + Self.metrics(step: Int.max, 2)),
            ("metrics.jsonl", Self.metrics(step: Int.min, 1)),
            ("metrics.jsonl", Self.metrics(step: 1, 1e308) + Self.metrics(step: 2, -1e308)),
            ("status.json", "nonsense"), ("metrics.jsonl", "nonsense\n{\"step\":-1}\n"),
            ("metrics.jsonl", "{\"step\":1,\"images\":1,\"time\":1e300,\"d_loss\":1e308}\n"),
            ("samples/step-00000005.png", "no picture"),
            ("samples/step-99999999.png", "no picture"),
        ] {
            try workshop.folder.write(Array(text.utf8), to: "run/" + name)
            let outcome = try workshop.atelier("view", "run", "--snapshot", "view.png")
            expectSuccess(outcome)
        }
    }

    /// A whole status of a process that is gone, but for one field.
    private static func status(_ lie: String) -> String {
        var fields = [
            #""process""#: "1", #""state""#: #""running""#, #""step""#: "5", #""images""#: "40",
            #""seconds""#: "3", #""imagesPerSecond""#: "2", #""heartbeat""#: "1700000000",
        ]
        let parts = lie.split(separator: ":").map(String.init)
        fields[parts[0]] = parts[1]
        return "{" + fields.map { "\($0):\($1)" }.joined(separator: ",") + "}"
    }

    /// A whole line of the log.
    private static func metrics(step: Int, _ loss: Double) -> String {
        #"{"d_loss":\#(loss),"g_loss":\#(loss),"images":8,"step":\#(step),"time":1700000000}"#
            + "\n"
    }

    @Test func tensorsOfAnotherTypeAreRefused() throws {
        let workshop = try Workshop()
        try workshop.train("run", steps: 10)
        let path = Workshop.checkpoint("run", step: 10)
        var parts = try SafetensorsParts(workshop.folder.bytes(path))
        let name = try #require(
            parts.header.keys.sorted().first { $0.hasPrefix("average.") && $0.contains("weight") })
        var entry = try #require(parts.header[name] as? [String: Any])
        #expect(entry["dtype"] as? String == "F32")
        // As many bytes, other numbers.
        entry["dtype"] = "I32"
        parts.header[name] = entry
        let configuration = try #require(parts.metadata["atelier.config"])
        try workshop.folder.write(
            try sealed(parts, in: workshop.folder, key: "atelier.config", configuration),
            to: "odd.safetensors")
        let made = try workshop.atelier(
            "generate", "odd.safetensors", "--seeds", "0", "-o", "a.png")
        expectRefusal(made, code: 1, naming: ["odd.safetensors", "int32", "float32"])
        #expect(!workshop.folder.has("a.png"))
    }

    @Test func memoryThatTheMachineHasNotIsNotAskedFor() throws {
        let workshop = try Workshop()
        let outcome = try workshop.atelier(
            "train", "data", "--size", "256", "--batch", "4096", "--width", "512", "--quiet",
            "--out", "run")
        // 1.1 TB at least: a machine that has them may train.
        expectRefusal(outcome, code: 1, naming: ["--batch 4096", "memory", "smaller"])
        #expect(!workshop.folder.has("run"))
    }

    /// A checkpoint with another text in its metadata, its digest made to fit.
    private func sealed(
        _ parts: SafetensorsParts, in folder: TemporaryFolder, key: String, _ text: String
    ) throws -> [UInt8] {
        var metadata = parts.metadata
        metadata[key] = text
        metadata["atelier.digest"] = String(repeating: "0", count: 64)
        var header = parts.header
        header["__metadata__"] = metadata
        var json = [UInt8](
            try JSONSerialization.data(
                withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes]))
        while json.count % 8 != 0 { json.append(0x20) }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
        let blank = length + json + parts.data
        try folder.write(blank, to: ".scratch/blank")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sha256sum", folder.file(".scratch/blank")]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let digest = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile().prefix(64))
        process.waitUntilExit()
        let zeros = Array("\"atelier.digest\":\"".utf8)
        let place = try #require(blank.firstRange(of: zeros)).upperBound
        return Array(blank[..<place]) + digest + Array(blank[(place + 64)...])
    }
}
