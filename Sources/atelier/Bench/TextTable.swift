/// Columns of text, aligned: the first to the right for numbers, or to the left for words.
struct TextTable {
    /// How a column stands.
    enum Alignment {
        case left, right
    }

    private let alignments: [Alignment]
    private var rows: [[String]]

    init(_ columns: [(String, Alignment)]) {
        alignments = columns.map(\.1)
        rows = [columns.map(\.0)]
    }

    /// Adds a row; one text a column.
    mutating func add(_ row: [String]) { rows.append(row) }

    /// The table, a line a row, each with a margin of two spaces.
    var lines: [String] {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = " "
            for (column, text) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - text.count)
                line += " " + (alignments[column] == .right ? gap + text : text + gap)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }
}
