import ArgumentParser
import Files
import Foundation
import Glibc
import OneDNNBackend
import Reproduction
import Runs

/// What the tables' commands have in common.
struct ReproduceOptions: ParsableArguments {
    @Option(help: "Trials of each method, each from a seed of its own.") var trials: Int?
    @Option(help: "From which the trials' seeds follow.") var seed: UInt64 = 0
    @Option(help: "The folder for the table and its pictures.") var out = "reproduction"
    @Option(
        name: .customLong("method"), parsing: .singleValue,
        help: "Only this method, by its name in the table; may be given several times.")
    var methods: [String] = []
    @Flag(help: "Few steps and small networks: shows that everything works, not how well.")
    var quick = false
    @Option(help: "Steps of a trial, in place of the table's own.") var steps: Int?
    @Option(help: "Threads of the computation (all cores unless given).") var threads: Int?
    @Flag(help: "Say nothing but errors and the table.") var quiet = false

    func validate() throws {
        if let trials, !(1...1000).contains(trials) {
            throw ValidationError("--trials \(trials): expected 1 to 1000")
        }
        if let steps, !(1...100_000_000).contains(steps) {
            throw ValidationError("--steps \(steps): expected 1 to 100000000")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
    }

    /// Those of a table's methods that are asked for.
    ///
    /// - Throws: A usage error for a name that is none of them.
    func chosen<Method>(_ all: [Method], name: (Method) -> String) throws -> [Method] {
        if let wrong = methods.first(where: { wanted in !all.contains { name($0) == wanted } }) {
            throw ValidationError(
                "--method '\(wrong)': expected "
                    + all.map { "'\(name($0))'" }.joined(separator: ", "))
        }
        return methods.isEmpty ? all : all.filter { methods.contains(name($0)) }
    }

    /// Makes the folder, begins to listen for Ctrl-C and starts the engine.
    func begin() throws {
        try Folder.make(out)
        Interruption.install()
        try Engine.start(threads: threads)
    }

    /// A file in the folder.
    func path(_ name: String) -> String { out.hasSuffix("/") ? out + name : "\(out)/\(name)" }

    /// The command as it was given.
    var command: String {
        Provenance.command(["atelier"] + CommandLine.arguments.dropFirst())
    }

    /// Processor, threads and system of this machine.
    var machine: String {
        let facts = OneDNNBackend.facts
        let count = threads ?? OneDNNBackend.coreCount
        return
            "\(Self.processor), \(facts.instructionSet), \(count) thread\(count == 1 ? "" : "s"), "
            + "oneDNN \(facts.version)"
    }

    /// The processor's name, as Linux has it.
    private static var processor: String {
        // Absent on other systems: then the table names none.
        let descriptor = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "unknown processor" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":", maxSplits: 1).last?
            .trimmingCharacters(in: .whitespaces)
        return name ?? "unknown processor"
    }
}
