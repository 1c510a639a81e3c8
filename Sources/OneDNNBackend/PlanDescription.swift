/// A plan as data, for drawings, profiles and tests.
public struct PlanDescription: Sendable {
    /// One call of a kernel.
    public struct Step: Sendable {
        /// The kind of work, as `conv2d` or `fused`.
        public var kind: String
        /// What is done, on which shapes, by which algorithm.
        public var label: String
        /// The storages that are read.
        public var reads: [Int]
        /// The storages that are written.
        public var writes: [Int]
        /// Multiplications and additions; nil where the step is no product.
        public var operationCount: Double?
        /// How many steps must be done before this one, one after the other.
        public var level: Int
    }

    /// Where a storage's memory comes from.
    public enum Source: Sendable, Hashable {
        /// Handed to the plan.
        case input
        /// Made for a result.
        case output
        /// A part of the arena.
        case arena
    }

    /// A piece of memory.
    public struct Storage: Sendable {
        /// Its size.
        public var byteCount: Int
        /// Where it comes from.
        public var source: Source
    }

    /// The steps, in the order in which they run.
    public var steps: [Step]
    /// The memory they read and write.
    public var storages: [Storage]
    /// Memory for intermediate values, in bytes: the most that is alive at any moment, and gaps.
    public var arenaByteCount: Int
    /// Memory that kernels need while they run, in bytes.
    public var scratchByteCount: Int

    /// The bytes that a step reads and writes.
    public func traffic(of step: Step) -> Int {
        (Set(step.reads).map { storages[$0].byteCount }
            + Set(step.writes).map { storages[$0].byteCount }).reduce(0, +)
    }
}

extension ExecutionPlan {
    /// The plan as data.
    public var description: PlanDescription {
        var level: [StorageID: Int] = [:]
        let described = steps.map { step in
            let own = 1 + (step.reads.map { level[$0, default: 0] }.max() ?? 0)
            for storage in step.writes { level[storage] = max(own, level[storage, default: 0]) }
            return PlanDescription.Step(
                kind: step.kind, label: step.label, reads: step.reads.map(\.index),
                writes: step.writes.map(\.index),
                operationCount: (step as? KernelStep)?.product?.operationCount, level: own)
        }
        return PlanDescription(
            steps: described,
            storages: storages.map { storage in
                let source: PlanDescription.Source =
                    switch storage.source {
                    case .input: .input
                    case .output: .output
                    case .arena: .arena
                    }
                return .init(byteCount: storage.byteCount, source: source)
            }, arenaByteCount: arenaByteCount, scratchByteCount: scratchByteCount)
    }
}
