public import TensorCore

/// Runs graphs one operation at a time in double precision, without a backend.
public enum ReferenceEvaluator {
    /// What is done to the result of each operation on floating-point types.
    public enum Mode: Sendable {
        /// Nothing: float32 and bfloat16 stand for real numbers. For central differences.
        case double
        /// It is rounded to the type of its node. For comparing with fast kernels.
        case rounded
    }

    /// The values of a graph's outputs.
    ///
    /// - Parameter inputs: the elements of each of `graph.inputs`, row-major; any number for
    ///   floating-point types in mode `.double`, whole numbers for integers, 0 and 1 for `bool`.
    public static func run(
        _ graph: Graph, inputs: [[Double]], mode: Mode = .double
    ) -> [[Double]] {
        precondition(
            inputs.count == graph.inputs.count,
            "[run] expected \(graph.inputs.count) inputs, got \(inputs.count)")
        var given: [Int: [Double]] = [:]
        for (index, values) in zip(graph.inputs, inputs) { given[index] = values }

        var results: [ReferenceTensor] = []
        results.reserveCapacity(graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() {
            var values: [Double]
            if case .input = node.op {
                guard let data = given[index] else {
                    preconditionFailure("[run] node \(index) is an input that no data is given for")
                }
                values = data
            } else {
                values = evaluate(node, node.operands.map { results[$0] }, mode)
            }
            precondition(
                values.count == node.elementCount,
                "[run] node \(index), \(node.op): shape \(node.shape), \(values.count) elements")
            if mode == .rounded { round(&values, to: node.dtype) }
            results.append(
                ReferenceTensor(shape: node.shape, dtype: node.dtype, values: values))
        }
        return graph.outputs.map { results[$0].values }
    }

    /// Rounds floating-point elements to their type.
    private static func round(_ values: inout [Double], to dtype: DType) {
        switch dtype {
        case .float32: for i in values.indices { values[i] = Double(Float(values[i])) }
        case .bfloat16:
            for i in values.indices {
                values[i] = Double(ElementCoding.roundedToBFloat16(values[i]))
            }
        case .int32, .uint8, .bool: break
        }
    }

    /// The elements of the result of one operation.
    private static func evaluate(
        _ node: Graph.Node, _ operands: [ReferenceTensor], _ mode: Mode
    ) -> [Double] {
        let shape = node.shape
        switch node.op {
        case .input: preconditionFailure("[run] inputs hold data")
        case .full(let value): return Array(repeating: value, count: node.elementCount)
        case .iota(let axis): return iota(shape, axis)
        case .unary(let op): return unary(op, operands[0])
        case .binary(let op): return binary(op, operands[0], operands[1])
        case .compare(let op): return compare(op, operands[0], operands[1])
        case .select:
            return operands[0].values.indices.map {
                operands[0].values[$0] != 0 ? operands[1].values[$0] : operands[2].values[$0]
            }
        case .cast(let dtype): return operands[0].values.map { cast($0, to: dtype) }
        case .stopGradient, .reshape: return operands[0].values
        case .reduce(let op, let axes): return reduce(op, operands[0], axes, shape)
        case .argMax(let axis): return argMax(operands[0], axis, shape)
        case .matmul(let transposeA, let transposeB, _):
            return matmul(operands[0], operands[1], transposeA, transposeB, shape)
        case .conv2d(let p): return conv2d(operands[0], operands[1], p, shape)
        case .conv2dInputGradient(let p, _, _):
            return conv2dInputGradient(operands[0], operands[1], p, shape)
        case .conv2dWeightGradient(let p, _, _):
            return conv2dWeightGradient(operands[0], operands[1], p, shape)
        case .maxPool2d(let p): return maxPoolGather(operands[0], operands[0], p, shape)
        case .maxPool2dGather(let p): return maxPoolGather(operands[0], operands[1], p, shape)
        case .maxPool2dScatter(let p): return maxPoolScatter(operands[0], operands[1], p, shape)
        case .averagePool2d(let p): return averagePool(operands[0], p, shape)
        case .averagePool2dGradient(let p, _, _):
            return averagePoolGradient(operands[0], p, shape)
        case .resize2d(let mode, _, _): return resize(operands[0], mode, shape)
        case .resize2dGradient(let mode, _, _): return resizeGradient(operands[0], mode, shape)
        case .transpose(let permutation): return transpose(operands[0], permutation, shape)
        case .broadcast: return broadcast(operands[0], shape)
        case .slice(let starts, let strides): return slice(operands[0], starts, strides, shape)
        case .pad(let low, _, let interior, let value):
            return pad(operands[0], low, interior, value, shape)
        case .concatenate(let axis): return concatenate(operands, axis, shape)
        case .reverse(let axes): return reverse(operands[0], axes, shape)
        case .gather: return gather(operands[0], operands[1])
        case .scatterAdd(let rows): return scatterAdd(operands[0], operands[1], rows)
        case .random(let distribution): return random(distribution, operands[0], node.elementCount)
        }
    }
}

/// Elements with their shape and type.
struct ReferenceTensor {
    var shape: [Int]
    var dtype: DType
    var values: [Double]

    /// The element at an index of all axes.
    subscript(index: [Int]) -> Double { values[linearIndex(index, in: shape)] }
    /// The element of an image `[N, H, W, C]`.
    subscript(n: Int, h: Int, w: Int, c: Int) -> Double {
        values[((n * shape[1] + h) * shape[2] + w) * shape[3] + c]
    }
}

/// The row-major position of an index.
func linearIndex(_ index: [Int], in shape: [Int]) -> Int {
    var position = 0
    for (i, size) in zip(index, shape) { position = position * size + i }
    return position
}

/// Calls `body` with each index of a shape, in row-major order.
func forEachIndex(of shape: [Int], _ body: ([Int]) -> Void) {
    if shape.contains(0) { return }
    var index = [Int](repeating: 0, count: shape.count)
    while true {
        body(index)
        var axis = shape.count - 1
        while axis >= 0 {
            index[axis] += 1
            if index[axis] < shape[axis] { break }
            index[axis] = 0
            axis -= 1
        }
        if axis < 0 { return }
    }
}
