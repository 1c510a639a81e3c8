import Optimizers
import TensorCore

/// A picture of one size on its way down.
struct GatysDescent {
    private struct Canvas: Module {
        var picture: Tensor

        mutating func forEachTensor(
            under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
        ) {
            body(path + "picture", &picture, .parameter)
        }
    }

    private let objective: GatysObjective
    private let method: GatysConfiguration.Method
    private let shape: [Int]
    private var pixels: [Float]

    /// Iterations so far.
    private(set) var iteration = 0
    /// The loss now, and its parts: content, style, total variation.
    private(set) var losses: [Double] = []
    /// The lowest loss so far.
    private(set) var bestLoss = Double.infinity
    private var bestPixels: [Float]

    /// Stands at a picture `[1, H, W, 3]`.
    init(
        objective: GatysObjective, method: GatysConfiguration.Method, picture: Tensor
    ) throws(StylizationError) {
        self.objective = objective
        self.method = method
        shape = picture.shape
        pixels = picture.floats()
        bestPixels = pixels
    }

    /// The picture with the lowest loss.
    var best: Tensor { Tensor(bestPixels, shape: shape) }

    /// Goes so many iterations.
    ///
    /// - Parameter observe: Called after each and once before; answers whether to go on.
    /// - Throws: `lossNotFinite` if the first loss is not a number.
    mutating func run(
        _ count: Int, observe: (borrowing GatysDescent) -> Bool
    ) throws(StylizationError) -> GatysResult.Ending {
        switch method {
        case .lbfgs(let history): try runLBFGS(count, history: history, observe)
        case .adam(let rate): try runAdam(count, rate: rate, observe)
        }
    }

    private mutating func runLBFGS(
        _ count: Int, history: Int, _ observe: (borrowing GatysDescent) -> Bool
    ) throws(StylizationError) -> GatysResult.Ending {
        var search = LBFGS(historySize: history)
        var seen: [(loss: Double, parts: [Double])] = []
        while iteration < count {
            var point = pixels
            let outcome = search.step(&point) { pixels in
                let (evaluation, parts) = evaluated(pixels)
                seen.append((evaluation.loss, parts))
                return evaluation
            }
            pixels = point
            guard let current = search.current else { break }
            if iteration == 0 {
                // The first evaluation is the beginning itself.
                take(seen[0].parts)
                guard losses[0].isFinite else { throw .lossNotFinite(iteration: 0) }
                if !observe(self) { return .stopped }
            }
            guard outcome == .moved else { return .converged }
            iteration += 1
            if let match = seen.last(where: { $0.loss == current.loss }) { take(match.parts) }
            seen = []
            if current.loss < bestLoss {
                bestLoss = current.loss
                bestPixels = pixels
            }
            if !observe(self) { return .stopped }
        }
        return .done
    }

    private mutating func runAdam(
        _ count: Int, rate: Double, _ observe: (borrowing GatysDescent) -> Bool
    ) throws(StylizationError) -> GatysResult.Ending {
        var canvas = Canvas(picture: Tensor(pixels, shape: shape))
        var optimizer = Adam(for: canvas)
        evaluate(optimizer.namedTensors().map(\.tensor))
        // Once more than it moves, so that the last picture's loss is known too.
        while true {
            let before = canvas.picture
            let old = optimizer.namedTensors().map(\.tensor)
            var terms: GatysObjective.Terms?
            let slopes = valueAndGrad(at: &canvas) { canvas in
                let found = objective(canvas.picture)
                terms = found
                return found.total
            }
            guard let terms else { return .done }
            optimizer.update(&canvas, slopes.gradients, learningRate: rate)
            let parts = [terms.content, terms.style, terms.totalVariation]
            evaluate(
                parts + [slopes.value, canvas.picture] + optimizer.namedTensors().map(\.tensor),
                donating: consume old)
            take([slopes.value.scalar()].map(Double.init) + parts.map { Double($0.scalar()) })
            guard losses[0].isFinite else {
                if iteration == 0 { throw .lossNotFinite(iteration: 0) }
                return .diverged
            }
            if losses[0] < bestLoss {
                bestLoss = losses[0]
                bestPixels = before.floats()
            }
            if !observe(self) { return .stopped }
            if iteration == count { return .done }
            iteration += 1
        }
    }

    private mutating func take(_ parts: [Double]) {
        losses = parts
        if iteration == 0 && parts[0] < bestLoss { bestLoss = parts[0] }
    }

    private func evaluated(_ pixels: [Float]) -> (LBFGS.Evaluation, parts: [Double]) {
        var terms: GatysObjective.Terms?
        let (value, gradient) = valueAndGrad { picture in
            let found = objective(picture)
            terms = found
            return found.total
        }(Tensor(pixels, shape: shape))
        let parts = terms.map { [$0.content, $0.style, $0.totalVariation] } ?? []
        evaluate(parts + [value, gradient])
        let loss = Double(value.scalar())
        return (
            LBFGS.Evaluation(loss: loss, gradient: gradient.floats()),
            [loss] + parts.map { Double($0.scalar()) }
        )
    }
}
