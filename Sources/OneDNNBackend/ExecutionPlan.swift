import Synchronization
public import TensorCore

/// A planned graph: steps to be replayed on fresh inputs.
public final class ExecutionPlan: Executable, @unchecked Sendable {
    /// What a plan consists of.
    public struct Summary: Sendable, Equatable {
        /// How many kernel calls there are, by kind.
        public var stepCounts: [String: Int]
        /// Memory for intermediate values, in bytes.
        public var arenaByteCount: Int
        /// Memory that kernels need while they run, in bytes.
        public var scratchByteCount: Int
        /// Buffers made for results in each execution.
        public var outputCount: Int
    }

    let steps: [any Step]
    let storages: [Storage]
    private let inputStorages: [StorageID]
    private let outputStorages: [StorageID]
    private let outputByteCounts: [Int]
    let arenaByteCount: Int
    let scratchByteCount: Int
    let executor: ExecutorThread
    private let memory: BackendMemory
    private let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// The time that each step took in all executions, in seconds, where asked for.
    private let profile = Mutex<[Double]?>(nil)

    init(_ planner: Planner, executor: ExecutorThread, memory: BackendMemory) {
        steps = planner.steps
        storages = planner.storages
        inputStorages = planner.inputStorages
        outputStorages = planner.outputStorages
        outputByteCounts = planner.outputByteCounts
        arenaByteCount = planner.arenaByteCount
        scratchByteCount = planner.scratchByteCount
        self.executor = executor
        self.memory = memory
        pointers = .allocate(capacity: max(storages.count, 1))
    }

    deinit { pointers.deallocate() }

    /// What the plan consists of.
    public var summary: Summary {
        var counts: [String: Int] = [:]
        for step in steps { counts[step.kind, default: 0] += 1 }
        return Summary(
            stepCounts: counts, arenaByteCount: arenaByteCount, scratchByteCount: scratchByteCount,
            outputCount: outputByteCounts.count)
    }

    /// A line for each step, in order.
    public var stepLabels: [String] { steps.map(\.label) }

    /// Starts or stops measuring how long each step takes.
    public func setProfiling(_ isOn: Bool) {
        profile.withLock { $0 = isOn ? [Double](repeating: 0, count: steps.count) : nil }
    }

    /// The seconds that each step took since profiling began, in all.
    public var stepSeconds: [Double]? { profile.withLock { $0 } }

    /// Runs the graph on the backend's thread.
    public func execute(_ inputs: [any Buffer]) -> [any Buffer] {
        executor.run { executeHere(inputs) }
    }

    private func executeHere(_ inputs: [any Buffer]) -> [any Buffer] {
        let hosts = inputs.map { input -> HostBuffer in
            guard let host = input as? HostBuffer else {
                preconditionFailure("[evaluate] the CPU got a buffer of another backend")
            }
            return host
        }
        let results = outputByteCounts.map { memory.makeBuffer(byteCount: $0) }
        let scratchOffset = (arenaByteCount + 63) / 64 * 64
        let arena = memory.arena(byteCount: scratchOffset + scratchByteCount)
        for (index, storage) in storages.enumerated() {
            switch storage.source {
            case .input(let place): pointers[index] = hosts[place].pointer
            case .output(let place): pointers[index] = results[place].pointer
            case .arena: pointers[index] = arena + storage.offset
            }
        }
        let execution = ExecutionMemory(pointers: pointers, scratch: arena + scratchOffset)
        withExtendedLifetime((hosts, results)) { runSteps(execution) }
        return outputStorages.map { storage in
            switch storages[storage.index].source {
            case .input(let place): hosts[place]
            case .output(let place): results[place]
            case .arena: preconditionFailure("[evaluate] a result was left in the arena")
            }
        }
    }

    private func runSteps(_ execution: ExecutionMemory) {
        guard profile.withLock({ $0 != nil }) else {
            for step in steps { step.run(execution) }
            return
        }
        let clock = ContinuousClock()
        for (index, step) in steps.enumerated() {
            let time = clock.measure { step.run(execution) }
            let seconds =
                Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
            profile.withLock { $0?[index] += seconds }
        }
    }
}
