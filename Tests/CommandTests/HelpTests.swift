import Foundation
import Testing

/// The help texts, word for word. After a wanted change, write them anew with
/// `ATELIER_WRITE_FIXTURES=1`.
struct HelpTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    @Test(arguments: [
        "", "train", "train gan", "train pix2pix", "train cyclegan", "translate", "generate",
        "stylize",
        "view", "dataset", "dataset check", "dataset preview",
        "dataset draw",
        "inspect", "demo", "bench", "info", "classifier", "classifier train", "classifier test",
        "metrics",
    ])
    func helpIsExact(command: String) throws {
        let folder = try TemporaryFolder()
        let words = command.split(separator: " ").map(String.init)
        let asked = try Program.run(words.isEmpty ? ["--help"] : ["help"] + words, in: folder)
        let flagged = try Program.run(words + ["--help"], in: folder)
        expectSuccess(asked)
        #expect(asked.errors.isEmpty && asked.output == flagged.output)
        let name = (["help"] + words).joined(separator: "-") + ".txt"
        let file = Self.fixtures.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["ATELIER_WRITE_FIXTURES"] != nil {
            try Data(asked.output.utf8).write(to: file)
        }
        #expect(asked.output == String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }

    @Test func versionAndBareCommand() throws {
        let folder = try TemporaryFolder()
        let version = try Program.run(["--version"], in: folder)
        expectSuccess(version)
        let parts = version.output.trimmingCharacters(in: .newlines).split(separator: ".")
        #expect(parts.count == 3 && parts.allSatisfy { Int($0) != nil }, "\(version.output)")
        let bare = try Program.run([], in: folder)
        expectSuccess(bare)
        #expect(bare.output == (try Program.run(["--help"], in: folder)).output)
    }
}
