import Datasets
import Metrics
import Networks
import Training

/// What is measured while a run trains, and by which figure its best checkpoint is chosen: worked out
/// before training begins, and kept in the run's settings, so that a resumed run measures the same.
struct MetricsPlan {
    /// The figures that may choose the best checkpoint.
    static let keys = [
        "fid", "kid", "precision", "recall", "density", "coverage", "score", "classes",
        "class_divergence", "swd",
    ]
    /// Pictures made unless told otherwise, where there are so many real ones.
    private static let usualSamples = 2048

    /// In steps.
    let interval: Int
    /// The feature network; nil for none.
    let choice: FeatureChoice?
    /// Pictures made.
    let samples: Int
    /// The figure that chooses the best checkpoint.
    let best: String

    /// The plan of settings that were completed before; nil where nothing is measured.
    ///
    /// - Throws: A failure if the feature network cannot be read.
    init?(_ configuration: RunConfiguration, pictureCount: Int) throws {
        let cadence = configuration.cadence
        guard let interval = cadence.metricsEvery else { return nil }
        self.interval = interval
        do {
            choice = try cadence.metricsFeatures.map { try FeatureChoice($0) }
        } catch {
            throw Failure(
                "\(error); name another with --metrics-features, or measure nothing with "
                    + "--metrics-every 0")
        }
        samples = cadence.metricsSamples ?? Self.samples(pictureCount)
        best = cadence.bestBy ?? Self.best(choice, min(samples, pictureCount))
        guard Measurement.keys(choice).contains(best) else {
            throw Failure(Self.problem(best, choice))
        }
    }

    /// Chooses what was not said, and answers what a person should know of it, a line each.
    ///
    /// - Parameter pictureCount: How many real pictures there are.
    /// - Throws: A failure if the network cannot be read, does not give the figure asked for, or there
    ///   are too few pictures.
    static func complete(
        _ configuration: inout RunConfiguration, pictureCount: Int
    ) throws -> [String] {
        guard let interval = configuration.cadence.metricsEvery else { return [] }
        let least = TrainCommand.WatchOptions.samplesRange.lowerBound
        guard pictureCount >= least else {
            throw Failure(
                "--metrics-every: \(configuration.data.path) has \(pictureCount) pictures, expected "
                    + "\(least) or more to measure anything by")
        }
        var lines: [String] = []
        if configuration.cadence.metricsFeatures == nil {
            switch try FeatureChoice.search(
                data: configuration.data.path, shape: configuration.networks.picture)
            {
            case .found(let found):
                configuration.cadence.metricsFeatures = TrainingJob.absolutePath(found.record.file)
            case .none(let note): lines.append(note)
            }
        }
        configuration.cadence.metricsSamples =
            configuration.cadence.metricsSamples ?? samples(pictureCount)
        guard let plan = try MetricsPlan(configuration, pictureCount: pictureCount) else {
            return lines
        }
        configuration.cadence.bestBy = plan.best
        let means = plan.choice?.record.name ?? "patches of their pixels"
        lines.append(
            "every \(interval) steps \(plan.samples) pictures are made and compared with "
                + "\(pictureCount) real ones by \(means); the best checkpoint is chosen by "
                + plan.best)
        return lines
    }

    private static func samples(_ pictureCount: Int) -> Int {
        max(TrainCommand.WatchOptions.samplesRange.lowerBound, min(usualSamples, pictureCount))
    }

    /// FID where there are more pictures than features; with fewer their count dominates it, and KID
    /// has no such bias.
    private static func best(_ choice: FeatureChoice?, _ count: Int) -> String {
        guard let choice else { return "swd" }
        return count > choice.network.featureCount ? "fid" : "kid"
    }

    private static func problem(_ key: String, _ choice: FeatureChoice?) -> String {
        let given = Measurement.keys(choice).joined(separator: ", ")
        guard let choice else {
            return "--best-by \(key) needs a feature network: give --metrics-features; without one "
                + "there is \(given)"
        }
        return "--best-by \(key): \(choice.record.name) gives \(given)"
    }
}
