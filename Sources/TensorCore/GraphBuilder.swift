/// Turns the part of the lazy graph that is not computed yet into a key, and, if no plan is known by
/// it, into a `Graph`.
///
/// Used under the evaluation lock only: places are noted on the nodes themselves.
struct GraphBuilder {
    /// The structure: equal for equal graphs.
    private(set) var key: GraphKey
    /// The buffers of the inputs, in the graph's order.
    private(set) var buffers: [any Buffer] = []
    /// The distinct nodes whose values are wanted.
    private(set) var outputs: [Node] = []
    /// The numbers of the inputs that the caller gives up, ascending.
    private(set) var donatedInputs: [Int] = []
    private let precision: ComputePrecision
    private var nodes: [Node] = []
    /// Room that most graphs need less than.
    private static let usualCount = 512

    /// Collects what leads to `wanted`, operands before their users.
    ///
    /// - Parameter donated: Nodes that the caller gives up; they count where they are inputs.
    init(
        _ wanted: [Node], donating donated: [Node] = [], precision: ComputePrecision = .float32
    ) {
        self.precision = precision
        key = GraphKey(capacity: Self.usualCount)
        nodes.reserveCapacity(Self.usualCount)
        let mark = Node.newMark()
        var stack = Array(wanted.reversed())
        stack.reserveCapacity(Self.usualCount)
        while let node = stack.last {
            if node.mark == mark {
                stack.removeLast()
                continue
            }
            let height = stack.count
            if node.buffer == nil {
                for operand in node.operands.reversed() where operand.mark != mark {
                    stack.append(operand)
                }
            }
            if stack.count == height {
                node.mark = mark
                add(node)
                stack.removeLast()
            }
        }
        key.append(-1)
        if !donated.isEmpty { findDonatedInputs(donated, mark: mark) }
        key.append(-1)
        let outputMark = Node.newMark()
        for node in wanted where node.mark != outputMark {
            node.mark = outputMark
            outputs.append(node)
            key.append(node.place)
        }
        key.append(Int(precision.rawValue))
        key.seal()
    }

    private mutating func findDonatedInputs(_ donated: [Node], mark: UInt64) {
        // For each node its number among the inputs, -1 for what is computed.
        var inputOfPlace = [Int](repeating: -1, count: nodes.count)
        var inputCount = 0
        for (place, node) in nodes.enumerated() where node.buffer != nil {
            inputOfPlace[place] = inputCount
            inputCount += 1
        }
        var isDonated = [Bool](repeating: false, count: inputCount)
        for node in donated where node.mark == mark {
            let input = inputOfPlace[node.place]
            if input >= 0 { isDonated[input] = true }
        }
        for input in 0..<inputCount where isDonated[input] {
            donatedInputs.append(input)
            key.append(input)
        }
    }

    /// What the outputs are computed from.
    func lineage() -> Lineage { Lineage(inputs: nodes.filter { $0.buffer != nil }) }

    /// Hands over the buffers, and lets go of every node: nothing here leads to a buffer any more.
    mutating func takeBuffers() -> [any Buffer] {
        defer { (buffers, nodes, outputs) = ([], [], []) }
        return buffers
    }

    private mutating func add(_ node: Node) {
        node.place = nodes.count
        nodes.append(node)
        if let buffer = node.buffer {
            buffers.append(buffer)
            key.append(.input, operandCount: 0, shape: node.shape, dtype: node.dtype)
        } else {
            let operands = node.operands
            key.append(
                node.op, operandCount: operands.count, shape: node.shape, dtype: node.dtype)
            for operand in operands { key.append(operand.place) }
        }
    }

    /// The graph of this structure.
    func graph() -> Graph {
        var graph = Graph(
            nodes: [], inputs: [], outputs: outputs.map(\.place), donatedInputs: donatedInputs)
        for (place, node) in nodes.enumerated() {
            let isInput = node.buffer != nil
            if isInput { graph.inputs.append(place) }
            graph.nodes.append(
                .init(
                    op: isInput ? .input : node.op,
                    operands: isInput ? [] : node.operands.map(\.place), shape: node.shape,
                    dtype: node.dtype))
        }
        if precision != .float32 { graph.setPrecision(precision) }
        return graph
    }
}
