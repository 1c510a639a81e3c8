import ArgumentParser
import CLaunch
import Glibc
import OneDNNBackend
import TensorCore

/// `atelier bench`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time a workload on this machine.",
        discussion: """
            Prints one JSON object a line, as the peers' benchmark does: median and minimum \
            milliseconds a step, images a second, peak memory.

              atelier bench dcgan              a training step: D on real, D on fake, G
              atelier bench dcgan --size 32 --width 32 --batch 64
              atelier bench sample             64 pictures from a new process, to PNG
              atelier bench dcgan --profile    where the time goes
            """)

    /// What can be timed.
    enum Workload: String, ExpressibleByArgument, CaseIterable {
        case dcgan, sample
    }

    @Argument(help: "What is timed.") var workload: Workload
    @Option(help: "Pictures in a batch.") var batch = 64
    @Option(help: "The side of a picture: a power of two from 16 to 256.") var size = 64
    @Option(help: "Channels next to the picture.") var width = 64
    @Option(help: "Steps that count; three go before them.") var steps = 7
    @Option(help: "Threads (all cores unless given).") var threads: Int?
    @Option(help: "What products may round to.") var precision: PrecisionChoice = .f32
    @Flag(help: "Print where the time of a step goes.") var profile = false

    func validate() throws {
        if !(1...4096).contains(batch) {
            throw ValidationError("--batch \(batch): expected 1 to 4096")
        }
        if ![16, 32, 64, 128, 256].contains(size) {
            throw ValidationError("--size \(size): expected 16, 32, 64, 128 or 256")
        }
        if !(1...1024).contains(width) {
            throw ValidationError("--width \(width): expected 1 to 1024")
        }
        if !(1...100_000).contains(steps) {
            throw ValidationError("--steps \(steps): expected 1 to 100000")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
    }

    func run() throws {
        try reportingFailures {
            atl_launch()
            let start = ContinuousClock().now
            let backend = InspectableBackend(OneDNNBackend(threads: threads))
            Runtime.install(backend)
            let bench = DCGANBench(
                batch: batch, size: size, width: width, precision: precision.precision)
            var milliseconds: [Double]
            switch workload {
            case .dcgan:
                milliseconds = try bench.train(warmup: 3, steps: steps) {
                    if profile { backend.startProfiling() }
                }
            case .sample:
                try bench.sample(to: "/tmp/atelier-bench-\(getpid()).png")
                milliseconds = [(ContinuousClock().now - start).inSeconds * 1000]
            }
            milliseconds.sort()
            printResult(milliseconds)
            if profile { backend.printProfile(steps: steps) }
        }
    }

    private func printResult(_ milliseconds: [Double]) {
        let median = milliseconds[milliseconds.count / 2]
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        Console.print(
            "{\"workload\": \"\(workload.rawValue)\", \"mode\": \"\(precision.rawValue)\", \"batch\": \(batch), "
                + "\"size\": \(size), \"width\": \(width), \"median_ms\": \(Readable.fixed(median, 3)), "
                + "\"min_ms\": \(Readable.fixed(milliseconds[0], 3)), "
                + "\"images_per_s\": \(Readable.fixed(1000 * Double(batch) / median, 1)), "
                + "\"peak_mb\": \(usage.ru_maxrss / 1024)}")
    }
}
