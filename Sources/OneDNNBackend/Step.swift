import CKernels

/// The memory of one execution: where each storage is, and scratch memory that every step may use.
struct ExecutionMemory {
    /// Where each storage starts, by its number.
    var pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// Scratch memory as large as the most that any step asked for.
    var scratch: UnsafeMutableRawPointer

    subscript(_ storage: StorageID) -> UnsafeMutableRawPointer { pointers[storage.index] }
}

/// One call of a kernel.
protocol Step: AnyObject {
    /// What is read.
    var reads: [StorageID] { get }
    /// What is written.
    var writes: [StorageID] { get }
    /// How much scratch memory is needed, in bytes.
    var scratchByteCount: Int { get }
    /// The kind of work, for profiles.
    var kind: String { get }
    /// What is done, for people.
    var label: String { get }
    /// Does it.
    func run(_ memory: ExecutionMemory)
}

/// A fused pass.
final class FusedStep: Step {
    let reads: [StorageID]
    let writes: [StorageID]
    let scratchByteCount: Int
    let kind = "fused"
    let label: String
    private let program: OpaquePointer
    private let threads: Int32
    private let inputs: UnsafeMutablePointer<UnsafeRawPointer?>
    private let results: UnsafeMutablePointer<UnsafeMutableRawPointer?>

    init(
        program: OpaquePointer, reads: [StorageID], writes: [StorageID], threads: Int, label: String
    ) {
        self.program = program
        self.reads = reads
        self.writes = writes
        self.threads = Int32(threads)
        self.label = label
        scratchByteCount = Int(atl_fused_scratch_bytes(program, Int32(threads)))
        inputs = .allocate(capacity: max(reads.count, 1))
        results = .allocate(capacity: max(writes.count, 1))
    }

    deinit {
        atl_fused_destroy(program)
        inputs.deallocate()
        results.deallocate()
    }

    func run(_ memory: ExecutionMemory) {
        for (i, storage) in reads.enumerated() { inputs[i] = UnsafeRawPointer(memory[storage]) }
        for (i, storage) in writes.enumerated() { results[i] = memory[storage] }
        atl_fused_run(program, inputs, results, memory.scratch, threads)
    }
}

/// Any other kernel.
final class KernelStep: Step {
    let reads: [StorageID]
    let writes: [StorageID]
    let scratchByteCount: Int
    let kind: String
    let label: String
    /// The product that is computed, where it is one: for measuring it alone.
    let product: BareProduct?
    private let body: (ExecutionMemory) -> Void

    init(
        kind: String, label: String, reads: [StorageID], writes: [StorageID], scratch: Int = 0,
        product: BareProduct? = nil, body: @escaping (ExecutionMemory) -> Void
    ) {
        self.kind = kind
        self.label = label
        self.reads = reads
        self.writes = writes
        scratchByteCount = scratch
        self.product = product
        self.body = body
    }

    func run(_ memory: ExecutionMemory) { body(memory) }
}
