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
        /// The most bytes of the arena that hold something at one step: the arena cannot be smaller.
        public var liveByteCount: Int
        /// Weights in the layouts of primitives, in bytes; they lie in the arena, not all at one time.
        public var packedByteCount: Int
        /// Memory that kernels need while they run, in bytes.
        public var scratchByteCount: Int
        /// Buffers for results in each execution: new ones, and those taken over.
        public var outputCount: Int
        /// How much of the results is written over donated inputs, in bytes.
        public var donatedByteCount: Int
    }

    let steps: [any Step]
    let storages: [Storage]
    private let inputStorages: [StorageID]
    private let outputStorages: [StorageID]
    private let outputByteCounts: [Int]
    /// For each output buffer, the place of the donated input whose memory it takes over.
    private let donors: [Int?]
    let arenaByteCount: Int
    private let liveByteCount: Int
    private let packedByteCount: Int
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
        donors = planner.donors
        arenaByteCount = planner.arenaByteCount
        liveByteCount = planner.liveByteCount
        packedByteCount = planner.packedByteCount
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
            stepCounts: counts, arenaByteCount: arenaByteCount, liveByteCount: liveByteCount,
            packedByteCount: packedByteCount, scratchByteCount: scratchByteCount,
            outputCount: outputByteCounts.count,
            donatedByteCount: zip(donors, outputByteCounts).reduce(0) {
                $1.0 == nil ? $0 : $0 + $1.1
            })
    }

    /// A line for each step, in order.
    public var stepLabels: [String] { steps.map(\.label) }

    /// Starts or stops measuring how long each step takes.
    public func setProfiling(_ isOn: Bool) {
        profile.withLock { $0 = isOn ? [Double](repeating: 0, count: steps.count) : nil }
    }

    /// The seconds that each step took since profiling began, in all.
    public var stepSeconds: [Double]? { profile.withLock { $0 } }

    /// Runs the graph on the backend's thread; inputs stay as they are.
    public func execute(_ inputs: [any Buffer]) -> [any Buffer] {
        execute(inputs, overwriting: [Bool](repeating: false, count: inputs.count))
    }

    /// Runs the graph on the backend's thread; free donated inputs may be written over.
    public func execute(_ inputs: [any Buffer], overwriting free: [Bool]) -> [any Buffer] {
        executor.run { executeHere(inputs, free) }
    }

    private func executeHere(_ inputs: [any Buffer], _ free: [Bool]) -> [any Buffer] {
        let hosts = inputs.map { input -> HostBuffer in
            guard let host = input as? HostBuffer else {
                preconditionFailure("[evaluate] the CPU got a buffer of another backend")
            }
            return host
        }
        let results = makeResults(hosts, free)
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

    /// The buffers of results. One that takes over a donated input is that input's, if nobody else looks
    /// at it; otherwise it is one of its own, and the input is left as it is.
    private func makeResults(_ hosts: [HostBuffer], _ free: [Bool]) -> [HostBuffer] {
        // A buffer that stands at several places is read by several: it is not given away.
        var places: [UnsafeMutableRawPointer: Int] = [:]
        for host in hosts { places[host.pointer, default: 0] += 1 }
        return zip(outputByteCounts, donors).map { byteCount, donor in
            if let donor, free[donor], places[hosts[donor].pointer] == 1 { return hosts[donor] }
            return memory.makeBuffer(byteCount: byteCount)
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
