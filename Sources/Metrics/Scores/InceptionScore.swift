import Foundation

/// How sure a classifier is of single pictures, and how evenly it spreads them over the classes:
/// `exp(mean KL(p(y|x) | p(y)))`, from 1 to the count of classes. Larger is better.
///
/// Salimans et al. 2016, "Improved Techniques for Training GANs", https://arxiv.org/abs/1606.03498.
/// It is the Inception score for the paper's network only. It does not look at real pictures.
public struct InceptionScore: Sendable, Hashable, Codable {
    /// The mean over the parts.
    public var value: Double
    /// The standard deviation over the parts, divided by their count, as papers report it.
    public var standardDeviation: Double
    /// How many parts the pictures were cut into.
    public var splits: Int

    /// The score of pictures from a classifier's logits `[N, classes]`, in parts that follow each other
    /// (10 in the paper).
    ///
    /// - Throws: `FeatureError.tooFewRows` where a part would be empty.
    public static func of(
        logits: FeatureMatrix, splits: Int = 10
    ) throws(FeatureError) -> InceptionScore {
        precondition(splits > 0, "[InceptionScore] expected parts, got \(splits)")
        guard logits.rowCount >= splits else {
            throw .tooFewRows(
                what: "a score in \(splits) parts", found: logits.rowCount, needed: splits)
        }
        let scores = (0..<splits).map { part in
            score(
                logits,
                part * logits.rowCount / splits..<(part + 1) * logits.rowCount / splits)
        }
        let mean = scores.reduce(0, +) / Double(splits)
        let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(splits)
        return InceptionScore(value: mean, standardDeviation: variance.squareRoot(), splits: splits)
    }

    private static func score(_ logits: FeatureMatrix, _ rows: Range<Int>) -> Double {
        let classes = logits.featureCount
        var marginal = [Double](repeating: 0, count: classes)
        // The mean KL is the mean of sum p log p, less sum m log m of the mean m.
        var certainty = 0.0
        for row in rows {
            let line = logits.values[row * classes..<(row + 1) * classes].map { Double($0) }
            let largest = line.reduce(-Double.infinity) { max($0, $1) }
            let total = line.reduce(0) { $0 + exp($1 - largest) }
            for (i, value) in line.enumerated() {
                let logProbability = value - largest - log(total)
                let probability = exp(logProbability)
                marginal[i] += probability
                if probability > 0 { certainty += probability * logProbability }
            }
        }
        let count = Double(rows.count)
        let spread = marginal.reduce(0) { $0 + ($1 > 0 ? $1 / count * log($1 / count) : 0) }
        return exp(certainty / count - spread)
    }
}
