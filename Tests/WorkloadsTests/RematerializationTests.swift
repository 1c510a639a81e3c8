import OneDNNBackend
import Synchronization
import TensorCore
import Testing
import Workloads

/// Runs each plan beside one that holds everything, and compares their results bit by bit.
private final class TwinBackend: Backend {
    struct Comparison {
        var differing = 0
        var results = 0
        var live = 0, liveWhenHeld = 0
        var steps = 0, stepsWhenHeld = 0
    }

    private let inner = OneDNNBackend(threads: 2)
    private let holding = OneDNNBackend(threads: 2, rematerialization: false)
    private let comparison = Mutex(Comparison())

    var name: String { inner.name }
    var found: Comparison { comparison.withLock { $0 } }

    func compile(_ graph: Graph) -> any Executable {
        let (plan, twin) = (inner.plan(graph), holding.plan(graph))
        comparison.withLock {
            $0.live = plan.summary.liveByteCount
            $0.liveWhenHeld = twin.summary.liveByteCount
            $0.steps = plan.stepLabels.count
            $0.stepsWhenHeld = twin.stepLabels.count
        }
        return TwinPlan(plan, twin) { results, differing in
            self.comparison.withLock {
                $0.results += results
                $0.differing += differing
            }
        }
    }
}

private final class TwinPlan: Executable {
    private let plan: ExecutionPlan
    private let twin: ExecutionPlan
    private let report: @Sendable (Int, Int) -> Void

    init(
        _ plan: ExecutionPlan, _ twin: ExecutionPlan,
        report: @escaping @Sendable (Int, Int) -> Void
    ) {
        (self.plan, self.twin, self.report) = (plan, twin, report)
    }

    func execute(_ inputs: [any Buffer]) -> [any Buffer] {
        execute(inputs, overwriting: [Bool](repeating: false, count: inputs.count))
    }

    func execute(_ inputs: [any Buffer], overwriting free: [Bool]) -> [any Buffer] {
        // The twin leaves its inputs as they are, and goes first.
        let expected = twin.execute(inputs).map(Self.bytes)
        let results = plan.execute(inputs, overwriting: free)
        let differing = zip(results, expected).filter { Self.bytes($0) != $1 }.count
        report(results.count, differing)
        return results
    }

    private static func bytes(_ buffer: any Buffer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: buffer.byteCount) { bytes, count in
            buffer.copyBytes(to: UnsafeMutableRawBufferPointer(bytes))
            count = buffer.byteCount
        }
    }
}

@Suite struct RematerializationTests {
    /// Feature maps of 2 MB and more, so that some of them are computed twice.
    @Test(arguments: [
        (WorkloadKind.resnet18, WorkloadSizes(batch: 64, size: 16, width: 32), 0.9),
        (.dcgan, WorkloadSizes(batch: 64, size: 32, width: 32), 0.95),
    ])
    func lessIsHeldAndNothingChanges(
        _ kind: WorkloadKind, _ sizes: WorkloadSizes, share: Double
    ) async {
        await #expect(processExitsWith: .success) {
            [
                kind = kind.rawValue as String, batch = sizes.batch as Int,
                size = sizes.size as Int,
                width = sizes.width as Int, share = share as Double
            ] in
            let backend = TwinBackend()
            Runtime.install(backend)
            guard let kind = WorkloadKind(rawValue: kind) else { return }
            var workload = kind.make(WorkloadSizes(batch: batch, size: size, width: width))
            for _ in 0..<2 { workload.run() }
            let found = backend.found
            #expect(found.results > 0)
            #expect(found.differing == 0)
            #expect(found.steps > found.stepsWhenHeld)
            #expect(Double(found.live) < share * Double(found.liveWhenHeld))
        }
    }
}
