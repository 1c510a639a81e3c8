import Foundation
import TensorCore

extension ReferenceEvaluator {
    static func unary(_ op: UnaryOp, _ x: ReferenceTensor) -> [Double] {
        if x.dtype == .int32 { return integerUnary(op, x.values) }
        return x.values.map(function(op))
    }

    /// The function of real numbers that an operation stands for.
    private static func function(_ op: UnaryOp) -> (Double) -> Double {
        switch op {
        case .negate: { -$0 }
        case .abs: { Swift.abs($0) }
        case .sign: { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
        case .square: { $0 * $0 }
        case .reciprocal: { 1 / $0 }
        case .exp: { exp($0) }
        case .log: { log($0) }
        case .sqrt: { $0.squareRoot() }
        case .rsqrt: { 1 / $0.squareRoot() }
        case .tanh: { tanh($0) }
        case .sigmoid: { 1 / (1 + exp(-$0)) }
        case .softplus: { $0.isNaN ? $0 : max($0, 0) + log1p(exp(-Swift.abs($0))) }
        case .erf: { erf($0) }
        case .sin: { sin($0) }
        case .cos: { cos($0) }
        case .relu: { $0 <= 0 ? 0 : $0 }
        case .leakyRelu(let slope): { $0 > 0 ? $0 : slope * $0 }
        case .clamp(let low, let high): { $0 < low ? low : $0 > high ? high : $0 }
        case .floor: { floor($0) }
        case .logicalNot: { $0 == 0 ? 1 : 0 }
        case .isFinite: { $0.isFinite ? 1 : 0 }
        }
    }

    private static func integerUnary(_ op: UnaryOp, _ values: [Double]) -> [Double] {
        values.map { value in
            let x = Int32(value)
            switch op {
            case .negate: return Double(0 &- x)
            case .abs: return Double(x < 0 ? 0 &- x : x)
            case .sign: return Double(x.signum())
            case .square: return Double(x &* x)
            case .relu: return Double(max(x, 0))
            case .clamp(let low, let high): return min(max(value, low), high)
            default: preconditionFailure("[\(op)] is not defined on int32")
            }
        }
    }

    static func binary(_ op: BinaryOp, _ a: ReferenceTensor, _ b: ReferenceTensor) -> [Double] {
        let apply: (Double, Double) -> Double =
            a.dtype.isFloatingPoint
            ? { real(op, $0, $1) }
            : { integer(op, $0, $1) }
        return zip(a.values, b.values).map(apply)
    }

    private static func real(_ op: BinaryOp, _ a: Double, _ b: Double) -> Double {
        switch op {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .power: pow(a, b)
        case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
        case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
        case .logicalAnd, .logicalOr:
            preconditionFailure("[\(op)] is not defined on floating-point numbers")
        }
    }

    /// Wrapping arithmetic of 32-bit integers; division is toward zero, and by zero gives zero.
    private static func integer(_ op: BinaryOp, _ x: Double, _ y: Double) -> Double {
        let a = Int32(x)
        let b = Int32(y)
        return switch op {
        case .add: Double(a &+ b)
        case .subtract: Double(a &- b)
        case .multiply: Double(a &* b)
        case .divide: b == 0 ? 0 : Double(a.dividedReportingOverflow(by: b).partialValue)
        case .maximum: Double(max(a, b))
        case .minimum: Double(min(a, b))
        case .logicalAnd: a != 0 && b != 0 ? 1 : 0
        case .logicalOr: a != 0 || b != 0 ? 1 : 0
        case .power: preconditionFailure("[power] is not defined on integers")
        }
    }

    static func compare(
        _ op: ComparisonOp, _ a: ReferenceTensor, _ b: ReferenceTensor
    ) -> [Double] {
        zip(a.values, b.values).map { x, y in
            let holds =
                switch op {
                case .equal: x == y
                case .notEqual: x != y
                case .less: x < y
                case .lessOrEqual: x <= y
                case .greater: x > y
                case .greaterOrEqual: x >= y
                }
            return holds ? 1 : 0
        }
    }

    static func cast(_ value: Double, to dtype: DType) -> Double {
        func saturated(_ range: ClosedRange<Double>) -> Double {
            value.isNaN
                ? 0 : min(max(value.rounded(.towardZero), range.lowerBound), range.upperBound)
        }
        return switch dtype {
        case .float32, .bfloat16: value
        case .int32: saturated(Double(Int32.min)...Double(Int32.max))
        case .uint8: saturated(0...255)
        case .bool: value != 0 ? 1 : 0
        }
    }

    static func reduce(
        _ op: ReductionOp, _ x: ReferenceTensor, _ axes: [Int], _ shape: [Int]
    ) -> [Double] {
        let start: Double =
            switch op {
            case .sum: 0
            case .max: -.infinity
            case .min: .infinity
            }
        var result = [Double](repeating: start, count: shape.reduce(1, *))
        var position = 0
        forEachIndex(of: x.shape) { index in
            var target = index
            for axis in axes { target[axis] = 0 }
            let t = linearIndex(target, in: shape)
            let value = x.values[position]
            position += 1
            switch op {
            case .sum: result[t] += value
            case .max: result[t] = real(.maximum, result[t], value)
            case .min: result[t] = real(.minimum, result[t], value)
            }
        }
        if x.dtype == .int32, op == .sum {
            // Wraps, as addition does. Sums below 2^53 are exact in a double.
            return result.map { Double(Int32(truncatingIfNeeded: Int64($0))) }
        }
        return result
    }

    /// The first largest along an axis; a NaN is larger than everything.
    static func argMax(_ x: ReferenceTensor, _ axis: Int, _ shape: [Int]) -> [Double] {
        var result: [Double] = []
        forEachIndex(of: shape) { start in
            var index = start
            var best = 0
            var largest = x[index]
            for i in 1..<max(1, x.shape[axis]) {
                index[axis] = i
                let value = x[index]
                if value > largest || (value.isNaN && !largest.isNaN) {
                    best = i
                    largest = value
                }
            }
            result.append(Double(best))
        }
        return result
    }
}
