import ArgumentParser
import Imaging
import OneDNNBackend
import Viewer

/// `atelier info`.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "What was found on this machine: libraries, instruction sets, threads.",
        discussion: "Include it in a report of a problem.")

    @Flag(help: "As JSON, for scripts.") var json = false

    func run() throws {
        try reportingFailures {
            let facts = OneDNNBackend.facts
            var rows = [
                ("Atelier", Atelier.version), ("oneDNN", facts.version),
                ("instruction set", facts.instructionSet),
                ("bfloat16", facts.hasBFloat16 ? "in hardware" : "computed in float32 here"),
                ("threads", "\(OneDNNBackend.coreCount)"),
            ]
            rows += (ImagingLibraries.versions + ViewerLibraries.versions).map {
                ($0.name, $0.version)
            }
            rows.append(
                (
                    "display",
                    DisplayProbe.hasDisplay ? "found" : "none: windows are drawn off screen only"
                ))
            if json {
                Console.print(try JSONText.of(Dictionary(rows) { first, _ in first }))
                return
            }
            let width = rows.map(\.0.count).max() ?? 0
            for (name, value) in rows {
                Console.print(name + String(repeating: " ", count: width - name.count + 2) + value)
            }
        }
    }
}
