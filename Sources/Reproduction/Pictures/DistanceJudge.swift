public import Metrics
public import Networks

/// How far made pictures are from real ones, by the features of a network.
public struct DistanceJudge: Sendable {
    /// What the features are, as printed.
    public var featureName: String { network.name }
    /// How many real pictures there are.
    public var realCount: Int { reals.rowCount }
    private let network: any FeatureNetwork
    private let reals: FeatureMatrix
    private let statistics: FeatureStatistics

    /// A judge that has seen the real pictures.
    ///
    /// - Throws: `FeatureError`, for instance under two pictures.
    public init(_ network: any FeatureNetwork, reals: PictureSet) throws(FeatureError) {
        self.network = network
        let made = network.features(of: reals.bytes, shape: reals.shape)
        self.reals = try FeatureMatrix(made.features, featureCount: made.featureCount)
        statistics = try FeatureStatistics(of: self.reals)
    }

    /// The Frechet distance, and the kernel distance, of made pictures.
    ///
    /// - Throws: `FeatureError`, for instance under two pictures.
    public func measure(
        _ pictures: [UInt8], shape: PictureShape
    ) throws(FeatureError) -> (frechet: FrechetDistance, kernel: KernelDistance) {
        let made = network.features(of: pictures, shape: shape)
        let features = try FeatureMatrix(made.features, featureCount: made.featureCount)
        return (
            try FrechetDistance.between(statistics, FeatureStatistics(of: features)),
            try KernelDistance.between(reals, features)
        )
    }
}

extension ReproductionTable {
    /// An empty table of distances to real pictures.
    ///
    /// - Parameters:
    ///   - title: Its name.
    ///   - methods: What will be trained.
    ///   - judge: What the pictures are compared by.
    ///   - samples: How many samples a trial has.
    ///   - notes: What else is to be said, first.
    public static func distances(
        title: String, methods: [PictureMethod], judge: DistanceJudge, samples: Int,
        notes: [String]
    ) -> ReproductionTable {
        ReproductionTable(
            title: title,
            notes: notes + [
                "\(samples) samples a trial against \(judge.realCount) real pictures, by the features of "
                    + "\(judge.featureName): no number here is FID or KID but by that name."
            ] + methods.map(\.sentence),
            columns: [
                Column("FD (\(judge.featureName))", digits: 2),
                Column("1000 KD (\(judge.featureName))", digits: 2),
            ])
    }

    /// A trial's figures, by the columns of a table of distances.
    public static func figures(_ frechet: FrechetDistance, _ kernel: KernelDistance) -> [Double?] {
        [figure(frechet.value), figure(1000 * kernel.value)]
    }
}
