/// The Frechet distance of two sets of features, each taken as a normal distribution. Smaller is
/// better.
///
/// Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
/// Equilibrium", https://arxiv.org/abs/1706.08500:
/// `|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))`.
///
/// It is called FID only for the features of Inception-v3 that the paper used. It falls as the count
/// of pictures grows: compare only figures of equal counts.
public struct FrechetDistance: Sendable, Hashable, Codable {
    /// The distance, 0 or more.
    public var value: Double
    /// What the means add to it.
    public var meanTerm: Double
    /// What the covariances add to it; rounding can leave it a little under 0.
    public var covarianceTerm: Double

    /// The distance between the statistics of two sets.
    ///
    /// With `P^T S1 P = U^T U` (Cholesky's factor with pivots, which takes covariances of fewer rows
    /// than features), `S1 S2` has the eigenvalues of the symmetric `U P^T S2 P U^T`, and the
    /// trace of its root is the sum of their roots: no root of a matrix is needed. 1.5 s for 2048
    /// features on one core.
    ///
    /// - Throws: `FeatureError.differentFeatureCounts`, `.decomposition`.
    public static func between(
        _ one: FeatureStatistics, _ other: FeatureStatistics
    ) throws(FeatureError) -> FrechetDistance {
        let count = one.featureCount
        guard other.featureCount == count else {
            throw .differentFeatureCounts(count, other.featureCount)
        }
        var (meanTerm, traces) = (0.0, 0.0)
        for i in 0..<count {
            let difference = one.mean[i] - other.mean[i]
            meanTerm += difference * difference
            traces += one.covariance[i * count + i] + other.covariance[i * count + i]
        }
        // The set of fewer rows has the smaller rank, and so the smaller eigenvalue problem.
        let (first, second) = one.rowCount <= other.rowCount ? (one, other) : (other, one)
        let factor = try LinearAlgebra.factor(first.covariance, order: count)
        let product = LinearAlgebra.congruence(factor, second.covariance)
        let values = try LinearAlgebra.eigenvalues(of: product, order: factor.rank, width: count)
        // Rounding leaves eigenvalues that are zero on either side of it.
        let rootTrace = values.reduce(0) { $0 + max(0, $1).squareRoot() }
        let covarianceTerm = traces - 2 * rootTrace
        return FrechetDistance(
            value: max(0, meanTerm + covarianceTerm), meanTerm: meanTerm,
            covarianceTerm: covarianceTerm)
    }

    /// The distance between two sets of features, `[N, F]` and `[M, F]`.
    ///
    /// - Throws: `FeatureError`, for instance under 2 rows.
    public static func between(
        _ one: FeatureMatrix, _ other: FeatureMatrix
    ) throws(FeatureError) -> FrechetDistance {
        try FeatureMatrix.check(one, other, for: "a Frechet distance", needed: 2)
        return try between(FeatureStatistics(of: one), FeatureStatistics(of: other))
    }
}
