/// Something that runs graphs: a CPU, or an accelerator.
public protocol Backend: AnyObject, Sendable {
    /// A short name, as in `oneDNN (CPU)`.
    var name: String { get }
    /// Plans a graph. Called once for each structure; the plan is kept and replayed.
    func compile(_ graph: Graph) -> any Executable
    /// A buffer that holds a copy of the bytes.
    func makeBuffer(copying bytes: UnsafeRawBufferPointer) -> any Buffer
}

/// A compiled graph.
public protocol Executable: AnyObject, Sendable {
    /// Runs the graph on one buffer for each of its inputs, and answers one for each output.
    func execute(_ inputs: [any Buffer]) -> [any Buffer]
}

/// Memory that holds the elements of a tensor, row-major, owned by a backend.
public protocol Buffer: AnyObject, Sendable {
    /// Its size.
    var byteCount: Int { get }
    /// Copies all of its bytes to host memory of the same size.
    func copyBytes(to destination: UnsafeMutableRawBufferPointer)
}
