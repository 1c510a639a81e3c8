import Foundation
import Testing

/// `atelier stylize`: what it refuses, and with the networks of others what it makes.
struct StylizeTests {
    /// The folder of weights of the test data, if it is there.
    private static let data: String? = {
        let folder =
            ProcessInfo.processInfo.environment["ATELIER_DATA"].map { URL(fileURLWithPath: $0) }
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("../shared/data")
        let isHere = FileManager.default.fileExists(
            atPath: folder.appendingPathComponent("weights/wct16x_SE4.safetensors").path)
        return isHere ? folder.path : nil
    }()

    @Test(arguments: [
        ("photo.png -o out.png", "name a painting with --style, or a network with --model"),
        (
            "photo.png --style a.png --iterations 4 -o out.png",
            "--iterations goes with --method gatys"
        ),
        ("photo.png --style a.png --blend 1 2 -o out.png", "--blend: expected one for each"),
        ("photo.png --style a.png --strength 2 -o out.png", "--strength 2.0: expected 0.0 to 1.0"),
        ("photo.png --method model -o out.png", "--method model and --model FILE go together"),
        (
            "photo.png --style a.png --method gatys --rate 0.1 -o out.png",
            "--rate goes with --optimizer adam"
        ),
    ])
    func whatMakesNoSenseIsRefused(words: String, message: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(
            ["stylize"] + words.split(separator: " ").map(String.init), in: folder)
        #expect(outcome.code == 2 && outcome.errorLines.count == 1, "\(outcome)")
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test func missingWeightsAreNamed() throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(
            [
                "stylize", "photo.png", "--style", "a.png", "--method", "microast", "--weights",
                "nowhere", "-o", "out.png",
            ], in: folder)
        #expect(outcome.code == 1 && outcome.errorLines.count == 1, "\(outcome)")
        #expect(outcome.errors.contains("microast_content_encoder.safetensors"))
        let own = try Program.run(
            [
                "stylize", "photo.png", "--style", "a.png", "--weights", "nowhere", "-o", "out.png",
            ], in: folder)
        expectRefusal(own, code: 1, naming: ["nowhere", "atelier train adain", "--method"])
        let ending = try Program.run(
            ["stylize", "photo.png", "--style", "a.png", "-o", "out.gif"], in: folder)
        #expect(ending.code == 1 && ending.errors.contains(".png, .jpg or .webp"), "\(ending)")
    }

    @Test(
        .enabled(if: data != nil, "needs ../shared/data or $ATELIER_DATA"),
        arguments: ["microast", "wct", "adain", "gatys"])
    func everyMethodKeepsTheSize(method: String) throws {
        let data = try #require(Self.data)
        let folder = try TemporaryFolder()
        let words =
            [
                "stylize", data + "/content/amber.jpg", "--style", data + "/styles/mosaic.jpg",
                "--method", method, "--weights", data + "/weights", "--size", "96", "--threads",
                "1", "-o", "out.png",
            ] + (method == "gatys" ? ["--iterations", "4", "--snapshot-every", "2"] : [])
        let outcome = try Program.run(words, in: folder)
        expectSuccess(outcome)
        let size = try PNGParts(folder.bytes("out.png")).size
        #expect(size.max() == 96, "\(size)")
        if method == "gatys" {
            #expect(try PNGParts(folder.bytes("out-000002.png")).size == size)
            #expect(try folder.bytes("out-000004.png") != folder.bytes("out-000002.png"))
        }
    }
}
