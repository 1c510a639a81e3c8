// Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization",
// https://doi.org/10.1007/BF01589116; the line search of Nocedal and Wright 2006, "Numerical
// Optimization", algorithms 3.5 and 3.6.

/// L-BFGS: a quasi-Newton method for one long vector and a loss without noise.
///
/// The inverse of the Hessian is known by the last few moves `s` and changes of the gradient `y`
/// alone. The first direction is the negative gradient, the scale of the others is `s.y / y.y`, and a
/// pair with `s.y <= 1e-10` is not kept: with ``LineSearch/none`` the steps are those of PyTorch's
/// `torch.optim.LBFGS`.
public struct LBFGS: Sendable {
    /// How far a step goes along its direction.
    public enum LineSearch: Sendable, Hashable {
        /// As far as the learning rate says; the first step `min(1, 1 / |g|_1)` times as far. One
        /// evaluation a step, and no promise that the loss falls.
        case none
        /// To a point that satisfies the strong Wolfe conditions: the loss falls by at least 1e-4 of
        /// what the slope promises, and the slope to 0.9 of itself or less. Most steps take one
        /// evaluation.
        case strongWolfe
    }

    /// The loss at a point, and its gradient.
    public struct Evaluation: Sendable {
        /// The loss.
        public var loss: Double
        /// The derivative for each element of the point.
        public var gradient: [Float]

        /// A loss and its gradient.
        public init(loss: Double, gradient: [Float]) {
            self.loss = loss
            self.gradient = gradient
        }
    }

    /// What a step did.
    public enum Outcome: Sendable, Hashable {
        /// The point moved.
        case moved
        /// The point stayed: the gradient is next to nothing, or no point along any direction is lower.
        case converged
    }

    /// How many pairs of moves and changes are kept; each takes twice the point's memory.
    public let historySize: Int
    /// The first trial of a step's length.
    public let learningRate: Double
    /// How far a step goes.
    public let lineSearch: LineSearch
    /// A gradient whose largest element is no larger ends the search.
    public let gradientTolerance: Double
    /// A slope, or a move, no larger ends the search.
    public let changeTolerance: Double

    /// How often the loss was evaluated.
    public private(set) var evaluationCount = 0
    /// The loss and gradient at the point that the last step left.
    public private(set) var current: Evaluation?

    private struct Pair {
        var move: [Float]
        var change: [Float]
        /// `1 / (s.y)`.
        var inverseProduct: Double
    }
    private var history: [Pair] = []
    private var scale = 1.0
    private var hasMoved = false

    /// A search that knows nothing yet.
    public init(
        historySize: Int = 10, learningRate: Double = 1, lineSearch: LineSearch = .strongWolfe,
        gradientTolerance: Double = 1e-7, changeTolerance: Double = 1e-9
    ) {
        precondition(
            historySize > 0 && learningRate > 0,
            "[LBFGS] expected a positive history and learning rate, got \(historySize) and "
                + "\(learningRate)")
        self.historySize = historySize
        self.learningRate = learningRate
        self.lineSearch = lineSearch
        self.gradientTolerance = gradientTolerance
        self.changeTolerance = changeTolerance
    }

    /// Moves a point once.
    ///
    /// - Parameters:
    ///   - point: What is moved; the same from step to step, or call ``forget()`` before.
    ///   - evaluate: The loss and gradient at a point. What it throws is passed on; the point is then
    ///     where it was.
    public mutating func step<Failure: Error>(
        _ point: inout [Float], _ evaluate: ([Float]) throws(Failure) -> Evaluation
    ) throws(Failure) -> Outcome {
        let start: Evaluation
        if let current {
            start = current
        } else {
            start = try evaluated(point, evaluate)
            current = start
        }
        if Double(FloatVectors.largest(start.gradient)) <= gradientTolerance { return .converged }
        var direction = direction(at: start.gradient)
        var slope = FloatVectors.dot(start.gradient, direction)
        if !(slope < 0) && !history.isEmpty {
            // Rounding has made the pairs useless: begin anew with the gradient.
            history = []
            scale = 1
            direction = FloatVectors.scaled(start.gradient, by: -1)
            slope = FloatVectors.dot(start.gradient, direction)
        }
        if !(slope < -changeTolerance) { return .converged }
        let length =
            hasMoved && !history.isEmpty
            ? learningRate
            : min(1, 1 / FloatVectors.absoluteSum(start.gradient)) * learningRate
        let found: (length: Double, evaluation: Evaluation)
        switch lineSearch {
        case .none:
            let next = FloatVectors.sum(point, direction, times: Float(length))
            found = (length, try evaluated(next, evaluate))
            point = next
        case .strongWolfe:
            var search = WolfeLineSearch(
                loss: start.loss, slope: slope,
                least: changeTolerance / max(Double(FloatVectors.largest(direction)), 1e-30))
            let origin = point
            let accepted = try search.run(from: length) { (length) throws(Failure) in
                let next = FloatVectors.sum(origin, direction, times: Float(length))
                let evaluation = try evaluated(next, evaluate)
                return (evaluation, FloatVectors.dot(evaluation.gradient, direction))
            }
            guard let accepted else {
                // Once more with the plain gradient, unless that was it.
                if history.isEmpty { return .converged }
                history = []
                return try step(&point, evaluate)
            }
            found = accepted
            point = FloatVectors.sum(origin, direction, times: Float(found.length))
        }
        remember(direction, found.length, start.gradient, found.evaluation.gradient)
        current = found.evaluation
        hasMoved = true
        return .moved
    }

    /// Forgets moves, changes and the loss at the point, for another point or another loss.
    public mutating func forget() {
        history = []
        scale = 1
        hasMoved = false
        current = nil
    }

    private mutating func evaluated<Failure: Error>(
        _ point: [Float], _ evaluate: ([Float]) throws(Failure) -> Evaluation
    ) throws(Failure) -> Evaluation {
        evaluationCount += 1
        let evaluation = try evaluate(point)
        precondition(
            evaluation.gradient.count == point.count,
            "[LBFGS] expected a gradient of \(point.count) elements, got "
                + "\(evaluation.gradient.count)")
        return evaluation
    }

    private mutating func remember(
        _ direction: [Float], _ length: Double, _ before: [Float], _ after: [Float]
    ) {
        let change = FloatVectors.sum(after, before, times: -1)
        let move = FloatVectors.scaled(direction, by: Float(length))
        let product = FloatVectors.dot(change, move)
        guard product > 1e-10 else { return }
        if history.count == historySize { history.removeFirst() }
        history.append(Pair(move: move, change: change, inverseProduct: 1 / product))
        scale = product / FloatVectors.dot(change, change)
    }

    /// Minus the approximate inverse Hessian times the gradient: the two loops.
    private func direction(at gradient: [Float]) -> [Float] {
        var result = FloatVectors.scaled(gradient, by: -1)
        var shares: [Double] = []
        for pair in history.reversed() {
            let share = FloatVectors.dot(pair.move, result) * pair.inverseProduct
            shares.append(share)
            FloatVectors.add(pair.change, times: Float(-share), to: &result)
        }
        if !history.isEmpty { result = FloatVectors.scaled(result, by: Float(scale)) }
        for (pair, share) in zip(history, shares.reversed()) {
            let other = FloatVectors.dot(pair.change, result) * pair.inverseProduct
            FloatVectors.add(pair.move, times: Float(share - other), to: &result)
        }
        return result
    }
}
