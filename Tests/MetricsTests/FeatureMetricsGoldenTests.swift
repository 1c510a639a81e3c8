import Foundation
import Metrics
import TensorCore
import Testing

/// Metrics against NumPy's and SciPy's, written without their shortcuts.
@Suite struct FeatureMetricsGoldenTests {
    private let goldens: FeatureGoldens

    init() throws { goldens = try FeatureGoldens.all.get() }

    @Test func frechetDistances() throws {
        for golden in goldens.cases {
            let statistics = try FeatureStatistics(of: golden.real)
            #expect(zip(statistics.mean, golden.mean).allSatisfy { close($0, $1, 1e-12) })
            #expect(
                zip(statistics.covariance, golden.covariance).allSatisfy {
                    abs($0 - $1) < 1e-12
                })
            let distance = try FrechetDistance.between(golden.made, golden.real)
            #expect(close(distance.value, golden.frechet), "\(distance), \(golden.frechet)")
            #expect(close(distance.meanTerm, golden.frechetMeans, 1e-12))
            let turned = try FrechetDistance.between(golden.real, golden.made)
            #expect(close(turned.value, golden.frechet), "\(turned), \(golden.frechet)")
        }
    }

    @Test func kernelDistances() throws {
        let configuration = KernelDistance.Configuration(
            subsetCount: goldens.subsets, subsetSize: goldens.subsetSize, seed: goldens.seed)
        for golden in goldens.cases {
            let distance = try KernelDistance.between(
                golden.real, golden.made, configuration: configuration)
            #expect(close(distance.value, golden.kernel), "\(distance), \(golden.kernel)")
            #expect(close(distance.standardDeviation, golden.kernelDeviation))
            #expect(
                close(
                    distance.standardError,
                    golden.kernelDeviation / Double(goldens.subsets).squareRoot()))
        }
    }

    @Test func manifolds() throws {
        for golden in goldens.cases {
            let found = try ManifoldMetrics.measure(made: golden.made, real: golden.real)
            #expect(close(found.precision, golden.manifold.precision, 1e-12))
            #expect(close(found.recall, golden.manifold.recall, 1e-12))
            #expect(close(found.density, golden.manifold.density, 1e-12))
            #expect(close(found.coverage, golden.manifold.coverage, 1e-12))
        }
    }

    @Test func neighbours() throws {
        for golden in goldens.cases {
            let found = try NearestNeighbours.find(4, of: golden.made, among: golden.real)
            let first = found.prefix(30).flatMap { $0 }
            #expect(first.map(\.row) == golden.neighbours)
            #expect(zip(first, golden.distances).allSatisfy { close($0.distance, $1, 1e-12) })
        }
    }

    @Test func scores() throws {
        for golden in goldens.cases {
            let score = try InceptionScore.of(logits: golden.made, splits: 4)
            #expect(close(score.value, golden.inception, 1e-10))
            #expect(close(score.standardDeviation, golden.inceptionDeviation, 1e-8))
            let found = try Diversity.of(golden.made)
            #expect(close(found.meanDistance, golden.diversity.mean))
            #expect(close(found.meanNearestDistance, golden.diversity.nearest, 1e-12))
            #expect(close(try #require(found.vendiScore), golden.diversity.vendi))
        }
    }

    /// The generator of the script, as features of latents of six numbers.
    private func generated(_ latents: [Float]) throws -> FeatureMatrix {
        var values: [Float] = []
        for row in stride(from: 0, to: latents.count, by: 6) {
            for j in 1...5 {
                var sum = 0.0
                for k in 0..<6 {
                    let angle = Double(latents[row + k]) * Double(j) / 3
                    sum += sin(angle) * Double(k + 1)
                }
                values.append(Float(sum))
            }
        }
        return try FeatureMatrix(values, featureCount: 5)
    }

    @Test func pathLengths() throws {
        for (interpolation, golden) in [
            (PerceptualPathLength.Interpolation.spherical, goldens.spherical),
            (.linear, goldens.linear),
        ] {
            // Batches that do not divide the count.
            let configuration = PerceptualPathLength.Configuration(
                sampleCount: 150, batchSize: 32, epsilon: 1e-2, interpolation: interpolation,
                seed: goldens.seed)
            let found = try PerceptualPathLength.measure(
                latentCount: 6, configuration: configuration, features: generated)
            #expect(close(found.value, golden.value, 1e-5), "\(found), \(golden)")
            #expect(close(found.standardError, golden.error, 1e-5))
            #expect(found.pathCount == golden.count)
        }
    }

    @Test func mixtures() throws {
        for (mixture, golden) in [
            (GaussianMixtureProtocol.ring, goldens.ring), (.grid, goldens.grid),
        ] {
            let key = RandomKey(seed: goldens.seed).folded("mixture")
                .folded(UInt64(mixture.centres.count))
            let points = (0..<1200).map { number -> Float in
                let i = number / 2
                let centre = mixture.centres[i * (i + 1) / 2 % mixture.centres.count]
                let offset = Double(key.word(UInt64(number)) >> 22) / 512 - 1
                let middle = number % 2 == 0 ? centre.x : centre.y
                return Float(middle + offset * mixture.standardDeviation * 4)
            }
            let found = try mixture.measure(FeatureMatrix(points, featureCount: 2))
            #expect(found.counts == golden.counts)
            #expect(found.modes == golden.modes)
            #expect(close(found.highQualityShare, golden.share, 1e-12))
            #expect(close(found.reverseDivergence, golden.divergence, 1e-9))
        }
    }
}
