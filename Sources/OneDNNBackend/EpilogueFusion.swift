import CDNNL
import TensorCore

/// What a convolution or matrix product does to its result while it is at hand:
/// `activation(result + bias)`.
struct Epilogue {
    /// Whether the last operand of the node is a bias for each channel.
    var hasBias = false
    var activation = ATL_DNNL_NO_ACTIVATION
    /// The slope of a leaky ReLU.
    var slope: Float = 0

    /// What the kernels call it.
    var postOps: atl_dnnl_post_ops {
        atl_dnnl_post_ops(bias: hasBias, activation: activation, slope: slope)
    }
}

/// The second pass of planning: a bias and an activation that alone look at the result of a
/// convolution or matrix product become part of it. Nodes that nobody needs any more go.
///
/// An activation's derivative looks at the activation's result (see `DerivativeRules`), so what came
/// before it is needed by nobody, in training too.
struct EpilogueFusion {
    private(set) var nodes: [Graph.Node]
    private(set) var inputs: [Int]
    private(set) var outputs: [Int]
    /// The epilogues, by the node that has them. A bias is the node's third operand.
    private(set) var epilogues: [Int: Epilogue] = [:]

    /// - Parameter absorbing: Off only takes out what nobody needs.
    init(_ graph: GraphSimplifier, absorbing: Bool) {
        nodes = graph.nodes
        inputs = graph.inputs
        outputs = graph.outputs
        if absorbing { absorb() }
        compact()
    }

    // MARK: Absorbing

    private mutating func absorb() {
        let users = liveUsers()
        let isOutput = Set(outputs)
        for start in nodes.indices where isProduct(nodes[start]) && !users[start].isEmpty {
            var epilogue = Epilogue()
            var bias: Int?
            var end = start
            while !isOutput.contains(end), users[end].count == 1, let user = users[end].first {
                if bias == nil, let found = biasAdded(by: nodes[user], to: end) {
                    bias = found
                    epilogue.hasBias = true
                    end = user
                } else if let activation = Self.activation(nodes[user].op) {
                    (epilogue.activation, epilogue.slope) = activation
                    end = user
                    break
                } else {
                    break
                }
            }
            if end == start { continue }
            // The product takes the place of the last node: its operands come before that.
            var product = nodes[start]
            if let bias { product.operands.append(bias) }
            nodes[end] = product
            epilogues[end] = epilogue
        }
    }

    private func isProduct(_ node: Graph.Node) -> Bool {
        switch node.op {
        case .conv2d, .conv2dInputGradient, .matmul: node.dtype == .float32
        default: false
        }
    }

    /// The bias, `[1, ..., 1, C]` or `C` elements of another shape, if the node adds one to `result`.
    private func biasAdded(by node: Graph.Node, to result: Int) -> Int? {
        guard case .binary(.add) = node.op, node.shape == nodes[result].shape else { return nil }
        let (a, b) = (node.operands[0], node.operands[1])
        let other = a == result ? b : a
        guard a != b, case .broadcast = nodes[other].op else {
            return nil
        }
        let source = nodes[other].operands[0]
        guard let channels = node.shape.last, nodes[source].shape.last == channels,
            nodes[source].elementCount == channels
        else { return nil }
        return source
    }

    private static func activation(_ op: Op) -> (atl_dnnl_activation, Float)? {
        switch op {
        case .unary(.relu): (ATL_DNNL_RELU, 0)
        case .unary(.leakyRelu(let slope)): (ATL_DNNL_LEAKY_RELU, Float(slope))
        case .unary(.tanh): (ATL_DNNL_TANH, 0)
        case .unary(.sigmoid): (ATL_DNNL_SIGMOID, 0)
        default: nil
        }
    }

    // MARK: What is needed

    private func liveNodes() -> [Bool] {
        var isLive = [Bool](repeating: false, count: nodes.count)
        for node in inputs + outputs { isLive[node] = true }
        for index in nodes.indices.reversed() where isLive[index] {
            for operand in nodes[index].operands { isLive[operand] = true }
        }
        return isLive
    }

    /// For each node, the needed nodes that read it.
    private func liveUsers() -> [[Int]] {
        let isLive = liveNodes()
        var users = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() where isLive[index] {
            for operand in Set(node.operands) { users[operand].append(index) }
        }
        return users
    }

    private mutating func compact() {
        let isLive = liveNodes()
        var place = [Int](repeating: -1, count: nodes.count)
        var kept: [Graph.Node] = []
        var moved: [Int: Epilogue] = [:]
        for (index, node) in nodes.enumerated() where isLive[index] {
            place[index] = kept.count
            if let epilogue = epilogues[index] { moved[kept.count] = epilogue }
            kept.append(node)
            kept[kept.count - 1].operands = node.operands.map { place[$0] }
        }
        nodes = kept
        epilogues = moved
        inputs = inputs.map { place[$0] }
        outputs = outputs.map { place[$0] }
    }
}
