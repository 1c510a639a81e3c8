import Synchronization

/// The backend of the process, its compiled graphs, and the lock under which graphs are evaluated.
public enum Runtime {
    /// A compiled graph and when it was wanted last. Changes only under the lock.
    private final class Plan {
        let executable: any Executable
        var lastUse: UInt64

        init(_ executable: any Executable, lastUse: UInt64) {
            self.executable = executable
            self.lastUse = lastUse
        }
    }

    private struct State {
        var backend: (any Backend)?
        var plans: [GraphKey: Plan] = [:]
        var clock: UInt64 = 0
        var openScopes: [UInt64] = []
        var compileCount = 0
    }

    private static let state = Mutex(State())
    /// How many compiled graphs are kept; the one unused for longest makes room.
    private static let capacity = 256

    /// Installs the backend that evaluates tensors from now on. Called once, at the top.
    public static func install(_ backend: any Backend) {
        state.withLock {
            $0.backend = backend
            $0.plans = [:]
        }
    }

    /// The name of the installed backend.
    public static var backendName: String? { state.withLock { $0.backend?.name } }

    /// How many graphs have been compiled so far: a training loop that keeps compiling has a number
    /// in its graph that should be an input.
    public static var compileCount: Int { state.withLock { $0.compileCount } }

    /// Forgets every compiled graph, and frees what their plans hold.
    public static func clearCompiledGraphs() { state.withLock { $0.plans = [:] } }

    /// Opens a stretch in which evaluated nodes keep their operands, so that derivatives can still
    /// be taken through them. Answers a token for `closeScope`.
    static func openScope() -> UInt64 {
        let token = Node.nextID
        state.withLock { $0.openScopes.append(token) }
        return token
    }

    static func closeScope(_ token: UInt64) {
        state.withLock {
            if let index = $0.openScopes.lastIndex(of: token) { $0.openScopes.remove(at: index) }
        }
    }

    /// Walks over graphs while nobody changes them: operands, marks and places stay put.
    static func whileNothingIsEvaluated<Result: Sendable>(_ body: () -> Result) -> Result {
        state.withLock { _ in body() }
    }

    /// Computes the values of nodes that have none yet.
    static func evaluate(_ wanted: [Node], precision: ComputePrecision = .float32) {
        state.withLock { state in
            let firstKept = state.openScopes.min() ?? .max
            let pending = wanted.filter { $0.buffer == nil }
            if !pending.isEmpty {
                guard let backend = state.backend else {
                    preconditionFailure(
                        "[evaluate] no backend is installed: call Runtime.install(...) first")
                }
                run(
                    pending, on: backend, firstKept: firstKept, precision: precision, state: &state)
            }
            for node in wanted where node.id < firstKept { node.detach() }
        }
    }

    /// The value of a node, computed if need be.
    static func buffer(of node: Node) -> any Buffer {
        evaluate([node])
        guard let buffer = state.withLock({ _ in node.buffer }) else {
            preconditionFailure("[evaluate] the backend left a value out")
        }
        return buffer
    }

    private static func run(
        _ wanted: [Node], on backend: any Backend, firstKept: UInt64, precision: ComputePrecision,
        state: inout State
    ) {
        let builder = GraphBuilder(wanted, precision: precision)
        let executable = executable(for: builder, on: backend, state: &state)
        let values = executable.execute(builder.buffers)
        for (node, value) in zip(builder.outputs, values) {
            node.resolve(value, keepingOperands: node.id >= firstKept)
        }
    }

    private static func executable(
        for builder: GraphBuilder, on backend: any Backend, state: inout State
    ) -> any Executable {
        state.clock += 1
        if let plan = state.plans[builder.key] {
            plan.lastUse = state.clock
            return plan.executable
        }
        let executable = backend.compile(builder.graph())
        state.compileCount += 1
        if state.plans.count >= capacity,
            let oldest = state.plans.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            state.plans[oldest.key] = nil
        }
        state.plans[builder.key] = Plan(executable, lastUse: state.clock)
        return executable
    }
}

/// Computes the values of tensors that have none yet, all in one graph.
public func evaluate(_ tensors: Tensor...) { evaluate(tensors) }

/// Computes the values of tensors that have none yet, all in one graph.
///
/// - Parameters:
///   - tensors: What is wanted.
///   - precision: What matrix products and convolutions may round their operands to. It is said here,
///     once, by whoever runs the graph; networks know nothing of it.
public func evaluate(_ tensors: [Tensor], precision: ComputePrecision = .float32) {
    Runtime.evaluate(tensors.map(\.node), precision: precision)
}
