import CKernels
import TensorCore

/// The context in which a kernel's step is made: one node of a graph, its operands, and where
/// everything is.
struct KernelSite {
    /// The node.
    var node: Graph.Node
    /// Its operands.
    var operands: [Graph.Node]
    /// The memory of the operands.
    var reads: [StorageID]
    /// The memory of the result.
    var write: StorageID
    /// What is done to the result of a product while it is at hand.
    var epilogue = Epilogue()
    /// How many threads kernels may use.
    var threads: Int

    var elementSize: Int32 { Int32(node.dtype.byteCount) }

    func step(
        _ kind: String, scratch: Int = 0, _ body: @escaping (ExecutionMemory) -> Void
    ) -> any Step {
        KernelStep(
            kind: kind, label: "\(kind) \(operands.map(\.shape)) -> \(node.shape)", reads: reads,
            writes: [write], scratch: scratch, body: body)
    }
}

/// A copy between two views of memory, prepared for `atl_copy_strided`.
struct StridedCopy {
    var sizes: [Int64]
    var targetOffset = 0
    var targetStrides: [Int64]
    var sourceOffset = 0
    var sourceStrides: [Int64]

    init(sizes: [Int], targetStrides: [Int], sourceStrides: [Int]) {
        self.sizes = sizes.map(Int64.init)
        self.targetStrides = targetStrides.map(Int64.init)
        self.sourceStrides = sourceStrides.map(Int64.init)
    }

    func run(
        _ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, elementSize: Int32,
        threads: Int
    ) {
        atl_copy_strided(
            Int32(sizes.count), sizes, target + targetOffset * Int(elementSize), targetStrides,
            source + sourceOffset * Int(elementSize), sourceStrides, elementSize, Int32(threads))
    }
}

extension KernelSite {
    /// The step of an operation that moves elements.
    func movementStep() -> any Step {
        switch node.op {
        case .transpose(let permutation):
            let strides = rowMajorStrides(operands[0].shape)
            return copyStep(
                "transpose",
                StridedCopy(
                    sizes: node.shape, targetStrides: rowMajorStrides(node.shape),
                    sourceStrides: permutation.map { strides[$0] }))
        case .slice(let starts, let steps):
            let strides = rowMajorStrides(operands[0].shape)
            var copy = StridedCopy(
                sizes: node.shape, targetStrides: rowMajorStrides(node.shape),
                sourceStrides: zip(strides, steps).map(*))
            copy.sourceOffset = zip(strides, starts).map(*).reduce(0, +)
            return copyStep("slice", copy)
        case .reverse(let axes):
            var strides = rowMajorStrides(node.shape)
            var offset = 0
            for axis in axes {
                offset += strides[axis] * (node.shape[axis] - 1)
                strides[axis] = -strides[axis]
            }
            var copy = StridedCopy(
                sizes: node.shape, targetStrides: rowMajorStrides(node.shape),
                sourceStrides: strides)
            copy.sourceOffset = offset
            return copyStep("reverse", copy)
        case .concatenate(let axis): return concatenateStep(axis)
        case .pad(let low, let high, let interior, let value):
            return padStep(low, high, interior, value)
        case .gather: return gatherStep()
        case .scatterAdd(let rows): return scatterStep(rows)
        case .argMax(let axis): return argMaxStep(axis)
        default: preconditionFailure("[evaluate] \(node.op) does not move elements")
        }
    }

    private func copyStep(_ kind: String, _ copy: StridedCopy) -> any Step {
        let (source, target, size, threads) = (reads[0], write, elementSize, threads)
        return step(kind) { memory in
            copy.run(memory[target], memory[source], elementSize: size, threads: threads)
        }
    }

    private func concatenateStep(_ axis: Int) -> any Step {
        let strides = rowMajorStrides(node.shape)
        var offset = 0
        var copies: [(StridedCopy, StorageID)] = []
        for (operand, storage) in zip(operands, reads) {
            var copy = StridedCopy(
                sizes: operand.shape, targetStrides: strides,
                sourceStrides: rowMajorStrides(operand.shape))
            copy.targetOffset = offset
            offset += operand.shape[axis] * strides[axis]
            copies.append((copy, storage))
        }
        let (target, size, threads) = (write, elementSize, threads)
        return step("concatenate") { memory in
            for (copy, source) in copies {
                copy.run(memory[target], memory[source], elementSize: size, threads: threads)
            }
        }
    }

    private func padStep(_ low: [Int], _ high: [Int], _ interior: [Int], _ value: Double)
        -> any Step
    {
        let sizes = operands[0].shape.map(Int64.init)
        let (low, high, interior) = (
            low.map(Int64.init), high.map(Int64.init), interior.map(Int64.init)
        )
        let (source, target, size, threads) = (reads[0], write, elementSize, Int32(threads))
        let fill = node.dtype.bytes(of: value)
        return step("pad") { memory in
            atl_pad(
                Int32(sizes.count), sizes, low, high, interior, memory[target], memory[source],
                fill,
                size, threads)
        }
    }

    private func gatherStep() -> any Step {
        let table = operands[0]
        let rows = Int64(table.shape[0])
        let rowBytes = Int64(table.elementCount / table.shape[0] * table.dtype.byteCount)
        let count = Int64(operands[1].elementCount)
        let (source, indices, target, threads) = (reads[0], reads[1], write, Int32(threads))
        return step("gather") { memory in
            let places = memory[indices].assumingMemoryBound(to: Int32.self)
            let failed = atl_gather_rows(
                memory[source], rows, rowBytes, places, count, memory[target], threads)
            precondition(
                failed < 0,
                "[gather] expected indices in 0..<\(rows), got \(places[Int(max(failed, 0))])")
        }
    }

    private func scatterStep(_ rows: Int) -> any Step {
        let count = operands[1].elementCount
        let rowSize = Int64(operands[0].elementCount / count)
        let (updates, indices, target, threads) = (reads[0], reads[1], write, Int32(threads))
        return step("scatterAdd") { memory in
            let places = memory[indices].assumingMemoryBound(to: Int32.self)
            let failed = atl_scatter_add_rows(
                memory[updates].assumingMemoryBound(to: Float.self), places, Int64(count),
                Int64(rows), rowSize, memory[target].assumingMemoryBound(to: Float.self), threads)
            precondition(
                failed < 0,
                "[scatterAdd] expected indices in 0..<\(rows), got \(places[Int(max(failed, 0))])")
        }
    }

    private func argMaxStep(_ axis: Int) -> any Step {
        let shape = operands[0].shape
        let outer = Int64(shape[..<axis].reduce(1, *))
        let inner = Int64(shape[(axis + 1)...].reduce(1, *))
        let count = Int64(shape[axis])
        let (source, target, threads) = (reads[0], write, Int32(threads))
        return step("argMax") { memory in
            atl_arg_max_f32(
                memory[source].assumingMemoryBound(to: Float.self), outer, count, inner,
                memory[target].assumingMemoryBound(to: Int32.self), threads)
        }
    }
}

extension DType {
    /// One element of this type, in the machine's byte order.
    func bytes(of value: Double) -> [UInt8] {
        switch self {
        case .float32: withUnsafeBytes(of: Float(value)) { Array($0) }
        case .bfloat16:
            withUnsafeBytes(of: UInt16(truncatingIfNeeded: Float(value).bitPattern >> 16)) {
                Array($0)
            }
        case .int32: withUnsafeBytes(of: Int32(value)) { Array($0) }
        case .uint8: [UInt8(value)]
        case .bool: [value != 0 ? 1 : 0]
        }
    }
}
