// The table of derivative rules. A rule is written in operations, so a derivative is a graph like
// any other and has derivatives of its own.

/// The cotangents of a node's operands, given its own. Operands that are not wanted, or through
/// which no derivative flows, get nil.
func derivative(of node: DifferentiationStep, cotangent g: Tensor, wanted: [Bool]) -> [Tensor?] {
    let y = Tensor(node.node)
    let x = node.operands.map { Tensor($0) }
    switch node.op {
    case .input, .full, .iota, .stopGradient, .compare, .argMax, .random:
        return x.map { _ in nil }
    case .unary(let op):
        return [unaryDerivative(op, x: x[0], y: y, g: g)]
    case .binary(let op):
        return binaryDerivative(op, a: x[0], b: x[1], y: y, g: g, wanted: wanted)
    case .select:
        let zero = g.constant(0)
        return [
            nil, wanted[1] ? select(x[0], g, zero) : nil, wanted[2] ? select(x[0], zero, g) : nil,
        ]
    case .cast:
        return [
            x[0].dtype.isFloatingPoint && g.dtype.isFloatingPoint ? g.cast(to: x[0].dtype) : nil
        ]
    case .reduce(let op, _):
        return [reductionDerivative(op, x: x[0], y: y, g: g)]
    case .matmul(let transposeA, let transposeB, let precision):
        return matmulDerivative(
            x[0], x[1], g, transposeA: transposeA, transposeB: transposeB, precision: precision,
            wanted: wanted)
    case .conv2d, .conv2dInputGradient, .conv2dWeightGradient:
        return convolutionDerivative(node.op, x[0], x[1], g, wanted: wanted)
    case .maxPool2d, .maxPool2dGather, .maxPool2dScatter, .averagePool2d, .averagePool2dGradient,
        .resize2d, .resize2dGradient:
        return samplingDerivative(node.op, x, g)
    case .reshape, .transpose, .broadcast, .slice, .pad, .concatenate, .reverse, .gather,
        .scatterAdd:
        return movementDerivative(node.op, x, g, wanted: wanted)
    }
}

private func unaryDerivative(_ op: UnaryOp, x: Tensor, y: Tensor, g: Tensor) -> Tensor? {
    switch op {
    case .negate: -g
    case .abs: g * x.sign()
    case .square: g * (x * 2)
    case .reciprocal: -(g * y.square())
    case .exp: g * y
    case .log: g / x
    case .sqrt: g * 0.5 / y
    case .rsqrt: g * (y * y.square() * -0.5)
    case .tanh: g * (1 - y.square())
    case .sigmoid: g * (y * (1 - y))
    case .softplus: g * x.sigmoid()
    case .erf: g * ((-x.square()).exp() * 1.128_379_167_095_512_6)
    case .sin: g * x.cos()
    case .cos: -(g * x.sin())
    // The sign of the result tells the side, so that the operand need not be kept.
    case .relu: select(y .> 0, g, g.constant(0))
    case .leakyRelu(let slope): select((slope < 0 ? x : y) .> 0, g, g * slope)
    case .clamp(let low, let high):
        select((x .>= x.constant(low)) .& (x .<= x.constant(high)), g, g.constant(0))
    case .sign, .floor, .logicalNot, .isFinite: nil
    }
}

private func binaryDerivative(
    _ op: BinaryOp, a: Tensor, b: Tensor, y: Tensor, g: Tensor, wanted: [Bool]
) -> [Tensor?] {
    func part(_ index: Int, _ rule: () -> Tensor) -> Tensor? { wanted[index] ? rule() : nil }
    switch op {
    case .add: return [part(0) { g }, part(1) { g }]
    case .subtract: return [part(0) { g }, part(1) { -g }]
    case .multiply: return [part(0) { g * b }, part(1) { g * a }]
    case .divide: return [part(0) { g / b }, part(1) { -(g * y / b) }]
    case .power:
        return [
            part(0) { select(b .== b.constant(0), g.constant(0), g * b * a.power(b - 1)) },
            // d/db a^b = a^b log a; at a = 0 the limit is 0 where the power exists.
            part(1) {
                g * select(a .> 0, y * select(a .> 0, a, a.constant(1)).log(), y.constant(0))
            },
        ]
    case .maximum, .minimum:
        // A tie is shared in halves, as in PyTorch.
        let aWins = op == .maximum ? a .> b : a .< b
        let tie = a .== b
        let half = g * 0.5
        let zero = g.constant(0)
        return [
            part(0) { select(tie, half, select(aWins, g, zero)) },
            part(1) { select(tie, half, select(aWins, zero, g)) },
        ]
    case .logicalAnd, .logicalOr: return [nil, nil]
    }
}

private func reductionDerivative(_ op: ReductionOp, x: Tensor, y: Tensor, g: Tensor) -> Tensor {
    switch op {
    case .sum: return g.broadcast(to: x.shape)
    case .max, .min:
        // Several largest elements share the cotangent equally.
        let axes = (0..<x.rank).filter { y.shape[$0] != x.shape[$0] }
        let hit = (x .== y.broadcast(to: x.shape)).cast(to: x.dtype)
        let count = hit.sum(axes: axes, keepingDimensions: true)
        return hit * (g / count).broadcast(to: x.shape)
    }
}

private func matmulDerivative(
    _ a: Tensor, _ b: Tensor, _ g: Tensor, transposeA: Bool, transposeB: Bool,
    precision: ComputePrecision, wanted: [Bool]
) -> [Tensor?] {
    let da =
        !wanted[0]
        ? nil
        : transposeA
            ? matmul(b, g, transposeA: transposeB, transposeB: true, precision: precision)
            : matmul(g, b, transposeA: false, transposeB: !transposeB, precision: precision)
    let db =
        !wanted[1]
        ? nil
        : transposeB
            ? matmul(g, a, transposeA: true, transposeB: transposeA, precision: precision)
            : matmul(a, g, transposeA: !transposeA, transposeB: false, precision: precision)
    return [da, db]
}

/// Each of the three operations is linear in both operands, and its derivatives are the other two.
private func convolutionDerivative(
    _ op: Op, _ a: Tensor, _ b: Tensor, _ g: Tensor, wanted: [Bool]
) -> [Tensor?] {
    switch op {
    case .conv2d(let p):
        return [
            wanted[0]
                ? conv2dInputGradient(g, b, p, height: a.shape[1], width: a.shape[2]) : nil,
            wanted[1]
                ? conv2dWeightGradient(a, g, p, kernelHeight: b.shape[1], kernelWidth: b.shape[2])
                : nil,
        ]
    case .conv2dInputGradient(let p, _, _):
        return [
            wanted[0] ? conv2d(g, b, p) : nil,
            wanted[1]
                ? conv2dWeightGradient(g, a, p, kernelHeight: b.shape[1], kernelWidth: b.shape[2])
                : nil,
        ]
    case .conv2dWeightGradient(let p, _, _):
        return [
            wanted[0]
                ? conv2dInputGradient(b, g, p, height: a.shape[1], width: a.shape[2]) : nil,
            wanted[1] ? conv2d(a, g, p) : nil,
        ]
    default:
        preconditionFailure("[gradients] no derivative rule for \(op)")
    }
}

private func samplingDerivative(_ op: Op, _ x: [Tensor], _ g: Tensor) -> [Tensor?] {
    let source = x[0].shape
    switch op {
    case .maxPool2d(let p):
        return [Tensor(.maxPool2dScatter(p), [g, x[0]], shape: source, dtype: g.dtype)]
    case .maxPool2dGather(let p):
        return [Tensor(.maxPool2dScatter(p), [g, x[1]], shape: source, dtype: g.dtype), nil]
    case .maxPool2dScatter(let p):
        return [Tensor(.maxPool2dGather(p), [g, x[1]], shape: source, dtype: g.dtype), nil]
    case .averagePool2d(let p):
        let op = Op.averagePool2dGradient(p, height: source[1], width: source[2])
        return [Tensor(op, [g], shape: source, dtype: g.dtype)]
    case .averagePool2dGradient(let p, _, _):
        return [averagePool2d(g, p)]
    case .resize2d(let mode, _, _):
        let op = Op.resize2dGradient(mode, height: source[1], width: source[2])
        return [Tensor(op, [g], shape: source, dtype: g.dtype)]
    case .resize2dGradient(let mode, _, _):
        return [resized2d(g, mode, height: source[1], width: source[2])]
    default:
        preconditionFailure("[gradients] no derivative rule for \(op)")
    }
}

private func movementDerivative(_ op: Op, _ x: [Tensor], _ g: Tensor, wanted: [Bool]) -> [Tensor?] {
    let source = x[0].shape
    switch op {
    case .reshape:
        return [g.reshaped(source)]
    case .transpose(let permutation):
        var inverse = permutation
        for (i, axis) in permutation.enumerated() { inverse[axis] = i }
        return [g.transposed(inverse)]
    case .broadcast:
        let axes = source.indices.filter { source[$0] != g.shape[$0] }
        return [g.sum(axes: axes, keepingDimensions: true)]
    case .slice(let starts, let strides):
        let high = source.indices.map {
            source[$0] - (starts[$0] + (g.shape[$0] - 1) * strides[$0] + 1)
        }
        return [g.padded(low: starts, high: high, interior: strides.map { $0 - 1 })]
    case .pad(let low, _, let interior, _):
        return [g.sliced(starts: low, sizes: source, strides: interior.map { $0 + 1 })]
    case .concatenate(let axis):
        var start = 0
        return zip(x, wanted).map { operand, isWanted in
            let range = start..<(start + operand.shape[axis])
            start = range.upperBound
            return isWanted ? g.sliced(axis: axis, range) : nil
        }
    case .reverse(let axes):
        return [g.reversed(axes: axes)]
    case .gather:
        return [g.scatteredAdd(x[1], rows: source[0]), nil]
    case .scatterAdd:
        return [g.gathered(x[1]), nil]
    default:
        preconditionFailure("[gradients] no derivative rule for \(op)")
    }
}
