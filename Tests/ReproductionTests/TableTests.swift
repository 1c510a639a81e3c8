import Foundation
import Metrics
import Reproduction
import Testing

/// What a table says of trials.
@Suite struct TableTests {
    private var record: ReproductionRecord {
        let table = ReproductionTable(
            title: "A table", notes: ["A note."],
            columns: [
                .init("modes", digits: 1), .init("share", unit: .share, digits: 1),
                .init("divergence", digits: 2),
            ],
            rows: [
                .init(
                    method: "ours", seeds: [1, 2], trials: [[7, 0.5, 0.25], [8, 0.75, nil]])
            ],
            published: [
                .init(
                    method: "theirs", figures: [.init(6.3, 0.5), nil, .init(0.45)],
                    source: "A paper")
            ])
        return ReproductionRecord(
            command: "atelier reproduce table", seed: 3, machine: "a machine",
            date: "2026-01-31T12:00:00Z", version: "0", trialSeconds: [[10, 20]], table: table)
    }

    @Test func aDocumentHasMeansErrorsAndThePaper() throws {
        let lines = record.markdown.split(separator: "\n").map(String.init)
        let ours = try #require(lines.first { $0.hasPrefix("| ours") })
        #expect(ours.contains("7.5 ± 0.5"))
        // The deviation of 50 and 75 is 17.68, its error over two trials 12.5.
        #expect(ours.contains("62.5 % ± 12.5 %"))
        #expect(ours.contains("not finite"))
        #expect(ours.contains("15"))
        let range = try #require(lines.first { $0.hasPrefix("| least to largest") })
        #expect(range.contains("7.0 to 8.0"))
        let theirs = try #require(lines.first { $0.hasPrefix("| paper: theirs") })
        #expect(theirs.contains("6.3 ± 0.5") && theirs.contains("0.45"))
        #expect(lines.contains("atelier reproduce table"))
        #expect(lines.contains { $0.contains("A paper") } && lines.contains("- A note."))
        // Every line of the table has as many cells.
        let cells = lines.filter { $0.hasPrefix("|") }.map { $0.split(separator: "|").count }
        #expect(Set(cells) == [6])
    }

    @Test func jsonIsReadAsItWasWritten() throws {
        let text = try record.json()
        let read = try JSONDecoder().decode(ReproductionRecord.self, from: Data(text.utf8))
        #expect(read == record)
        #expect(read.table.rows[0].trials[1][2] == nil)
    }

    @Test func onlyWholeColumnsAreSummarised() {
        let row = record.table.rows[0]
        #expect(row.summary(0) == TrialSummary([7, 8]))
        #expect(row.summary(2) == nil)
    }
}
