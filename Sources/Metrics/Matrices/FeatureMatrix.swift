/// Features of pictures, a row each: finite numbers of one network.
public struct FeatureMatrix: Sendable, Hashable {
    /// The largest magnitude taken: squares and sums of so many stay finite in float32.
    public static let largestMagnitude: Float = 1e15

    /// The features, row-major, `[rowCount, featureCount]`.
    public let values: [Float]
    /// How many rows there are.
    public let rowCount: Int
    /// How many features a row has.
    public let featureCount: Int

    /// A matrix of row-major values, `[N, featureCount]`; N may be 0.
    ///
    /// - Throws: `FeatureError` if there is no whole number of rows, or a value is not finite or
    ///   above ``largestMagnitude``.
    public init(_ values: [Float], featureCount: Int) throws(FeatureError) {
        precondition(
            featureCount > 0 && featureCount < 1 << 24,
            "[FeatureMatrix] expected 1 to 2^24 features, got \(featureCount)")
        guard values.count % featureCount == 0 else {
            throw .raggedRows(values: values.count, features: featureCount)
        }
        self.values = values
        self.featureCount = featureCount
        rowCount = values.count / featureCount
        try Self.check(values, featureCount)
    }

    /// A matrix of row-major values, `[N, featureCount]`, rounded to float32.
    ///
    /// - Throws: `FeatureError` as for float32, also where one is too large for that.
    public init(_ values: [Double], featureCount: Int) throws(FeatureError) {
        try self.init(values.map { Float($0) }, featureCount: featureCount)
    }

    /// The rows of several matrices, one after the other.
    ///
    /// - Throws: `FeatureError.differentFeatureCounts`.
    public init(joining parts: [FeatureMatrix]) throws(FeatureError) {
        precondition(!parts.isEmpty, "[FeatureMatrix] expected matrices to join, got none")
        featureCount = parts[0].featureCount
        var values: [Float] = []
        values.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
        for part in parts {
            guard part.featureCount == featureCount else {
                throw .differentFeatureCounts(featureCount, part.featureCount)
            }
            values += part.values
        }
        self.values = values
        rowCount = values.count / featureCount
    }

    private init(unchecked values: [Float], featureCount: Int) {
        self.values = values
        self.featureCount = featureCount
        rowCount = values.count / featureCount
    }

    /// Some rows, in the order asked for; a row may be asked for more than once.
    public func rows(_ indices: some Collection<Int>) -> FeatureMatrix {
        var picked: [Float] = []
        picked.reserveCapacity(indices.count * featureCount)
        for row in indices {
            precondition(
                row >= 0 && row < rowCount,
                "[FeatureMatrix.rows] expected a row in 0..<\(rowCount), got \(row)")
            picked += values[row * featureCount..<(row + 1) * featureCount]
        }
        return FeatureMatrix(unchecked: picked, featureCount: featureCount)
    }

    private static func check(_ values: [Float], _ featureCount: Int) throws(FeatureError) {
        // NaN fails the comparison too.
        let bad = values.withUnsafeBufferPointer { values -> Int? in
            var count = 0
            for value in values { count &+= abs(value) <= largestMagnitude ? 0 : 1 }
            return count == 0 ? nil : values.firstIndex { !(abs($0) <= largestMagnitude) }
        }
        guard let bad else { return }
        let (row, feature, value) = (bad / featureCount, bad % featureCount, values[bad])
        if value.isFinite {
            throw .tooLarge(row: row, feature: feature, value: value, limit: largestMagnitude)
        }
        throw .notFinite(row: row, feature: feature, value: "\(value)")
    }

    /// Throws unless two sets can be compared and have rows enough.
    package static func check(
        _ one: FeatureMatrix, _ other: FeatureMatrix, for what: String, needed: Int
    ) throws(FeatureError) {
        guard one.featureCount == other.featureCount else {
            throw .differentFeatureCounts(one.featureCount, other.featureCount)
        }
        for set in [one, other] where set.rowCount < needed {
            throw .tooFewRows(what: what, found: set.rowCount, needed: needed)
        }
    }
}
