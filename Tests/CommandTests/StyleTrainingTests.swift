import Foundation
import Testing

/// `atelier train style` and `atelier train adain`: trained, gone on with, used.
struct StyleTrainingTests {
    /// A folder with drawn photographs and paintings, and a small perceptual network.
    private func studio() throws -> Workshop {
        let workshop = try Workshop()
        for (name, seed, count) in [("photos", "1", "10"), ("paintings", "2", "5")] {
            expectSuccess(
                try workshop.atelier(
                    "dataset", "draw", name, "--count", count, "--size", "64", "--seed", seed,
                    "--quiet"))
        }
        try workshop.folder.write(Self.encoder(), to: "eyes.safetensors")
        return workshop
    }

    /// The weights of a perceptual network of VGG-19's layout with few channels.
    private static func encoder() -> [UInt8] {
        var tensors: [(name: String, shape: [Int], values: [Float])] = [
            ("conv0.weight", [3, 3, 1, 1], [4, 0, 0, 0, 4, 0, 0, 0, 4]),
            ("conv0.bias", [3], [-2, -2, -2]),
        ]
        var state: UInt32 = 1
        func number() -> Float {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) / Float(1 << 23) - 1
        }
        var channels = 3
        for (block, (count, width)) in [(2, 4), (2, 6), (4, 6), (1, 8)].enumerated() {
            for place in 1...count {
                let name = "conv\(block + 1)\(place)"
                let size = width * channels * 9
                let scale = (6 / Float(channels * 9)).squareRoot()
                tensors.append(
                    (
                        name + ".weight", [width, channels, 3, 3],
                        (0..<size).map { _ in number() * scale }
                    ))
                tensors.append((name + ".bias", [width], [Float](repeating: 0, count: width)))
                channels = width
            }
        }
        var header: [String] = []
        var data: [UInt8] = []
        for tensor in tensors {
            let start = data.count
            for value in tensor.values {
                let bits = value.bitPattern
                data += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) }
            }
            header.append(
                "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),"
                    + "\"data_offsets\":[\(start),\(data.count)]}")
        }
        var text = Array("{\(header.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(0x20) }
        let length = UInt64(text.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + text + data
    }

    private func painting(_ workshop: Workshop) throws -> String {
        let all = FileManager.default.enumerator(atPath: workshop.folder.file("paintings"))?
            .compactMap { $0 as? String }
        let name = (all ?? []).filter { $0.hasSuffix(".png") }.sorted().first
        return "paintings/" + (try #require(name))
    }

    private static let common = [
        "--content", "photos", "--weights", "eyes.safetensors", "--size", "32", "--batch", "2",
        "--checkpoint-every", "10", "--quiet",
    ]

    @Test func aResumedTrainingOfOneStyleEqualsAnUninterruptedOne() throws {
        let workshop = try studio()
        let painting = try painting(workshop)
        func begin(_ run: String, _ steps: Int) throws {
            let own: [String] = [
                "train", "style", "--style", painting, "--out", run, "--steps", "\(steps)",
                "--width", "4", "--blocks", "1",
            ]
            expectSuccess(try workshop.atelier(own + Self.common))
        }
        try begin("whole", 20)
        try begin("parts", 10)
        // The kind of run is found without its name.
        let resumed = try workshop.atelier("train", "--resume", "parts", "--steps", "20")
        expectSuccess(resumed)
        #expect(resumed.errors.contains("going on with parts at step 10"), "\(resumed)")
        #expect(resumed.errors.contains("stylize PICTURES --model parts"), "\(resumed)")
        try workshop.expectSame("whole", "parts", step: 20)
        // Contents beside their results: pairs, two in a row.
        let grid = try PNGParts(workshop.folder.bytes("whole/samples/step-00000020.png"))
        #expect((grid.size[0] - 2) % 68 == 0 && grid.size[0] <= 4 * 34 + 2, "\(grid.size)")
        #expect(workshop.leftovers().isEmpty)
        try used(workshop)
    }

    /// A run on a picture, in tiles, on a folder; and what it exported.
    private func used(_ workshop: Workshop) throws {
        let photo = try painting(workshop)
        let ways: [(String, [String])] = [("a.png", []), ("b.png", ["--tile", "64"])]
        for (name, more) in ways {
            let own: [String] = ["stylize", photo, "--model", "whole", "--size", "150", "-o", name]
            expectSuccess(try workshop.atelier(own + more))
        }
        let a = try PNGParts(workshop.folder.bytes("a.png"))
        let b = try PNGParts(workshop.folder.bytes("b.png"))
        #expect(a.size == [150, 150] && b.size == a.size)
        let exported = try workshop.atelier(
            "train", "--resume", "whole", "--export", "alone.safetensors", "--quiet")
        expectSuccess(exported)
        expectSuccess(
            try workshop.atelier(
                "stylize", photo, "--model", "alone.safetensors", "--size", "150", "-o", "c.png"))
        let c = try PNGParts(workshop.folder.bytes("c.png"))
        #expect(c.size == a.size)
        let size = try workshop.folder.bytes("alone.safetensors").count
        let checkpoint = try workshop.folder.bytes(Workshop.checkpoint("whole", step: 20)).count
        #expect(size * 4 < checkpoint, "\(size) of \(checkpoint)")
        expectRefusal(
            try workshop.atelier("generate", "whole", "--seeds", "1", "-o", "d.png"), code: 1,
            naming: ["atelier stylize"])
        expectRefusal(
            try workshop.atelier("train", "adain", "--resume", "whole"), code: 1, naming: ["style"])
    }

    @Test func aResumedTrainingOfAnyStyleEqualsAnUninterruptedOne() throws {
        let workshop = try studio()
        func begin(_ run: String, _ steps: Int) throws {
            let own: [String] = [
                "train", "adain", "--styles", "paintings", "--out", run, "--steps", "\(steps)",
                "--widths", "4,4,6",
            ]
            expectSuccess(try workshop.atelier(own + Self.common))
        }
        try begin("whole", 20)
        try begin("parts", 10)
        expectSuccess(
            try workshop.atelier(
                "train", "--resume", "parts", "--steps", "20", "--quiet", "--export",
                "any.safetensors"))
        try workshop.expectSame("whole", "parts", step: 20)
        let photo = try painting(workshop)
        let sources = [["--model", "parts"], ["--weights", "any.safetensors"]]
        for (name, source) in zip(["a.png", "b.png"], sources) {
            let own: [String] = ["stylize", photo, "--style", photo, "--size", "96", "-o", name]
            expectSuccess(try workshop.atelier(own + source))
        }
        let (a, b) = (
            try PNGParts(workshop.folder.bytes("a.png")),
            try PNGParts(workshop.folder.bytes("b.png"))
        )
        #expect(a.size == [96, 96])
        #expect(b.size == a.size)
        expectRefusal(
            try workshop.atelier("stylize", photo, "--model", "parts", "-o", "c.png"), code: 2,
            naming: ["--style"])
    }

    @Test func whatChangedSinceTheRunBeganIsNamed() throws {
        let workshop = try studio()
        let painting = try painting(workshop)
        let own: [String] = [
            "train", "style", "--style", painting, "--out", "run", "--steps", "2", "--width", "2",
            "--blocks", "0",
        ]
        expectSuccess(try workshop.atelier(own + Self.common))
        let other = try workshop.folder.bytes("eyes.safetensors")
        try workshop.folder.write(Array(other.dropLast()) + [7], to: "eyes.safetensors")
        expectRefusal(
            try workshop.atelier("train", "--resume", "run", "--steps", "4", "--quiet"), code: 1,
            naming: ["eyes.safetensors", "when the run began"])
        try workshop.folder.write(other, to: "eyes.safetensors")
        try workshop.folder.write([1, 2, 3], to: painting)
        expectRefusal(
            try workshop.atelier("train", "--resume", "run", "--steps", "4", "--quiet"), code: 1,
            naming: [painting])
    }

    @Test(arguments: [
        ("style", ["--style", "--content", "--resume"]),
        ("style --style a.png", ["--content"]),
        ("style --style a.png --content b --size 33", ["--size 33", "multiple of 8"]),
        ("style --style a.png --content b --size 8", ["--size 8", "32 to 1024"]),
        ("style --style a.png --content b --steps 4 --minutes 1", ["--steps", "--minutes"]),
        ("style --style a.png --content b --style-weight=-1", ["--style-weight -1"]),
        (
            "style --style a.png --content b --style-weight 0 --content-weight 0",
            ["nothing is left to learn"]
        ),
        ("style --style a.png --content b --export a.pth", ["--export a.pth", ".safetensors"]),
        ("style --resume run --width 3", ["--resume", "--width"]),
        ("style --resume run --out b", ["--out"]),
        ("adain --content b", ["--styles"]),
        ("adain --styles a --content b --widths 3", ["three widths"]),
        ("adain --styles a --content b --widths 3,x,4", ["--widths 3,x,4"]),
        ("adain --styles a --content b --batch 0", ["--batch 0"]),
        ("adain --resume run --styles a", ["--styles"]),
    ])
    func whatMakesNoSenseIsRefused(words: String, names: [String]) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(
            ["train"] + words.split(separator: " ").map(String.init), in: folder)
        expectRefusal(outcome, code: 2, naming: names)
    }

    @Test func whatIsNotThereIsNamed() throws {
        let workshop = try studio()
        let painting = try painting(workshop)
        func refused(_ style: String, _ content: String, _ weights: String) throws
            -> Program.Outcome
        {
            try workshop.atelier(
                "train", "style", "--style", style, "--content", content, "--weights", weights,
                "--out", "run", "--size", "32")
        }
        for (style, content, weights, name) in [
            ("none.png", "photos", "eyes.safetensors", "none.png"),
            ("paintings", "photos", "eyes.safetensors", "expected one painting"),
            (painting, "nowhere", "eyes.safetensors", "nowhere"),
            (painting, "photos", "none.safetensors", "none.safetensors"),
        ] {
            expectRefusal(try refused(style, content, weights), code: 1, naming: [name])
            #expect(!workshop.folder.has("run"))
        }
    }
}
