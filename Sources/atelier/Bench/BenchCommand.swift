import ArgumentParser
import CLaunch
import Files
import Glibc
import Imaging
import OneDNNBackend
import TensorCore
import Workloads

/// `atelier bench`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time a workload on this machine.",
        discussion: """
            Prints one JSON object: median and minimum milliseconds a step, images a second, peak \
            memory in megabytes, as the peers' benchmark does for the same workload and options; \
            then what planning took (plan_ms), and what a step costs beside its kernels \
            (microseconds for building the graph and for finding its plan).

            Workloads:
            \(BenchWorkload.list)

            Examples:
              atelier bench dcgan --size 32 --width 32 --batch 64
              atelier bench resnet18 --profile          where the time goes
              atelier bench dcgan --limit               how near the bare products
              atelier bench ring --plan ring.dot        a drawing for Graphviz: dot -Tsvg -O ring.dot
              atelier bench loading --data photos --augment gentle --with-training

            Compare only runs that were taken in turn: machines drift. 'make bench' does that.
            """)

    @Argument(help: "What is timed.") var workload: BenchWorkload
    @Option(help: "Pictures in a batch (the workload's own unless given, as all sizes).")
    var batch: Int?
    @Option(help: "The side of a picture.") var size: Int?
    @Option(help: "Channels of the narrowest layer.") var width: Int?
    @Option(help: "Steps that count; three go before them.") var steps = 7
    @Option(help: "Threads (all cores unless given; of loading: 1).") var threads: Int?
    @Option(help: "What products may round to.") var precision: PrecisionChoice = .f32
    @Flag(help: "Print where the time of a step goes.") var profile = false
    @Flag(help: "Print the step's products alone, and how far the step is from them.")
    var limit = false
    @Option(help: "Draw the step's plan into this file, for Graphviz.") var plan: String?
    @OptionGroup(title: "Options of loading") var loading: LoadingOptions

    func validate() throws {
        if let problem = workload.problem(with: sizes) { throw ValidationError(problem) }
        if let problem = loading.problem(for: workload, sizes) { throw ValidationError(problem) }
        if !(1...100_000).contains(steps) {
            throw ValidationError("--steps \(steps): expected 1 to 100000")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
        if workload.kind == nil && (profile || limit || plan != nil) {
            throw ValidationError(
                "--profile, --limit and --plan look at the plan of a step; \(workload.rawValue) is "
                    + "none: try 'atelier bench dcgan'")
        }
        if let plan, plan.isEmpty { throw ValidationError("--plan: expected the path of a file") }
    }

    private var sizes: WorkloadSizes {
        let own = workload.defaults
        return WorkloadSizes(
            batch: batch ?? own.batch, size: size ?? own.size, width: width ?? own.width)
    }

    func run() throws {
        try reportingFailures {
            atl_launch()
            guard workload != .loading else {
                Console.print(
                    try loading.run(sizes, threads: threads, precision: precision.precision))
                return
            }
            if let plan { try WritableTarget.check(plan, option: "--plan") }
            let backend = InspectableBackend(OneDNNBackend(threads: threads))
            Runtime.install(backend)
            if let kind = workload.kind {
                try timeSteps(kind, on: backend)
            } else {
                try timeProcesses()
            }
        }
    }

    private func timeSteps(_ kind: WorkloadKind, on backend: InspectableBackend) throws {
        var made = kind.make(sizes)
        let measurement = StepMeasurement.measure(
            &made, steps: steps, precision: precision.precision, profile: profile || plan != nil,
            on: backend)
        let median = measurement.median(\.whole)
        var result = BenchResult(
            workload: workload, mode: precision.rawValue, sizes: sizes,
            median: median, shortest: measurement.shortest, peakByteCount: BenchResult.ownPeak)
        result.further = [
            ("plan_ms", 1000 * (measurement.planned?.seconds ?? 0), 1),
            ("graph_us", 1e6 * measurement.median(\.building), 0),
            ("lookup_us", 1e6 * measurement.median(\.lookup), 0),
        ]
        let report = limitReport(measurement, median, on: backend)
        if let report {
            result.further += [
                ("over_products", report.overPlanned, 3), ("over_fastest", report.overFastest, 3),
            ]
        }
        Console.print(result.line)
        if !measurement.nonFinite.isEmpty {
            throw Failure(
                "\(measurement.nonFinite.joined(separator: ", ")) is not finite after "
                    + "\(steps + 3) steps: these times say nothing")
        }
        if profile { ProfileReport(measurement)?.lines.forEach(Console.print) }
        report?.lines.forEach(Console.print)
        if let plan { try draw(measurement, to: plan) }
    }

    private func limitReport(
        _ measurement: StepMeasurement, _ median: Double, on backend: InspectableBackend
    ) -> LimitReport? {
        guard limit, let executed = measurement.planned?.plan else { return nil }
        return LimitReport(step: median, timings: backend.inner.timeProducts(of: executed))
    }

    private func draw(_ measurement: StepMeasurement, to path: String) throws {
        guard let executed = measurement.planned?.plan else { return }
        let count = Double(measurement.samples.count)
        let title =
            "atelier bench \(workload.rawValue) --batch \(sizes.batch) --size \(sizes.size) "
            + "--width \(sizes.width) --precision \(precision.rawValue)"
        let drawing = PlanDrawing(
            executed.description, title: title,
            milliseconds: executed.stepSeconds?.map { 1000 * $0 / count })
        try AtomicFile.write(drawing.text, to: path)
    }

    private func timeProcesses() throws {
        let bench = try SampleBench(pictures: sizes.batch, size: sizes.size, width: sizes.width)
        defer { bench.remove() }
        // The first reads the program from disk.
        _ = try bench.run(threads: threads)
        let runs = try (0..<steps).map { _ in try bench.run(threads: threads) }
        let seconds = runs.map(\.seconds).sorted()
        Console.print(
            BenchResult(
                workload: workload, mode: precision.rawValue, sizes: sizes,
                median: seconds[seconds.count / 2], shortest: seconds[0],
                peakByteCount: runs.map(\.peakByteCount).max() ?? 0
            ).line)
    }
}
