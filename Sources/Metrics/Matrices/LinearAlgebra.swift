import CLAPACK
internal import Dispatch

/// The calls of BLAS and LAPACK, each on the thread that makes it.
///
/// OpenBLAS brings a pool of threads of its own, which would stand beside oneDNN's: it is told to use
/// one thread, and what is large is cut into tiles here, which go to the system's queue. A number is
/// made by one thread in one order, so results do not depend on how many threads there are.
package enum LinearAlgebra {
    /// The tiles' edge.
    private static let edge = 256

    private static let oneThread: Void = openblas_set_num_threads(1)

    /// Calls `body` with `0..<count` on as many threads as the machine has, and waits. What `body`
    /// writes for one number, it must not touch for another.
    package static func parallel(_ count: Int, _ body: (Int) -> Void) {
        _ = oneThread
        guard count > 0 else { return }
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let work = body
            DispatchQueue.concurrentPerform(iterations: count) { work($0) }
        }
    }

    /// `product = scale * a b^T + bias * product`, all row-major: `a` is `[m, depth]`, `b` is
    /// `[n, depth]`, `product` is `[m, n]`.
    package static func outerProduct(
        _ a: UnsafePointer<Float>, rows m: Int, _ b: UnsafePointer<Float>, rows n: Int, depth: Int,
        scale: Float = 1, into product: UnsafeMutablePointer<Float>
    ) {
        _ = oneThread
        cblas_sgemm(
            Int32(BLAS_ROW_MAJOR), Int32(BLAS_NO_TRANSPOSE), Int32(BLAS_TRANSPOSE), Int32(m),
            Int32(n), Int32(depth), scale, a, Int32(depth), b, Int32(depth), 0, product, Int32(n))
    }

    /// Adds `rows^T rows` to the upper triangle of `[width, width]`; `rows` is `[count, width]`.
    package static func addGram(
        of rows: UnsafePointer<Double>, count: Int, width: Int,
        to triangle: UnsafeMutablePointer<Double>
    ) {
        let panels = (width + edge - 1) / edge
        parallel(panels) { panel in
            let start = panel * edge
            cblas_dgemm(
                Int32(BLAS_ROW_MAJOR), Int32(BLAS_TRANSPOSE), Int32(BLAS_NO_TRANSPOSE),
                Int32(min(edge, width - start)), Int32(width - start), Int32(count), 1,
                rows + start, Int32(width), rows + start, Int32(width), 1,
                triangle + start * width + start, Int32(width))
        }
    }

    /// Copies the upper triangle of a row-major square matrix to the lower one.
    package static func mirrorUpper(_ matrix: inout [Double], order: Int) {
        matrix.withUnsafeMutableBufferPointer { matrix in
            // Tile by tile: down a column of a large matrix every step is another page.
            for rowStart in stride(from: 0, to: order, by: 32) {
                for columnStart in stride(from: rowStart, to: order, by: 32) {
                    for row in rowStart..<min(order, rowStart + 32) {
                        let first = max(row + 1, columnStart)
                        let end = min(order, columnStart + 32)
                        guard first < end else { continue }
                        for column in first..<end {
                            matrix[column * order + row] = matrix[row * order + column]
                        }
                    }
                }
            }
        }
    }

    /// A matrix U, and an order of rows and columns, in which a symmetric matrix that has no negative
    /// eigenvalue is `U^T U`: Cholesky's factor with pivots, which also takes singular matrices
    /// (LAPACK's `dpstrf`).
    package struct Factor {
        /// The square matrix U, column-major; zero under its diagonal and from row `rank` on.
        package var upper: [Double]
        /// Row and column i of U stand for this one of the matrix.
        package var order: [Int]
        /// How many rows of U are not zero.
        package var rank: Int
    }

    /// Factors a symmetric matrix.
    ///
    /// - Throws: `FeatureError.decomposition` if LAPACK refuses.
    package static func factor(
        _ matrix: [Double], order count: Int
    ) throws(FeatureError) -> Factor {
        _ = oneThread
        var upper = matrix
        let n = [Int32(count)]
        var pivots = [Int32](repeating: 0, count: count)
        var (rank, info) = (Int32(0), Int32(0))
        let largest = (0..<count).reduce(0) { max($0, matrix[$1 * count + $1]) }
        guard largest > 0 else {
            return Factor(
                upper: [Double](repeating: 0, count: count * count), order: Array(0..<count),
                rank: 0)
        }
        let tolerance = [largest * Double(count).squareRoot() * 0x1p-52]
        var work = [Double](repeating: 0, count: 2 * count)
        dpstrf_("U", n, &upper, n, &pivots, &rank, tolerance, &work, &info, 1)
        guard info >= 0 else { throw .decomposition(routine: "dpstrf", code: Int(info)) }
        // What LAPACK leaves under the diagonal and behind the rank is not of the factor.
        for column in 0..<count {
            for row in min(column + 1, Int(rank))..<count { upper[column * count + row] = 0 }
        }
        return Factor(upper: upper, order: pivots.map { Int($0) - 1 }, rank: Int(rank))
    }

    /// `U S U^T` for the factor U and a symmetric matrix S in U's order of rows; `[order, order]`.
    package static func congruence(_ factor: Factor, _ symmetric: [Double]) -> [Double] {
        _ = oneThread
        let count = factor.order.count
        var product = [Double](repeating: 0, count: count * count)
        for (i, row) in factor.order.enumerated() {
            for (j, column) in factor.order.enumerated() {
                product[i * count + j] = symmetric[row * count + column]
            }
        }
        let n = Int32(count)
        for (side, transpose) in [
            (BLAS_LEFT, BLAS_NO_TRANSPOSE), (BLAS_RIGHT, BLAS_TRANSPOSE),
        ] {
            cblas_dtrmm(
                Int32(BLAS_COLUMN_MAJOR), Int32(side), Int32(BLAS_UPPER),
                Int32(transpose), Int32(BLAS_NON_UNIT), n, n, 1, factor.upper, n,
                &product, n)
        }
        return product
    }

    /// The eigenvalues, ascending, of the leading `[order, order]` part of a symmetric matrix whose
    /// rows are `width` long (LAPACK's `dsyevd`).
    ///
    /// - Throws: `FeatureError.decomposition` if it does not converge.
    package static func eigenvalues(
        of symmetric: [Double], order: Int, width: Int
    ) throws(FeatureError) -> [Double] {
        guard order > 0 else { return [] }
        _ = oneThread
        var matrix = symmetric
        let (n, stride) = ([Int32(order)], [Int32(width)])
        var info = Int32(0)
        var values = [Double](repeating: 0, count: order)
        var (workCount, integerCount) = (Int32(-1), Int32(-1))
        var (work, integers) = ([0.0], [Int32(0)])
        // The first call asks how much room the second one wants.
        for asking in [true, false] {
            dsyevd_(
                "N", "U", n, &matrix, stride, &values, &work, &workCount, &integers,
                &integerCount, &info, 1, 1)
            guard info == 0 else { throw .decomposition(routine: "dsyevd", code: Int(info)) }
            guard asking else { break }
            (workCount, integerCount) = (Int32(work[0]), integers[0])
            work = [Double](repeating: 0, count: Int(workCount))
            integers = [Int32](repeating: 0, count: Int(integerCount))
        }
        return values
    }
}
