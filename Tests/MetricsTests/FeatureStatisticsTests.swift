import Foundation
import Metrics
import TensorCore
import Testing

@Suite struct FeatureStatisticsTests {
    /// However rows come, the same bits.
    @Test func batchesDoNotMatter() throws {
        let set = try noise(1500, 9)
        let whole = try FeatureStatistics(of: set)
        for batch in [1, 64, 512, 700] {
            var accumulator = try FeatureAccumulator(featureCount: 9)
            for start in stride(from: 0, to: 1500, by: batch) {
                try accumulator.add(set.rows(start..<min(1500, start + batch)))
            }
            #expect(accumulator.rowCount == 1500)
            #expect(try accumulator.statistics() == whole, "batches of \(batch)")
        }
    }

    @Test func mergedAccumulatorsHaveSeenAll() throws {
        let set = try noise(900, 7)
        var one = try FeatureAccumulator(featureCount: 7)
        var other = one
        try one.add(set.rows(0..<613))
        try other.add(set.rows(613..<900))
        let empty = try FeatureAccumulator(featureCount: 7)
        try one.merge(empty)
        try one.merge(other)
        let (merged, whole) = (try one.statistics(), try FeatureStatistics(of: set))
        #expect(merged.rowCount == 900)
        #expect(zip(merged.mean, whole.mean).allSatisfy { abs($0 - $1) < 1e-14 })
        #expect(zip(merged.covariance, whole.covariance).allSatisfy { abs($0 - $1) < 1e-13 })
    }

    /// A mean that is large against the deviation takes no digits from the covariance.
    @Test func aLargeMeanDoesNotCancel() throws {
        let set = try noise(800, 5)
        // Multiples of 1/4 beside 2^20 are exact.
        let coarse = try FeatureMatrix(
            set.values.map { (value: Float) -> Float in (value * 4).rounded() / 4 }, featureCount: 5
        )
        let far = try FeatureMatrix(
            coarse.values.map { (value: Float) -> Float in value + 0x1p20 }, featureCount: 5)
        let (near, moved) = (
            try FeatureStatistics(of: coarse), try FeatureStatistics(of: far)
        )
        #expect(zip(near.covariance, moved.covariance).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(zip(near.mean, moved.mean).allSatisfy { abs($0 + 0x1p20 - $1) < 1e-9 })
    }

    @Test func theyComeBackFromJSON() throws {
        let statistics = try FeatureStatistics(of: noise(50, 6))
        let bytes = try JSONEncoder().encode(statistics)
        #expect(try JSONDecoder().decode(FeatureStatistics.self, from: bytes) == statistics)
        let short = #"{"rowCount":5,"mean":[0,0],"covariance":[1,0,0]}"#
        #expect(throws: FeatureError.self) {
            try JSONDecoder().decode(FeatureStatistics.self, from: Data(short.utf8))
        }
    }

    @Test func whatIsNoStatisticsIsRefused() {
        for (rows, mean, covariance, words) in [
            (1, [0], [1], "expected 2 rows or more, found 1"),
            (5, [], [], "expected 1 to 8192 features, found 0"),
            (5, [0, 0], [1, 0, 0], "expected a covariance of 2 x 2, found 3 values"),
            (5, [.nan], [1], "a mean is not finite"),
            (5, [0], [-1], "variance 0 is -1.0"),
            (5, [0], [.nan], "variance 0 is nan"),
            (5, [0, 0], [1, 0.5, 0.25, 1], "the covariance is not symmetric at 0, 1"),
            (5, [0, 0], [1, .infinity, .infinity, 1], "the covariance at 0, 1 is inf"),
        ] as [(Int, [Double], [Double], String)] {
            #expect(throws: FeatureError.invalidStatistics(reason: words)) {
                try FeatureStatistics(rowCount: rows, mean: mean, covariance: covariance)
            }
        }
    }
}

@Suite struct FrechetDistanceTests {
    /// Also where there are fewer rows than features, and features that never change.
    @Test(arguments: [(300, 20), (15, 40), (600, 300)])
    func anEqualSetIsAtZero(_ rows: Int, _ width: Int) throws {
        var values = try noise(rows, width).values
        for row in 0..<rows { values[row * width] = 0.5 }
        let set = try FeatureMatrix(values, featureCount: width)
        #expect(try FrechetDistance.between(set, set).value < 1e-5)
    }

    @Test func aShiftIsItsSquare() throws {
        let set = try noise(400, 6)
        let far = try FeatureMatrix(
            set.values.map { (value: Float) -> Float in value + 2 }, featureCount: 6)
        #expect(close(try FrechetDistance.between(set, far).value, 24, 1e-5))
    }

    /// Of normal distributions with independent features: `sum (s - t)^2`.
    @Test func scalesOfIndependentFeatures() throws {
        let one = try FeatureStatistics(
            rowCount: 9, mean: [0, 0, 0], covariance: [4, 0, 0, 0, 9, 0, 0, 0, 0])
        let other = try FeatureStatistics(
            rowCount: 9, mean: [0, 3, 0], covariance: [1, 0, 0, 0, 25, 0, 0, 0, 16])
        let distance = try FrechetDistance.between(one, other)
        #expect(close(distance.value, 9 + 1 + 4 + 16, 1e-12))
    }

    /// All pictures the same: no variance at all.
    @Test func aCollapsedSet() throws {
        let set = try noise(100, 8)
        let same = try FeatureMatrix(
            (0..<80).map { (i: Int) -> Float in Float(i % 8) }, featureCount: 8)
        let found = try FrechetDistance.between(set, same)
        let covariance = try FeatureStatistics(of: set).covariance
        let trace = (0..<8).reduce(0.0) { (sum: Double, i: Int) -> Double in
            sum + covariance[9 * i]
        }
        #expect(close(found.covarianceTerm, trace, 1e-9))
        #expect(try FrechetDistance.between(same, same).value == 0)
    }

    @Test func unlikeSetsAreRefused() throws {
        #expect(throws: FeatureError.differentFeatureCounts(4, 5)) {
            try FrechetDistance.between(noise(10, 4), noise(10, 5))
        }
        #expect(
            throws: FeatureError.tooFewRows(what: "a Frechet distance", found: 1, needed: 2)
        ) {
            try FrechetDistance.between(noise(1, 4), noise(10, 4))
        }
    }
}
