/// Something that runs graphs: a CPU, or an accelerator.
public protocol Backend: AnyObject, Sendable {
    /// A short name, as in `oneDNN (CPU)`.
    var name: String { get }
    /// Plans a graph. Called once for each structure; the plan is kept and replayed.
    func compile(_ graph: Graph) -> any Executable
}

/// A compiled graph.
public protocol Executable: AnyObject, Sendable {
    /// Runs the graph on one buffer for each of its inputs, and answers one for each output.
    ///
    /// Inputs may be `HostBuffer`s or buffers that an executable of the same backend answered.
    func execute(_ inputs: [any Buffer]) -> [any Buffer]

    /// Runs the graph, and may write results into the buffers of some inputs.
    ///
    /// - Parameters:
    ///   - inputs: One buffer for each input of the graph.
    ///   - free: For each input, whether nobody else holds its buffer. Only inputs that the graph was
    ///     compiled with as donated are ever free; a donated one that is not must be left as it is.
    ///     One free buffer may stand at several places.
    /// - Returns: One buffer for each output; it may be one of the free inputs.
    func execute(_ inputs: [any Buffer], overwriting free: [Bool]) -> [any Buffer]
}

extension Executable {
    /// Leaves every input as it is.
    public func execute(_ inputs: [any Buffer], overwriting free: [Bool]) -> [any Buffer] {
        execute(inputs)
    }
}

/// Memory that holds the elements of a tensor, row-major.
public protocol Buffer: AnyObject, Sendable {
    /// Its size.
    var byteCount: Int { get }
    /// Copies all of its bytes to host memory of the same size.
    func copyBytes(to destination: UnsafeMutableRawBufferPointer)
}

/// A buffer in the memory of this process, aligned to 64 bytes.
///
/// Written by whoever made it, before anyone else sees it; read-only from then on, unless its only owner
/// gives it up to be overwritten (`evaluate(_:donating:precision:)`).
public final class HostBuffer: Buffer, @unchecked Sendable {
    /// Where it starts.
    public let pointer: UnsafeMutableRawPointer
    /// Its size.
    public let byteCount: Int
    private let release: (@Sendable (UnsafeMutableRawPointer, Int) -> Void)?

    /// Memory with unspecified contents.
    public init(byteCount: Int) {
        pointer = LargeMemory.allocate(byteCount: byteCount, alignment: 64)
        self.byteCount = byteCount
        release = nil
    }

    /// Memory of someone else's, given back by `release`.
    public init(
        pointer: UnsafeMutableRawPointer, byteCount: Int,
        release: @escaping @Sendable (UnsafeMutableRawPointer, Int) -> Void
    ) {
        self.pointer = pointer
        self.byteCount = byteCount
        self.release = release
    }

    /// A copy of the bytes.
    public convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(byteCount: bytes.count)
        if let base = bytes.baseAddress {
            pointer.copyMemory(from: base, byteCount: bytes.count)
        }
    }

    deinit {
        if let release { release(pointer, byteCount) } else { pointer.deallocate() }
    }

    /// Copies all of the bytes; `destination` has room for as many.
    public func copyBytes(to destination: UnsafeMutableRawBufferPointer) {
        precondition(
            destination.count == byteCount,
            "[copyBytes] expected \(byteCount) bytes of room, got \(destination.count)")
        destination.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: byteCount))
    }
}
