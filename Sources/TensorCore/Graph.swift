/// A graph of operations in topological order, free of data: what a backend compiles.
///
/// Two graphs are equal when they would compute the same thing from the same inputs; a backend's
/// compiled plan is looked up by it.
public struct Graph: Hashable, Sendable {
    /// One operation.
    public struct Node: Hashable, Sendable {
        /// What is done.
        public var op: Op
        /// The operands, as indices of earlier nodes.
        public var operands: [Int]
        /// The shape of the result.
        public var shape: [Int]
        /// The element type of the result.
        public var dtype: DType

        /// A node.
        public init(op: Op, operands: [Int], shape: [Int], dtype: DType) {
            self.op = op
            self.operands = operands
            self.shape = shape
            self.dtype = dtype
        }

        /// How many elements the result has.
        public var elementCount: Int { shape.reduce(1, *) }
    }

    /// The operations; operands come before their users.
    public var nodes: [Node]
    /// The nodes with `Op.input`, in the order in which data is handed to `Executable.execute`.
    public var inputs: [Int]
    /// The nodes whose values are wanted.
    public var outputs: [Int]
    /// The places among `inputs`, ascending, of those that the caller gives up: their memory may become
    /// that of outputs.
    public var donatedInputs: [Int]

    /// A graph.
    public init(nodes: [Node], inputs: [Int], outputs: [Int], donatedInputs: [Int] = []) {
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
        self.donatedInputs = donatedInputs
    }
}

extension Graph {
    /// Lets every matrix product and convolution round its operands.
    mutating func setPrecision(_ precision: ComputePrecision) {
        for index in nodes.indices {
            switch nodes[index].op {
            case .matmul(let transposeA, let transposeB, _):
                nodes[index].op = .matmul(
                    transposeA: transposeA, transposeB: transposeB, precision: precision)
            case .conv2d(var p):
                p.precision = precision
                nodes[index].op = .conv2d(p)
            case .conv2dInputGradient(var p, let height, let width):
                p.precision = precision
                nodes[index].op = .conv2dInputGradient(p, height: height, width: width)
            case .conv2dWeightGradient(var p, let height, let width):
                p.precision = precision
                nodes[index].op = .conv2dWeightGradient(p, kernelHeight: height, kernelWidth: width)
            default: break
            }
        }
    }
}
