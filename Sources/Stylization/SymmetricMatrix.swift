import CLAPACK

/// A symmetric matrix that has no negative eigenvalue: a covariance.
struct SymmetricMatrix {
    /// Rows and columns.
    let order: Int
    /// Ascending.
    private let eigenvalues: [Double]
    /// One after the other, in the eigenvalues' order.
    private let eigenvectors: [Double]

    private static let oneThread: Void = openblas_set_num_threads(1)

    /// Decomposes a matrix of `order * order` elements (LAPACK's `dsyevd`).
    ///
    /// - Throws: `decomposition` if it does not converge.
    init(_ elements: [Double], order: Int) throws(StylizationError) {
        precondition(
            order > 0 && elements.count == order * order,
            "[SymmetricMatrix] expected \(order * order) elements, got \(elements.count)")
        guard elements.allSatisfy(\.isFinite) else {
            throw .decomposition(routine: "dsyevd", code: 0)
        }
        _ = Self.oneThread
        var matrix = elements
        var values = [Double](repeating: 0, count: order)
        let n = [Int32(order)]
        var info = Int32(0)
        var (workCount, integerCount) = (Int32(-1), Int32(-1))
        var (work, integers) = ([0.0], [Int32(0)])
        // The first call asks how much room the second one wants.
        for asking in [true, false] {
            dsyevd_(
                "V", "U", n, &matrix, n, &values, &work, &workCount, &integers, &integerCount,
                &info, 1, 1)
            guard info == 0 else { throw .decomposition(routine: "dsyevd", code: Int(info)) }
            guard asking else { break }
            (workCount, integerCount) = (Int32(work[0]), integers[0])
            work = [Double](repeating: 0, count: Int(workCount))
            integers = [Int32](repeating: 0, count: Int(integerCount))
        }
        self.order = order
        eigenvalues = values
        eigenvectors = matrix
    }

    /// The matrix to a power, row-major. Directions whose eigenvalue is at most `threshold` times the
    /// largest are left out: nothing is known of them.
    func power(_ exponent: MatrixPower, threshold: Double = 1e-6) -> [Double] {
        var result = [Double](repeating: 0, count: order * order)
        let largest = eigenvalues.last ?? 0
        for (index, value) in eigenvalues.enumerated()
        where value > threshold * largest && value > 0 {
            let factor =
                exponent == .half ? value.squareRoot() : 1 / value.squareRoot()
            let vector = eigenvectors[index * order..<(index + 1) * order]
            let start = vector.startIndex
            for row in 0..<order {
                let share = factor * vector[start + row]
                for column in 0..<order {
                    result[row * order + column] += share * vector[start + column]
                }
            }
        }
        return result
    }
}

/// The powers of a covariance that whitening and colouring take.
enum MatrixPower {
    /// The square root: colours.
    case half
    /// The inverse of the square root: whitens.
    case minusHalf
}

/// The product of two row-major square matrices.
func product(_ a: [Double], _ b: [Double], order: Int) -> [Double] {
    var result = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
        for inner in 0..<order {
            let factor = a[row * order + inner]
            for column in 0..<order {
                result[row * order + column] += factor * b[inner * order + column]
            }
        }
    }
    return result
}
