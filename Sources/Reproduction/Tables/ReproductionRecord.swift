import Foundation

/// A table with what is needed to make it again, and what it cost.
public struct ReproductionRecord: Sendable, Hashable, Codable {
    /// The command that makes it.
    public var command: String
    /// From which the seeds of the trials follow.
    public var seed: UInt64
    /// Processor, threads and operating system.
    public var machine: String
    /// When it was begun, in UTC, as `2026-01-31T12:00:00Z`.
    public var date: String
    /// The version of the software.
    public var version: String
    /// Seconds that each trial took, `[rows][trials]`; of trials that were gone on with, in all.
    public var trialSeconds: [[Double]]
    /// The table.
    public var table: ReproductionTable

    /// A record.
    public init(
        command: String, seed: UInt64, machine: String, date: String, version: String,
        trialSeconds: [[Double]], table: ReproductionTable
    ) {
        self.command = command
        self.seed = seed
        self.machine = machine
        self.date = date
        self.version = version
        self.trialSeconds = trialSeconds
        self.table = table
    }

    /// The record as a document for people.
    public var markdown: String {
        let table = table
        let headings = ["method", "trials"] + table.columns.map(\.name) + ["s a trial"]
        var rows: [[String]] = []
        for (place, row) in table.rows.enumerated() {
            let seconds = trialSeconds.indices.contains(place) ? trialSeconds[place] : []
            let mean = seconds.reduce(0, +) / Double(max(1, seconds.count))
            rows.append(
                [row.method, "\(row.trials.count)"]
                    + table.columns.indices.map { table.text(row, $0) }
                    + [seconds.isEmpty ? "" : String(format: "%.0f", mean)])
            rows.append(
                ["least to largest", ""] + table.columns.indices.map { table.rangeText(row, $0) }
                    + [""])
        }
        let papers = table.published.map { row in
            ["paper: " + row.method, ""] + table.columns.indices.map { table.text(row, $0) } + [""]
        }
        let sources = table.published.map(\.source).reduce(into: [String]()) { list, source in
            if !list.contains(source) { list.append(source) }
        }
        return """
            # \(table.title)

            ```
            \(command)
            ```

            Seed \(seed); \(machine); Atelier \(version); begun \(date). Means over trials and their \
            standard errors.

            \(Self.table(headings, rows + papers))

            \(table.notes.map { "- " + $0 }.joined(separator: "\n"))
            \(sources.map { "- Rows marked as a paper's: " + $0 + "." }.joined(separator: "\n"))

            """
    }

    /// The record for scripts.
    ///
    /// - Throws: `EncodingError`, for numbers that JSON does not have.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// A table in Markdown whose columns are aligned for terminals too.
    private static func table(_ headings: [String], _ rows: [[String]]) -> String {
        let widths = headings.indices.map { column in
            ([headings] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            "| "
                + zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: " | ") + " |"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|")
        return ([line(headings), rule + "|"] + rows.map(line)).joined(separator: "\n")
    }
}
