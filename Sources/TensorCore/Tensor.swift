/// An n-dimensional array as a value: immutable, cheap to copy, and lazy.
///
/// An operation checks its operands' shapes at once and adds a node to a graph; nothing is computed
/// until `evaluate(...)` or a reading function (`floats()`, `scalar()`, ...) asks for values. All
/// tensors that are evaluated together are planned together, and the plan is kept for the next graph
/// of the same structure. So a number that changes from step to step must be made with
/// `Tensor(_:)` (data), not written as a literal in an expression (structure).
public struct Tensor: Sendable {
    package let node: Node

    package init(_ node: Node) { self.node = node }

    package init(_ op: Op, _ operands: [Tensor], shape: [Int], dtype: DType) {
        node = Node(op: op, operands: operands.map(\.node), shape: shape, dtype: dtype)
    }

    /// The result of an operation on nodes: nothing but the node and its list of operands is made.
    @inline(__always)
    init(_ op: Op, nodes: [Node], shape: [Int], dtype: DType) {
        node = Node(op: op, operands: nodes, shape: shape, dtype: dtype)
    }

    /// The extent of each axis; empty for a scalar.
    public var shape: [Int] { node.shape }
    /// The element type.
    public var dtype: DType { node.dtype }
    /// The number of axes.
    public var rank: Int { node.shape.count }
    /// The number of elements.
    public var elementCount: Int { node.shape.reduce(1, *) }
}

// MARK: - From data

extension Tensor {
    /// A float32 scalar, as data.
    public init(_ value: Float) { self.init([value], shape: []) }

    /// A float32 tensor of given elements, row-major.
    public init(_ elements: [Float], shape: [Int]) {
        self = elements.withUnsafeBytes { Tensor(copying: $0, shape: shape, dtype: .float32) }
    }

    /// A float32 vector.
    public init(_ elements: [Float]) { self.init(elements, shape: [elements.count]) }

    /// An int32 tensor of given elements, row-major.
    public init(int32 elements: [Int32], shape: [Int]) {
        self = elements.withUnsafeBytes { Tensor(copying: $0, shape: shape, dtype: .int32) }
    }

    /// A uint8 tensor of given elements, row-major.
    public init(uint8 elements: [UInt8], shape: [Int]) {
        self = elements.withUnsafeBytes { Tensor(copying: $0, shape: shape, dtype: .uint8) }
    }

    /// A bool tensor of given elements, row-major.
    public init(bool elements: [Bool], shape: [Int]) {
        self = elements.withUnsafeBytes { Tensor(copying: $0, shape: shape, dtype: .bool) }
    }

    /// The two words of a key, as data.
    public init(_ key: RandomKey) {
        self.init(
            int32: [Int32(bitPattern: key.high), Int32(bitPattern: key.low)], shape: [2])
    }

    /// A tensor of given bytes, in the machine's byte order.
    public init(copying bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
        checkShape(shape, "Tensor")
        let expected = shape.reduce(1, *) * dtype.byteCount
        precondition(
            bytes.count == expected,
            "[Tensor] expected \(expected) bytes for \(dtype) \(shape), got \(bytes.count)")
        node = Node(buffer: HostBuffer(copying: bytes), shape: shape, dtype: dtype)
    }

    /// A tensor over a buffer that nobody writes any more.
    public init(buffer: any Buffer, shape: [Int], dtype: DType) {
        checkShape(shape, "Tensor")
        let expected = shape.reduce(1, *) * dtype.byteCount
        precondition(
            buffer.byteCount == expected,
            "[Tensor] expected \(expected) bytes for \(dtype) \(shape), got \(buffer.byteCount)")
        node = Node(buffer: buffer, shape: shape, dtype: dtype)
    }
}

// MARK: - Constants (part of the graph's structure)

extension Tensor {
    /// The same constant in every element.
    public static func full(_ value: Double, shape: [Int], dtype: DType = .float32) -> Tensor {
        checkShape(shape, "full")
        return Tensor(.full(value), nodes: [], shape: shape, dtype: dtype)
    }

    /// Zeros.
    public static func zeros(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        full(0, shape: shape, dtype: dtype)
    }

    /// Ones.
    public static func ones(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        full(1, shape: shape, dtype: dtype)
    }

    /// The int32 index along an axis, for every element of a shape.
    public static func iota(_ shape: [Int], axis: Int = 0) -> Tensor {
        checkShape(shape, "iota")
        let axis = checkedAxis(axis, rank: shape.count, "iota")
        return Tensor(.iota(axis: axis), [], shape: shape, dtype: .int32)
    }
}

// MARK: - To data

extension Tensor {
    /// The elements as floats, row-major. Computes them if need be. Any type converts; bool gives 0 and 1.
    public func floats() -> [Float] {
        if dtype != .float32 { return cast(to: .float32).floats() }
        return elements(of: Float.self)
    }

    /// The only element, as a float.
    public func scalar() -> Float {
        precondition(elementCount == 1, "[scalar] expected one element, got shape \(shape)")
        return floats()[0]
    }

    /// The elements of an int32 tensor, row-major.
    public func int32s() -> [Int32] {
        precondition(dtype == .int32, "[int32s] expected int32, got \(dtype)")
        return elements(of: Int32.self)
    }

    /// The elements of a uint8 tensor, row-major.
    public func uint8s() -> [UInt8] {
        precondition(dtype == .uint8, "[uint8s] expected uint8, got \(dtype)")
        return elements(of: UInt8.self)
    }

    /// The elements of a bool tensor, row-major.
    public func bools() -> [Bool] {
        precondition(dtype == .bool, "[bools] expected bool, got \(dtype)")
        return elements(of: UInt8.self).map { $0 != 0 }
    }

    /// The bytes of the elements, row-major, in the machine's byte order.
    public func bytes() -> [UInt8] { elements(of: UInt8.self) }

    private func elements<Element>(of type: Element.Type) -> [Element] {
        let buffer = Runtime.buffer(of: node)
        let count = buffer.byteCount / MemoryLayout<Element>.stride
        return [Element](unsafeUninitializedCapacity: count) { storage, initialized in
            buffer.copyBytes(to: UnsafeMutableRawBufferPointer(storage))
            initialized = count
        }
    }
}

extension Tensor: CustomStringConvertible {
    /// Type and shape; values are not computed for it.
    public var description: String { "Tensor(\(dtype) \(shape))" }
}

// MARK: - Checks

/// Traps unless every extent is positive.
func checkShape(_ shape: [Int], _ op: String) {
    precondition(
        shape.allSatisfy { $0 > 0 }, "[\(op)] expected positive extents, got shape \(shape)")
}

/// An axis counted from the front; negative ones count from the back.
func checkedAxis(_ axis: Int, rank: Int, _ op: @autoclosure () -> String) -> Int {
    let positive = axis < 0 ? axis + rank : axis
    precondition(
        positive >= 0 && positive < rank,
        "[\(op())] expected an axis in \(-rank)..<\(rank), got \(axis)")
    return positive
}

/// Axes counted from the front, ascending, each once.
func checkedAxes(_ axes: [Int], rank: Int, _ op: @autoclosure () -> String) -> [Int] {
    let positive = axes.map { checkedAxis($0, rank: rank, op()) }.sorted()
    precondition(
        Set(positive).count == positive.count, "[\(op())] expected different axes, got \(axes)")
    return positive
}
