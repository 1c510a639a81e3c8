import Foundation
import Testing

/// The built program, run as users and scripts run it.
enum Program {
    /// Where it is: `ATELIER_BINARY`, or beside the tests, where the package's build puts it.
    static let path: String = {
        if let given = ProcessInfo.processInfo.environment["ATELIER_BINARY"] { return given }
        let here =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = [here, CommandLine.arguments[0]].map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("atelier")
                .path
        }
        return beside.first { FileManager.default.isExecutableFile(atPath: $0) } ?? beside[1]
    }()

    /// What a finished process left.
    struct Outcome {
        var code: Int32
        /// Whether a signal ended it: a crash, where the test sent none.
        var wasKilled: Bool
        var output: String
        var errors: String

        /// The lines on standard error.
        var errorLines: [Substring] {
            errors.split(separator: "\n", omittingEmptySubsequences: true)
        }
    }

    /// Runs to the end.
    ///
    /// - Parameter output: The file for standard output, where it is not to be answered.
    static func run(
        _ arguments: [String], in folder: TemporaryFolder, output: String? = nil
    ) throws -> Outcome {
        try start(arguments, in: folder, output: output).wait()
    }

    /// Starts, and answers at once.
    static func start(
        _ arguments: [String], in folder: TemporaryFolder, output: String? = nil
    ) throws -> RunningProgram {
        try RunningProgram(path, arguments, folder, output)
    }
}

/// The program while it runs.
final class RunningProgram {
    private let process = Process()
    private let outputPath: String
    private let errorPath: String

    init(_ path: String, _ arguments: [String], _ folder: TemporaryFolder, _ output: String?) throws
    {
        let name = UUID().uuidString
        outputPath = output ?? folder.scratch + "/\(name).out"
        errorPath = folder.scratch + "/\(name).err"
        for path in [outputPath, errorPath] where path.hasPrefix(folder.scratch) {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        process.executableURL = URL(fileURLWithPath: path)
        // One thread each: the tests themselves run side by side.
        let computes =
            ["train", "generate", "translate"].contains(arguments.first ?? "")
            && !arguments.contains("--help")
        process.arguments =
            arguments + (computes && !arguments.contains("--threads") ? ["--threads", "1"] : [])
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        // A crash is to be seen by its code, not waited for while it is being explained.
        var environment = ProcessInfo.processInfo.environment
        environment["SWIFT_BACKTRACE"] = "enable=no"
        environment["COLUMNS"] = nil
        environment["DISPLAY"] = nil
        // What is kept between commands is the test's own.
        environment["XDG_CACHE_HOME"] = folder.scratch + "/cache"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputPath))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorPath))
        try process.run()
    }

    /// Whether it has not ended.
    var isRunning: Bool { process.isRunning }

    /// Sends a signal.
    func send(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end.
    func wait() throws -> Program.Outcome {
        process.waitUntilExit()
        func text(_ path: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        }
        return Program.Outcome(
            code: process.terminationStatus,
            wasKilled: process.terminationReason == .uncaughtSignal,
            output: outputPath.hasPrefix("/dev/") ? "" : try text(outputPath),
            errors: try text(errorPath))
    }
}

/// A folder that goes when the last who holds it goes.
final class TemporaryFolder: Sendable {
    let path: String
    /// For what the tests themselves write.
    let scratch: String

    init() throws {
        path = NSTemporaryDirectory() + "/atelier-command-" + UUID().uuidString
        scratch = path + "/.scratch"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A path inside.
    func file(_ name: String) -> String { path + "/" + name }

    /// The bytes of a file inside.
    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    /// Writes a file inside.
    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    /// Whether there is a file of a name inside.
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    /// The names in a folder inside, sorted.
    func names(_ name: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: file(name))) ?? []).sorted()
    }
}

/// Expects a refusal as scripts rely on it: its code, one line on standard error that names the thing,
/// nothing on standard output.
func expectRefusal(
    _ outcome: Program.Outcome, code: Int32, naming: [String],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(
        !outcome.wasKilled && outcome.code == code, "\(outcome)", sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, "\(outcome)", sourceLocation: sourceLocation)
    #expect(outcome.errorLines.count == 1, "\(outcome)", sourceLocation: sourceLocation)
    #expect(outcome.errors.hasPrefix("atelier: "), "\(outcome)", sourceLocation: sourceLocation)
    for name in naming {
        #expect(
            outcome.errors.contains(name), "expected '\(name)' in: \(outcome.errors)",
            sourceLocation: sourceLocation)
    }
}

/// Expects that a command did its work.
func expectSuccess(
    _ outcome: Program.Outcome, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(!outcome.wasKilled && outcome.code == 0, "\(outcome)", sourceLocation: sourceLocation)
}
