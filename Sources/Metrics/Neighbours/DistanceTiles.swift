/// Squared distances between the rows of two matrices, a tile at a time: never all at once.
///
/// A tile is one matrix product in float32 of rows that were centred, so that a common mean cancels
/// nothing. Its error is at most `errorShare` of the rows' squared lengths; decisions closer than that
/// are taken with ``exact(_:_:)``.
package struct DistanceTiles {
    /// Rows of the first matrix in a tile: the unit of work of a thread.
    package static let tileRows = 128
    /// Rows of the second matrix in a tile.
    private static let tileColumns = 1024

    private let one: FeatureMatrix
    private let other: FeatureMatrix
    private let oneCentred: [Float]
    private let otherCentred: [Float]
    /// The squared lengths of the centred rows.
    package let oneLengths: [Float]
    /// The squared lengths of the centred rows.
    package let otherLengths: [Float]
    /// The largest error of a squared distance, as a share of the two squared lengths.
    package let errorShare: Float

    /// The distances from rows of one matrix to those of another with as many features.
    package init(_ one: FeatureMatrix, _ other: FeatureMatrix) {
        let centre = Self.mean(other)
        self.init(one, other, Self.centred(one, centre), Self.centred(other, centre))
    }

    /// The distances between the rows of a set.
    package init(within set: FeatureMatrix) {
        let centred = Self.centred(set, Self.mean(set))
        self.init(set, set, centred, centred)
    }

    private init(
        _ one: FeatureMatrix, _ other: FeatureMatrix, _ oneCentred: ([Float], [Float]),
        _ otherCentred: ([Float], [Float])
    ) {
        self.one = one
        self.other = other
        (self.oneCentred, oneLengths) = oneCentred
        (self.otherCentred, otherLengths) = otherCentred
        // A product's rounding errors add up to at most F units in the last place; and room for those
        // of centring and of adding the lengths.
        errorShare = Float(one.featureCount + 32) * 0x1p-23
    }

    /// The squared distance of two rows, in double; the same bits in either order.
    package func exact(_ row: Int, _ column: Int) -> Double {
        one.squaredDistance(of: row, to: other, column)
    }

    /// Calls `body` with ranges of rows of the first matrix, on several threads; it calls what it is
    /// given with a function of ranges of rows of the second matrix, in order, and a tile: `-2 x . y`
    /// of the centred rows, row-major. Adding both squared lengths makes it a squared distance.
    package func forEachBand(
        _ body: (
            Range<Int>, (_ visit: (Range<Int>, UnsafeBufferPointer<Float>) -> Void) -> Void
        ) -> Void
    ) {
        let bands = (one.rowCount + Self.tileRows - 1) / Self.tileRows
        let width = one.featureCount
        LinearAlgebra.parallel(bands) { band in
            let start = band * Self.tileRows
            let rows = start..<min(one.rowCount, start + Self.tileRows)
            body(rows) { visit in
                var tile = [Float](repeating: 0, count: Self.tileRows * Self.tileColumns)
                for first in stride(from: 0, to: other.rowCount, by: Self.tileColumns) {
                    let columns = first..<min(other.rowCount, first + Self.tileColumns)
                    oneCentred.withUnsafeBufferPointer { oneCentred in
                        otherCentred.withUnsafeBufferPointer { otherCentred in
                            guard let a = oneCentred.baseAddress, let b = otherCentred.baseAddress
                            else { return }
                            LinearAlgebra.outerProduct(
                                a + start * width, rows: rows.count, b + first * width,
                                rows: columns.count, depth: width, scale: -2, into: &tile)
                        }
                    }
                    tile.withUnsafeBufferPointer { visit(columns, $0) }
                }
            }
        }
    }

    private static func mean(_ matrix: FeatureMatrix) -> [Float] {
        let width = matrix.featureCount
        var sums = [Double](repeating: 0, count: width)
        for row in 0..<matrix.rowCount {
            for i in 0..<width { sums[i] += Double(matrix.values[row * width + i]) }
        }
        return sums.map { Float($0 / Double(max(1, matrix.rowCount))) }
    }

    private static func centred(
        _ matrix: FeatureMatrix, _ centre: [Float]
    ) -> (rows: [Float], lengths: [Float]) {
        let width = matrix.featureCount
        var rows = matrix.values
        var lengths = [Float](repeating: 0, count: matrix.rowCount)
        for row in 0..<matrix.rowCount {
            var length = 0.0
            for i in 0..<width {
                let value = rows[row * width + i] - centre[i]
                rows[row * width + i] = value
                length += Double(value) * Double(value)
            }
            lengths[row] = Float(length)
        }
        return (rows, lengths)
    }
}

extension FeatureMatrix {
    /// The squared distance of a row to one of another matrix, in double; the same bits in either
    /// order.
    package func squaredDistance(of row: Int, to other: FeatureMatrix, _ otherRow: Int) -> Double {
        let width = featureCount
        return values.withUnsafeBufferPointer { one in
            other.values.withUnsafeBufferPointer { other in
                // Four sums, so that an addition need not wait for the one before it.
                var sums = SIMD4<Double>.zero
                let (a, b) = (row * width, otherRow * width)
                let whole = width & ~3
                for i in stride(from: 0, to: whole, by: 4) {
                    let left = SIMD4<Double>(
                        Double(one[a + i]), Double(one[a + i + 1]), Double(one[a + i + 2]),
                        Double(one[a + i + 3]))
                    let right = SIMD4<Double>(
                        Double(other[b + i]), Double(other[b + i + 1]), Double(other[b + i + 2]),
                        Double(other[b + i + 3]))
                    let difference = left - right
                    sums += difference * difference
                }
                var sum = sums.sum()
                for i in whole..<width {
                    let difference = Double(one[a + i]) - Double(other[b + i])
                    sum += difference * difference
                }
                return sum
            }
        }
    }
}
