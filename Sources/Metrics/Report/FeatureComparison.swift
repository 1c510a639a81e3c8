/// All figures that compare the features of made pictures with those of real ones.
public enum FeatureComparison {
    /// How much is compared.
    public struct Configuration: Sendable, Hashable, Codable {
        /// The most rows of each side that neighbours are sought among; time grows with the square.
        public var neighbourRows: Int
        /// How many subsets the kernel distance compares.
        public var subsetCount: Int
        /// The most rows of each side in a subset.
        public var subsetSize: Int
        /// From which subsets follow.
        public var seed: UInt64

        /// Sizes: those of the papers, and 10,000 rows for neighbours.
        public init(
            neighbourRows: Int = 10_000, subsetCount: Int = 100, subsetSize: Int = 1000,
            seed: UInt64 = 0
        ) {
            self.neighbourRows = neighbourRows
            self.subsetCount = subsetCount
            self.subsetSize = subsetSize
            self.seed = seed
        }
    }

    /// The name of a metric that is defined by Inception v3: its plain one for these features alone,
    /// else with the features in brackets.
    public static func name(_ metric: String, features: String) -> String {
        features == InceptionFeatures.exactName ? metric : "\(metric) (\(features))"
    }

    /// FID, KID, precision, recall, density and coverage of made features, and the score where there are
    /// logits.
    ///
    /// Precision to coverage are of as many first rows on either side: they depend on the counts. Rows
    /// should be in random order.
    ///
    /// - Parameter features: The exact name of the network.
    /// - Throws: `FeatureError`, for instance under 6 pictures.
    public static func metrics(
        made: FeatureSet, real: FeatureSet, features: String,
        configuration: Configuration = .init()
    ) throws(FeatureError) -> [MetricsReport.Metric] {
        let frechet = try FrechetDistance.between(made.statistics, real.statistics)
        var metrics = [
            MetricsReport.Metric(
                key: "fid", name: name("FID", features: features), value: frechet.value,
                better: .lower, remark: "falls as pictures are added: compare equal counts")
        ]
        metrics.append(try kernel(made.rows, real.rows, features, configuration))
        metrics += try manifold(made.rows, real.rows, features, configuration)
        if let logits = made.logits {
            let splits = min(10, logits.rowCount)
            let score = try InceptionScore.of(logits: logits, splits: splits)
            let isInception = features == InceptionFeatures.exactName
            metrics.append(
                .init(
                    key: "score", name: isInception ? "Inception score" : "score (\(features))",
                    value: score.value, better: .higher,
                    remark: "s.d. \(rounded(score.standardDeviation)) over \(splits) parts"))
        }
        return metrics
    }

    private static func kernel(
        _ made: FeatureMatrix, _ real: FeatureMatrix, _ features: String,
        _ configuration: Configuration
    ) throws(FeatureError) -> MetricsReport.Metric {
        // Subsets that hold all of a set would all be the same, and seem to have no error.
        let smaller = min(made.rowCount, real.rowCount)
        let size = max(2, min(configuration.subsetSize, smaller / 2))
        let distance = try KernelDistance.between(
            made, real,
            configuration: .init(
                subsetCount: configuration.subsetCount, subsetSize: size, seed: configuration.seed))
        return .init(
            key: "kid", name: name("KID", features: features), value: distance.value,
            standardError: distance.standardError, better: .lower,
            remark: "\(configuration.subsetCount) subsets of \(distance.subsetSize)")
    }

    private static func manifold(
        _ made: FeatureMatrix, _ real: FeatureMatrix, _ features: String,
        _ configuration: Configuration
    ) throws(FeatureError) -> [MetricsReport.Metric] {
        let count = min(made.rowCount, real.rowCount, configuration.neighbourRows)
        let found = try ManifoldMetrics.measure(
            made: made.rows(0..<count), real: real.rows(0..<count))
        let remark = "\(count) pictures of each"
        return [
            ("precision", found.precision), ("recall", found.recall), ("density", found.density),
            ("coverage", found.coverage),
        ].map { key, value in
            .init(
                key: key, name: "\(key) (\(features))", value: value, better: .higher,
                remark: remark)
        }
    }

    /// The figures of a classifier that knows the classes of the data: a collapsed generator leaves
    /// some out.
    ///
    /// - Parameters:
    ///   - logits: Of made pictures, `[N, classes]`.
    ///   - features: The exact name of the network.
    public static func classMetrics(
        logits: FeatureMatrix, features: String
    ) -> [MetricsReport.Metric] {
        let histogram = ClassHistogram(logits: logits)
        let all = histogram.counts.count
        return [
            .init(
                key: "classes", name: "classes (\(features))",
                value: Double(all - histogram.missingClasses.count), better: .higher,
                remark: "of \(all)"),
            .init(
                key: "class_divergence", name: "KL of classes from uniform (\(features))",
                value: histogram.divergenceFromUniform, better: .lower, remark: "in nats"),
        ]
    }

    private static func rounded(_ value: Double) -> Double { (value * 1e4).rounded() / 1e4 }
}
