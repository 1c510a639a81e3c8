import TensorCore

/// The first pass of planning: equal nodes become one, constants are folded, and what changes
/// nothing is taken out.
struct GraphSimplifier {
    private(set) var nodes: [Graph.Node] = []
    private(set) var inputs: [Int] = []
    private(set) var outputs: [Int] = []
    private var known: [Graph.Node: Int] = [:]

    init(_ graph: Graph) {
        var place = [Int](repeating: -1, count: graph.nodes.count)
        let isInput = Set(graph.inputs)
        for (index, node) in graph.nodes.enumerated() {
            if isInput.contains(index) {
                nodes.append(node)
                place[index] = nodes.count - 1
                continue
            }
            var moved = node
            moved.operands = node.operands.map { place[$0] }
            place[index] = simplified(moved)
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
        case .cast(let type):
            if let value = constant(node.operands[0]), type == .float32,
                nodes[node.operands[0]].dtype == .float32
            {
                return full(value, like: node)
            }
            return add(node)
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
