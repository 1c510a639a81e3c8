public import TensorCore

/// A backend that runs graphs one operation at a time in plain double-precision loops: the
/// independent twin that every fast kernel is tested against. Slow, and meant to be read.
public final class ReferenceBackend: Backend {
    /// What is done to results between operations.
    public let mode: ReferenceEvaluator.Mode

    /// A backend of that mode.
    public init(_ mode: ReferenceEvaluator.Mode) { self.mode = mode }

    /// A short name, with what it stands on.
    public var name: String { "reference (\(mode))" }

    /// Plans a graph.
    public func compile(_ graph: Graph) -> any Executable {
        ReferenceExecutable(graph: graph, mode: mode)
    }
}

/// A graph and how to evaluate it; there is nothing to plan.
private final class ReferenceExecutable: Executable {
    let graph: Graph
    let mode: ReferenceEvaluator.Mode

    init(graph: Graph, mode: ReferenceEvaluator.Mode) {
        self.graph = graph
        self.mode = mode
    }

    func execute(_ inputs: [any Buffer]) -> [any Buffer] {
        precondition(
            inputs.count == graph.inputs.count,
            "[execute] expected \(graph.inputs.count) inputs, got \(inputs.count)")
        var values: [[Double]] = []
        for (buffer, index) in zip(inputs, graph.inputs) {
            let node = graph.nodes[index]
            if let kept = (buffer as? ReferenceBuffer)?.values, mode == .double {
                values.append(kept)
                continue
            }
            var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
            bytes.withUnsafeMutableBytes { buffer.copyBytes(to: $0) }
            precondition(
                bytes.count == node.elementCount * node.dtype.byteCount,
                "[execute] input \(node.shape) \(node.dtype) has \(bytes.count) bytes")
            values.append(ElementCoding.decode(bytes, as: node.dtype))
        }
        let results = ReferenceEvaluator.run(graph, inputs: values, mode: mode)
        return zip(results, graph.outputs).map { result, index in
            ReferenceBuffer(
                bytes: ElementCoding.encode(result, as: graph.nodes[index].dtype),
                values: mode == .double ? result : nil)
        }
    }
}

/// Bytes, and in `.double` mode the unrounded numbers that they were made from.
private final class ReferenceBuffer: Buffer {
    let bytes: [UInt8]
    let values: [Double]?

    init(bytes: [UInt8], values: [Double]?) {
        self.bytes = bytes
        self.values = values
    }

    var byteCount: Int { bytes.count }

    func copyBytes(to destination: UnsafeMutableRawBufferPointer) {
        precondition(
            destination.count == bytes.count,
            "[copyBytes] \(bytes.count) bytes do not fit \(destination.count)")
        destination.copyBytes(from: bytes)
    }
}

/// Elements as bytes (little-endian, as on every machine Swift runs on) and as doubles.
public enum ElementCoding {
    /// The elements as numbers; `bool` gives 0 and 1.
    public static func decode(_ bytes: [UInt8], as dtype: DType) -> [Double] {
        bytes.withUnsafeBytes { raw in
            let count = raw.count / dtype.byteCount
            switch dtype {
            case .float32:
                return (0..<count).map {
                    Double(raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self))
                }
            case .bfloat16:
                return (0..<count).map {
                    let bits = raw.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)
                    return Double(Float(bitPattern: UInt32(bits) << 16))
                }
            case .int32:
                return (0..<count).map {
                    Double(raw.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self))
                }
            case .uint8, .bool:
                return raw.map { Double($0) }
            }
        }
    }

    /// The numbers as elements, rounded to the type; the inverse of `decode`.
    public static func encode(_ values: [Double], as dtype: DType) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * dtype.byteCount)
        func append(_ bits: some FixedWidthInteger) {
            withUnsafeBytes(of: bits.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for value in values {
            switch dtype {
            case .float32: append(Float(value).bitPattern)
            case .bfloat16: append(UInt16(roundedToBFloat16(value).bitPattern >> 16))
            case .int32: append(Int32(value))
            case .uint8: append(UInt8(value))
            case .bool: append(UInt8(value == 0 ? 0 : 1))
            }
        }
        return bytes
    }

    /// The nearest bfloat16 (ties to even) of the nearest float.
    public static func roundedToBFloat16(_ value: Double) -> Float {
        let float = Float(value)
        guard float.isFinite else { return float }
        let bits = float.bitPattern
        let odd = (bits >> 16) & 1
        return Float(bitPattern: (bits &+ 0x7FFF &+ odd) & 0xFFFF_0000)
    }
}
