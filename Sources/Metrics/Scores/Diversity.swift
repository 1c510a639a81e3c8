import Foundation

/// How different samples are from each other, to tell a collapsed generator.
public struct Diversity: Sendable, Hashable, Codable {
    /// The mean distance of two different samples.
    public var meanDistance: Double
    /// The mean distance of a sample to the nearest other one.
    public var meanNearestDistance: Double
    /// The share of samples with another one within a thousandth of the mean distance; 1 where all
    /// are equal.
    public var duplicateShare: Double
    /// The Vendi score: as many samples without anything in common are as diverse as these, from 1
    /// to the count of samples. Friedman and Dieng 2022, "The Vendi Score: A Diversity Evaluation
    /// Metric for Machine Learning", https://arxiv.org/abs/2210.02410, with the cosine of features as
    /// similarity. Nil where a row is all zeros, and so has no direction.
    public var vendiScore: Double?

    /// The diversity of features `[N, F]`, of the first `limit` rows.
    ///
    /// - Throws: `FeatureError.tooFewRows` under 2 rows, `.decomposition`.
    public static func of(
        _ features: FeatureMatrix, limit: Int = 2000
    ) throws(FeatureError) -> Diversity {
        precondition(limit >= 2, "[Diversity] expected a limit from 2, got \(limit)")
        guard features.rowCount >= 2 else {
            throw .tooFewRows(what: "diversity", found: features.rowCount, needed: 2)
        }
        let set = features.rowCount <= limit ? features : features.rows(0..<limit)
        let mean = meanDistance(set)
        let nearest = try NearestNeighbours.find(1, within: set).map { $0[0].distance }
        return Diversity(
            meanDistance: mean,
            meanNearestDistance: nearest.reduce(0, +) / Double(set.rowCount),
            duplicateShare: Double(nearest.count { $0 <= mean / 1000 }) / Double(set.rowCount),
            vendiScore: try vendiScore(set))
    }

    private static func meanDistance(_ set: FeatureMatrix) -> Double {
        let tiles = DistanceTiles(within: set)
        var sums = [Double](repeating: 0, count: set.rowCount)
        sums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let sums = sums
            tiles.forEachBand { rows, eachTile in
                eachTile { columns, tile in
                    for row in rows {
                        let line = (row - rows.lowerBound) * columns.count
                        for (i, column) in columns.enumerated() where column != row {
                            let lengths = tiles.oneLengths[row] + tiles.otherLengths[column]
                            var square = Double(tile[line + i] + lengths)
                            // Where the rows are too alike for float32.
                            if square < 100 * Double(tiles.errorShare * lengths) {
                                square = tiles.exact(row, column)
                            }
                            sums[row] += square.squareRoot()
                        }
                    }
                }
            }
        }
        let count = Double(set.rowCount)
        return sums.reduce(0, +) / (count * (count - 1))
    }

    private static func vendiScore(_ set: FeatureMatrix) throws(FeatureError) -> Double? {
        let (count, width) = (set.rowCount, set.featureCount)
        var rows = set.values.map { Double($0) }
        for row in 0..<count {
            let line = row * width..<(row + 1) * width
            let length = rows[line].reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard length > 0 else { return nil }
            for i in line { rows[i] /= length }
        }
        // The similarities of rows and the products of columns have the same eigenvalues but zeros:
        // the smaller matrix will do.
        var order = width
        if count < width {
            var columns = rows
            for row in 0..<count {
                for i in 0..<width { columns[i * count + row] = rows[row * width + i] }
            }
            rows = columns
            order = count
        }
        var products = [Double](repeating: 0, count: order * order)
        products.withUnsafeMutableBufferPointer { products in
            rows.withUnsafeBufferPointer { rows in
                guard let rows = rows.baseAddress, let sums = products.baseAddress else { return }
                LinearAlgebra.addGram(
                    of: rows, count: count < width ? width : count, width: order, to: sums)
            }
        }
        LinearAlgebra.mirrorUpper(&products, order: order)
        let values = try LinearAlgebra.eigenvalues(of: products, order: order, width: order)
        let entropy = values.reduce(0) { sum, value in
            let share = value / Double(count)
            return share > 0 ? sum - share * log(share) : sum
        }
        return exp(entropy)
    }
}
