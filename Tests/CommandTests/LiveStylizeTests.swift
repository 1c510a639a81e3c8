import Foundation
import Testing

/// `atelier stylize --live`: streams through networks that are drawn at random.
@Suite struct LiveStylizeTests {
    // MARK: What makes no sense

    @Test(arguments: [
        ("photo.png --style a.png", "name the file to write with -o"),
        ("photo.png --style a.png --no-view -o b.png", "--no-view goes with --live"),
        ("--live - --style a.png --method wct", "--method wct takes too long for --live"),
        ("--live - --style a.png --no-view", "--no-view shows nothing: name a file to write"),
        ("--live - --style a.png --every-frame --drop", "--every-frame and --drop contradict"),
        ("--live - --style a.png --mask m.png", "--mask does not go with --live"),
        ("--live - --style a.png --steady 2", "--steady 2.0: expected 0.0 to 1.0"),
        ("--live - --style a.png --size 8", "--size 8: expected 16 to 2048 with --live"),
    ])
    func whatMakesNoSenseIsRefused(words: String, message: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(
            ["stylize"] + words.split(separator: " ").map(String.init), in: folder)
        expectRefusal(outcome, code: 2, naming: [message])
    }

    // MARK: As a filter

    @Test func everyFrameOfAFileIsStyled() throws {
        let folder = try Self.studio()
        try folder.write(Self.stream(64, 36, frames: 5), to: "in.y4m")
        let outcome = try Self.live(
            folder, "in.y4m", "--no-view", "-o", "out.y4m", "--size", "32")
        expectSuccess(outcome)
        #expect(outcome.output.isEmpty && outcome.errors.contains("5 frames in"), "\(outcome)")
        #expect(outcome.errors.contains("0 dropped"), "\(outcome.errors)")
        let made = try Stream(folder.bytes("out.y4m"))
        #expect(made.header.hasPrefix("YUV4MPEG2 W32 H18 F25:1 Ip"), "\(made.header)")
        #expect(made.frames.count == 5 && Set(made.frames).count > 1)
    }

    @Test func withoutADisplayItSaysSoAndGoesOn() throws {
        let folder = try Self.studio()
        try folder.write(Self.stream(32, 32, frames: 3), to: "in.y4m")
        let outcome = try Self.live(folder, "in.y4m", "-o", "out.y4m")
        expectSuccess(outcome)
        #expect(outcome.errors.contains("no display for the window"), "\(outcome.errors)")
        #expect(try Stream(folder.bytes("out.y4m")).frames.count == 3)
        let nowhere = try Self.live(folder, "in.y4m")
        expectRefusal(nowhere, code: 1, naming: ["no display", "-o FILE.y4m", "--snapshot"])
    }

    @Test func aStreamGoesThroughPipes() throws {
        let folder = try Self.studio()
        let stream = Self.stream(32, 20, frames: 4)
        try folder.write(stream, to: "in.y4m")
        try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
        let path = folder.file("pipe")
        let sender = Thread {
            let descriptor = open(path, O_WRONLY)
            var rest = stream[...]
            while !rest.isEmpty {
                let count = rest.prefix(1000).withUnsafeBytes {
                    write(descriptor, $0.baseAddress, $0.count)
                }
                if count <= 0 { break }
                rest = rest.dropFirst(count)
            }
            close(descriptor)
        }
        sender.start()
        let output = folder.file("out.y4m")
        try folder.write([], to: "out.y4m")
        let outcome = try Program.run(
            Self.words("pipe", ["--no-view", "-o", "-"]), in: folder, output: output)
        #expect(!outcome.wasKilled && outcome.code == 0, "\(outcome.errors)")
        #expect(try Stream(folder.bytes("out.y4m")).frames.count == 4)
    }

    @Test func twoPaintingsAndTheStreamsColours() throws {
        let folder = try Self.studio()
        try Self.writeMicroAST(folder)
        expectSuccess(
            try Program.run(
                ["dataset", "draw", "art", "--count", "2", "--size", "32", "--quiet"], in: folder))
        let paintings =
            FileManager.default.enumerator(atPath: folder.file("art"))?
            .compactMap { $0 as? String }.filter { $0.hasSuffix(".png") }.sorted() ?? []
        try #require(paintings.count >= 2)
        try folder.write(Self.stream(32, 24, frames: 2), to: "in.y4m")
        var made: [[[UInt8]]] = []
        for extra in [
            [], ["--blend", "1", "1"], ["--colours", "luminance"], ["--strength", "0.2"],
        ] {
            let outcome = try Program.run(
                ["stylize", "--live", "in.y4m", "--style"]
                    + paintings.prefix(2).map { "art/" + $0 } + extra + [
                        "--method", "microast", "--weights", ".", "--no-view", "-o", "out.y4m",
                        "--threads", "1", "--quiet",
                    ], in: folder)
            expectSuccess(outcome)
            #expect(outcome.errors.isEmpty, "\(outcome.errors)")
            made.append(try Stream(folder.bytes("out.y4m")).frames)
        }
        #expect(Set(made).count == 4, "each choice makes another stream")
    }

    @Test func theWindowIsDrawnIntoAPicture() throws {
        let folder = try Self.studio()
        try folder.write(Self.stream(64, 48, frames: 3), to: "in.y4m")
        let outcome = try Self.live(folder, "in.y4m", "--snapshot", "window.png", "--frames", "2")
        expectSuccess(outcome)
        #expect(outcome.errors.contains("2 frames in"), "\(outcome.errors)")
        #expect(try PNGParts(folder.bytes("window.png")).size == [1280, 800])
    }

    // MARK: Broken streams

    @Test func aCutStreamIsUsedAsFarAsItGoes() throws {
        let folder = try Self.studio()
        try folder.write(Array(Self.stream(32, 16, frames: 4).dropLast(100)), to: "in.y4m")
        let outcome = try Self.live(folder, "in.y4m", "--no-view", "-o", "out.y4m")
        expectSuccess(outcome)
        #expect(
            outcome.errors.contains("in.y4m: breaks off inside frame 4 (668 of 768 bytes)"),
            "\(outcome.errors)")
        #expect(try Stream(folder.bytes("out.y4m")).frames.count == 3)
    }

    @Test func aDamagedStreamKeepsWhatCameBefore() throws {
        let folder = try Self.studio()
        try folder.write(
            Self.stream(32, 16, frames: 2) + Array("NOISE\nNOISE\n".utf8), to: "in.y4m")
        let outcome = try Self.live(folder, "in.y4m", "--no-view", "-o", "out.y4m")
        expectRefusal(outcome, code: 1, naming: ["in.y4m", "frame 3", "expected FRAME"])
        #expect(try Stream(folder.bytes("out.y4m")).frames.count == 2)
    }

    @Test func whatIsNoStreamIsRefused() throws {
        let folder = try Self.studio()
        for (bytes, message) in [
            (Array("GIF89a".utf8), "expected a YUV4MPEG2 stream"),
            (Array("YUV4MPEG2 W32 H16 C420p10\n".utf8), "more than 8 bits"),
            (Array("YUV4MPEG2 W60000 H60000\n".utf8), "refused by its header"),
            (Array("YUV4MPEG2 W32 H16\n".utf8), "found no whole one"),
        ] {
            try folder.write(bytes, to: "in.y4m")
            let outcome = try Self.live(folder, "in.y4m", "--no-view", "-o", "out.y4m")
            expectRefusal(outcome, code: 1, naming: ["in.y4m", message])
            #expect(!folder.has("out.y4m"))
        }
        expectRefusal(
            try Self.live(folder, "none.y4m", "--no-view", "-o", "out.y4m"), code: 1,
            naming: ["none.y4m"])
        expectRefusal(
            try Self.live(folder, "in.y4m", "--no-view", "-o", "out.mp4"), code: 1,
            naming: ["out.mp4", ".y4m"])
    }

    @Test func anotherSizeInsideTheStreamIsFittedIn() throws {
        let folder = try Self.studio()
        try folder.write(
            Self.stream(32, 16, frames: 2) + Self.stream(16, 32, frames: 1), to: "in.y4m")
        let outcome = try Self.live(
            folder, "in.y4m", "--no-view", "-o", "out.y4m", "--size", "32")
        expectSuccess(outcome)
        let made = try Stream(folder.bytes("out.y4m"))
        #expect(made.frames.count == 3 && made.header.contains("W32 H16"), "\(made.header)")
        // The upright picture stands in the middle: black on the left.
        #expect(made.frames[2][0] == 16 && made.frames[2][32 * 8] == 16)
    }

    // MARK: Makings

    /// A folder with a network of one style, drawn at random.
    private static func studio() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        var needs: [(String, [Int])] = []
        func norm(_ name: String, _ channels: Int) {
            needs += [(name + ".weight", [channels]), (name + ".bias", [channels])]
        }
        func layer(_ name: String, _ shape: [Int], norm number: String? = nil) {
            needs += [(name + ".conv2d.weight", shape), (name + ".conv2d.bias", [shape[0]])]
            if let number { norm(number, shape[0]) }
        }
        let w = 4
        layer("conv1", [w, 3, 9, 9], norm: "in1")
        layer("conv2", [2 * w, w, 3, 3], norm: "in2")
        layer("conv3", [4 * w, 2 * w, 3, 3], norm: "in3")
        layer("res1.conv1", [4 * w, 4 * w, 3, 3], norm: "res1.in1")
        layer("res1.conv2", [4 * w, 4 * w, 3, 3], norm: "res1.in2")
        layer("deconv1", [2 * w, 4 * w, 3, 3], norm: "in4")
        layer("deconv2", [w, 2 * w, 3, 3], norm: "in5")
        layer("deconv3", [3, w, 9, 9])
        // Pictures of 0 ... 255 come out.
        try folder.write(weights(needs, scale: 20), to: "model.safetensors")
        return folder
    }

    private static func writeMicroAST(_ folder: TemporaryFolder) throws {
        func layer(_ name: String, _ shape: [Int]) -> [(String, [Int])] {
            [(name + ".conv_layer.weight", shape), (name + ".conv_layer.bias", [shape[0]])]
        }
        func block(_ name: String) -> [(String, [Int])] {
            layer(name + ".conv1", [64, 64, 3, 3]) + layer(name + ".conv2", [64, 64, 3, 3])
        }
        let encoder =
            layer("enc1.0", [16, 3, 9, 9]) + layer("enc1.2", [32, 1, 3, 3])
            + layer("enc1.4", [32, 32, 1, 1]) + layer("enc1.6", [64, 1, 3, 3])
            + layer("enc1.8", [64, 64, 1, 1]) + block("enc1.10") + block("enc2.0")
        let modulator = ["weight1", "weight2", "bias1", "bias2"].flatMap {
            layer("\($0).0", [64, 1, 3, 3])
        }
        let decoder =
            block("dec1") + block("dec2") + layer("dec3.1", [32, 2, 3, 3])
            + layer("dec3.3", [32, 32, 1, 1]) + layer("dec3.6", [16, 2, 3, 3])
            + layer("dec3.8", [16, 16, 1, 1]) + layer("dec3.10", [3, 16, 9, 9])
        for (name, needs) in [
            ("content_encoder", encoder), ("style_encoder", encoder), ("modulator", modulator),
            ("decoder", decoder),
        ] {
            try folder.write(weights(needs, scale: 1), to: "microast_\(name).safetensors")
        }
    }

    /// A safetensors file with uniform numbers as large as keep a network's pictures alive.
    private static func weights(_ needs: [(String, [Int])], scale: Float) -> [UInt8] {
        var state: UInt64 = 20_261_123
        func number() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 23) - 1
        }
        var header: [String] = []
        var data: [UInt8] = []
        for (name, shape) in needs {
            let inputs = Float(shape.dropFirst().reduce(1, *))
            let size: Float =
                shape.count == 1 ? scale : 1.7 * scale.squareRoot() / inputs.squareRoot()
            let start = data.count
            for _ in 0..<shape.reduce(1, *) {
                withUnsafeBytes(of: (number() * size).bitPattern.littleEndian) {
                    data.append(contentsOf: $0)
                }
            }
            header.append(
                "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(start),\(data.count)]}"
            )
        }
        var text = Array(("{" + header.joined(separator: ",") + "}").utf8)
        while text.count % 8 != 0 { text.append(32) }
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + data
    }

    /// A square that moves over a gradient.
    private static func stream(_ width: Int, _ height: Int, frames: Int) -> [UInt8] {
        var bytes = Array("YUV4MPEG2 W\(width) H\(height) F25:1 Ip C420jpeg\n".utf8)
        let chroma = (width + 1) / 2 * ((height + 1) / 2)
        for frame in 0..<frames {
            bytes += Array("FRAME\n".utf8)
            for y in 0..<height {
                for x in 0..<width {
                    let isInside = abs(x - 6 - 4 * frame) < 4 && abs(y - height / 2) < 5
                    bytes.append(isInside ? 230 : UInt8(40 + 3 * ((x + y) % 40)))
                }
            }
            bytes += [UInt8](repeating: 100, count: chroma) + [UInt8](repeating: 160, count: chroma)
        }
        return bytes
    }

    private static func words(_ content: String, _ extra: [String]) -> [String] {
        ["stylize", "--live", content, "--model", "model.safetensors", "--threads", "1"] + extra
    }

    private static func live(
        _ folder: TemporaryFolder, _ content: String, _ extra: String...
    ) throws -> Program.Outcome {
        try Program.run(words(content, extra), in: folder)
    }

    /// A stream of 4:2:0 in parts.
    private struct Stream {
        var header: String
        var frames: [[UInt8]] = []

        init(_ bytes: [UInt8]) throws {
            let end = try #require(bytes.firstIndex(of: 10))
            header = String(decoding: bytes[..<end], as: UTF8.self)
            func side(_ tag: Character) throws -> Int {
                let word = header.split(separator: " ").first { $0.first == tag }
                return try #require(word.flatMap { Int($0.dropFirst()) })
            }
            let (width, height) = (try side("W"), try side("H"))
            let size = width * height + 2 * ((width + 1) / 2) * ((height + 1) / 2)
            var place = end + 1
            while place < bytes.count {
                #expect(bytes[place..<place + 6].elementsEqual(Array("FRAME\n".utf8)))
                try #require(place + 6 + size <= bytes.count)
                frames.append(Array(bytes[place + 6..<place + 6 + size]))
                place += 6 + size
            }
        }
    }
}
