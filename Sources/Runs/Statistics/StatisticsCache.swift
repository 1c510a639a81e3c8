public import Files
import Foundation
public import Metrics
import TensorCore

/// Statistics of real pictures, kept between runs: they cost a pass of a feature network over all of
/// the data, and are the same as long as data, network and preparation are.
///
/// One sealed safetensors file a key, in a folder of the user's cache. What it holds: `mean` and
/// `covariance`, float64 little-endian as bytes in the last dimension, `[F, 8]` and `[F, F, 8]`
/// (NumPy: `a.view("<f8")`), so that cached statistics are the computed ones to the bit; where asked
/// for, `features`, `[N, F]` in float32. Metadata: the key's three parts, and the count of rows.
///
/// A file that is damaged, or was made for another key, counts as absent, with a note that says so.
/// Several processes may use a folder at once: files appear whole or not at all.
public struct StatisticsCache: Sendable {
    /// What statistics are of.
    public struct Key: Sendable, Hashable {
        /// The digest of the pictures, which their data set has.
        public var data: String
        /// The exact name of the feature network, with its weights' digest.
        public var features: String
        /// How pictures were prepared: size, cropping, resize, count.
        public var preparation: String

        /// The parts of a key.
        public init(data: String, features: String, preparation: String) {
            self.data = data
            self.features = features
            self.preparation = preparation
        }
    }

    /// What is kept.
    public struct Entry: Sendable, Hashable {
        /// Mean and covariance.
        public var statistics: FeatureStatistics
        /// The features themselves, or some rows of them, for metrics that need rows.
        public var features: FeatureMatrix?

        /// An entry.
        public init(statistics: FeatureStatistics, features: FeatureMatrix? = nil) {
            self.statistics = statistics
            self.features = features
        }
    }

    /// The answer to a question for an entry.
    public enum Lookup: Sendable {
        /// It is there.
        case found(Entry)
        /// It is not there.
        case absent
        /// A file is there and cannot be used; one line that says why.
        case unusable(note: String)
    }

    private static let format = "atelier.statistics.1"

    /// Where the files are.
    public let folder: String

    /// A cache in a folder, which is made when something is stored.
    public init(folder: String) { self.folder = folder }

    /// `atelier/statistics` in the user's cache folder: `XDG_CACHE_HOME` where that is an absolute path
    /// (https://specifications.freedesktop.org/basedir-spec/latest/), else `HOME/.cache`; nil without
    /// either.
    public static func standardFolder(environment: [String: String]) -> String? {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return FilePaths.join(cache, "atelier/statistics")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return FilePaths.join(home, ".cache/atelier/statistics")
    }

    /// The file of a key.
    public func path(for key: Key) -> String {
        var digest = ContentDigest()
        // Lengths keep the parts apart.
        for part in [Self.format, key.data, key.features, key.preparation] {
            digest.update(Array("\(part.utf8.count):\(part)".utf8))
        }
        return FilePaths.join(folder, "\(digest.finish().prefix(40)).safetensors")
    }

    /// The entry of a key.
    public func entry(for key: Key) -> Lookup {
        let path = path(for: key)
        guard FilePaths.exists(path) else { return .absent }
        do throws(SafetensorsError) {
            let file = try SafetensorsFile(path: path)
            try file.verifySeal()
            return try Self.read(file, key)
        } catch {
            return .unusable(note: "cached statistics are made again: \(error)")
        }
    }

    /// Keeps the entry of a key, in place of any before.
    ///
    /// - Throws: `FileError` if the folder cannot be made or the file not be written.
    public func store(_ entry: Entry, for key: Key) throws(FileError) {
        let (count, statistics) = (entry.statistics.featureCount, entry.statistics)
        var tensors = [
            Self.stored("mean", [count, 8], statistics.mean),
            Self.stored("covariance", [count, count, 8], statistics.covariance),
        ]
        if let features = entry.features {
            tensors.append(
                StoredTensor(
                    name: "features", shape: [features.rowCount, features.featureCount],
                    floats: features.values))
        }
        try Folder.make(folder)
        AtomicFile.removeLeftovers(inFolder: folder)
        try SafetensorsFile.writeSealed(
            tensors,
            metadata: [
                "atelier.format": Self.format, "data": key.data, "features": key.features,
                "preparation": key.preparation, "rows": String(statistics.rowCount),
            ], to: path(for: key))
    }

    private static func stored(_ name: String, _ shape: [Int], _ values: [Double]) -> StoredTensor {
        let bytes = StoredBytes(count: values.count * 8) { target in
            for (i, value) in values.enumerated() {
                target.storeBytes(
                    of: value.bitPattern.littleEndian, toByteOffset: 8 * i, as: UInt64.self)
            }
        }
        return StoredTensor(name: name, dtype: .uint8, shape: shape, bytes: bytes)
    }

    private static func read(
        _ file: SafetensorsFile, _ key: Key
    ) throws(SafetensorsError) -> Lookup {
        func unusable(_ reason: String) -> Lookup {
            .unusable(note: "\(file.path): \(reason); the statistics are made again")
        }
        let expected = [
            "atelier.format": format, "data": key.data, "features": key.features,
            "preparation": key.preparation,
        ]
        for (name, value) in expected.sorted(by: { $0.key < $1.key })
        where file.metadata[name] != value {
            return unusable(
                "expected \(name) \"\(value)\", found \"\(file.metadata[name] ?? "nothing")\"")
        }
        guard let rows = file.metadata["rows"].flatMap({ Int($0) }) else {
            return unusable("expected a count of rows, found \(file.metadata["rows"] ?? "nothing")")
        }
        let (mean, covariance) = (
            try file.tensor(named: "mean"), try file.tensor(named: "covariance")
        )
        let count = mean.shape.first ?? 0
        guard mean.dtype == .uint8, mean.shape == [count, 8], covariance.dtype == .uint8,
            count <= FeatureStatistics.largestFeatureCount,
            covariance.shape == [count, count, 8]
        else {
            return unusable(
                "expected float64 bytes [F, 8] and [F, F, 8], found \(mean.shape) and "
                    + "\(covariance.shape)")
        }
        do throws(FeatureError) {
            let statistics = try FeatureStatistics(
                rowCount: rows, mean: doubles(mean), covariance: doubles(covariance))
            guard file.entry(named: "features") != nil else {
                return .found(Entry(statistics: statistics))
            }
            guard let entry = try withFeatures(file, statistics) else {
                return unusable("features that do not fit the statistics")
            }
            return .found(entry)
        } catch { return unusable("\(error)") }
    }

    /// The entry with its rows; nil where they do not fit.
    private static func withFeatures(
        _ file: SafetensorsFile, _ statistics: FeatureStatistics
    ) throws(FeatureError) -> Entry? {
        guard let tensor = try? file.tensor(named: "features"), tensor.dtype == .float32,
            tensor.shape.count == 2, tensor.shape[1] == statistics.featureCount,
            let values = tensor.floats
        else { return nil }
        return Entry(
            statistics: statistics,
            features: try FeatureMatrix(values, featureCount: statistics.featureCount))
    }

    private static func doubles(_ tensor: StoredTensor) -> [Double] {
        tensor.bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map {
                Double(
                    bitPattern: UInt64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
            }
        }
    }
}
