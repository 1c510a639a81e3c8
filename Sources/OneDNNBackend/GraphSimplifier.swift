import TensorCore

/// The first pass of planning: equal nodes become one, constants are folded, and what changes
/// nothing is taken out.
struct GraphSimplifier {
    private(set) var nodes: [Graph.Node] = []
    private(set) var inputs: [Int] = []
    private(set) var outputs: [Int] = []
    private var known: [Graph.Node: Int] = [:]
    /// How often each node is read by those of the source graph that came to it.
    private var useCounts: [Int: Int] = [:]

    init(_ graph: Graph) {
        var place = [Int](repeating: -1, count: graph.nodes.count)
        let isInput = Set(graph.inputs)
        var uses = [Int](repeating: 0, count: graph.nodes.count)
        for node in graph.nodes { for operand in node.operands { uses[operand] += 1 } }
        for output in graph.outputs { uses[output] += 1 }
        for (index, node) in graph.nodes.enumerated() {
            if isInput.contains(index) {
                nodes.append(node)
                place[index] = nodes.count - 1
                continue
            }
            var moved = node
            moved.operands = node.operands.map { place[$0] }
            place[index] = simplified(moved)
            useCounts[place[index], default: 0] += uses[index]
        }
        inputs = graph.inputs.map { place[$0] }
        outputs = graph.outputs.map { place[$0] }
    }

    /// The value of a node that is the same constant everywhere.
    private func constant(_ index: Int) -> Double? {
        if case .full(let value) = nodes[index].op { return value }
        return nil
    }

    private mutating func add(_ node: Graph.Node) -> Int {
        if let found = known[node] { return found }
        nodes.append(node)
        known[node] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func full(_ value: Double, like node: Graph.Node) -> Int {
        add(.init(op: .full(value), operands: [], shape: node.shape, dtype: node.dtype))
    }

    private mutating func simplified(_ node: Graph.Node) -> Int {
        switch node.op {
        case .stopGradient:
            return node.operands[0]
        case .reshape:
            return simplifiedReshape(node)
        case .broadcast:
            return simplifiedBroadcast(node)
        case .transpose(let permutation):
            if let value = constant(node.operands[0]) { return full(value, like: node) }
            // Moving axes of extent 1 moves no element.
            let shape = nodes[node.operands[0]].shape
            let moved = permutation.filter { shape[$0] != 1 }
            if moved == moved.sorted() {
                var reshape = node
                reshape.op = .reshape
                return simplifiedReshape(reshape)
            }
            return add(node)
        case .binary(let op):
            return simplifiedBinary(op, node)
        case .select where node.operands[1] == node.operands[2]:
            return node.operands[1]
        case .unary(.negate):
            if let value = constant(node.operands[0]) { return full(-value, like: node) }
            return add(node)
        case .reduce(.sum, let axes):
            if let value = constant(node.operands[0]), node.dtype == .float32 {
                let shape = nodes[node.operands[0]].shape
                return full(value * Double(axes.reduce(1) { $0 * shape[$1] }), like: node)
            }
            return simplifiedReduction(node, .sum, axes)
        case .reduce(let op, let axes):
            return simplifiedReduction(node, op, axes)
        default:
            return add(node)
        }
    }

    private mutating func simplifiedReshape(_ node: Graph.Node) -> Int {
        let operand = node.operands[0]
        if nodes[operand].shape == node.shape { return operand }
        if let value = constant(operand) { return full(value, like: node) }
        if case .reshape = nodes[operand].op {
            var direct = node
            direct.operands = nodes[operand].operands
            return simplifiedReshape(direct)
        }
        return add(node)
    }

    private mutating func simplifiedBroadcast(_ node: Graph.Node) -> Int {
        let operand = node.operands[0]
        if nodes[operand].shape == node.shape { return operand }
        if let value = constant(operand) { return full(value, like: node) }
        if case .broadcast = nodes[operand].op {
            var direct = node
            direct.operands = nodes[operand].operands
            return simplifiedBroadcast(direct)
        }
        return add(node)
    }

    private mutating func simplifiedBinary(_ op: BinaryOp, _ node: Graph.Node) -> Int {
        guard node.dtype == .float32 else { return add(node) }
        let (a, b) = (node.operands[0], node.operands[1])
        let (x, y) = (constant(a), constant(b))
        if let x, let y, let value = fold(op, x, y) { return full(value, like: node) }
        if op == .add, let product = sumOfProducts(node) { return product }
        switch op {
        case .add where x == 0: return b
        case .add where y == 0, .subtract where y == 0: return a
        case .multiply where x == 1: return b
        case .multiply where y == 1, .divide where y == 1: return a
        default: break
        }
        // Sums and products do not care about order: one order finds more equal nodes.
        if (op == .add || op == .multiply) && a > b {
            var ordered = node
            ordered.operands = [b, a]
            return add(ordered)
        }
        return add(node)
    }

    /// `a b + a c` as `a (b + c)`, and `b a + c a` as `(b + c) a`, where that adds less: half of the work,
    /// as in the derivatives of a Gram matrix.
    private mutating func sumOfProducts(_ node: Graph.Node) -> Int? {
        let (p, q) = (nodes[node.operands[0]], nodes[node.operands[1]])
        guard useCounts[node.operands[0]] == 1, useCounts[node.operands[1]] == 1,
            case .matmul(let transposeA, let transposeB, let precision) = p.op,
            case .matmul(let otherA, let otherB, precision) = q.op
        else { return nil }
        for common in 0..<2 {
            let isTurned = common == 0 ? transposeA : transposeB
            guard p.operands[common] == q.operands[common],
                isTurned == (common == 0 ? otherA : otherB)
            else { continue }
            let turnedOther = common == 0 ? otherB : otherA
            var (b, c) = (p.operands[1 - common], q.operands[1 - common])
            guard nodes[b].elementCount < node.elementCount else { continue }
            // The second as the first is read.
            if turnedOther != (common == 0 ? transposeB : transposeA) {
                var shape = nodes[c].shape
                shape.swapAt(shape.count - 2, shape.count - 1)
                var axes = Array(shape.indices)
                axes.swapAt(axes.count - 2, axes.count - 1)
                c = simplified(
                    .init(
                        op: .transpose(axes), operands: [c], shape: shape, dtype: nodes[c].dtype))
            }
            if b > c { swap(&b, &c) }
            let sum = simplified(
                .init(
                    op: .binary(.add), operands: [b, c], shape: nodes[b].shape, dtype: node.dtype))
            var product = p
            product.operands[1 - common] = sum
            return add(product)
        }
        return nil
    }

    private func fold(_ op: BinaryOp, _ x: Double, _ y: Double) -> Double? {
        // In single precision, as it would have been done.
        let (p, q) = (Float(x), Float(y))
        switch op {
        case .add: return Double(p + q)
        case .subtract: return Double(p - q)
        case .multiply: return Double(p * q)
        case .divide: return Double(p / q)
        default: return nil
        }
    }

    /// Kernels reduce one run of neighbouring axes: others are taken one run after the other.
    private mutating func simplifiedReduction(
        _ node: Graph.Node, _ op: ReductionOp, _ axes: [Int]
    ) -> Int {
        let shape = nodes[node.operands[0]].shape
        let moving = axes.filter { shape[$0] != 1 }
        guard let first = moving.first, let last = moving.last else {
            var reshape = node
            reshape.op = .reshape
            return simplifiedReshape(reshape)
        }
        var run = [first]
        for axis in (first + 1)..<max(last + 1, first + 1) {
            if moving.contains(axis) || shape[axis] == 1 { run.append(axis) } else { break }
        }
        run = Array(run.prefix(through: run.lastIndex(where: moving.contains) ?? 0))
        let rest = moving.filter { !run.contains($0) }
        if rest.isEmpty {
            var whole = node
            whole.op = .reduce(op, axes: Array(run))
            return add(whole)
        }
        var kept = shape
        for axis in run { kept[axis] = 1 }
        let part = add(
            .init(
                op: .reduce(op, axes: Array(run)), operands: node.operands, shape: kept,
                dtype: node.dtype))
        return simplifiedReduction(
            .init(op: node.op, operands: [part], shape: node.shape, dtype: node.dtype), op, rest)
    }
}
