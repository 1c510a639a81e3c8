import Foundation
import TensorCore
import TestSupport
import Testing

/// The yardstick itself is measured: single operations against PyTorch.
@Suite struct ReferenceEvaluatorTests {
    static let goldens = Result { try OpGoldens() }

    @Test func matchesPyTorch() throws {
        let goldens = try Self.goldens.get()
        var covered = 0
        for golden in goldens.cases {
            guard let op = Self.op(golden) else { continue }
            let operands = try golden.operands.indices.map { try goldens.array(golden, "x\($0)") }
            let expected = try goldens.array(golden, "y")
            // Broadcasting is an operation of its own; here only whole operands.
            if case .binary = op, operands.contains(where: { $0.shape != expected.shape }) {
                continue
            }
            covered += 1
            Self.check(
                op, operands, golden.operands.map(Self.dtype), expected, Self.dtype(golden.result),
                golden.name)
        }
        #expect(covered >= 80, "\(covered) cases are single operations")
    }

    @Test func adjointsMatchPyTorch() throws {
        let goldens = try Self.goldens.get()
        var covered = 0
        for golden in goldens.cases where !golden.gradients.isEmpty {
            for (i, op, operands) in Self.adjoints(golden) {
                covered += 1
                let arrays = try operands.map { try goldens.array(golden, $0) }
                Self.check(
                    op, arrays, arrays.map { $0.isInteger ? .int32 : .float32 },
                    try goldens.array(golden, "g\(i)"), .float32, "\(golden.name), operand \(i)")
            }
        }
        #expect(covered >= 45, "\(covered) gradients are single operations")
    }

    private static func check(
        _ op: Op, _ operands: [Fixture.Array], _ dtypes: [DType], _ expected: Fixture.Array,
        _ dtype: DType, _ label: String
    ) {
        var builder = GraphSketch()
        let inputs = zip(operands, dtypes).map { builder.input($0.shape, $1) }
        let output = builder.node(op, inputs, expected.shape, dtype)
        let result = ReferenceEvaluator.run(
            builder.build(outputs: [output]), inputs: operands.map(\.values))
        expectClose(
            result[0], shape: expected.shape, to: expected.values, shape: expected.shape,
            absolute: 1e-12, relative: 1e-7, label)
    }

    static func dtype(_ name: String) -> DType {
        DType.allCases.first { $0.description == name } ?? .float32
    }

    /// The single operation that a case is, if it is one.
    private static func op(_ golden: GoldenCase) -> Op? {
        let axes = golden.list("axes")
        let size = (golden.integer("height", default: 0), golden.integer("width", default: 0))
        switch golden.op {
        case "sum": return .reduce(.sum, axes: axes)
        case "max": return .reduce(.max, axes: axes)
        case "min": return .reduce(.min, axes: axes)
        case "argMax": return .argMax(axis: golden.integer("axis", default: 0))
        case "matmul":
            return .matmul(
                transposeA: golden.integer("transposeA", default: 0) == 1,
                transposeB: golden.integer("transposeB", default: 0) == 1, precision: .float32)
        case "conv2d": return .conv2d(golden.convolution)
        case "convTransposed2d":
            return .conv2dInputGradient(golden.convolution, height: 0, width: 0)
        case "maxPool2d": return .maxPool2d(golden.pool)
        case "averagePool2d": return .averagePool2d(golden.pool)
        case "resizeNearest": return .resize2d(.nearest, height: size.0, width: size.1)
        case "resizeBilinear": return .resize2d(.bilinear, height: size.0, width: size.1)
        case "reshape": return .reshape
        case "transpose": return .transpose(axes)
        case "broadcast": return .broadcast
        case "slice":
            return .slice(starts: golden.list("starts"), strides: golden.list("strides"))
        case "flip": return .reverse(axes: axes)
        case "concatenate": return .concatenate(axis: golden.integer("axis", default: 0))
        case "padConstant":
            return .pad(
                low: golden.list("low"), high: golden.list("high"), interior: [0, 0, 0],
                value: golden.number("value"))
        case "gather": return .gather
        case "select": return .select
        case "castToInt32": return .cast(.int32)
        case "castToUInt8": return .cast(.uint8)
        default: return elementwise(golden)
        }
    }

    private static func elementwise(_ golden: GoldenCase) -> Op? {
        let unary: [String: UnaryOp] = [
            "negate": .negate, "abs": .abs, "sign": .sign, "square": .square,
            "reciprocal": .reciprocal, "exp": .exp, "log": .log, "sqrt": .sqrt, "rsqrt": .rsqrt,
            "tanh": .tanh, "sigmoid": .sigmoid, "softplus": .softplus, "erf": .erf, "sin": .sin,
            "cos": .cos, "relu": .relu, "leakyRelu": .leakyRelu(slope: golden.number("slope")),
            "clamp": .clamp(low: golden.number("low"), high: golden.number("high")),
            "floor": .floor, "logicalNot": .logicalNot, "isFinite": .isFinite,
        ]
        let binary: [String: BinaryOp] = [
            "add": .add, "subtract": .subtract, "multiply": .multiply, "divide": .divide,
            "power": .power, "maximum": .maximum, "minimum": .minimum, "logicalAnd": .logicalAnd,
            "logicalOr": .logicalOr,
        ]
        let comparisons: [String: ComparisonOp] = [
            "equal": .equal, "notEqual": .notEqual, "less": .less, "lessOrEqual": .lessOrEqual,
            "greater": .greater, "greaterOrEqual": .greaterOrEqual,
        ]
        if let op = unary[golden.op] { return .unary(op) }
        if let op = binary[golden.op] { return .binary(op) }
        if let op = comparisons[golden.op] { return .compare(op) }
        return nil
    }

    /// The operands whose gradient is a single operation on arrays of the case.
    private static func adjoints(_ golden: GoldenCase) -> [(Int, Op, [String])] {
        let p = golden.convolution
        let pool = golden.pool
        switch golden.op {
        case "conv2d":
            return [
                (0, .conv2dInputGradient(p, height: 0, width: 0), ["v", "x1"]),
                (1, .conv2dWeightGradient(p, kernelHeight: 0, kernelWidth: 0), ["x0", "v"]),
            ]
        case "convTransposed2d":
            return [
                (0, .conv2d(p), ["v", "x1"]),
                (1, .conv2dWeightGradient(p, kernelHeight: 0, kernelWidth: 0), ["v", "x0"]),
            ]
        case "maxPool2d": return [(0, .maxPool2dScatter(pool), ["v", "x0"])]
        case "averagePool2d": return [(0, .averagePool2dGradient(pool, height: 0, width: 0), ["v"])]
        case "resizeNearest": return [(0, .resize2dGradient(.nearest, height: 0, width: 0), ["v"])]
        case "resizeBilinear":
            return [(0, .resize2dGradient(.bilinear, height: 0, width: 0), ["v"])]
        case "gather":
            return [(0, .scatterAdd(rows: golden.name == "gather" ? 5 : 6), ["v", "x1"])]
        default: return []
        }
    }
}

/// What has no counterpart in PyTorch.
@Suite struct ReferenceDetailTests {
    @Test func inverseErrorFunctionInvertsErf() {
        for i in 0..<2000 {
            // From the middle to the outermost number that the generator can draw.
            let u = Double(i) / 2000
            #expect(abs(erf(ReferenceEvaluator.inverseErrorFunction(u)) - u) <= 2e-16)
        }
        for exponent in 1...24 {
            let tail = 0x1p-24 * pow(2, Double(24 - exponent))
            let x = ReferenceEvaluator.inverseErrorFunction(1 - tail)
            #expect(abs(erfc(x) / tail - 1) < 1e-13)
            #expect(ReferenceEvaluator.inverseErrorFunction(tail - 1) == -x)
        }
    }

    @Test func roundsToBFloat16NearestEven() {
        #expect(ElementCoding.roundedToBFloat16(1 + 0x1p-8) == 1)
        #expect(ElementCoding.roundedToBFloat16(1 + 3 * 0x1p-8) == 1 + 0x1p-6)
        #expect(ElementCoding.roundedToBFloat16(3.4e38) == .infinity)
        #expect(ElementCoding.roundedToBFloat16(.nan).isNaN)
    }

    @Test func padsBetweenElements() {
        var builder = GraphSketch()
        let x = builder.input([3])
        let y = builder.node(.pad(low: [1], high: [0], interior: [2], value: 9), [x], [8])
        let result = ReferenceEvaluator.run(builder.build(outputs: [y]), inputs: [[1, 2, 3]])
        #expect(result[0] == [9, 1, 9, 9, 2, 9, 9, 3])
    }

    @Test func roundsAfterEveryOperationWhenAsked() {
        var builder = GraphSketch()
        let x = builder.input([1])
        let y = builder.node(.binary(.add), [x, builder.node(.full(1), [], [1])], [1])
        let graph = builder.build(outputs: [y])
        #expect(ReferenceEvaluator.run(graph, inputs: [[1e-12]])[0][0] == 1 + 1e-12)
        #expect(ReferenceEvaluator.run(graph, inputs: [[1e-12]], mode: .rounded)[0][0] == 1)
    }
}
