import Foundation
import Metrics
import TensorCore

/// What Tools/goldens/make_feature_metrics_goldens.py computed.
struct FeatureGoldens: Decodable {
    struct Case: Decodable {
        struct Shares: Decodable { var mean: Double, nearest: Double, vendi: Double }
        var reals: Int, mades: Int, width: Int
        var frechet: Double, frechetMeans: Double
        var mean: [Double], covariance: [Double]
        var kernel: Double, kernelDeviation: Double
        var manifold: ManifoldMetrics
        var inception: Double, inceptionDeviation: Double
        var diversity: Shares
        var neighbours: [Int], distances: [Double]

        var real: FeatureMatrix { get throws { try features(reals, made: false) } }
        var made: FeatureMatrix { get throws { try features(mades, made: true) } }

        /// The features of the script.
        private func features(_ rows: Int, made: Bool) throws -> FeatureMatrix {
            let key = RandomKey(seed: 11).folded(made ? "made" : "real").folded(UInt64(width))
            func number(_ key: RandomKey, _ i: Int) -> Float {
                Float(key.word(UInt64(i)) >> 20) / 1024 - 2
            }
            var values: [Float] = []
            for row in 0..<rows {
                for j in 0..<width {
                    let own = number(key, row * width + j) * Float(1 + j % 4) / 4
                    let common = number(key.folded("common"), row) * Float(j % 2)
                    values.append(own + common + (made ? 0.5 * Float(j % 3) : 0) + 3)
                }
            }
            return try FeatureMatrix(values, featureCount: width)
        }
    }
    struct Path: Decodable { var value: Double, error: Double, count: Int }
    struct Mixture: Decodable {
        var modes: Int, share: Double, divergence: Double, counts: [Int]
    }
    var seed: UInt64, subsets: Int, subsetSize: Int
    var cases: [Case]
    var spherical: Path, linear: Path
    var ring: Mixture, grid: Mixture

    static let all: Result<FeatureGoldens, any Error> = Result {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/features.json")
        return try JSONDecoder().decode(FeatureGoldens.self, from: Data(contentsOf: file))
    }
}

/// Whether numbers are equal but for a share of the second.
func close(_ one: Double, _ other: Double, _ share: Double = 1e-6) -> Bool {
    abs(one - other) <= share * max(abs(other), 1e-12)
}

/// Features without any order: `[rows, width]`, in -2 ... 2.
func noise(_ rows: Int, _ width: Int, seed: UInt64 = 1) throws -> FeatureMatrix {
    let key = RandomKey(seed: seed)
    return try FeatureMatrix(
        (0..<rows * width).map { (i: Int) -> Float in key.uniform(UInt64(i)) * 4 - 2 },
        featureCount: width)
}
