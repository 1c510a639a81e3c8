import Datasets
import Files
import Metrics
import Runs

/// What a network says of the real pictures: kept between runs, since it costs a pass over them all.
struct RealFeatures {
    private let pictures: DatasetPictures
    private let cache: StatisticsCache?
    /// The digest of the data set; nil where nothing is kept.
    private(set) var digest: String?

    /// - Parameter cache: Where statistics are kept; nil keeps nothing.
    init(_ pictures: DatasetPictures, cache: StatisticsCache?) {
        self.pictures = pictures
        self.cache = cache
    }

    /// The folder that a command's options name.
    static func cache(_ command: MetricsCommand) -> StatisticsCache? {
        command.noCache ? nil : cache(folder: command.cache)
    }

    /// Where statistics are kept: a folder, or the user's cache; nil where there is neither.
    static func cache(folder: String? = nil) -> StatisticsCache? {
        var environment: [String: String] = [:]
        for name in ["XDG_CACHE_HOME", "HOME"] { environment[name] = Environment.value(name) }
        let folder = folder ?? StatisticsCache.standardFolder(environment: environment)
        return folder.map { StatisticsCache(folder: $0) }
    }

    /// Statistics and rows, from the cache or computed.
    mutating func set(_ choice: FeatureChoice, _ meter: inout MeasurementMeter) throws -> FeatureSet
    {
        guard let cache else { return try computed(choice, &meter) }
        let digest = try dataDigest(cache, &meter)
        self.digest = digest
        let key = StatisticsCache.Key(
            data: digest, features: "\(choice.record.name) \(choice.record.digest)",
            preparation: "\(pictures.shape), \(pictures.count) pictures in random order")
        switch cache.entry(for: key) {
        case .found(let entry):
            if let rows = entry.features, rows.rowCount > 5 {
                return FeatureSet(statistics: entry.statistics, rows: rows)
            }
        case .unusable(let note): meter.say(note)
        case .absent: break
        }
        let set = try computed(choice, &meter)
        do {
            try cache.store(.init(statistics: set.statistics, features: set.rows), for: key)
        } catch {
            meter.say("what was found of the real pictures is not kept: \(error)")
        }
        return set
    }

    private func computed(
        _ choice: FeatureChoice, _ meter: inout MeasurementMeter
    ) throws -> FeatureSet {
        try FeaturePass.set(choice.network, pictures, "real pictures", withLogits: false, &meter)
    }

    private func dataDigest(
        _ cache: StatisticsCache, _ meter: inout MeasurementMeter
    ) throws -> String {
        let stamp = pictures.dataset.fileStamp()
        if let stamp, let kept = cache.digest(forStamp: stamp) { return kept }
        meter.begin("reading real pictures", total: pictures.dataset.count)
        var failure: (any Error)?
        let digest = pictures.dataset.contentDigest { done in
            do {
                try meter.reach(done)
                return true
            } catch {
                failure = error
                return false
            }
        }
        meter.end()
        guard let digest else { throw failure ?? Failure("reading real pictures was stopped") }
        if let stamp {
            do {
                try cache.store(digest: digest, forStamp: stamp)
            } catch {
                meter.say("the digest of the real pictures is not kept: \(error)")
            }
        }
        return digest
    }
}

/// A network's pass over pictures.
enum FeaturePass {
    /// Statistics, rows and, where wanted, logits of pictures.
    static func set(
        _ network: any FeatureNetwork, _ pictures: any MeasuredPictures, _ phase: String,
        withLogits: Bool, _ meter: inout MeasurementMeter
    ) throws -> FeatureSet {
        var collector = try FeatureCollector(
            featureCount: network.featureCount, logitCount: withLogits ? network.logitCount : nil)
        try forEachChunk(network, pictures, phase, &meter) { try collector.add($0) }
        return try collector.set()
    }

    /// The features of pictures, as many as `limit` says, without statistics.
    static func rows(
        _ network: any FeatureNetwork, _ pictures: any MeasuredPictures, _ phase: String,
        limit: Int, _ meter: inout MeasurementMeter
    ) throws -> FeatureMatrix {
        var values: [Float] = []
        try forEachChunk(network, pictures, phase, limit: limit, &meter) { values += $0.features }
        return try FeatureMatrix(values, featureCount: network.featureCount)
    }

    private static func forEachChunk(
        _ network: any FeatureNetwork, _ pictures: any MeasuredPictures, _ phase: String,
        limit: Int = .max, _ meter: inout MeasurementMeter,
        _ body: (ExtractedFeatures) throws -> Void
    ) throws {
        let total = min(limit, pictures.count)
        meter.begin(phase, total: total)
        for start in stride(from: 0, to: total, by: network.chunkSize) {
            let range = start..<min(total, start + network.chunkSize)
            try body(network.features(of: pictures.pixels(range), shape: pictures.shape))
            try meter.reach(range.upperBound)
        }
        meter.end()
    }
}
