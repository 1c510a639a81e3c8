public import TensorCore

/// Builds graphs node by node, for tests of evaluators and backends without the tensor API.
public struct GraphSketch {
    /// What was built so far.
    public private(set) var graph = Graph(nodes: [], inputs: [], outputs: [])

    /// An empty graph.
    public init() {}

    /// Appends an input and answers its index.
    public mutating func input(_ shape: [Int], _ dtype: DType = .float32) -> Int {
        graph.inputs.append(graph.nodes.count)
        return node(.input, [], shape, dtype)
    }

    /// Appends an operation and answers its index.
    public mutating func node(
        _ op: Op, _ operands: [Int], _ shape: [Int], _ dtype: DType = .float32
    ) -> Int {
        graph.nodes.append(Graph.Node(op: op, operands: operands, shape: shape, dtype: dtype))
        return graph.nodes.count - 1
    }

    /// The graph with those outputs.
    public func build(outputs: [Int]) -> Graph {
        var result = graph
        result.outputs = outputs
        return result
    }
}
