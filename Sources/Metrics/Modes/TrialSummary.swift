import Foundation

/// A figure over independent trials, as papers' tables have it.
public struct TrialSummary: Sendable, Hashable, Codable {
    /// How many trials there were.
    public var count: Int
    /// Their mean.
    public var mean: Double
    /// The standard deviation, divided by the count less one; 0 for one trial.
    public var standardDeviation: Double
    /// The smallest and the largest trial.
    public var least: Double, largest: Double
    /// The standard error of the mean.
    public var standardError: Double { standardDeviation / Double(count).squareRoot() }

    /// Summarises one figure a trial.
    public init(_ values: [Double]) {
        precondition(!values.isEmpty, "[TrialSummary] expected trials, got none")
        count = values.count
        let mean = values.reduce(0, +) / Double(values.count)
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardDeviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : 0
        least = values.reduce(values[0]) { min($0, $1) }
        largest = values.reduce(values[0]) { max($0, $1) }
    }

    /// Mean and standard error, as `7.8 ± 0.1`.
    public func text(digits: Int) -> String {
        String(format: "%.\(digits)f ± %.\(digits)f", mean, standardError)
    }
}
