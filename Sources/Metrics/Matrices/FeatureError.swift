/// Why numbers cannot be measured: what was expected, what was found, what to do.
public enum FeatureError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The count of values is no whole number of rows.
    case raggedRows(values: Int, features: Int)
    /// A value is NaN or infinite.
    case notFinite(row: Int, feature: Int, value: String)
    /// A value is too large for the arithmetic.
    case tooLarge(row: Int, feature: Int, value: Float, limit: Float)
    /// Two sets have features of different counts: not of the same network.
    case differentFeatureCounts(Int, Int)
    /// A metric needs more rows.
    case tooFewRows(what: String, found: Int, needed: Int)
    /// More features than a covariance is kept of.
    case tooManyFeatures(found: Int, limit: Int)
    /// Numbers that are no statistics of features.
    case invalidStatistics(reason: String)
    /// A row of zeros, which has no direction.
    case zeroRow(row: Int)
    /// A class index outside of the classes.
    case unknownClass(row: Int, found: Int, classCount: Int)
    /// LAPACK gave up.
    case decomposition(routine: String, code: Int)

    /// One line.
    public var description: String {
        switch self {
        case .raggedRows(let values, let features):
            "expected rows of \(features) features, got \(values) values, which are not whole rows"
        case .notFinite(let row, let feature, let value):
            "row \(row), feature \(feature) is \(value): expected finite numbers; the pictures, or "
                + "the weights of the feature network, are broken"
        case .tooLarge(let row, let feature, let value, let limit):
            "row \(row), feature \(feature) is \(value): expected magnitudes up to \(limit); the "
                + "pictures, or the weights of the feature network, are broken"
        case .differentFeatureCounts(let one, let other):
            "one set has \(one) features a row, the other \(other): expected both from the same "
                + "feature network"
        case .tooFewRows(let what, let found, let needed):
            "\(what) needs at least \(needed) rows, got \(found): use more pictures"
        case .tooManyFeatures(let found, let limit):
            "\(found) features a row: a covariance is kept of at most \(limit); pool the features "
                + "first"
        case .invalidStatistics(let reason): "not the statistics of features: \(reason)"
        case .zeroRow(let row):
            "row \(row) is all zeros and has no direction to compare: check the feature network"
        case .unknownClass(let row, let found, let classCount):
            "row \(row) has class \(found): expected 0 to \(classCount - 1)"
        case .decomposition(let routine, let code):
            "LAPACK's \(routine) failed with code \(code): the statistics are damaged"
        }
    }
}
