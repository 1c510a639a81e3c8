import Foundation

/// How samples fall into classes: a collapsed generator leaves classes out.
public struct ClassHistogram: Sendable, Hashable, Codable {
    /// How many samples each class has.
    public var counts: [Int]

    /// The histogram with these counts, none below 0.
    public init(counts: [Int]) {
        precondition(
            !counts.isEmpty && counts.allSatisfy { $0 >= 0 },
            "[ClassHistogram] expected counts from 0, got \(counts)")
        self.counts = counts
    }

    /// The histogram of predicted classes.
    ///
    /// - Throws: `FeatureError.unknownClass` for one outside of `0..<classCount`.
    public init(classes: [Int], classCount: Int) throws(FeatureError) {
        precondition(classCount > 0, "[ClassHistogram] expected classes, got \(classCount)")
        counts = [Int](repeating: 0, count: classCount)
        for (row, found) in classes.enumerated() {
            guard found >= 0, found < classCount else {
                throw .unknownClass(row: row, found: found, classCount: classCount)
            }
            counts[found] += 1
        }
    }

    /// The histogram of the largest of each row of logits `[N, classes]`; of equal ones, the first.
    public init(logits: FeatureMatrix) {
        let classCount = logits.featureCount
        counts = [Int](repeating: 0, count: classCount)
        for row in 0..<logits.rowCount {
            var best = 0
            for i in 1..<max(1, classCount)
            where logits.values[row * classCount + i] > logits.values[row * classCount + best] {
                best = i
            }
            counts[best] += 1
        }
    }

    /// How many samples there are.
    public var sampleCount: Int { counts.reduce(0, +) }

    /// The classes that no sample fell into.
    public var missingClasses: [Int] { counts.indices.filter { counts[$0] == 0 } }

    /// The entropy of the shares, in nats: 0 for one class, `log(classCount)` for equal shares.
    public var entropy: Double {
        let total = Double(sampleCount)
        // A share that is the whole has the entropy 0 and not -0.
        return counts.reduce(0) { sum, count in
            count == 0 ? sum : sum + Double(count) / total * log(total / Double(count))
        }
    }

    /// As many equally filled classes have this entropy.
    public var effectiveClassCount: Double { exp(entropy) }

    /// The Kullback-Leibler divergence of the shares from equal ones, in nats: 0 is best. Infinite
    /// without samples.
    public var divergenceFromUniform: Double {
        sampleCount == 0 ? .infinity : max(0, log(Double(counts.count)) - entropy)
    }
}
