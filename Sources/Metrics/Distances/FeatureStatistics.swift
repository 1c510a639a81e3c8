/// The mean and covariance of features: what a Frechet distance needs of a set of pictures.
public struct FeatureStatistics: Sendable, Hashable, Codable {
    /// The largest count of features: their covariance has the square of it (8192: 512 MB).
    public static let largestFeatureCount = 8192

    /// How many rows the statistics are of, 2 or more.
    public let rowCount: Int
    /// The mean of each feature, `[F]`.
    public let mean: [Double]
    /// The covariance, divided by `rowCount - 1`, row-major and exactly symmetric, `[F, F]`.
    public let covariance: [Double]
    /// How many features there are.
    public var featureCount: Int { mean.count }

    /// Statistics from outside, such as a file.
    ///
    /// - Throws: `FeatureError` if sizes do not agree, a number is not finite, or the covariance is
    ///   not symmetric or has a negative diagonal.
    public init(rowCount: Int, mean: [Double], covariance: [Double]) throws(FeatureError) {
        self.rowCount = rowCount
        self.mean = mean
        self.covariance = covariance
        if let reason = Self.problem(rowCount, mean, covariance) {
            throw .invalidStatistics(reason: reason)
        }
    }

    /// The statistics of a whole set at once.
    ///
    /// - Throws: `FeatureError.tooFewRows` under 2 rows, `.tooManyFeatures`.
    public init(of features: FeatureMatrix) throws(FeatureError) {
        var accumulator = try FeatureAccumulator(featureCount: features.featureCount)
        try accumulator.add(features)
        self = try accumulator.statistics()
    }

    /// Statistics that are known to be well formed.
    init(trusted rowCount: Int, _ mean: [Double], _ covariance: [Double]) {
        self.rowCount = rowCount
        self.mean = mean
        self.covariance = covariance
    }

    private enum CodingKeys: String, CodingKey { case rowCount, mean, covariance }

    /// Decodes and checks statistics.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            rowCount: container.decode(Int.self, forKey: .rowCount),
            mean: container.decode([Double].self, forKey: .mean),
            covariance: container.decode([Double].self, forKey: .covariance))
    }

    private static func problem(
        _ rowCount: Int, _ mean: [Double], _ covariance: [Double]
    ) -> String? {
        let count = mean.count
        guard rowCount >= 2 else { return "expected 2 rows or more, found \(rowCount)" }
        guard count > 0, count <= largestFeatureCount else {
            return "expected 1 to \(largestFeatureCount) features, found \(count)"
        }
        guard covariance.count == count * count else {
            return "expected a covariance of \(count) x \(count), found \(covariance.count) values"
        }
        // Magnitudes that features can have, and so that products of two covariances are finite.
        let limit = Double(FeatureMatrix.largestMagnitude)
        guard mean.allSatisfy({ abs($0) <= limit }) else { return "a mean is not finite" }
        return covariance.withUnsafeBufferPointer { covariance -> String? in
            for row in 0..<count {
                guard covariance[row * count + row] >= 0 else {
                    return "variance \(row) is \(covariance[row * count + row])"
                }
                for column in row..<count {
                    let value = covariance[row * count + column]
                    guard abs(value) <= limit * limit * 2 else {
                        return "the covariance at \(row), \(column) is \(value)"
                    }
                    guard value == covariance[column * count + row] else {
                        return "the covariance is not symmetric at \(row), \(column)"
                    }
                }
            }
            return nil
        }
    }
}

/// Mean and covariance of features that come in batches.
///
/// Rows are taken in blocks of a fixed size however they come, so batches of another size give the
/// same bits. Each block is centred on its own mean and merged by the rule of Chan, Golub and LeVeque
/// 1979, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances",
/// https://doi.org/10.1007/978-3-642-51461-6_3: nothing cancels, whatever the mean.
public struct FeatureAccumulator: Sendable {
    private static let blockRows = 512

    /// How many features a row has.
    public let featureCount: Int
    /// How many rows were added.
    public var rowCount: Int { mergedRows + pending.count / featureCount }

    private var mergedRows = 0
    private var mean: [Double]
    /// The upper triangle of the sum of products of deviations, `[F, F]`.
    private var scatter: [Double]
    private var pending: [Double] = []

    /// An accumulator of no rows yet.
    ///
    /// - Throws: `FeatureError.tooManyFeatures` above ``FeatureStatistics/largestFeatureCount``.
    public init(featureCount: Int) throws(FeatureError) {
        precondition(
            featureCount > 0, "[FeatureAccumulator] expected features, got \(featureCount)")
        guard featureCount <= FeatureStatistics.largestFeatureCount else {
            throw .tooManyFeatures(
                found: featureCount, limit: FeatureStatistics.largestFeatureCount)
        }
        self.featureCount = featureCount
        mean = [Double](repeating: 0, count: featureCount)
        scatter = [Double](repeating: 0, count: featureCount * featureCount)
    }

    /// Adds rows.
    ///
    /// - Throws: `FeatureError.differentFeatureCounts`.
    public mutating func add(_ features: FeatureMatrix) throws(FeatureError) {
        guard features.featureCount == featureCount else {
            throw .differentFeatureCounts(featureCount, features.featureCount)
        }
        var next = 0
        while next < features.values.count {
            let room = Self.blockRows * featureCount - pending.count
            let end = min(features.values.count, next + room)
            pending.append(contentsOf: features.values[next..<end].lazy.map(Double.init))
            next = end
            if pending.count == Self.blockRows * featureCount { mergePending() }
        }
    }

    /// Adds the rows that another accumulator has seen.
    ///
    /// - Throws: `FeatureError.differentFeatureCounts`.
    public mutating func merge(_ other: FeatureAccumulator) throws(FeatureError) {
        guard other.featureCount == featureCount else {
            throw .differentFeatureCounts(featureCount, other.featureCount)
        }
        mergePending()
        var other = other
        other.mergePending()
        for i in scatter.indices { scatter[i] += other.scatter[i] }
        shift(towards: other.mean, rows: other.mergedRows)
    }

    /// The mean and covariance of all rows so far.
    ///
    /// - Throws: `FeatureError.tooFewRows` under 2 rows.
    public func statistics() throws(FeatureError) -> FeatureStatistics {
        guard rowCount >= 2 else {
            throw .tooFewRows(what: "a covariance", found: rowCount, needed: 2)
        }
        var whole = self
        whole.mergePending()
        let divisor = Double(whole.mergedRows - 1)
        var covariance = whole.scatter
        for i in covariance.indices { covariance[i] /= divisor }
        LinearAlgebra.mirrorUpper(&covariance, order: featureCount)
        return FeatureStatistics(trusted: whole.mergedRows, whole.mean, covariance)
    }

    private mutating func mergePending() {
        guard !pending.isEmpty else { return }
        let (rows, width) = (pending.count / featureCount, featureCount)
        var blockMean = [Double](repeating: 0, count: width)
        for row in 0..<rows {
            for i in 0..<width { blockMean[i] += pending[row * width + i] }
        }
        for i in 0..<width { blockMean[i] /= Double(rows) }
        for row in 0..<rows {
            for i in 0..<width { pending[row * width + i] -= blockMean[i] }
        }
        scatter.withUnsafeMutableBufferPointer { scatter in
            pending.withUnsafeBufferPointer { pending in
                guard let rowsPointer = pending.baseAddress, let sums = scatter.baseAddress
                else { return }
                LinearAlgebra.addGram(of: rowsPointer, count: rows, width: width, to: sums)
            }
        }
        pending.removeAll(keepingCapacity: true)
        shift(towards: blockMean, rows: rows)
    }

    /// Takes the mean of further rows in, whose deviations are in the sums already.
    private mutating func shift(towards otherMean: [Double], rows: Int) {
        guard rows > 0 else { return }
        let total = Double(mergedRows + rows)
        if mergedRows > 0 {
            let weight = Double(mergedRows) * Double(rows) / total
            let (width, mean) = (featureCount, mean)
            scatter.withUnsafeMutableBufferPointer { scatter in
                for row in 0..<width {
                    let scaled = (otherMean[row] - mean[row]) * weight
                    for column in row..<width {
                        scatter[row * width + column] += scaled * (otherMean[column] - mean[column])
                    }
                }
            }
        }
        let share = Double(rows) / total
        for i in mean.indices { mean[i] += (otherMean[i] - mean[i]) * share }
        mergedRows += rows
    }
}
