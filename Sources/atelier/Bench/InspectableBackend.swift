import OneDNNBackend
import Synchronization
import TensorCore

/// The CPU backend, with its plans kept for looking at.
final class InspectableBackend: Backend {
    private let inner: OneDNNBackend
    private let plans = Mutex<[ExecutionPlan]>([])

    init(_ inner: OneDNNBackend) { self.inner = inner }

    var name: String { inner.name }

    func compile(_ graph: Graph) -> any Executable {
        let plan = inner.plan(graph)
        plans.withLock { $0.append(plan) }
        return plan
    }

    private var largest: ExecutionPlan? {
        plans.withLock { plans in
            let most = plans.map(\.stepLabels.count).max()
            return plans.last { $0.stepLabels.count == most }
        }
    }

    /// Begins to time the steps of the largest plan so far.
    func startProfiling() { largest?.setProfiling(true) }

    /// Prints where the time of an execution went: by kind of work, then the longest steps.
    func printProfile(steps: Int) {
        guard let plan = largest, let seconds = plan.stepSeconds else { return }
        let summary = plan.summary
        let all = seconds.reduce(0, +)
        func milliseconds(_ seconds: Double) -> String {
            Readable.fixed(seconds / Double(steps) * 1000, 3) + " ms"
        }
        Console.print(
            "\(seconds.count) kernel calls, \(milliseconds(all)) in kernels, arena "
                + "\(Readable.bytes(summary.arenaByteCount)), scratch "
                + Readable.bytes(summary.scratchByteCount))
        var byKind: [String: Double] = [:]
        for (label, time) in zip(plan.stepLabels, seconds) {
            byKind[String(label.prefix { $0 != " " }), default: 0] += time
        }
        for (kind, time) in byKind.sorted(by: { $0.value > $1.value }) {
            Console.print(
                "  \(Readable.fixed(100 * time / all, 1))%  \(milliseconds(time))  \(kind)")
        }
        Console.print("longest:")
        let longest = zip(plan.stepLabels, seconds).sorted { $0.1 > $1.1 }.prefix(30)
        for (label, time) in longest { Console.print("  \(milliseconds(time))  \(label)") }
    }
}
