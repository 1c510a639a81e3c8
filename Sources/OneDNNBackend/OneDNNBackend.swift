import CDNNL
import CKernels
public import TensorCore

/// The CPU: plans a graph onto oneDNN primitives and kernels of our own, and runs it.
///
/// Everything runs on one thread of the backend's own and the OpenMP team that belongs to it.
/// The same graph, inputs and thread count give the same bits.
public final class OneDNNBackend: Backend {
    /// What the library and the machine offer.
    public struct Facts: Sendable {
        /// The version of oneDNN.
        public var version: String
        /// The instruction set oneDNN uses, as `avx2`.
        public var instructionSet: String
        /// Whether bfloat16 arithmetic is done in bfloat16; elsewhere it is done in float32.
        public var hasBFloat16: Bool
    }

    /// How many threads kernels use.
    public let threads: Int
    let context: OneDNNContext
    let executor: ExecutorThread
    private let memory = BackendMemory()
    private let fusion: Bool
    private let rematerialization: Bool

    /// The backend of this machine.
    ///
    /// - Parameters:
    ///   - threads: How many threads kernels use; as many as the machine has cores unless given.
    ///   - fusion: Off computes each element-wise operation in a pass of its own: slower, and the
    ///     same numbers up to rounding. For tests.
    ///   - rematerialization: Off holds what would be computed twice to save memory: the same bits.
    public init(threads: Int? = nil, fusion: Bool = true, rematerialization: Bool = true) {
        let count = max(1, threads ?? Self.coreCount)
        self.threads = count
        self.fusion = fusion
        self.rematerialization = rematerialization
        context = OneDNNContext()
        executor = ExecutorThread()
        executor.run { atl_dnnl_set_threads(Int32(count)) }
    }

    /// A short name, with what it stands on.
    public var name: String { "oneDNN \(Self.facts.version) (CPU, \(threads) threads)" }

    /// What was found.
    public static var facts: Facts {
        Facts(
            version: String(cString: atl_dnnl_version()),
            instructionSet: String(cString: atl_dnnl_isa()),
            hasBFloat16: atl_dnnl_supports_bfloat16())
    }

    /// How many processors this process may run on.
    public static var coreCount: Int { max(1, Int(atl_available_threads())) }

    /// How many times memory was allocated for results and the arena so far; a step that is replayed
    /// adds nothing to it.
    public var allocationCount: Int { memory.allocationCount }

    /// Plans a graph.
    public func compile(_ graph: Graph) -> any Executable { plan(graph) }

    /// Compiles a graph; the plan can be looked at.
    public func plan(_ graph: Graph) -> ExecutionPlan {
        executor.run {
            ExecutionPlan(
                Planner(
                    graph, context: context,
                    options: PlannerOptions(
                        threads: threads, fusion: fusion, rematerializes: rematerialization)),
                executor: executor, memory: memory)
        }
    }
}
