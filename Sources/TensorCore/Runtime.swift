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
        var donationCounts = DonationCounts()
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

    /// What became of the buffers that were donated so far.
    public static var donationCounts: DonationCounts { state.withLock { $0.donationCounts } }

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
    ///
    /// - Parameter donated: Nodes that the caller gives up; empty on return.
    static func evaluate(
        _ wanted: [Node], donating donated: inout [Node], precision: ComputePrecision
    ) {
        state.withLock { state in
            let firstKept = state.openScopes.min() ?? .max
            let pending = wanted.filter { $0.buffer == nil }
            if !pending.isEmpty {
                guard let backend = state.backend else {
                    preconditionFailure(
                        "[evaluate] no backend is installed: call Runtime.install(...) first")
                }
                // What is wanted and there already stays.
                let kept = Set(wanted.map { ObjectIdentifier($0) })
                donated.removeAll { kept.contains(ObjectIdentifier($0)) }
                run(
                    pending, donating: &donated, on: backend, firstKept: firstKept,
                    precision: precision, state: &state)
            }
            donated = []
            for node in wanted where node.id < firstKept { node.detach() }
        }
    }

    /// Computes the values of nodes that have none yet.
    static func evaluate(_ wanted: [Node], precision: ComputePrecision = .float32) {
        var none: [Node] = []
        evaluate(wanted, donating: &none, precision: precision)
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
        _ wanted: [Node], donating donated: inout [Node], on backend: any Backend,
        firstKept: UInt64, precision: ComputePrecision, state: inout State
    ) {
        var builder = GraphBuilder(wanted, donating: donated, precision: precision)
        let executable = executable(for: builder, on: backend, state: &state)
        let (outputs, donatedInputs) = (builder.outputs, builder.donatedInputs)
        let lineage = builder.lineage()
        // Once nobody else leads to them, donated buffers are held by `buffers` alone.
        donated = []
        for node in outputs where node.id < firstKept { node.detach() }
        var buffers = builder.takeBuffers()
        let free = Donation.soleOwners(of: &buffers, donated: donatedInputs)
        for place in donatedInputs {
            if free[place] {
                state.donationCounts.free += 1
            } else {
                state.donationCounts.held += 1
            }
        }
        let values = executable.execute(buffers, overwriting: free)
        for (node, value) in zip(outputs, values) {
            node.resolve(value, lineage: lineage, keepingOperands: node.id >= firstKept)
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
