import OneDNNBackend

/// A plan as a drawing in Graphviz' language: steps as boxes, what one hands to another as arrows.
///
/// `dot -Tsvg plan.dot -o plan.svg` draws it. What lies on one height can run in any order; a step
/// stands below everything that it waits for.
struct PlanDrawing {
    private let plan: PlanDescription
    private let title: String
    /// Milliseconds of each step, where they were measured.
    private let milliseconds: [Double]?

    /// - Parameters:
    ///   - plan: What is drawn.
    ///   - title: What it is the plan of.
    ///   - milliseconds: Of each step, where they were measured.
    init(_ plan: PlanDescription, title: String, milliseconds: [Double]? = nil) {
        self.plan = plan
        self.title = title
        self.milliseconds = milliseconds
    }

    /// The drawing.
    var text: String {
        var lines = [
            "// \(title)", "digraph plan {", "  label=\(quoted(caption)); labelloc=t; fontsize=20;",
            "  fontname=\"Helvetica\"; rankdir=TB; nodesep=0.2; ranksep=0.4; newrank=true;",
            "  node [shape=box, style=\"filled,rounded\", fontname=\"Helvetica\", fontsize=11, "
                + "margin=\"0.1,0.05\"];",
            "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#777777\", arrowsize=0.6];",
            legend,
        ]
        lines += plan.steps.indices.map(node)
        lines += ranks
        lines += edges
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private var caption: String {
        var text =
            "\(title)\n\(plan.steps.count) steps, arena peak \(Readable.bytes(plan.arenaByteCount)), "
            + "scratch \(Readable.bytes(plan.scratchByteCount))"
        if let milliseconds {
            text += ", kernels \(Readable.fixed(milliseconds.reduce(0, +), 2)) ms"
        }
        return text
    }

    // MARK: Steps

    private func node(_ index: Int) -> String {
        let step = plan.steps[index]
        var lines = ["\(index)  \(step.kind)"]
        lines += details(step)
        let given = outside(step.reads, .input)
        if given.count > 0 { lines.append("reads \(given.count) given, \(given.bytes)") }
        let made = outside(step.writes, .output)
        if made.count > 0 { lines.append("makes \(made.count) of the results, \(made.bytes)") }
        var style = "fillcolor=\"\(Self.colour(step.kind))\""
        if let milliseconds {
            let all = max(milliseconds.reduce(0, +), 1e-9)
            lines.append("\(Readable.fixed(milliseconds[index], 3)) ms")
            style += ", penwidth=\(Readable.fixed(1 + 20 * milliseconds[index] / all, 1))"
        }
        return "  s\(index) [label=\(quoted(lines.joined(separator: "\n"))), \(style)];"
    }

    /// The result's shape and the algorithm, out of `kind [shapes] -> [shape] algorithm`.
    private func details(_ step: PlanDescription.Step) -> [String] {
        if let arrow = step.label.firstRange(of: "-> ") {
            let rest = step.label[arrow.upperBound...]
            guard let end = rest.firstIndex(of: "]") else { return [String(rest)] }
            let algorithm = rest[rest.index(after: end)...].drop { $0 == " " }
            return [String(rest[...end])] + (algorithm.isEmpty ? [] : [String(algorithm)])
        }
        let rest = step.label.dropFirst(
            step.label.hasPrefix(step.kind) ? step.kind.count : 0
        ).drop { $0 == " " }
        // A list of inputs would make the box too wide.
        return rest.split(separator: ": ").map { String($0.prefix(40)) }
    }

    private func outside(_ storages: [Int], _ source: PlanDescription.Source) -> (
        count: Int, bytes: String
    ) {
        let found = Set(storages).map { plan.storages[$0] }.filter { $0.source == source }
        return (found.count, Readable.bytes(found.reduce(0) { $0 + $1.byteCount }))
    }

    private var ranks: [String] {
        Dictionary(grouping: plan.steps.indices) { plan.steps[$0].level }
            .sorted { $0.key < $1.key }
            .map { "  { rank=same; " + $0.value.map { "s\($0);" }.joined(separator: " ") + " }" }
    }

    // MARK: What is handed on

    private var edges: [String] {
        var lines: [String] = []
        var writer: [Int: Int] = [:]
        for (index, step) in plan.steps.enumerated() {
            var bytes: [Int: Int] = [:]
            for storage in Set(step.reads) {
                if let from = writer[storage], from != index {
                    bytes[from, default: 0] += plan.storages[storage].byteCount
                }
            }
            for (from, size) in bytes.sorted(by: { $0.key < $1.key }) {
                let width = size > 1_000_000 ? 2.5 : size > 10_000 ? 1.5 : 0.7
                lines.append(
                    "  s\(from) -> s\(index) [label=\"\(Readable.bytes(size))\", penwidth=\(width)];"
                )
            }
            for storage in step.writes { writer[storage] = index }
        }
        return lines
    }

    // MARK: Colours

    private static let colours: [(kind: String, colour: String)] = [
        ("conv2d", "#9ecae1"), ("conv2dInputGradient", "#c6b3e6"),
        ("conv2dWeightGradient", "#f4a6a6"), ("matmul", "#8fd3c4"), ("fused", "#fde08a"),
        ("pack", "#d0d0d0"), ("unpack", "#d0d0d0"), ("random", "#c2e59c"),
    ]

    private static func colour(_ kind: String) -> String {
        colours.first { $0.kind == kind }?.colour ?? "#f5f5f5"
    }

    private var legend: String {
        let kinds = Set(plan.steps.map(\.kind)).sorted()
        let cells = kinds.map { kind in
            let count = plan.steps.count { $0.kind == kind }
            return "<TR><TD BGCOLOR=\"\(Self.colour(kind))\">\(kind)</TD><TD>\(count)</TD></TR>"
        }
        return "  legend [shape=plain, style=\"\", label=<<TABLE BORDER=\"0\" CELLBORDER=\"1\" "
            + "CELLSPACING=\"0\">\(cells.joined())</TABLE>>];"
    }

    /// Text in quotes; line ends become Graphviz' own.
    private func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"" + escaped.replacing("\n", with: "\\n") + "\""
    }
}
