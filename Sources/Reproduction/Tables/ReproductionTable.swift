import Foundation
public import Metrics

/// A table of a paper, by our own trials: a row a method, and the paper's rows beside them.
///
/// Equal configurations and seeds give equal tables: how long trials took stands in the
/// ``ReproductionRecord`` around it.
public struct ReproductionTable: Sendable, Hashable, Codable {
    /// A figure that every trial has.
    public struct Column: Sendable, Hashable, Codable {
        /// How the figure is written.
        public enum Unit: String, Sendable, Hashable, Codable {
            /// As it is.
            case number
            /// 0 ... 1, written as a percentage.
            case share
        }

        /// The heading.
        public var name: String
        /// How the figure is written.
        public var unit: Unit
        /// Digits after the point.
        public var digits: Int

        /// A column.
        public init(_ name: String, unit: Unit = .number, digits: Int) {
            self.name = name
            self.unit = unit
            self.digits = digits
        }
    }

    /// What every trial of one method gave.
    public struct Row: Sendable, Hashable, Codable {
        /// The method, by its paper's name.
        public var method: String
        /// The seed of each trial.
        public var seeds: [UInt64]
        /// `[trials][columns]`; nil where a figure is not finite, as a divergence without samples.
        public var trials: [[Double?]]

        /// A row.
        public init(method: String, seeds: [UInt64], trials: [[Double?]]) {
            precondition(
                seeds.count == trials.count,
                "[ReproductionTable.Row] expected a trial for each of \(seeds.count) seeds, got "
                    + "\(trials.count)")
            self.method = method
            self.seeds = seeds
            self.trials = trials
        }

        /// A figure over all trials; nil where one of them has none.
        public func summary(_ column: Int) -> TrialSummary? {
            let values = trials.compactMap { $0[column] }
            return values.isEmpty || values.count < trials.count ? nil : TrialSummary(values)
        }
    }

    /// The table's name.
    public var title: String
    /// What was done, a paragraph each: data, networks, lengths, and how it differs from the paper.
    public var notes: [String]
    /// The figures.
    public var columns: [Column]
    /// A row a method.
    public var rows: [Row]
    /// The rows of papers; their figures go by the columns of the same place.
    public var published: [PublishedRow]

    /// A row of a paper.
    public struct PublishedRow: Sendable, Hashable, Codable {
        /// The method, by its paper's name.
        public var method: String
        /// A figure a column, as printed; nil where the paper has none.
        public var figures: [PublishedResult.Figure?]
        /// Where it stands.
        public var source: String

        /// A row.
        public init(method: String, figures: [PublishedResult.Figure?], source: String) {
            self.method = method
            self.figures = figures
            self.source = source
        }
    }

    /// A table without rows of ours yet.
    public init(
        title: String, notes: [String], columns: [Column], rows: [Row] = [],
        published: [PublishedRow] = []
    ) {
        self.title = title
        self.notes = notes
        self.columns = columns
        self.rows = rows
        self.published = published
    }

    /// A figure as a trial's value: nil unless it is finite.
    static func figure(_ value: Double) -> Double? { value.isFinite ? value : nil }

    /// What a row says in a column.
    func text(_ row: Row, _ column: Int) -> String {
        guard let summary = row.summary(column) else { return "not finite" }
        return Self.text(
            mean: summary.mean, error: summary.count > 1 ? summary.standardError : nil,
            columns[column])
    }

    /// What a paper says in a column.
    func text(_ row: PublishedRow, _ column: Int) -> String {
        guard row.figures.indices.contains(column), let figure = row.figures[column] else {
            return ""
        }
        return Self.text(mean: figure.mean, error: figure.standardError, columns[column])
    }

    /// The worst and the best trial in a column, as `7.0 to 8.0`.
    func rangeText(_ row: Row, _ column: Int) -> String {
        guard let summary = row.summary(column) else { return "" }
        return Self.number(summary.least, columns[column]) + " to "
            + Self.number(summary.largest, columns[column])
    }

    private static func text(mean: Double, error: Double?, _ column: Column) -> String {
        number(mean, column) + (error.map { " ± " + number($0, column) } ?? "")
    }

    private static func number(_ value: Double, _ column: Column) -> String {
        column.unit == .share
            ? String(format: "%.\(column.digits)f %%", value * 100)
            : String(format: "%.\(column.digits)f", value)
    }
}
