public import TensorCore
public import Testing

/// Where a variable of a derivative check lies.
public struct Variable: Sendable {
    /// Its shape.
    public var shape: [Int]
    /// The range its elements are drawn from.
    public var low: Double, high: Double

    /// A variable with elements on [low, high).
    public init(_ shape: [Int], _ low: Double = -1.5, _ high: Double = 1.5) {
        self.shape = shape
        self.low = low
        self.high = high
    }
}

/// Compares derivatives of every order up to `order` with central differences, in double
/// precision, along random directions.
///
/// With random weights v, `s1 = sum(f(x) * v)`; its gradient along a random direction must be
/// the difference quotient of s1. Then `s2 = sum(gradient of s1 * u)` for random u, and so on. The
/// weights v are variables too, so the second order covers derivatives in the cotangent.
///
/// - Parameters:
///   - order: How many times to differentiate.
///   - vanishesAbove: The order above which all derivatives in x are zero; there a check of two
///     zeros is right, below it one is an error of the test.
///   - seeds: How many random points to try.
public func checkDerivatives(
    _ name: String = "", _ variables: [Variable], order: Int = 2, vanishesAbove: Int = .max,
    seeds: Range<UInt64> = 0..<3, sourceLocation: SourceLocation = #_sourceLocation,
    _ function: ([Tensor]) -> Tensor
) {
    for seed in seeds {
        var random = TestRandom(seed: seed &+ 77)
        var x = variables.map { random.tensor($0.shape, $0.low, $0.high) }
        let y = function(x)
        let v = random.tensor(y.shape)
        x.append(v)
        let point = x.map { tensor in tensor.floats().map(Double.init) }
        var s = (y * v).sum()
        for level in 1...order {
            let slopes = gradients(of: s, at: x)
            let direction = point.map { $0.map { _ in random.uniform(-1, 1) } }
            let graph = TensorGraph(outputs: [s] + slopes, variables: x)
            let values = graph.run(point)
            let analytic = zip(values.dropFirst(), direction).reduce(0.0) { sum, pair in
                sum + zip(pair.0, pair.1).reduce(0) { $0 + $1.0 * $1.1 }
            }
            let numeric = differenceQuotient(point, direction) { graph.run($0)[0][0] }
            let scale = max(1, abs(numeric), abs(values[0][0]))
            if !(abs(analytic - numeric) <= 2e-7 * scale) {
                Issue.record(
                    "\(name) seed \(seed), order \(level): got \(analytic), expected \(numeric)",
                    sourceLocation: sourceLocation)
            }
            if numeric == 0 && level <= vanishesAbove {
                Issue.record(
                    "\(name) seed \(seed), order \(level): vanishes, and so checks nothing",
                    sourceLocation: sourceLocation)
            }
            s = zip(slopes, x).map { slope, x in (slope * random.tensor(x.shape)).sum() }
                .reduce(Tensor.full(0, shape: [])) { $0 + $1 }
        }
    }
}

/// The slope along a direction from four points, with an error of the fourth order in their distance.
private func differenceQuotient(
    _ point: [[Double]], _ direction: [[Double]], _ f: ([[Double]]) -> Double
) -> Double {
    func at(_ distance: Double) -> Double {
        f(zip(point, direction).map { zip($0, $1).map { $0 + distance * $1 } })
    }
    let h = 1e-4
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
}
