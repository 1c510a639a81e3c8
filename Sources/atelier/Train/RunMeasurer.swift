import Datasets
import Files
import Metrics
import Networks
import Optimizers
import Runs
import Training

/// Measures a run's averaged generator while it trains: the figures of `atelier metrics`, at the seeds
/// 0, 1, 2, ..., against all real pictures; and what of its pictures are copies of real ones.
struct RunMeasurer {
    /// Pictures made to look for copies, where no others are at hand.
    private static let sheetSamples = 128
    /// The most bytes of pixels that copies are sought among where there is no feature network.
    private static let mostPixelBytes = 256 << 20
    /// The rows and columns of a sheet.
    private static let sheet = (rows: 16, neighbours: 5)

    /// What was measured.
    struct Figures {
        var metrics: [MetricsReport.Metric]
        /// The figure that chooses the best checkpoint, and what it is.
        var score: Double
        var metric: ScoreMetric
        /// Features of made and of real pictures; nil without a feature network.
        var rows: (made: FeatureMatrix, real: FeatureMatrix)?
        /// Pictures of each side.
        var counts: (made: Int, real: Int)
    }

    /// What is measured; nil where only copies are sought.
    let plan: MetricsPlan?
    private let dataset: PictureDataset
    /// In the order of their names, which takes a moment to find.
    private lazy var pictures = DatasetPictures(dataset, limit: nil)
    private let run: RunFolder
    private let seed: UInt64
    private var reals: FeatureSet?
    private var slicedReals: SlicedWasserstein.Reals?

    /// - Parameter dataset: All real pictures, those held out from training too.
    init(_ run: RunFolder, _ configuration: RunConfiguration, _ dataset: PictureDataset) throws {
        self.run = run
        plan = try MetricsPlan(configuration, pictureCount: dataset.count)
        self.dataset = dataset
        seed = configuration.training.seed
    }

    // MARK: Figures

    /// Measures a state; nil without a plan.
    mutating func measure(
        _ state: GANState, _ meter: inout MeasurementMeter
    ) throws -> Figures? {
        guard let plan else { return nil }
        let made = SeededPictures(
            generator: state.average.average, firstSeed: 0, count: plan.samples)
        guard let choice = plan.choice else { return try patches(plan, made, &meter) }
        let real = try realSet(choice, &meter)
        let set = try FeaturePass.set(
            choice.network, made, "made pictures", withLogits: true, &meter)
        let metrics = try Measurement.metrics(made: set, real: real, choice)
        let digest = choice.record.digest.prefix(12)
        return try figures(
            plan, metrics, (set.count, real.count), (set.rows, real.rows),
            "\(digest), \(set.count) made and \(real.count) real pictures")
    }

    private mutating func patches(
        _ plan: MetricsPlan, _ made: SeededPictures, _ meter: inout MeasurementMeter
    ) throws -> Figures {
        let count = Measurement.slicedCount(made, pictures)
        let reals = try slicedReals ?? Measurement.slicedReals(pictures, count, &meter)
        slicedReals = reals
        let metric = try Measurement.sliced(made, reals, count, &meter)
        return try figures(
            plan, [metric], (count, count), nil, "\(count) pictures of each")
    }

    private func figures(
        _ plan: MetricsPlan, _ metrics: [MetricsReport.Metric], _ counts: (made: Int, real: Int),
        _ rows: (made: FeatureMatrix, real: FeatureMatrix)?, _ detail: String
    ) throws -> Figures {
        guard let best = metrics.first(where: { $0.key == plan.best }) else {
            throw Failure("--best-by \(plan.best): it was not measured")
        }
        return Figures(
            metrics: metrics, score: best.value,
            metric: ScoreMetric(
                name: "\(best.name), \(detail)",
                order: best.better == .lower ? .lowerIsBetter : .higherIsBetter),
            rows: rows, counts: counts)
    }

    /// What the network says of the real pictures: from the cache that `atelier metrics` keeps, once in
    /// a session.
    private mutating func realSet(
        _ choice: FeatureChoice, _ meter: inout MeasurementMeter
    ) throws -> FeatureSet {
        if let reals { return reals }
        var features = RealFeatures(pictures, cache: RealFeatures.cache())
        let set = try features.set(choice, &meter)
        reals = set
        return set
    }

    // MARK: Copies

    /// Whether there are real pictures enough to look for copies.
    var canSeekCopies: Bool { dataset.count >= 8 }

    /// Draws made pictures beside the nearest real ones into the run's folder, and counts copies.
    ///
    /// - Parameter figures: What was just measured of the same state, if anything.
    mutating func seekCopies(
        _ state: GANState, _ figures: Figures?, _ meter: inout MeasurementMeter
    ) throws -> (copies: TrainingCopies, path: String) {
        let (made, real, features, shown) = try rows(state, figures, &meter)
        let copies = try TrainingCopies.measure(
            made: made.rows(0..<min(made.rowCount, TrainingCopies.mostJudged)), training: real)
        let page = NeighbourPage(
            made: shown, real: pictures, rowCount: Self.sheet.rows,
            neighbourCount: Self.sheet.neighbours)
        var provenance = Provenance()
        provenance.step = state.step
        provenance.details["run"] = run.name
        provenance.details["run-seed"] = "\(seed)"
        let path = run.neighboursPath(step: state.step)
        try Folder.make(run.neighboursFolder)
        _ = try page.draw(
            made: made, real: real, features: features, to: path, provenance: provenance)
        return (copies, path)
    }

    /// Features of made and of real pictures, their exact name, and the made pictures.
    private mutating func rows(
        _ state: GANState, _ figures: Figures?, _ meter: inout MeasurementMeter
    ) throws -> (
        made: FeatureMatrix, real: FeatureMatrix, name: String, pictures: any MeasuredPictures
    ) {
        if let choice = plan?.choice, let rows = figures?.rows {
            let made = SeededPictures(
                generator: state.average.average, firstSeed: 0, count: rows.made.rowCount)
            return (rows.made, rows.real, choice.record.name, made)
        }
        let count = Self.sheetSamples
        // Made once, for their features and for the sheet.
        let made = try KeptPictures(
            SeededPictures(generator: state.average.average, firstSeed: 0, count: count), &meter)
        if let choice = plan?.choice {
            let real = try realSet(choice, &meter)
            let rows = try FeaturePass.rows(
                choice.network, made, "made pictures", limit: count, &meter)
            return (rows, real.rows, choice.record.name, made)
        }
        let pixels = PixelFeatures(pictures.shape)
        let limit = max(8, Self.mostPixelBytes / (4 * pixels.featureCount))
        let madeRows = try FeaturePass.rows(pixels, made, "made pictures", limit: count, &meter)
        let realRows = try FeaturePass.rows(pixels, pictures, "real pictures", limit: limit, &meter)
        return (madeRows, realRows, pixels.name, made)
    }
}
