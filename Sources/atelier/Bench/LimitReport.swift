import OneDNNBackend

/// The distance to what the machine can do: a step beside its convolutions and matrix products alone.
struct LimitReport {
    private let step: Double
    private let timings: [OneDNNBackend.ProductTiming]

    /// - Parameters:
    ///   - step: The median of a step, in seconds.
    ///   - timings: Each product of its plan alone.
    init(step: Double, timings: [OneDNNBackend.ProductTiming]) {
        self.step = step
        self.timings = timings
    }

    /// The table, and the fractions under it.
    var lines: [String] {
        var table = TextTable([
            ("ms alone", .right), ("times", .right), ("GFLOP/s", .right), ("fastest ms", .right),
            ("product", .left),
        ])
        let sorted = timings.sorted { total($0) > total($1) }
        for timing in sorted.prefix(40) {
            table.add([
                Readable.fixed(1000 * timing.seconds, 3), "\(timing.steps.count)",
                Readable.fixed(timing.operationCount / timing.seconds / 1e9, 0),
                timing.fastest.map { Readable.fixed(1000 * $0.seconds, 3) } ?? "",
                timing.label + (timing.fastest.map { "; faster: \($0.label)" } ?? ""),
            ])
        }
        var lines = ["The step's convolutions and matrix products, each alone:"] + table.lines
        if sorted.count > 40 { lines.append("  ... and \(sorted.count - 40) more") }
        let planned = timings.reduce(0) { $0 + total($1) }
        let best = timings.reduce(0) { $0 + $1.bestSeconds * Double($1.steps.count) }
        let count = timings.reduce(0) { $0 + $1.steps.count }
        return lines + [
            fraction("the plan's \(count) products alone", planned),
            fraction("the fastest algorithm for each", best),
        ]
    }

    private func total(_ timing: OneDNNBackend.ProductTiming) -> Double {
        timing.seconds * Double(timing.steps.count)
    }

    private func fraction(_ name: String, _ sum: Double) -> String {
        "step \(Readable.fixed(1000 * step, 3)) ms / \(name) \(Readable.fixed(1000 * sum, 3)) ms = "
            + Readable.fixed(sum > 0 ? step / sum : 0, 3)
    }
}
