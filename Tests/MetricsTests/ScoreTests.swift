import Foundation
import Metrics
import TensorCore
import Testing

@Suite struct FeatureMatrixTests {
    @Test func whatIsNotFiniteIsNamed() {
        #expect(throws: FeatureError.notFinite(row: 1, feature: 2, value: "nan")) {
            try FeatureMatrix([0, 1, 2, 3, 4, Float.nan], featureCount: 3)
        }
        #expect(throws: FeatureError.notFinite(row: 0, feature: 1, value: "-inf")) {
            try FeatureMatrix([0, -Float.infinity], featureCount: 2)
        }
        #expect(throws: FeatureError.tooLarge(row: 1, feature: 0, value: 2e15, limit: 1e15)) {
            try FeatureMatrix([0, 2e15] as [Float], featureCount: 1)
        }
        // A double that float32 has not.
        #expect(throws: FeatureError.notFinite(row: 0, feature: 0, value: "inf")) {
            try FeatureMatrix([1e300] as [Double], featureCount: 1)
        }
        #expect(throws: FeatureError.raggedRows(values: 5, features: 2)) {
            try FeatureMatrix([Float](repeating: 0, count: 5), featureCount: 2)
        }
        #expect(
            FeatureError.notFinite(row: 1, feature: 2, value: "nan").description
                == "row 1, feature 2 is nan: expected finite numbers; the pictures, or the weights "
                + "of the feature network, are broken")
    }

    @Test func rowsArePickedAndJoined() throws {
        let matrix = try FeatureMatrix([1, 2, 3, 4, 5, 6] as [Float], featureCount: 2)
        #expect(matrix.rows([2, 0, 2]).values == [5, 6, 1, 2, 5, 6])
        let joined = try FeatureMatrix(joining: [matrix.rows(0..<1), matrix.rows(1..<3)])
        #expect(joined == matrix)
        #expect(throws: FeatureError.differentFeatureCounts(2, 3)) {
            try FeatureMatrix(joining: [matrix, noise(1, 3)])
        }
    }
}

@Suite struct KernelDistanceTests {
    /// Without bias: about zero for samples of one distribution, and to either side of it.
    @Test func samplesOfOneDistribution() throws {
        let configuration = KernelDistance.Configuration(subsetCount: 40, subsetSize: 100)
        let found = try KernelDistance.between(
            noise(900, 6), noise(800, 6, seed: 2), configuration: configuration)
        #expect(abs(found.value) < 5 * found.standardError + 0.02, "\(found)")
        #expect(found.subsetSize == 100)
        let far = try KernelDistance.between(
            noise(900, 6),
            FeatureMatrix(
                noise(800, 6, seed: 2).values.map { (value: Float) -> Float in value + 1 },
                featureCount: 6),
            configuration: configuration)
        #expect(far.value > 1)
    }

    /// The tiles' edge is at 128 rows: against the kernel pair by pair.
    @Test(arguments: [2, 127, 128, 129, 300]) func pairByPair(_ rows: Int) throws {
        let (one, other) = (try noise(rows, 5), try noise(rows, 5, seed: 9))
        func kernel(_ a: FeatureMatrix, _ i: Int, _ b: FeatureMatrix, _ j: Int) -> Double {
            var product = 0.0
            for k in 0..<5 { product += Double(a.values[i * 5 + k]) * Double(b.values[j * 5 + k]) }
            return pow(product / 5 + 1, 3)
        }
        var (same, across) = (0.0, 0.0)
        for i in 0..<rows {
            for j in 0..<rows {
                if i != j { same += kernel(one, i, one, j) + kernel(other, i, other, j) }
                across += kernel(one, i, other, j)
            }
        }
        let size = Double(rows)
        let expected = same / (size * (size - 1)) - 2 * across / (size * size)
        let found = KernelDistance.discrepancy(one, other)
        #expect(abs(found - expected) < 1e-6, "\(found), \(expected)")
    }

    @Test func smallSetsGiveSmallSubsets() throws {
        let found = try KernelDistance.between(noise(20, 3), noise(9, 3, seed: 2))
        #expect(found.subsetSize == 9)
        #expect(throws: FeatureError.self) {
            try KernelDistance.between(noise(1, 3), noise(9, 3))
        }
        #expect(throws: FeatureError.differentFeatureCounts(3, 4)) {
            try KernelDistance.between(noise(9, 3), noise(9, 4))
        }
    }
}

@Suite struct ScoreTests {
    @Test func inceptionScoresAtTheirEnds() throws {
        // Sure of each picture, all classes alike: as many as there are classes.
        let sure = try FeatureMatrix(
            (0..<1000).map { (i: Int) -> Float in i % 10 == i / 10 % 10 ? 200 : 0 },
            featureCount: 10)
        #expect(close(try InceptionScore.of(logits: sure, splits: 2).value, 10, 1e-9))
        let blind = try FeatureMatrix([Float](repeating: 3, count: 500), featureCount: 10)
        #expect(close(try InceptionScore.of(logits: blind, splits: 5).value, 1, 1e-12))
        #expect(throws: FeatureError.self) { try InceptionScore.of(logits: noise(9, 3)) }
    }

    @Test func histograms() throws {
        let even = try ClassHistogram(classes: [0, 1, 2, 3, 3, 2, 1, 0], classCount: 4)
        #expect(close(even.entropy, log(4.0), 1e-12) && close(even.effectiveClassCount, 4, 1e-12))
        #expect(even.divergenceFromUniform == 0 && even.missingClasses.isEmpty)
        let one = try ClassHistogram(classes: [2, 2, 2], classCount: 4)
        #expect(one.entropy == 0 && one.entropy.sign == .plus)
        #expect(one.missingClasses == [0, 1, 3])
        #expect(close(one.divergenceFromUniform, log(4.0), 1e-12))
        #expect(throws: FeatureError.unknownClass(row: 1, found: 4, classCount: 4)) {
            try ClassHistogram(classes: [0, 4], classCount: 4)
        }
        let logits = try FeatureMatrix([0, 2, 1, 5, 5, 4] as [Float], featureCount: 3)
        #expect(ClassHistogram(logits: logits).counts == [1, 1, 0])
        #expect(ClassHistogram(counts: [0, 0]).divergenceFromUniform == .infinity)
    }

    @Test func collapseShowsInDiversity() throws {
        let set = try noise(300, 10)
        let same = try Diversity.of(set.rows([Int](repeating: 3, count: 50)))
        #expect(same.meanDistance == 0 && same.duplicateShare == 1)
        #expect(close(try #require(same.vendiScore), 1, 1e-9))
        let whole = try Diversity.of(set)
        #expect(whole.meanDistance > 1 && whole.duplicateShare == 0)
        // Of directions at right angles, as many as there are.
        let axes = try FeatureMatrix(
            (0..<64).map { (i: Int) -> Float in i % 9 == 0 ? Float(i + 1) : 0 }, featureCount: 8)
        #expect(close(try #require(Diversity.of(axes).vendiScore), 8, 1e-9))
        let zeros = try FeatureMatrix([Float](repeating: 0, count: 8), featureCount: 2)
        #expect(try Diversity.of(zeros).vendiScore == nil)
        // Two tight heaps: each sample has a twin, and the mean distance is that of the heaps.
        let heaps = try FeatureMatrix(
            (0..<40).map { (i: Int) -> Float in
                let heap: Float = i / 2 % 2 == 0 ? 0 : 1000
                return i % 2 == 0 ? heap : heap + 0.25
            }, featureCount: 2)
        let found = try Diversity.of(heaps)
        #expect(found.duplicateShare == 1)
        #expect(close(found.meanDistance, 1000 * 2.0.squareRoot() * 10 / 19, 1e-5))
    }

    /// Of a linear map, along straight lines: the mean squared length of its images of `b - a`.
    @Test func aLinearGeneratorHasOnePathLength() throws {
        let configuration = PerceptualPathLength.Configuration(
            sampleCount: 64, batchSize: 10, epsilon: 1e-3, interpolation: .linear, sampling: .end)
        let found = try PerceptualPathLength.measure(
            latentCount: 4, configuration: configuration,
            map: { latents in latents.indices.map { (i: Int) -> Float in i / 4 % 2 == 0 ? 0 : 1 } },
            features: { latents in
                try FeatureMatrix(
                    latents.map { (value: Float) -> Float in 3 * value }, featureCount: 4)
            })
        #expect(close(found.value, 36, 1e-3), "\(found)")
        #expect(found.standardError < 1e-3)
    }

    @Test func latentsKeepTheirLength() {
        let (a, b) = ([3.0, 0, 0], [0.0, 5, 0])
        let middle = PerceptualPathLength.interpolate(a, b, at: 0.5, .spherical)
        let half = 4 * 0.5.squareRoot()
        #expect(zip(middle, [half, half, 0]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(PerceptualPathLength.interpolate(a, b, at: 0, .spherical) == a)
        #expect(PerceptualPathLength.interpolate(a, a, at: 0.3, .spherical) == a)
        #expect(PerceptualPathLength.interpolate(a, b, at: 0.5, .linear) == [1.5, 2.5, 0])
    }

    @Test func trials() {
        let summary = TrialSummary([7, 8, 8, 8])
        #expect(summary.mean == 7.75 && summary.least == 7 && summary.largest == 8)
        #expect(close(summary.standardError, 0.25, 1e-12))
        #expect(summary.text(digits: 1) == "7.8 ± 0.2")
        #expect(TrialSummary([3]).standardError == 0)
    }
}

@Suite struct ModeTests {
    /// The mixture itself has all its modes; 98.9% lie within three deviations in the plane.
    @Test func theMixtureItselfHasAllModes() throws {
        for mixture in [GaussianMixtureProtocol.ring, .grid] {
            let points = mixture.points(mixture.sampleCount, key: RandomKey(seed: 5))
            let found = try mixture.measure(FeatureMatrix(points, featureCount: 2))
            #expect(found.modes == mixture.centres.count)
            #expect(abs(found.highQualityShare - (1 - exp(-4.5))) < 0.01)
            #expect(found.reverseDivergence < 0.02)
            #expect(mixture.published.count == 5)
        }
    }

    @Test func collapseAndNonsense() throws {
        let ring = GaussianMixtureProtocol.ring
        let one = try ring.measure(FeatureMatrix([1, 0, 1, 0, 0, 0] as [Float], featureCount: 2))
        #expect(one.modes == 1 && close(one.highQualityShare, 2.0 / 3, 1e-12))
        #expect(close(one.reverseDivergence, log(8.0), 1e-12))
        let none = try ring.measure(FeatureMatrix([9, 9] as [Float], featureCount: 2))
        #expect(none.modes == 0 && none.reverseDivergence == .infinity)
        #expect(throws: FeatureError.differentFeatureCounts(3, 2)) { try ring.measure(noise(2, 3)) }
        #expect(throws: FeatureError.self) {
            try ring.measure(FeatureMatrix([] as [Float], featureCount: 2))
        }
    }

    @Test func stackedDigits() throws {
        let all = (0..<1000).flatMap { [$0 / 100, $0 / 10 % 10, $0 % 10] }
        let even = try StackedDigitsProtocol.measure(digits: all)
        #expect(even.modes == 1000 && even.divergence < 1e-12 && even.sampleCount == 1000)
        // Fair draws: the divergence is near 999 / (2 x 26000).
        let key = RandomKey(seed: 2)
        let draws = (0..<3 * StackedDigitsProtocol.sampleCount).map {
            key.integer(UInt64($0), below: 10)
        }
        let fair = try StackedDigitsProtocol.measure(digits: draws)
        #expect(fair.modes == 1000 && abs(fair.divergence - 0.0192) < 0.002)
        let one = try StackedDigitsProtocol.measure(digits: [1, 2, 3, 1, 2, 3])
        #expect(one.modes == 1 && close(one.divergence, log(1000.0), 1e-12))
        #expect(throws: FeatureError.unknownClass(row: 1, found: 10, classCount: 10)) {
            try StackedDigitsProtocol.measure(digits: [1, 2, 3, 1, 10, 3])
        }
        #expect(throws: FeatureError.raggedRows(values: 4, features: 3)) {
            try StackedDigitsProtocol.measure(digits: [1, 2, 3, 4])
        }
        #expect(throws: FeatureError.self) { try StackedDigitsProtocol.measure(digits: []) }
    }
}
