import Foundation
import Testing

/// `atelier stylize` as it is after a checkout and a build: with nothing downloaded.
struct OutOfTheBoxTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Whether the repository carries weights: of both files, or of one by mistake.
    private static let areThere: Bool = {
        let folder = root.appendingPathComponent("Sources/Stylization/Weights").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.contains { $0.hasSuffix(".safetensors") }
    }()

    /// Two pictures that the program draws itself.
    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        expectSuccess(
            try Program.run(
                ["dataset", "draw", "drawn.zip", "--count", "64", "--size", "64", "--quiet"],
                in: folder))
        expectSuccess(
            try Program.run(
                ["dataset", "preview", "drawn.zip", "--size", "32", "-o", "sheet.png"], in: folder))
        return folder
    }

    @Test(
        .enabled(if: areThere, "the weights are not in Sources/Stylization/Weights"),
        arguments: ["atelier", "gatys"])
    func aPictureGetsAStyleWithoutADownload(method: String) throws {
        let folder = try Self.folder()
        let words = [
            "stylize", "sheet.png", "--style", "sheet.png", "--size", "64", "--threads", "1", "-o",
            "out.png",
        ]
        let own =
            method == "gatys" ? ["--method", "gatys", "--iterations", "2"] : []
        expectSuccess(try Program.run(words + own, in: folder))
        #expect(try PNGParts(folder.bytes("out.png")).size.max() == 64)
    }

    @Test(.enabled(if: !areThere, "the weights are in Sources/Stylization/Weights"))
    func aBuildWithoutWeightsSaysSo() throws {
        let folder = try TemporaryFolder()
        for method in ["atelier", "gatys"] {
            expectRefusal(
                try Program.run(
                    [
                        "stylize", "photo.png", "--style", "a.png", "--method", method, "-o",
                        "out.png",
                    ], in: folder), code: 1,
                naming: ["no weights of its own in this build", "--weights"])
        }
    }

    @Test func aProgramWithoutItsResourcesSaysSo() throws {
        let folder = try TemporaryFolder()
        let copy = folder.file("atelier")
        try FileManager.default.copyItem(atPath: Program.path, toPath: copy)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: copy)
        process.arguments = [
            "stylize", "photo.png", "--style", "a.png", "-o", folder.file("o.png"),
        ]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1 && process.terminationReason == .exit)
        #expect(
            text.contains("_Stylization.resources") && text.contains("copy the folder"), "\(text)")
    }
}
