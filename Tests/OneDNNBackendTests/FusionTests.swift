import OneDNNBackend
import TensorCore
import TestSupport
import Testing

/// Random graphs of the operations that planning moves about: element-wise ones, broadcasts,
/// reductions, reshapes, and the kernels between them.
struct RandomGraph {
    var sketch = GraphSketch()
    var inputs: [[Double]] = []
    /// Nodes with bounded float values, by shape.
    private var floats: [Int] = []
    private var random: TestRandom

    private(set) var outputs: [Int] = []

    init(seed: UInt64) {
        random = TestRandom(seed: seed)
        let base = (0..<Int(random.uniform(1, 4.99))).map { _ in
            random.choice([1, 2, 3, 5, 8, 17])
        }
        for _ in 0..<Int(random.uniform(1, 3.99)) { addInput(base) }
        if random.uniform() < 0.5 {
            addInput(base.map { random.uniform() < 0.5 ? 1 : $0 })
        }
        for _ in 0..<Int(random.uniform(3, 40)) { addOperation() }
        for node in floats.suffix(3) where random.uniform() < 0.7 { outputs.append(node) }
        outputs.append(floats[floats.count - 1])
        if random.uniform() < 0.3 { outputs.append(random.choice(floats)) }
    }

    var graph: Graph { sketch.build(outputs: outputs) }

    private func shape(_ node: Int) -> [Int] { sketch.graph.nodes[node].shape }

    private mutating func addInput(_ shape: [Int]) {
        floats.append(sketch.input(shape))
        inputs.append(random.values(shape, .float32, -1, 1).values)
    }

    private mutating func add(_ op: Op, _ operands: [Int], _ shape: [Int]) {
        floats.append(sketch.node(op, operands, shape))
    }

    private mutating func addOperation() {
        let x = random.choice(floats)
        let shape = shape(x)
        switch Int(random.uniform(0, 12)) {
        case 0, 1, 2:
            // Functions that keep values small, so that errors stay small.
            let op = random.choice([
                UnaryOp.tanh, .sigmoid, .negate, .abs, .sin, .cos, .relu, .leakyRelu(slope: 0.1),
                .clamp(low: -0.9, high: 0.8), .erf,
            ])
            add(.unary(op), [x], shape)
        case 3, 4, 5, 6:
            let y = matching(shape)
            let op = random.choice([BinaryOp.add, .subtract, .multiply, .maximum, .minimum])
            let half = sketch.node(.full(0.5), [], shape)
            let result = sketch.node(.binary(op), [x, y], shape)
            add(.binary(.multiply), [result, half], shape)
        case 7:
            addSelect(x)
        case 8:
            let axes = shape.indices.filter { _ in random.uniform() < 0.5 }
            if axes.isEmpty { return }
            var target = shape
            for axis in axes { target[axis] = 1 }
            let op = random.choice([ReductionOp.sum, .max, .min])
            let reduced = sketch.node(.reduce(op, axes: axes), [x], target)
            let count = axes.reduce(1) { $0 * shape[$1] }
            let scale = sketch.node(.full(op == .sum ? 1 / Double(count) : 1), [], target)
            add(.binary(.multiply), [reduced, scale], target)
            if random.uniform() < 0.7 { add(.broadcast, [floats[floats.count - 1]], shape) }
        case 9:
            if random.uniform() < 0.5 {
                add(.reshape, [x], [shape.reduce(1, *)])
            } else {
                add(.reshape, [x], [1] + shape)
                if shape.count >= 4 { floats.removeLast() }
            }
        case 10:
            let permutation = Array(shape.indices).shuffled(using: &random)
            add(.transpose(permutation), [x], permutation.map { shape[$0] })
        default:
            if random.uniform() < 0.5 {
                add(.stopGradient, [x], shape)
            } else {
                let rounded = sketch.node(.cast(.bfloat16), [x], shape, .bfloat16)
                floats.append(sketch.node(.cast(.float32), [rounded], shape))
            }
        }
    }

    /// A node of that shape, repeated from a smaller one if need be.
    private mutating func matching(_ target: [Int]) -> Int {
        let candidates = floats.filter { node in
            let shape = shape(node)
            return shape.count == target.count
                && zip(shape, target).allSatisfy { $0 == $1 || $0 == 1 }
        }
        let chosen = candidates.isEmpty ? floats[0] : random.choice(candidates)
        if candidates.isEmpty { return sketch.node(.full(0.25), [], target) }
        return shape(chosen) == target ? chosen : sketch.node(.broadcast, [chosen], target)
    }

    /// A choice by inputs alone: by computed numbers, a last bit could turn it round.
    private mutating func addSelect(_ x: Int) {
        let target = shape(x)
        let position = sketch.node(.iota(axis: max(0, target.count - 1)), [], target, .int32)
        let limit = sketch.node(.full(Double(Int(random.uniform(0, 5)))), [], target, .int32)
        let condition = sketch.node(.compare(.less), [position, limit], target, .bool)
        add(.select, [condition, x, matching(target)], target)
    }
}

@Suite struct FusionTests {
    @Test(arguments: 0..<200) func randomGraphsMatch(_ seed: Int) {
        let example = RandomGraph(seed: UInt64(seed))
        // A cast to bfloat16 turns a last bit into 2^-9 of the value.
        let rounds = example.graph.nodes.contains { $0.dtype == .bfloat16 }
        compare(
            example.graph, example.inputs,
            rounds
                ? Tolerance(absolute: 2e-2, relative: 2e-2)
                : Tolerance(absolute: 2e-5, relative: 1e-5),
            "seed \(seed)")
    }

    /// Large enough for many tiles and for work to be split between threads.
    @Test(arguments: 0..<12) func largeChainsMatch(_ seed: Int) {
        var random = TestRandom(seed: UInt64(seed) + 500)
        let shape = random.choice([[64, 31, 33], [3, 100_003], [200_001], [16, 16, 16, 37]])
        var sketch = GraphSketch()
        let x = sketch.input(shape)
        let y = sketch.input(shape)
        let row = sketch.input(shape.indices.map { $0 == shape.count - 1 ? shape[$0] : 1 })
        let rows = sketch.node(.broadcast, [row], shape)
        let a = sketch.node(.binary(.multiply), [x, rows], shape)
        let b = sketch.node(.unary(.tanh), [sketch.node(.binary(.add), [a, y], shape)], shape)
        let axes = random.choice([Array(shape.indices), [0], [shape.count - 1]])
        let reducedShape = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
        let sum = sketch.node(.reduce(.sum, axes: axes), [b], reducedShape)
        let top = sketch.node(.reduce(.max, axes: axes), [b], reducedShape)
        let spread = sketch.node(
            .binary(.subtract), [b, sketch.node(.broadcast, [top], shape)], shape)
        let count = Double(axes.reduce(1) { $0 * shape[$1] })
        compare(
            sketch.build(outputs: [b, sum, top, spread]),
            [random.values(shape).values, random.values(shape).values]
                + [random.values(sketch.graph.nodes[row].shape).values],
            Tolerance(absolute: 2e-6 * max(2, count.squareRoot()), relative: 4e-6), "seed \(seed)")
    }

    /// What fusion is for: one pass where there could be many.
    @Test func aChainIsOnePass() {
        var sketch = GraphSketch()
        let x = sketch.input([64, 1000])
        var y = x
        for _ in 0..<6 { y = sketch.node(.unary(.tanh), [y], [64, 1000]) }
        let sum = sketch.node(.reduce(.sum, axes: [0, 1]), [y], [1, 1])
        let graph = sketch.build(outputs: [y, sum])
        let fused = Backends.twoThreads.plan(graph).summary
        let unfused = Backends.unfused.plan(graph).summary
        #expect(fused.stepCounts.values.reduce(0, +) == 1)
        #expect(unfused.stepCounts.values.reduce(0, +) >= 7)
        #expect(fused.arenaByteCount == 0)
    }

    @Test func inputsAndConstantsMayBeOutputs() {
        var sketch = GraphSketch()
        let x = sketch.input([2, 3])
        let flat = sketch.node(.reshape, [x], [6])
        let seven = sketch.node(.full(7), [], [2, 2])
        let index = sketch.node(.iota(axis: 0), [], [3, 2], .int32)
        let stopped = sketch.node(.stopGradient, [x], [2, 3])
        compare(
            sketch.build(outputs: [x, flat, seven, index, stopped]), [[1, 2, 3, 4, 5, 6]], .exact,
            "trivial outputs")
    }
}
