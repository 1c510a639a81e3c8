import ArgumentParser
import Imaging
import Runs

/// `atelier inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "What a picture, checkpoint or run says of itself.",
        discussion: """
              atelier inspect grid.png   the checkpoint, seeds and command that made it
              atelier inspect RUN        the run's settings and newest checkpoint
              atelier inspect step-00001000.safetensors
            """)

    @Argument(help: "A PNG, a checkpoint (or any safetensors file), or a run.")
    var file: String
    @Flag(help: "As JSON, for scripts.") var json = false

    func run() throws {
        try reportingFailures {
            if RunFolder.isRun(file) {
                let found = try RunFolder.open(file).checkpoints.latest()
                try show(found.checkpoint)
            } else if file.lowercased().hasSuffix(".png") {
                try showPicture()
            } else {
                let tensors = try SafetensorsFile(path: file)
                if let record = tensors.metadata[ClassifierFile.key] {
                    try show(tensors, facts: [("classifier", record)])
                } else if Checkpoint.isClaimed(by: tensors) {
                    try show(Checkpoint(path: file))
                } else {
                    if tensors.claimedDigest != nil { try tensors.verifySeal() }
                    let facts = tensors.metadata.sorted { $0.key < $1.key }
                    try show(
                        tensors,
                        facts: [("tensors", "\(tensors.names.count)")]
                            + facts.map { ($0.key, $0.value) })
                }
            }
        }
    }

    private func showPicture() throws {
        let texts = try PNGFile.text(contentsOf: file)
        let probe = try ImageFile.probe(contentsOf: file)
        if json {
            var values = Dictionary(texts.map { ($0.key, $0.value) }) { first, _ in first }
            values["width"] = "\(probe.width)"
            values["height"] = "\(probe.height)"
            Console.print(try JSONText.of(values))
            return
        }
        var facts = [
            ("size", "\(probe.width)x\(probe.height)"), ("depth", "\(probe.facts.bitDepth) bit"),
        ]
        facts += texts.map { ($0.key, $0.value) }
        if texts.isEmpty {
            facts.append(("text", "none: this picture says nothing of how it was made"))
        }
        print(facts)
    }

    private func show(_ checkpoint: Checkpoint) throws {
        let metric = checkpoint.metric.map { " (\($0.name))" } ?? ""
        let best = checkpoint.score.map { [("score", "\($0)\(metric)")] } ?? []
        try show(
            checkpoint.file,
            facts: [
                ("checkpoint", checkpoint.path), ("digest", checkpoint.digest),
                ("step", "\(checkpoint.step)"), ("pictures seen", "\(checkpoint.images)"),
            ] + best + [
                ("settings", checkpoint.configurationText), ("state", checkpoint.stateText),
            ])
    }

    private func show(_ file: SafetensorsFile, facts: [(String, String)]) throws {
        if json {
            struct Table: Encodable {
                struct Row: Encodable {
                    var name: String
                    var type: String
                    var shape: [Int]
                }
                var metadata: [String: String]
                var tensors: [Row]
            }
            let table = Table(
                metadata: file.metadata,
                tensors: file.entries.map {
                    .init(name: $0.name, type: $0.type.rawValue, shape: $0.shape)
                })
            Console.print(try JSONText.of(table))
            return
        }
        print(facts)
        let rows = file.entries
        let width = min(64, rows.map(\.name.count).max() ?? 0)
        var total = 0
        Console.print("")
        for row in rows {
            let count = row.shape.reduce(1, *)
            total += count
            let name = row.name + String(repeating: " ", count: max(0, width - row.name.count))
            let shape = row.shape.map(String.init).joined(separator: "x")
            Console.print("  \(name)  \(row.type.rawValue)  \(shape.isEmpty ? "scalar" : shape)")
        }
        Console.print("\n\(rows.count) tensors, \(Readable.count(Double(total))) numbers")
    }

    private func print(_ facts: [(String, String)]) {
        let width = facts.map(\.0.count).max() ?? 0
        for (name, value) in facts {
            Console.print(name + String(repeating: " ", count: width - name.count) + "  " + value)
        }
    }
}
