import Synchronization

/// The backend of the process, its compiled graphs, and the lock under which graphs are evaluated.
public enum Runtime {
    private struct State {
        var backend: (any Backend)?
        var executables: [Graph: (executable: any Executable, lastUse: UInt64)] = [:]
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
            $0.executables = [:]
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
    public static func clearCompiledGraphs() { state.withLock { $0.executables = [:] } }

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
        var (graph, buffers, outputs) = GraphBuilder.collect(wanted, donating: donated)
        if precision != .float32 { graph.setPrecision(precision) }
        let executable = executable(for: graph, on: backend, state: &state)
        // Once nobody else leads to them, donated buffers are held by `buffers` alone.
        donated = []
        for node in outputs where node.id < firstKept { node.detach() }
        let free = Donation.soleOwners(of: &buffers, donated: graph.donatedInputs)
        for place in graph.donatedInputs {
            if free[place] {
                state.donationCounts.free += 1
            } else {
                state.donationCounts.held += 1
            }
        }
        let values = executable.execute(buffers, overwriting: free)
        for (node, value) in zip(outputs, values) {
            node.resolve(value, keepingOperands: node.id >= firstKept)
        }
    }

    private static func executable(
        for graph: Graph, on backend: any Backend, state: inout State
    ) -> any Executable {
        state.clock += 1
        let executable: any Executable
        if let found = state.executables[graph] {
            executable = found.executable
        } else {
            executable = backend.compile(graph)
            state.compileCount += 1
            if state.executables.count >= capacity,
                let oldest = state.executables.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.executables[oldest.key] = nil
            }
        }
        state.executables[graph] = (executable, state.clock)
        return executable
    }
}

/// Turns the part of the lazy graph that is not computed yet into a `Graph`.
enum GraphBuilder {
    /// The graph below `wanted`, the buffers of its inputs, and the distinct nodes of its outputs.
    static func collect(_ wanted: [Node], donating donated: [Node]) -> (
        Graph, [any Buffer], [Node]
    ) {
        var nodes: [Graph.Node] = []
        var inputs: [Int] = []
        var buffers: [any Buffer] = []
        var index: [ObjectIdentifier: Int] = [:]
        var stack = Array(wanted.reversed())
        while let node = stack.last {
            if index[ObjectIdentifier(node)] != nil {
                stack.removeLast()
                continue
            }
            if let buffer = node.buffer {
                index[ObjectIdentifier(node)] = nodes.count
                inputs.append(nodes.count)
                buffers.append(buffer)
                nodes.append(.init(op: .input, operands: [], shape: node.shape, dtype: node.dtype))
                stack.removeLast()
                continue
            }
            let open = node.operands.filter { index[ObjectIdentifier($0)] == nil }
            if open.isEmpty {
                let operands = node.operands.map { index[ObjectIdentifier($0), default: -1] }
                index[ObjectIdentifier(node)] = nodes.count
                nodes.append(
                    .init(op: node.op, operands: operands, shape: node.shape, dtype: node.dtype))
                stack.removeLast()
            } else {
                stack.append(contentsOf: open.reversed())
            }
        }
        var seen = Set<Int>()
        var outputs: [Node] = []
        var outputIndices: [Int] = []
        for node in wanted {
            let place = index[ObjectIdentifier(node), default: -1]
            if seen.insert(place).inserted {
                outputs.append(node)
                outputIndices.append(place)
            }
        }
        var place: [Int: Int] = [:]
        for (input, node) in inputs.enumerated() { place[node] = input }
        let given = Set(donated.compactMap { index[ObjectIdentifier($0)].flatMap { place[$0] } })
        let graph = Graph(
            nodes: nodes, inputs: inputs, outputs: outputIndices, donatedInputs: given.sorted())
        return (graph, buffers, outputs)
    }
}
