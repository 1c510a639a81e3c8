public import TensorCore

/// Bytes in memory that stay where they are as long as this object lives: an array, a mapped file,
/// or memory of the caller's.
public final class StoredBytes: Sendable {
    /// Keeps the memory alive; never touched.
    private let owner: any Sendable
    private nonisolated(unsafe) let pointer: UnsafeRawBufferPointer
    private let ownsAllocation: Bool

    /// A copy of the bytes.
    public convenience init(copying bytes: some Collection<UInt8>) {
        self.init(count: bytes.count) { target in target.copyBytes(from: bytes) }
    }

    /// `count` bytes that the closure fills; they are zero before.
    public init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        precondition(count >= 0, "[StoredBytes] count must not be negative, got \(count)")
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        _ = memory.initializeMemory(as: UInt8.self, repeating: 0)
        do { try fill(memory) } catch {
            memory.deallocate()
            throw error
        }
        owner = 0
        pointer = UnsafeRawBufferPointer(memory)
        ownsAllocation = true
    }

    /// The memory at `pointer`, without a copy. `owner` is kept while the bytes are in use and must
    /// keep the memory valid and unchanged for that long.
    public init(of owner: any Sendable, at pointer: UnsafeRawBufferPointer) {
        self.owner = owner
        self.pointer = pointer
        ownsAllocation = false
    }

    deinit { if ownsAllocation { pointer.deallocate() } }

    /// How many bytes there are.
    public var count: Int { pointer.count }

    /// Calls the closure with the bytes. The address is a multiple of the element size only where
    /// whoever made the bytes saw to it; in a mapped file it may be odd.
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(self) { try body(pointer) }
    }

    /// The bytes as an array.
    public var array: [UInt8] { withUnsafeBytes { Array($0) } }
}

/// A tensor at rest: what a safetensors file holds and what a trainer hands over to be saved.
public struct StoredTensor: Sendable {
    /// The dotted name, such as `generator.layer1.weight`.
    public var name: String
    /// The type of the elements.
    public var dtype: DType
    /// The length of each dimension; empty for a scalar.
    public var shape: [Int]
    /// The elements in row-major order, little-endian, without gaps.
    public var bytes: StoredBytes

    /// A tensor over bytes. Their count must be the product of the shape times the element size.
    public init(name: String, dtype: DType, shape: [Int], bytes: StoredBytes) {
        precondition(
            shape.allSatisfy { $0 >= 0 } && shape.reduce(dtype.byteCount, *) == bytes.count,
            "[StoredTensor] \(name): shape \(shape) of \(dtype) does not take \(bytes.count) bytes")
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }

    /// A tensor of float32 elements.
    public init(name: String, shape: [Int], floats: [Float]) {
        let bytes = StoredBytes(count: floats.count * 4) { target in
            floats.withUnsafeBytes { target.copyMemory(from: $0) }
        }
        self.init(name: name, dtype: .float32, shape: shape, bytes: bytes)
    }

    /// A tensor of int32 elements.
    public init(name: String, shape: [Int], integers: [Int32]) {
        let bytes = StoredBytes(count: integers.count * 4) { target in
            integers.withUnsafeBytes { target.copyMemory(from: $0) }
        }
        self.init(name: name, dtype: .int32, shape: shape, bytes: bytes)
    }

    /// The number of elements.
    public var elementCount: Int { shape.reduce(1, *) }

    /// The elements of a float32 or bfloat16 tensor; nil for another type.
    public var floats: [Float]? {
        let count = elementCount
        switch dtype {
        case .float32:
            return bytes.withUnsafeBytes { source in
                Array(unsafeUninitializedCapacity: count) { target, written in
                    UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                    written = count
                }
            }
        case .bfloat16:
            return bytes.withUnsafeBytes { source in
                (0..<count).map { index in
                    let word = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                    return Float(bitPattern: UInt32(word) << 16)
                }
            }
        case .int32, .uint8, .bool: return nil
        }
    }

    /// The elements of an int32 tensor; nil for another type.
    public var integers: [Int32]? {
        guard dtype == .int32 else { return nil }
        return bytes.withUnsafeBytes { source in
            (0..<elementCount).map {
                source.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)
            }
        }
    }
}
