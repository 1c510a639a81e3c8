import Foundation
import Optimizers
import TestSupport
import Testing

/// L-BFGS against PyTorch's (Tools/goldens/make_style_goldens.py) and on functions whose lowest point is
/// known.
@Suite struct LBFGSTests {
    private let golden: Fixture

    init() throws {
        golden = try Fixture(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/lbfgs.safetensors"))
    }

    /// Curved, with a different scale along each axis; the goldens' function.
    private func bowl(_ x: [Float]) -> LBFGS.Evaluation {
        var loss = 0.0
        var gradient = [Double](repeating: 0, count: x.count)
        let x = x.map(Double.init)
        for (i, value) in x.enumerated() {
            loss += Double(i + 1) * (value - 1) * (value - 1) / 2
            gradient[i] += Double(i + 1) * (value - 1)
        }
        for i in 1..<x.count {
            let error = x[i] - x[i - 1] * x[i - 1]
            loss += 0.1 * error * error
            gradient[i] += 0.2 * error
            gradient[i - 1] -= 0.4 * error * x[i - 1]
        }
        return .init(loss: loss, gradient: gradient.map { Float($0) })
    }

    private static func rosenbrock(_ x: [Float]) -> LBFGS.Evaluation {
        var loss = 0.0
        var gradient = [Float](repeating: 0, count: x.count)
        for i in 1..<x.count {
            let (a, b) = (Double(x[i - 1]), Double(x[i]))
            loss += 100 * (b - a * a) * (b - a * a) + (1 - a) * (1 - a)
            gradient[i - 1] += Float(-400 * a * (b - a * a) - 2 * (1 - a))
            gradient[i] += Float(200 * (b - a * a))
        }
        return .init(loss: loss, gradient: gradient)
    }

    @Test(arguments: [3, 10]) func fixedStepsAreThoseOfPyTorch(history: Int) throws {
        let path = try golden.array("lbfgs/\(history)/path")
        let losses = try golden.array("lbfgs/\(history)/loss")
        var point = try golden.array("lbfgs/start").floats
        var search = LBFGS(historySize: history, learningRate: 0.7, lineSearch: .none)
        var points: [Float] = []
        var found: [Double] = []
        for _ in 0..<path.shape[0] {
            found.append(bowl(point).loss)
            #expect(search.step(&point, bowl) == .moved)
            points += point
        }
        expectClose(
            points, shape: path.shape, to: path.floats, shape: path.shape, absolute: 2e-5,
            relative: 2e-5, "path")
        expectClose(
            found, shape: losses.shape, to: losses.values, shape: losses.shape, absolute: 1e-5,
            relative: 1e-4, "losses")
        #expect(search.evaluationCount == path.shape[0] + 1)
    }

    @Test(arguments: [2, 10]) func rosenbrocksValleyIsFollowed(dimensions: Int) {
        var point = (0..<dimensions).map { $0 % 2 == 0 ? Float(-1.2) : 1 }
        var search = LBFGS()
        var last = Self.rosenbrock(point).loss
        var steps = 0
        while steps < 300, search.step(&point, Self.rosenbrock) == .moved {
            steps += 1
            let loss = Self.rosenbrock(point).loss
            #expect(loss < last, "step \(steps)")
            #expect(search.current?.loss == loss)
            last = loss
        }
        #expect(last < 1e-8, "\(point) after \(steps) steps")
        #expect(point.allSatisfy { abs($0 - 1) < 1e-3 })
        // The whole point of a quasi-Newton method: plain descent takes thousands.
        #expect(search.evaluationCount < 60 * dimensions, "\(search.evaluationCount)")
    }

    @Test func everyAcceptedStepSatisfiesTheWolfeConditions() {
        var point: [Float] = [-1.2, 1, 0.5, 2]
        var search = LBFGS()
        for _ in 0..<12 {
            let (before, start) = (point, Self.rosenbrock(point))
            guard search.step(&point, Self.rosenbrock) == .moved else { break }
            let end = Self.rosenbrock(point)
            let move = zip(point, before).map { Double($0 - $1) }
            func along(_ gradient: [Float]) -> Double {
                zip(gradient, move).reduce(0) { $0 + Double($1.0) * $1.1 }
            }
            #expect(along(start.gradient) < 0)
            #expect(end.loss <= start.loss + 0.99e-4 * along(start.gradient))
            #expect(abs(along(end.gradient)) <= -0.91 * along(start.gradient))
        }
    }

    @Test func aStandingPointConverges() {
        var point: [Float] = [1, 1, 1]
        var search = LBFGS()
        #expect(search.step(&point, Self.rosenbrock) == .converged)
        #expect(point == [1, 1, 1])
    }

    @Test func aCliffOfNotANumberIsSteppedBackFrom() {
        // Not a number beyond 3: a first trial may well land there.
        var point: [Float] = [2.9]
        var search = LBFGS(learningRate: 50)
        for _ in 0..<40 {
            let outcome = search.step(&point) { x in
                let value = Double(x[0])
                return value > 3 || value < -3
                    ? .init(loss: .nan, gradient: [.nan])
                    : .init(loss: (value + 1) * (value + 1), gradient: [Float(2 * (value + 1))])
            }
            if outcome == .converged { break }
        }
        #expect(abs(point[0] + 1) < 1e-3, "\(point)")
    }

    @Test func anErrorLeavesThePointAlone() {
        struct Refused: Error {}
        var point: [Float] = [0, 0]
        var search = LBFGS()
        #expect(throws: Refused.self) {
            _ = try search.step(&point) { _ throws(Refused) in throw Refused() }
        }
        #expect(point == [0, 0])
    }
}
