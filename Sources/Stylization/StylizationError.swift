/// Why a picture could not be given a style.
public enum StylizationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// LAPACK could not decompose the covariance of features.
    case decomposition(routine: String, code: Int)
    /// The loss is not a number from the first picture on.
    case lossNotFinite(iteration: Int)
    /// Whoever watches asked to stop before there was anything to keep.
    case interrupted

    /// One line: what happened and what to do.
    public var description: String {
        switch self {
        case .decomposition(let routine, let code):
            "the covariance of a picture's features cannot be decomposed (\(routine) answers "
                + "\(code)): one of the pictures gives features that are not numbers; try another "
                + "size, or another method"
        case .lossNotFinite(let iteration):
            "the loss at iteration \(iteration) is not a number: lower the style weight, or the rate "
                + "of Adam"
        case .interrupted: "stopped before there was a picture to keep"
        }
    }
}
