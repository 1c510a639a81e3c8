import Foundation
import TensorCore
import TestSupport
import Testing

/// Derivative rules against central differences in double precision.
@Suite struct DerivativeTests {
    @Test(arguments: DerivativeCase.all) func matchesCentralDifferences(_ example: DerivativeCase) {
        checkDerivatives(example.name, example.variables, order: example.order, example.function)
    }

    /// A new operation without a case above fails here: the operations are read from the source.
    @Test func everyOperationIsChecked() throws {
        // No derivative flows through these; the next test holds them to it.
        let without: Set = [
            "input", "full", "iota", "stopGradient", "argMax", "random", "compare", "unary.sign",
            "unary.floor", "unary.logicalNot", "unary.isFinite", "binary.logicalAnd",
            "binary.logicalOr",
        ]
        var checked: Set<String> = []
        for example in DerivativeCase.all {
            let x = example.variables.map { Tensor.zeros($0.shape).stoppingGradient() }
            let graph = TensorGraph(outputs: [example.function(x)], variables: x)
            checked.formUnion(graph.operationsOnVariables.map(Self.name))
        }
        var declared = try Self.cases(of: "Op")
        declared.subtract(["unary", "binary", "reduce"])
        declared.formUnion(try Self.cases(of: "UnaryOp").map { "unary.\($0)" })
        declared.formUnion(try Self.cases(of: "BinaryOp").map { "binary.\($0)" })
        declared.formUnion(try Self.cases(of: "ReductionOp").map { "reduce.\($0)" })
        #expect(declared.count > 55, "found only \(declared.sorted())")
        let missing = declared.subtracting(checked).subtracting(without).sorted()
        #expect(missing.isEmpty, "operations without a derivative check")
        #expect(without.isSubset(of: declared), "\(without.subtracting(declared)) do not exist")
    }

    @Test func nothingFlowsThroughStepsAndStops() {
        let x = Tensor([0.3, -1.2, 2.5])
        let functions: [(Tensor) -> Tensor] = [
            { $0.sign() }, { $0.floor() }, { $0.stoppingGradient() },
            { ($0 .> 0.5).cast(to: .float32) }, { $0.argMax(axis: 0).cast(to: .float32) },
            { $0.isFinite().cast(to: .float32) }, { (!($0 .> 0)).cast(to: .float32) },
            { (($0 .> 0) .& ($0 .< 1)).cast(to: .float32) },
            { (($0 .> 0) .| ($0 .< 1)).cast(to: .float32) },
            { $0.cast(to: .int32).cast(to: .float32) },
        ]
        for function in functions {
            let slope = gradients(of: function(x).sum(), at: [x])[0]
            let result = TensorGraph(outputs: [slope], variables: [x]).run([[0.3, -1.2, 2.5]])
            #expect(result[0] == [0, 0, 0])
        }
    }

    @Test func tiesAreShared() {
        let x = Tensor([1, 1, 0])
        let y = Tensor([1, 0, 0])
        let slopes = gradients(of: maximum(x, y).sum(), at: [x, y])
        #expect(evaluated(slopes[0], x) == [0.5, 1, 0.5])
        #expect(evaluated(slopes[1], x) == [0.5, 0, 0.5])
        #expect(evaluated(gradients(of: x.max(), at: [x])[0], x) == [0.5, 0.5, 0])
    }

    @Test func powerIsRightAtItsEdges() {
        let x = Tensor([0, 0, 0, 2])
        let exponent = Tensor([0, 1, 2, 0])
        let slopes = gradients(of: x.power(exponent).sum(), at: [x, exponent])
        #expect(evaluated(slopes[0], x) == [0, 1, 0, 0])
        #expect(evaluated(slopes[1], x)[3] == log(2))
    }

    @Test func aTargetThatIsNotReachedGetsZeros() {
        let x = Tensor([1, 2])
        let y = Tensor([3, 4])
        let slope = gradients(of: x.sum(), at: [y])[0]
        #expect(slope.shape == [2])
        #expect(evaluated(slope, x) == [0, 0])
    }

    /// A constant is as good a place to differentiate at as data.
    @Test func differentiatesAtConstants() {
        let x = Tensor.full(2, shape: [1])
        let y = Tensor([1, 2, 3])
        #expect(evaluated(gradients(of: (x * y).sum(), at: [x])[0], y) == [6])
        #expect(evaluated(grad { ($0 * y).sum() }(Tensor.zeros([])), y) == [6])
    }

    @Test func gradOfGradIsTheSecondDerivative() {
        let x = Tensor([0.5, -2])
        let third = grad { x in
            grad { x in grad { ($0.square() * $0.square()).sum() }(x).sum() }(x).sum()
        }
        let slope = TensorGraph(outputs: [third(x)], variables: []).run([])[0]
        #expect(slope == [12, -48])
    }

    private func evaluated(_ tensor: Tensor, _ x: Tensor) -> [Double] {
        TensorGraph(outputs: [tensor], variables: []).run([])[0]
    }

    /// `unary.tanh`, `conv2d`: the case of an operation without its parameters.
    private static func name(_ op: Op) -> String {
        func bare(_ value: Any) -> String { String("\(value)".prefix { $0 != "(" }) }
        return switch op {
        case .unary(let f): "unary.\(bare(f))"
        case .binary(let f): "binary.\(bare(f))"
        case .reduce(let f, _): "reduce.\(bare(f))"
        default: bare(op)
        }
    }

    /// The names of an enumeration's cases in `Op.swift`.
    private static func cases(of type: String) throws -> Set<String> {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/TensorCore/Op.swift")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        let body = lines.drop { !$0.hasPrefix("public enum \(type):") }.dropFirst()
            .prefix { $0 != "}" }
        var names: Set<String> = []
        for line in body.map({ $0.drop { $0 == " " } }) where line.hasPrefix("case ") {
            var depth = 0
            let flat = line.dropFirst(5).filter { character in
                if character == "(" { depth += 1 }
                defer { if character == ")" { depth -= 1 } }
                return depth == 0
            }
            names.formUnion(flat.split { ", ".contains($0) }.map(String.init))
        }
        return names
    }
}
