import OneDNNBackend
import Synchronization
import TensorCore
import Testing
import Workloads

/// The CPU backend, with its plans kept for looking at.
private final class KeepingBackend: Backend {
    let inner = OneDNNBackend(threads: 2)
    private let plans = Mutex<[ExecutionPlan]>([])

    var name: String { inner.name }

    func compile(_ graph: Graph) -> any Executable {
        let plan = inner.plan(graph)
        plans.withLock { $0.append(plan) }
        return plan
    }

    var last: ExecutionPlan? { plans.withLock { $0.last } }
}

/// In processes of their own: the backend of a process is installed once.
@Suite struct PlanTests {
    /// What one step of DCGAN costs, at most. Whoever makes it cheaper lowers these numbers.
    @Test func theStepOfDCGANDoesNotGrow() async {
        await #expect(processExitsWith: .success) {
            let backend = KeepingBackend()
            Runtime.install(backend)
            var workload = WorkloadKind.dcgan.make(WorkloadSizes(batch: 8, size: 32, width: 16))
            for _ in 0..<3 { workload.run() }
            guard let summary = backend.last?.summary else {
                Issue.record("no plan was made")
                return
            }
            var limits = [
                "random": 1, "fused": 109, "conv2d": 15, "conv2dInputGradient": 14,
                "conv2dWeightGradient": 12,
            ]
            // Which layouts the library wants depends on the instruction set.
            if OneDNNBackend.facts.instructionSet == "AVX2" {
                (limits["pack"], limits["unpack"]) = (22, 3)
                #expect(summary.liveByteCount <= 1_361_280)
                #expect(summary.arenaByteCount <= 1_394_560)
            } else {
                (limits["pack"], limits["unpack"]) = (.max, .max)
            }
            for (kind, count) in summary.stepCounts {
                #expect(count <= limits[kind] ?? 0, "\(kind) in \(summary)")
            }
            // Parameters and moments, all of them.
            let carried = workload.state.reduce(0) { $0 + $1.tensor.elementCount * 4 }
            #expect(summary.donatedByteCount == carried)
        }
    }

    /// A step that is replayed takes no memory from the system: results lie where the old state was.
    @Test(arguments: [WorkloadKind.dcgan, .wgangp, .resnet18, .ring])
    func aReplayedStepAllocatesNothing(_ kind: WorkloadKind) async {
        await #expect(processExitsWith: .success) { [kind = kind.rawValue as String] in
            let backend = OneDNNBackend(threads: 2)
            Runtime.install(backend)
            guard let kind = WorkloadKind(rawValue: kind) else { return }
            var workload = kind.make(WorkloadTests.sizes(kind))
            for _ in 0..<3 { workload.run() }
            let (allocations, donations) = (backend.allocationCount, Runtime.donationCounts)
            for _ in 0..<4 { workload.run() }
            #expect(backend.allocationCount == allocations)
            #expect(Runtime.donationCounts.held == donations.held)
            #expect(Runtime.donationCounts.free == donations.free + 4 * workload.state.count)
        }
    }
}
