/// A search along a line for a point that satisfies the strong Wolfe conditions: first outwards until
/// such a point lies between two, then inwards by cubic interpolation.
struct WolfeLineSearch {
    private static let sufficientDecrease = 1e-4
    private static let curvature = 0.9
    private static let mostTrials = 25

    /// A point on the line.
    private struct Trial {
        var length: Double
        var loss: Double
        var slope: Double
        var evaluation: LBFGS.Evaluation?

        var isFinite: Bool { loss.isFinite && slope.isFinite }
    }

    private let start: Trial
    /// Lengths closer than this are one.
    private let least: Double
    private var trials = 0

    /// A search from a loss and a negative slope at length 0.
    init(loss: Double, slope: Double, least: Double) {
        start = Trial(length: 0, loss: loss, slope: slope, evaluation: nil)
        self.least = least
    }

    /// A length and what is there; nil where nothing lower was found.
    mutating func run<Failure: Error>(
        from first: Double,
        _ evaluate: (Double) throws(Failure) -> (LBFGS.Evaluation, slope: Double)
    ) throws(Failure) -> (length: Double, evaluation: LBFGS.Evaluation)? {
        var before = start
        var length = first
        while trials < Self.mostTrials {
            let trial = try take(length, evaluate)
            if !falls(trial) || (before.length > 0 && trial.loss >= before.loss) {
                return Self.answer(try narrowed(low: before, high: trial, evaluate))
            }
            if isFlat(trial) { return Self.answer(trial) }
            if trial.slope >= 0 {
                return Self.answer(try narrowed(low: trial, high: before, evaluate))
            }
            // Where the cubic through both has its minimum, but truly further and not too far.
            let step = trial.length - before.length
            let guess = Self.cubicMinimum(before, trial)
            length = min(
                max(guess ?? 10 * trial.length, trial.length + 0.1 * step), 10 * trial.length)
            before = trial
        }
        return Self.answer(before)
    }

    private mutating func take<Failure: Error>(
        _ length: Double, _ evaluate: (Double) throws(Failure) -> (LBFGS.Evaluation, slope: Double)
    ) throws(Failure) -> Trial {
        trials += 1
        let (evaluation, slope) = try evaluate(length)
        return Trial(length: length, loss: evaluation.loss, slope: slope, evaluation: evaluation)
    }

    private mutating func narrowed<Failure: Error>(
        low: Trial, high: Trial,
        _ evaluate: (Double) throws(Failure) -> (LBFGS.Evaluation, slope: Double)
    ) throws(Failure) -> Trial {
        var (low, high) = (low, high)
        while trials < Self.mostTrials, abs(high.length - low.length) > least {
            let (left, right) = (min(low.length, high.length), max(low.length, high.length))
            let margin = 0.1 * (right - left)
            let guess = high.isFinite ? Self.cubicMinimum(low, high) : nil
            let length = min(max(guess ?? (left + right) / 2, left + margin), right - margin)
            let trial = try take(length, evaluate)
            if !falls(trial) || trial.loss >= low.loss {
                high = trial
            } else {
                if isFlat(trial) { return trial }
                if trial.slope * (high.length - low.length) >= 0 { high = low }
                low = trial
            }
        }
        return low
    }

    private func falls(_ trial: Trial) -> Bool {
        trial.isFinite
            && trial.loss <= start.loss + Self.sufficientDecrease * trial.length * start.slope
    }

    private func isFlat(_ trial: Trial) -> Bool {
        abs(trial.slope) <= -Self.curvature * start.slope
    }

    private static func answer(
        _ trial: Trial
    ) -> (length: Double, evaluation: LBFGS.Evaluation)? {
        trial.evaluation.map { (trial.length, $0) }
    }

    /// Where the cubic with the losses and slopes of two points has its minimum.
    private static func cubicMinimum(_ a: Trial, _ b: Trial) -> Double? {
        let width = b.length - a.length
        guard width != 0 else { return nil }
        let first = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
        let square = first * first - a.slope * b.slope
        guard square >= 0 else { return nil }
        let root = width > 0 ? square.squareRoot() : -square.squareRoot()
        let denominator = b.slope - a.slope + 2 * root
        guard denominator != 0 else { return nil }
        let found = b.length - width * ((b.slope + root - first) / denominator)
        return found.isFinite ? found : nil
    }
}
