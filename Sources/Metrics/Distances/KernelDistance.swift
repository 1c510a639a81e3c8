import TensorCore

/// The kernel distance of two sets of features: the squared maximum mean discrepancy under the kernel
/// `(x . y / F + 1)^3`, without bias. Smaller is better; about 0, on either side, says equal.
///
/// Binkowski et al. 2018, "Demystifying MMD GANs", https://arxiv.org/abs/1801.01401. It is called KID
/// for the features of Inception-v3. Unlike a Frechet distance its expectation does not depend on how
/// many pictures there are. Papers often show it times 1000.
public struct KernelDistance: Sendable, Hashable, Codable {
    /// How the estimate is made.
    public struct Configuration: Sendable, Hashable, Codable {
        /// How many random subsets are compared.
        public var subsetCount: Int
        /// Rows of each set in a subset; of a smaller set, all.
        public var subsetSize: Int
        /// From which the subsets follow.
        public var seed: UInt64

        /// The paper's sizes unless given.
        public init(subsetCount: Int = 100, subsetSize: Int = 1000, seed: UInt64 = 0) {
            self.subsetCount = subsetCount
            self.subsetSize = subsetSize
            self.seed = seed
        }
    }

    /// The mean over subsets.
    public var value: Double
    /// The standard deviation over subsets (divided by the count less one; 0 for one subset).
    public var standardDeviation: Double
    /// The standard error of the mean: the deviation over the root of the count of subsets.
    public var standardError: Double
    /// Rows of each set in a subset.
    public var subsetSize: Int

    /// The distance between two sets of features, `[N, F]` and `[M, F]`.
    ///
    /// Subset i takes the first rows of permutations under the keys `kernel subsets`, i, and `one` or
    /// `other`. The products of rows are made in float32, their sums in double.
    ///
    /// - Throws: `FeatureError` under 2 rows or for unequal features.
    public static func between(
        _ one: FeatureMatrix, _ other: FeatureMatrix, configuration: Configuration = .init()
    ) throws(FeatureError) -> KernelDistance {
        precondition(
            configuration.subsetCount > 0 && configuration.subsetSize >= 2,
            "[KernelDistance] expected subsets of 2 rows or more, got "
                + "\(configuration.subsetCount) of \(configuration.subsetSize)")
        try FeatureMatrix.check(one, other, for: "a kernel distance", needed: 2)
        let size = min(configuration.subsetSize, one.rowCount, other.rowCount)
        let subsets = RandomKey(seed: configuration.seed).folded("kernel subsets")
        var values = [Double](repeating: 0, count: configuration.subsetCount)
        values.withUnsafeMutableBufferPointer { values in
            nonisolated(unsafe) let values = values
            LinearAlgebra.parallel(values.count) { subset in
                let key = subsets.folded(UInt64(subset))
                let first = key.folded("one").permutation(one.rowCount).prefix(size)
                let second = key.folded("other").permutation(other.rowCount).prefix(size)
                values[subset] = discrepancy(one.rows(first), other.rows(second))
            }
        }
        let summary = TrialSummary(values)
        return KernelDistance(
            value: summary.mean, standardDeviation: summary.standardDeviation,
            standardError: summary.standardError, subsetSize: size)
    }

    /// The squared discrepancy of two sets of equally many rows, 2 or more.
    package static func discrepancy(_ one: FeatureMatrix, _ other: FeatureMatrix) -> Double {
        let size = Double(one.rowCount)
        return (kernelSum(one, nil) + kernelSum(other, nil)) / (size * (size - 1))
            - 2 * kernelSum(one, other) / (size * size)
    }

    /// The sum of the kernel over all pairs of two sets; of one set, over all pairs of different rows.
    private static func kernelSum(_ one: FeatureMatrix, _ other: FeatureMatrix?) -> Double {
        let blockRows = 128
        let columns = other ?? one
        let (width, count) = (one.featureCount, columns.rowCount)
        var products = [Float](repeating: 0, count: blockRows * count)
        let scale = 1 / Double(width)
        var total = 0.0
        one.values.withUnsafeBufferPointer { rows in
            columns.values.withUnsafeBufferPointer { columns in
                guard let rows = rows.baseAddress, let columns = columns.baseAddress else { return }
                for start in stride(from: 0, to: one.rowCount, by: blockRows) {
                    let taken = min(blockRows, one.rowCount - start)
                    // Within one set, only what lies right of the diagonal, and counted twice.
                    let left = other == nil ? start : 0
                    LinearAlgebra.outerProduct(
                        rows + start * width, rows: taken, columns + left * width,
                        rows: count - left, depth: width, into: &products)
                    for row in 0..<taken {
                        let line = row * (count - left)
                        let first = other == nil ? row + 1 : 0
                        let sum = cubes(products[line + first..<line + count - left], scale)
                        total += other == nil ? 2 * sum : sum
                    }
                }
            }
        }
        return total
    }

    private static func cubes(_ products: ArraySlice<Float>, _ scale: Double) -> Double {
        products.withUnsafeBufferPointer { products in
            // Four sums, so that an addition need not wait for the one before it.
            var sums = SIMD4<Double>.zero
            let whole = products.count & ~3
            for i in stride(from: 0, to: whole, by: 4) {
                let taken = SIMD4<Double>(
                    Double(products[i]), Double(products[i + 1]), Double(products[i + 2]),
                    Double(products[i + 3]))
                let base = taken * scale + 1
                sums += base * base * base
            }
            var sum = sums.sum()
            for i in whole..<products.count {
                let base = Double(products[i]) * scale + 1
                sum += base * base * base
            }
            return sum
        }
    }
}
