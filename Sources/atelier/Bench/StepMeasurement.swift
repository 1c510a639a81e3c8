import OneDNNBackend
import TensorCore
import Workloads

/// What steps of a workload took.
struct StepMeasurement {
    /// One step, in seconds, by what was done.
    struct Sample {
        /// From the step's first line until its values are there and the graph is gone.
        var whole = 0.0
        /// Building the lazy graph, derivatives included.
        var building = 0.0
        /// Collecting the graph and finding its plan.
        var lookup = 0.0
        /// Running the plan.
        var execution = 0.0
    }

    /// The steps that count.
    var samples: [Sample] = []
    /// The plan of a step, and what it took to make.
    var planned: InspectableBackend.Planned?
    /// The names of losses and other scalars that were not finite after the last step.
    var nonFinite: [String] = []

    /// Does three steps, then the ones that count.
    static func measure(
        _ workload: inout any Workload, steps: Int, precision: ComputePrecision, profile: Bool,
        on backend: InspectableBackend
    ) -> StepMeasurement {
        var result = StepMeasurement()
        var outcome: [String: Tensor] = [:]
        for index in 0..<(3 + steps) {
            if index == 3 {
                result.planned = backend.latest
                if profile { result.planned?.plan.setProfiling(true) }
            }
            let (sample, values) = once(&workload, precision: precision, on: backend)
            outcome = values
            if index >= 3 { result.samples.append(sample) }
        }
        result.nonFinite = outcome.filter { _, tensor in
            tensor.elementCount == 1 && !tensor.scalar().isFinite
        }.map(\.key).sorted()
        return result
    }

    private static func once(
        _ workload: inout any Workload, precision: ComputePrecision, on backend: InspectableBackend
    ) -> (Sample, [String: Tensor]) {
        let clock = ContinuousClock()
        var sample = Sample()
        let start = clock.now
        let outcome = workload.step()
        let built = clock.now
        _ = backend.takeExecutionSeconds()
        evaluate(outcome.map(\.tensor) + workload.state.map(\.tensor), precision: precision)
        let end = clock.now
        sample.whole = (end - start).inSeconds
        sample.building = (built - start).inSeconds
        sample.execution = backend.takeExecutionSeconds()
        sample.lookup = (end - built).inSeconds - sample.execution
        return (sample, Dictionary(outcome.map { ($0.name, $0.tensor) }) { first, _ in first })
    }

    /// The median of a part of a step, in seconds.
    func median(_ part: (Sample) -> Double) -> Double {
        let sorted = samples.map(part).sorted()
        return sorted[sorted.count / 2]
    }

    /// The shortest step, in seconds.
    var shortest: Double { samples.map(\.whole).min() ?? 0 }
}
