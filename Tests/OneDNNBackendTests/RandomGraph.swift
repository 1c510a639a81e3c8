import TensorCore
import TestSupport

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
        switch Int(random.uniform(0, 14)) {
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
        case 10, 11:
            addKernel(x)
        case 12:
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

    /// A kernel that needs its operand in memory, and leaves its result there.
    private mutating func addKernel(_ x: Int) {
        let shape = shape(x)
        if shape.count == 4, random.uniform() < 0.7 {
            addPictureKernel(x)
            return
        }
        if shape.count == 2, random.uniform() < 0.6 {
            let width = Int(random.uniform(1, 9))
            addInput([shape[1], width])
            let product = sketch.node(
                .matmul(transposeA: false, transposeB: false, precision: .float32),
                [x, floats.removeLast()], [shape[0], width])
            add(.unary(.tanh), [product], [shape[0], width])
            return
        }
        let axis = Int(random.uniform(0, Double(shape.count)))
        var target = shape
        switch Int(random.uniform(0, 4)) {
        case 0: add(.reverse(axes: [axis]), [x], shape)
        case 1:
            target[axis] = (shape[axis] + 1) / 2
            let starts = [Int](repeating: 0, count: shape.count)
            add(
                .slice(starts: starts, strides: shape.indices.map { $0 == axis ? 2 : 1 }), [x],
                target)
        case 2:
            if shape[axis] > 40 { return }
            target[axis] *= 2
            add(.concatenate(axis: axis), [x, matching(shape)], target)
        default:
            if shape[axis] > 40 { return }
            target[axis] += 3
            let low = shape.indices.map { $0 == axis ? 1 : 0 }
            let high = shape.indices.map { $0 == axis ? 2 : 0 }
            let interior = [Int](repeating: 0, count: shape.count)
            add(.pad(low: low, high: high, interior: interior, value: 0.5), [x], target)
        }
    }

    private mutating func addPictureKernel(_ x: Int) {
        let shape = shape(x)
        if random.uniform() < 0.4 {
            let p = Pool2dParameters(kernel: 2, stride: 1, padding: 1)
            add(
                .averagePool2d(p), [x],
                [shape[0], p.outputHeight(shape[1]), p.outputWidth(shape[2]), shape[3]])
            return
        }
        let channels = random.choice([1, 4, 16])
        addInput([channels, 3, 3, shape[3]])
        let p = Convolution2dParameters(padding: 1)
        let target = [shape[0], shape[1], shape[2], channels]
        let y = sketch.node(.conv2d(p), [x, floats.removeLast()], target)
        let scale = sketch.node(.full(0.1), [], target)
        add(.unary(.tanh), [sketch.node(.binary(.multiply), [y, scale], target)], target)
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
