import OneDNNBackend
import Synchronization
import TensorCore

/// The CPU backend, watched: its plans are kept for looking at, and what planning and execution take is
/// measured.
final class InspectableBackend: Backend {
    /// A plan, and how long it took to make.
    struct Planned {
        var plan: ExecutionPlan
        var seconds: Double
    }

    /// The backend that does the work.
    let inner: OneDNNBackend
    private let plans = Mutex<[Planned]>([])
    private let executing = Mutex(0.0)

    init(_ inner: OneDNNBackend) { self.inner = inner }

    var name: String { inner.name }

    func compile(_ graph: Graph) -> any Executable {
        let clock = ContinuousClock()
        let start = clock.now
        let plan = inner.plan(graph)
        let seconds = (clock.now - start).inSeconds
        plans.withLock { $0.append(Planned(plan: plan, seconds: seconds)) }
        return WatchedPlan(plan) { [weak self] seconds in
            self?.executing.withLock { $0 += seconds }
        }
    }

    /// The plan made last.
    var latest: Planned? { plans.withLock { $0.last } }

    /// The seconds spent in executions since this was last asked.
    func takeExecutionSeconds() -> Double {
        executing.withLock { seconds in
            defer { seconds = 0 }
            return seconds
        }
    }
}

/// A plan that says how long each execution took.
private final class WatchedPlan: Executable {
    private let plan: ExecutionPlan
    private let report: @Sendable (Double) -> Void

    init(_ plan: ExecutionPlan, report: @escaping @Sendable (Double) -> Void) {
        self.plan = plan
        self.report = report
    }

    func execute(_ inputs: [any Buffer]) -> [any Buffer] {
        execute(inputs, overwriting: [Bool](repeating: false, count: inputs.count))
    }

    func execute(_ inputs: [any Buffer], overwriting free: [Bool]) -> [any Buffer] {
        let clock = ContinuousClock()
        let start = clock.now
        let results = plan.execute(inputs, overwriting: free)
        report((clock.now - start).inSeconds)
        return results
    }
}
