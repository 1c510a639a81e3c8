import Foundation

/// What was measured of made pictures: figures with their exact names, and what they are of. A value
/// that is printed as a table, or encoded as JSON.
public struct MetricsReport: Sendable, Hashable, Codable {
    /// Which way is better.
    public enum Direction: String, Sendable, Hashable, Codable {
        /// Smaller is better.
        case lower
        /// Larger is better.
        case higher
    }

    /// One figure.
    public struct Metric: Sendable, Hashable, Codable {
        /// What scripts find it by: `fid`.
        public var key: String
        /// Its exact name, the features among it: `FID (squeezenet1.0 pool)`.
        public var name: String
        /// The figure.
        public var value: Double
        /// Its standard error, where it has one.
        public var standardError: Double?
        /// Which way is better.
        public var better: Direction
        /// What else must be known to compare it.
        public var remark: String?

        /// A figure.
        public init(
            key: String, name: String, value: Double, standardError: Double? = nil,
            better: Direction, remark: String? = nil
        ) {
            self.key = key
            self.name = name
            self.value = value
            self.standardError = standardError
            self.better = better
            self.remark = remark
        }
    }

    /// The pictures of a side.
    public struct Pictures: Sendable, Hashable, Codable {
        /// Where they are, or what made them.
        public var path: String
        /// How many were measured.
        public var count: Int
        /// Width, height and channels: `64x64x3`.
        public var shape: String
        /// A digest of what they are: of the checkpoint that made them, or of their pixels.
        public var digest: String?
        /// Steps that the network that made them was trained for.
        public var step: Int?

        /// The pictures of a side.
        public init(
            path: String, count: Int, shape: String, digest: String? = nil, step: Int? = nil
        ) {
            self.path = path
            self.count = count
            self.shape = shape
            self.digest = digest
            self.step = step
        }
    }

    /// The network whose features were compared.
    public struct Features: Sendable, Hashable, Codable {
        /// Its exact name.
        public var name: String
        /// The file of its weights.
        public var file: String
        /// SHA-256 of the file.
        public var digest: String

        /// A network.
        public init(name: String, file: String, digest: String) {
            self.name = name
            self.file = file
            self.digest = digest
        }
    }

    /// The made pictures.
    public var made: Pictures
    /// The real ones.
    public var real: Pictures
    /// The network; nil where none was used.
    public var features: Features?
    /// The figures, in the order in which they are printed.
    public var metrics: [Metric]
    /// What a person should know beside them, a line each.
    public var notes: [String]

    /// A report.
    public init(
        made: Pictures, real: Pictures, features: Features? = nil, metrics: [Metric] = [],
        notes: [String] = []
    ) {
        self.made = made
        self.real = real
        self.features = features
        self.metrics = metrics
        self.notes = notes
    }

    /// The figure of a key.
    public func metric(_ key: String) -> Metric? { metrics.first { $0.key == key } }

    /// The report as lines: what was compared, a table, notes.
    public var text: String {
        var lines = ["made      \(Self.line(made))", "real      \(Self.line(real))"]
        if let features {
            let digest = features.digest.prefix(12)
            lines.append("features  \(features.name): \(features.file) \(digest)")
        }
        lines.append("")
        let figures = metrics.map { metric -> String in
            let error = metric.standardError.map { " ± \(Self.number($0, digits: 2))" } ?? ""
            return Self.number(metric.value, digits: 5) + error
        }
        let nameWidth = metrics.map(\.name.count).max() ?? 0
        let figureWidth = figures.map(\.count).max() ?? 0
        for (metric, figure) in zip(metrics, figures) {
            let remark = metric.remark.map { "; \($0)" } ?? ""
            lines.append(
                "  " + Self.padded(metric.name, nameWidth) + "  " + Self.padded(figure, figureWidth)
                    + "  \(metric.better.rawValue) is better\(remark)")
        }
        if !notes.isEmpty { lines.append("") }
        return (lines + notes).joined(separator: "\n")
    }

    private static func line(_ pictures: Pictures) -> String {
        let step = pictures.step.map { " (step \($0))" } ?? ""
        return "\(pictures.path)\(step): \(pictures.count) pictures of \(pictures.shape)"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// A figure with so many digits that count.
    private static func number(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)g", value)
    }
}
