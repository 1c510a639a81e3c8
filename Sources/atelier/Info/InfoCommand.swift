import ArgumentParser
import OneDNNBackend

/// `atelier info`.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "What was found on this machine: libraries, instruction sets, threads.")

    func run() throws {
        let facts = OneDNNBackend.facts
        Console.print("oneDNN           \(facts.version)")
        Console.print("instruction set  \(facts.instructionSet)")
        Console.print("bfloat16         \(facts.hasBFloat16 ? "in hardware" : "computed in float32 here")")
        Console.print("threads          \(OneDNNBackend.coreCount)")
    }
}
