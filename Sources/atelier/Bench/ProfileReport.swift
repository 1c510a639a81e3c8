import OneDNNBackend

/// Where the time of a step goes: parts of a step, kinds of work, fused passes, longest steps.
struct ProfileReport {
    private let measurement: StepMeasurement
    private let plan: PlanDescription
    /// Milliseconds that each step of the plan took, on average.
    private let milliseconds: [Double]

    init?(_ measurement: StepMeasurement) {
        guard let executed = measurement.planned?.plan, let seconds = executed.stepSeconds else {
            return nil
        }
        self.measurement = measurement
        plan = executed.description
        milliseconds = seconds.map { 1000 * $0 / Double(measurement.samples.count) }
    }

    private var kernels: Double { milliseconds.reduce(0, +) }

    /// All tables.
    var lines: [String] {
        partsOfAStep + [""] + byKind + [""] + fusedPasses + [""] + longestSteps
    }

    private func share(_ part: Double) -> String {
        Readable.fixed(kernels > 0 ? 100 * part / kernels : 0, 1)
    }

    private var partsOfAStep: [String] {
        func mean(_ part: (StepMeasurement.Sample) -> Double) -> Double {
            1000 * measurement.samples.map(part).reduce(0, +) / Double(measurement.samples.count)
        }
        var table = TextTable([("ms", .right), ("% of step", .right), ("part of a step", .left)])
        let whole = mean(\.whole)
        let execution = mean(\.execution)
        for (name, part) in [
            ("building the graph, derivatives included", mean(\.building)),
            ("collecting the graph, finding its plan, letting go of it", mean(\.lookup)),
            ("dispatch: results' buffers, waking the executor, calls", execution - kernels),
            ("kernels (\(milliseconds.count) calls)", kernels),
            ("in all", whole),
        ] {
            table.add([Readable.fixed(part, 3), Readable.fixed(100 * part / whole, 1), name])
        }
        let memory =
            "arena \(Readable.bytes(plan.arenaByteCount)), scratch "
            + Readable.bytes(plan.scratchByteCount)
        return ["A step, means of \(measurement.samples.count) (\(memory)):"] + table.lines
    }

    private var byKind: [String] {
        var sums: [String: (calls: Int, time: Double, operations: Double)] = [:]
        for (step, time) in zip(plan.steps, milliseconds) {
            sums[step.kind, default: (0, 0, 0)].calls += 1
            sums[step.kind, default: (0, 0, 0)].time += time
            sums[step.kind, default: (0, 0, 0)].operations += step.operationCount ?? 0
        }
        var table = TextTable([
            ("ms", .right), ("%", .right), ("calls", .right), ("GFLOP/s", .right), ("kind", .left),
        ])
        for (kind, sum) in sums.sorted(by: { $0.value.time > $1.value.time }) {
            table.add([
                Readable.fixed(sum.time, 3), share(sum.time), "\(sum.calls)",
                sum.operations > 0 ? Readable.fixed(sum.operations / sum.time / 1e6, 0) : "",
                kind,
            ])
        }
        return ["By kind of work:"] + table.lines
    }

    private var fusedPasses: [String] {
        let fused = rows { $0.kind == "fused" }
        guard !fused.isEmpty else { return ["No fused passes."] }
        let all = fused.reduce(0) { $0 + $1.time }
        return [
            "Fused element-wise passes (\(fused.count) passes, \(Readable.fixed(all, 3)) ms):"
        ] + table(fused.prefix(15)) + rest(fused.count - 15)
    }

    private var longestSteps: [String] {
        let all = rows { _ in true }
        return ["Longest steps:"] + table(all.prefix(30)) + rest(all.count - 30)
    }

    private func rest(_ count: Int) -> [String] { count > 0 ? ["  ... and \(count) more"] : [] }

    private func rows(_ isWanted: (PlanDescription.Step) -> Bool) -> [(
        index: Int, step: PlanDescription.Step, time: Double
    )] {
        plan.steps.enumerated().filter { isWanted($0.element) }
            .map { ($0.offset, $0.element, milliseconds[$0.offset]) }
            .sorted { $0.2 > $1.2 }
    }

    private func table(
        _ rows: some Sequence<(index: Int, step: PlanDescription.Step, time: Double)>
    )
        -> [String]
    {
        var table = TextTable([
            ("ms", .right), ("%", .right), ("GB/s", .right), ("GFLOP/s", .right), ("step", .right),
            ("what", .left),
        ])
        for (index, step, time) in rows {
            table.add([
                Readable.fixed(time, 3), share(time),
                Readable.fixed(Double(plan.traffic(of: step)) / max(time, 1e-6) / 1e6, 1),
                step.operationCount.map { Readable.fixed($0 / max(time, 1e-6) / 1e6, 0) } ?? "",
                "\(index)", step.label,
            ])
        }
        return table.lines
    }
}
