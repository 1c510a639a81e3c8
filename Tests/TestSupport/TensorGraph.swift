public import TensorCore

/// The graph below tensors, for evaluating it in double precision at any point: chosen tensors are
/// its variables, everything else that holds data is kept as it is.
public struct TensorGraph {
    /// The graph: an input for each variable in their order, then one for each datum.
    public let graph: Graph
    private let data: [[Double]]
    private let variableCount: Int

    /// The graph of `outputs` as a function of `variables`.
    public init(outputs: [Tensor], variables: [Tensor]) {
        var nodes: [Graph.Node] = []
        var inputs: [Int] = []
        var data: [[Double]] = []
        var index: [ObjectIdentifier: Int] = [:]
        func append(_ node: Node, _ op: Op, _ operands: [Int]) {
            index[ObjectIdentifier(node)] = nodes.count
            nodes.append(
                Graph.Node(op: op, operands: operands, shape: node.shape, dtype: node.dtype))
        }
        for variable in variables {
            inputs.append(nodes.count)
            append(variable.node, .input, [])
        }
        for node in Self.reachable(from: outputs.map(\.node), stoppingAt: variables.map(\.node)) {
            if index[ObjectIdentifier(node)] != nil { continue }
            if let buffer = node.buffer {
                var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
                bytes.withUnsafeMutableBytes { buffer.copyBytes(to: $0) }
                data.append(ElementCoding.decode(bytes, as: node.dtype))
                inputs.append(nodes.count)
                append(node, .input, [])
            } else {
                let operands = node.operands.map { index[ObjectIdentifier($0), default: -1] }
                append(node, node.op, operands)
            }
        }
        graph = Graph(
            nodes: nodes, inputs: inputs,
            outputs: outputs.map { index[ObjectIdentifier($0.node), default: -1] })
        self.data = data
        variableCount = variables.count
    }

    /// The outputs where the variables have those elements.
    public func run(
        _ variables: [[Double]], mode: ReferenceEvaluator.Mode = .double
    ) -> [[Double]] {
        precondition(
            variables.count == variableCount,
            "[run] expected \(variableCount) variables, got \(variables.count)")
        return ReferenceEvaluator.run(graph, inputs: variables + data, mode: mode)
    }

    /// The nodes below some, operands before users.
    private static func reachable(from roots: [Node], stoppingAt ends: [Node]) -> [Node] {
        let ends = Set(ends.map { ObjectIdentifier($0) })
        var seen = Set(roots.map { ObjectIdentifier($0) })
        var all: [Node] = []
        var open = roots
        while let node = open.popLast() {
            all.append(node)
            if node.buffer != nil || ends.contains(ObjectIdentifier(node)) { continue }
            for operand in node.operands where seen.insert(ObjectIdentifier(operand)).inserted {
                open.append(operand)
            }
        }
        return all.sorted { $0.id < $1.id }
    }

    /// The operations between variables and outputs: those that derivatives pass through.
    public var operationsOnVariables: [Op] {
        var depends = [Bool](repeating: false, count: graph.nodes.count)
        for index in graph.inputs.prefix(variableCount) { depends[index] = true }
        var result: [Op] = []
        for (index, node) in graph.nodes.enumerated() where !node.operands.isEmpty {
            if node.operands.contains(where: { depends[$0] }) {
                depends[index] = true
                result.append(node.op)
            }
        }
        return result
    }
}
