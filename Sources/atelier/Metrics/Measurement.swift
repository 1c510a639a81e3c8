import Metrics
import Networks

/// The figures of made pictures against real ones: what `atelier metrics` prints, and what training
/// measures meanwhile.
enum Measurement {
    /// The most pictures of each side whose patches are compared: they are held in memory.
    private static let mostSliced = 2048
    /// The most bytes of them.
    private static let mostSlicedBytes = 512 << 20

    /// The figures that compare features, and those of the classes where the network knows them.
    static func metrics(
        made: FeatureSet, real: FeatureSet, _ choice: FeatureChoice
    ) throws -> [MetricsReport.Metric] {
        let name = choice.record.name
        var metrics = try FeatureComparison.metrics(made: made, real: real, features: name)
        if choice.knowsClasses, let logits = made.logits {
            metrics += FeatureComparison.classMetrics(logits: logits, features: name)
        }
        return metrics
    }

    /// The keys of the figures that a network gives, or those without one.
    static func keys(_ choice: FeatureChoice?) -> [String] {
        guard let choice else { return ["swd"] }
        return ["fid", "kid", "precision", "recall", "density", "coverage"]
            + (choice.network.logitCount == nil ? [] : ["score"])
            + (choice.knowsClasses ? ["classes", "class_divergence"] : [])
    }

    // MARK: Without a network

    /// How many pictures of each side are compared by their patches.
    static func slicedCount(_ made: any MeasuredPictures, _ real: any MeasuredPictures) -> Int {
        let size = max(1, made.shape.height * made.shape.width * made.shape.channels)
        return min(mostSliced, max(2, mostSlicedBytes / size), made.count, real.count)
    }

    /// Real pictures, ready to be compared with.
    static func slicedReals(
        _ real: any MeasuredPictures, _ count: Int, _ meter: inout MeasurementMeter
    ) throws -> SlicedWasserstein.Reals {
        SlicedWasserstein.Reals(
            pictures: try pixels(real, count, "real pictures", &meter), height: real.shape.height,
            width: real.shape.width, channels: real.shape.channels)
    }

    /// The sliced Wasserstein distance, times 1000 as in the paper's tables.
    static func sliced(
        _ made: any MeasuredPictures, _ reals: SlicedWasserstein.Reals, _ count: Int,
        _ meter: inout MeasurementMeter
    ) throws -> MetricsReport.Metric {
        let pixels = try pixels(made, count, "made pictures", &meter)
        return MetricsReport.Metric(
            key: "swd", name: "sliced Wasserstein distance x 1000",
            value: reals.distance(made: pixels).value * 1000, better: .lower,
            remark: "patches of \(count) pictures of each")
    }

    private static func pixels(
        _ pictures: any MeasuredPictures, _ count: Int, _ phase: String,
        _ meter: inout MeasurementMeter
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        meter.begin(phase, total: count)
        for start in stride(from: 0, to: count, by: 64) {
            let range = start..<min(count, start + 64)
            bytes += try pictures.pixels(range)
            try meter.reach(range.upperBound)
        }
        meter.end()
        return bytes
    }
}
