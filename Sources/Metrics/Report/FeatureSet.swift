/// What a feature network said of a set of pictures, as metrics need it.
public struct FeatureSet: Sendable, Hashable {
    /// Mean and covariance of all pictures' features.
    public var statistics: FeatureStatistics
    /// The features of the first pictures, all where they fit.
    public var rows: FeatureMatrix
    /// The logits of all pictures; nil where there are none, or none are needed.
    public var logits: FeatureMatrix?

    /// A set.
    public init(
        statistics: FeatureStatistics, rows: FeatureMatrix, logits: FeatureMatrix? = nil
    ) {
        precondition(
            statistics.featureCount == rows.featureCount,
            "[FeatureSet] expected statistics and rows of as many features, got "
                + "\(statistics.featureCount) and \(rows.featureCount)")
        self.statistics = statistics
        self.rows = rows
        self.logits = logits
    }

    /// How many pictures the statistics are of.
    public var count: Int { statistics.rowCount }
}

/// Gathers what a feature network says of pictures that come in batches.
public struct FeatureCollector: Sendable {
    /// Bytes that the rows of a set take at most, unless told otherwise.
    public static let mostRowBytes = 512 << 20

    /// How many rows are kept at most.
    public let rowLimit: Int
    private let featureCount: Int
    private var accumulator: FeatureAccumulator
    private var rows: [Float] = []
    private var logits: [Float]?
    private var logitCount: Int?

    /// A collector of nothing yet.
    ///
    /// - Parameters:
    ///   - featureCount: Features of a picture.
    ///   - rowLimit: How many pictures' features are kept; as many as take ``mostRowBytes`` unless
    ///     given.
    ///   - logitCount: Classes of the logits that are kept; nil keeps none.
    /// - Throws: `FeatureError.tooManyFeatures`.
    public init(
        featureCount: Int, rowLimit: Int? = nil, logitCount: Int? = nil
    ) throws(FeatureError) {
        accumulator = try FeatureAccumulator(featureCount: featureCount)
        self.featureCount = featureCount
        self.rowLimit = rowLimit ?? max(1, Self.mostRowBytes / (4 * featureCount))
        self.logitCount = logitCount
        logits = logitCount.map { _ in [] }
    }

    /// Takes what was said of further pictures.
    ///
    /// - Throws: `FeatureError` for features that are not finite, or of another network.
    public mutating func add(_ extracted: ExtractedFeatures) throws(FeatureError) {
        let matrix = try FeatureMatrix(extracted.features, featureCount: extracted.featureCount)
        try accumulator.add(matrix)
        let room = max(0, rowLimit * featureCount - rows.count)
        rows += matrix.values.prefix(room)
        if let found = extracted.logits { logits? += found }
    }

    /// Everything so far.
    ///
    /// - Throws: `FeatureError.tooFewRows` under 2 pictures.
    public func set() throws(FeatureError) -> FeatureSet {
        var matrix: FeatureMatrix?
        if let logits, let logitCount, !logits.isEmpty {
            matrix = try FeatureMatrix(logits, featureCount: logitCount)
        }
        return FeatureSet(
            statistics: try accumulator.statistics(),
            rows: try FeatureMatrix(rows, featureCount: featureCount), logits: matrix)
    }
}
