import Files
import Foundation
import Metrics
import Runs
import TensorCore
import Testing

@Suite struct StatisticsCacheTests {
    let folder: TemporaryFolder
    let cache: StatisticsCache
    let key = StatisticsCache.Key(
        data: "0123", features: "squeezenet1.0 pool", preparation: "64x64 centre, 1000 pictures")

    init() throws {
        folder = try TemporaryFolder()
        cache = StatisticsCache(folder: folder.file("a/b"))
    }

    private func entry(rows: Bool = true) throws -> StatisticsCache.Entry {
        let values = (0..<60).map { (i: Int) -> Float in Float(i * i % 17) / 3 }
        let features = try FeatureMatrix(values, featureCount: 5)
        return .init(
            statistics: try FeatureStatistics(of: features), features: rows ? features : nil)
    }

    private func note(_ found: StatisticsCache.Lookup) -> String? {
        if case .unusable(let note) = found { note } else { nil }
    }

    private func found(_ found: StatisticsCache.Lookup) -> StatisticsCache.Entry? {
        if case .found(let entry) = found { entry } else { nil }
    }

    /// To the bit.
    @Test(arguments: [true, false]) func entriesComeBack(_ rows: Bool) throws {
        guard case .absent = cache.entry(for: key) else {
            Issue.record("an entry before any was stored")
            return
        }
        let entry = try entry(rows: rows)
        try cache.store(entry, for: key)
        try cache.store(entry, for: key)
        #expect(found(cache.entry(for: key)) == entry)
        var other = key
        other.preparation += "0"
        guard case .absent = cache.entry(for: other) else {
            Issue.record("an entry of another key")
            return
        }
        #expect(cache.path(for: key) != cache.path(for: other))
    }

    /// The parts of a key are kept apart.
    @Test func keysDoNotRunTogether() {
        let one = StatisticsCache.Key(data: "ab", features: "c", preparation: "")
        let other = StatisticsCache.Key(data: "a", features: "bc", preparation: "")
        #expect(cache.path(for: one) != cache.path(for: other))
    }

    /// Every byte torn off or changed makes a note, never an entry.
    @Test func damageIsNoted() throws {
        try cache.store(entry(), for: key)
        let path = cache.path(for: key)
        let whole = try readFile(path)
        for count in [0, 7, 100, whole.count / 2, whole.count - 1] {
            try AtomicFile.write(Array(whole.prefix(count)), to: path)
            #expect(note(cache.entry(for: key)) != nil, "\(count) bytes")
        }
        for place in stride(from: 8, to: whole.count, by: 13) {
            var bytes = whole
            bytes[place] ^= 0x10
            try AtomicFile.write(bytes, to: path)
            #expect(note(cache.entry(for: key)) != nil, "byte \(place)")
        }
        try AtomicFile.write(whole, to: path)
        #expect(note(cache.entry(for: key)) == nil)
    }

    /// A sound file in another key's place.
    @Test func aFileOfAnotherKeyIsNoted() throws {
        var other = key
        other.data = "4567"
        try cache.store(entry(), for: other)
        try AtomicFile.write(try readFile(cache.path(for: other)), to: cache.path(for: key))
        let said = try #require(note(cache.entry(for: key)))
        #expect(
            said.hasSuffix("expected data \"0123\", found \"4567\"; the statistics are made again"))
    }

    /// Sealed by whoever wrote it, and still no statistics.
    @Test func contentsAreChecked() throws {
        let metadata = [
            "atelier.format": "atelier.statistics.1", "data": key.data,
            "features": key.features, "preparation": key.preparation, "rows": "9",
        ]
        try cache.store(entry(), for: key)
        func bytes(_ name: String, _ shape: [Int], _ byte: UInt8 = 0) -> StoredTensor {
            StoredTensor(
                name: name, dtype: .uint8, shape: shape,
                bytes: StoredBytes(
                    copying: [UInt8](repeating: byte, count: shape.reduce(1, *))))
        }
        for (tensors, words) in [
            ([bytes("mean", [2, 8])], "no tensor named covariance"),
            ([bytes("mean", [2, 8]), bytes("covariance", [2, 1, 8])], "expected float64 bytes"),
            ([bytes("mean", [16]), bytes("covariance", [2, 2, 8])], "expected float64 bytes"),
            (
                [bytes("mean", [2, 8], 0xFF), bytes("covariance", [2, 2, 8])],
                "a mean is not finite"
            ),
            (
                [
                    bytes("mean", [2, 8]), bytes("covariance", [2, 2, 8]),
                    StoredTensor(name: "features", shape: [1, 3], floats: [0, 0, 0]),
                ], "features that do not fit"
            ),
            (
                [
                    bytes("mean", [2, 8]), bytes("covariance", [2, 2, 8]),
                    StoredTensor(name: "features", shape: [1, 2], floats: [0, .nan]),
                ], "row 0, feature 1 is nan"
            ),
        ] {
            try SafetensorsFile.writeSealed(
                tensors, metadata: metadata, to: cache.path(for: key))
            let note = note(cache.entry(for: key)) ?? "an entry"
            #expect(note.contains(words), "\(note)")
        }
    }

    @Test func theStandardFolder() {
        typealias Cache = StatisticsCache
        #expect(
            Cache.standardFolder(environment: ["XDG_CACHE_HOME": "/c", "HOME": "/h"])
                == "/c/atelier/statistics")
        #expect(
            Cache.standardFolder(environment: ["XDG_CACHE_HOME": "relative", "HOME": "/h"])
                == "/h/.cache/atelier/statistics")
        #expect(Cache.standardFolder(environment: [:]) == nil)
    }
}
