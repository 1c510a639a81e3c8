import TensorCore

extension ReferenceEvaluator {
    /// The elements of a shape, each a function of its index.
    private static func generate(_ shape: [Int], _ element: ([Int]) -> Double) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(shape.reduce(1, *))
        forEachIndex(of: shape) { result.append(element($0)) }
        return result
    }

    static func iota(_ shape: [Int], _ axis: Int) -> [Double] {
        generate(shape) { Double($0[axis]) }
    }

    static func transpose(
        _ x: ReferenceTensor, _ permutation: [Int], _ shape: [Int]
    ) -> [Double] {
        generate(shape) { index in
            var source = index
            for (axis, from) in permutation.enumerated() { source[from] = index[axis] }
            return x[source]
        }
    }

    static func broadcast(_ x: ReferenceTensor, _ shape: [Int]) -> [Double] {
        generate(shape) { index in
            x[zip(index, x.shape).map { i, size in size == 1 ? 0 : i }]
        }
    }

    static func slice(
        _ x: ReferenceTensor, _ starts: [Int], _ strides: [Int], _ shape: [Int]
    ) -> [Double] {
        generate(shape) { index in
            x[index.indices.map { starts[$0] + index[$0] * strides[$0] }]
        }
    }

    static func pad(
        _ x: ReferenceTensor, _ low: [Int], _ interior: [Int], _ value: Double, _ shape: [Int]
    ) -> [Double] {
        generate(shape) { index in
            var source = index
            for axis in index.indices {
                let offset = index[axis] - low[axis]
                let step = interior[axis] + 1
                guard offset >= 0, offset % step == 0, offset / step < x.shape[axis] else {
                    return value
                }
                source[axis] = offset / step
            }
            return x[source]
        }
    }

    static func concatenate(
        _ operands: [ReferenceTensor], _ axis: Int, _ shape: [Int]
    ) -> [Double] {
        generate(shape) { index in
            var source = index
            for operand in operands {
                if source[axis] < operand.shape[axis] { return operand[source] }
                source[axis] -= operand.shape[axis]
            }
            preconditionFailure("[concatenate] the result is longer than its operands")
        }
    }

    static func reverse(_ x: ReferenceTensor, _ axes: [Int], _ shape: [Int]) -> [Double] {
        generate(shape) { index in
            var source = index
            for axis in axes { source[axis] = shape[axis] - 1 - index[axis] }
            return x[source]
        }
    }

    static func gather(_ table: ReferenceTensor, _ indices: ReferenceTensor) -> [Double] {
        let width = table.shape.dropFirst().reduce(1, *)
        var result: [Double] = []
        for value in indices.values {
            let row = Int(value)
            precondition(
                row >= 0 && row < table.shape[0],
                "[gather] index \(row) is outside 0..<\(table.shape[0])")
            result += table.values[row * width..<(row + 1) * width]
        }
        return result
    }

    static func scatterAdd(
        _ updates: ReferenceTensor, _ indices: ReferenceTensor, _ rows: Int
    ) -> [Double] {
        let width = updates.shape.dropFirst(indices.shape.count).reduce(1, *)
        var result = [Double](repeating: 0, count: rows * width)
        for (i, value) in indices.values.enumerated() {
            let row = Int(value)
            precondition(
                row >= 0 && row < rows, "[scatterAdd] index \(row) is outside 0..<\(rows)")
            for j in 0..<width { result[row * width + j] += updates.values[i * width + j] }
        }
        return result
    }
}
