import ArgumentParser
import Glibc
import Networks
import OneDNNBackend
import Optimizers
import TensorCore
import Training

/// `atelier bench`.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time a workload on this machine.",
        discussion: """
            Prints one JSON object: median and minimum milliseconds a step, images a second, peak memory.

              atelier bench dcgan
              atelier bench dcgan --size 32 --width 32 --steps 20
            """)

    @Argument(help: "dcgan")
    var workload: String
    @Option(help: "Pictures in a batch.") var batch = 64
    @Option(help: "The side of a picture.") var size = 64
    @Option(help: "Channels next to the picture.") var width = 64
    @Option(help: "Steps that count.") var steps = 7
    @Option(help: "Threads (all cores unless given).") var threads: Int?
    @Flag(help: "Print where the time of a step goes, by kind of work.") var profile = false

    func run() throws {
        let backend = ProfilingBackend(OneDNNBackend(threads: threads))
        Runtime.install(backend)
        let key = RandomKey(seed: 0)
        let shape = PictureShape(height: size, width: size, channels: 3)
        let networks = DCGANConfiguration(picture: shape, width: width)
        var training = AdversarialConfiguration()
        training.batchSize = batch
        let state = AdversarialState(
            generator: DCGANGenerator(networks, key: key.folded("generator")),
            discriminator: DCGANDiscriminator(networks, key: key.folded("discriminator")),
            configuration: training)
        evaluate(state.namedTensors().map(\.tensor))
        var trainer = AdversarialTrainer(state: state, configuration: training)
        let bytes = (0..<(batch * size * size * 3)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let real = Tensor(uint8: bytes, shape: [batch, size, size, 3])
        var milliseconds: [Double] = []
        for i in 0..<(3 + steps) {
            if i == 3, profile { backend.startProfiling() }
            let report = try trainer.step(TrainingBatch(pictures: real, position: 0))
            if i >= 3 { milliseconds.append(report.seconds * 1000) }
        }
        milliseconds.sort()
        let median = milliseconds[milliseconds.count / 2]
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func text(_ x: Double, _ digits: Double) -> String { "\((x * digits).rounded() / digits)" }
        print(
            "{\"workload\": \"dcgan\", \"mode\": \"f32\", \"batch\": \(batch), \"size\": \(size), \"width\": \(width), "
                + "\"median_ms\": \(text(median, 1000)), \"min_ms\": \(text(milliseconds[0], 1000)), "
                + "\"images_per_s\": \(text(1000 * Double(batch) / median, 10)), \"peak_mb\": \(usage.ru_maxrss / 1024)}")
        if profile { backend.printProfile(steps: steps) }
    }
}

/// Wraps the CPU backend to look at plans.
final class ProfilingBackend: Backend {
    private let inner: OneDNNBackend
    nonisolated(unsafe) private var plans: [ExecutionPlan] = []
    init(_ inner: OneDNNBackend) { self.inner = inner }
    var name: String { inner.name }
    func compile(_ graph: Graph) -> any Executable {
        let plan = inner.plan(graph)
        plans.append(plan)
        return plan
    }
    func startProfiling() { plans.last?.setProfiling(true) }
    func printProfile(steps: Int) {
        guard let plan = plans.last, let seconds = plan.stepSeconds else { return }
        var total: [String: Double] = [:]
        for (label, time) in zip(plan.stepLabels, seconds) {
            total[String(label.split(separator: " ")[0]), default: 0] += time
        }
        print(plan.summary)
        for (kind, time) in total.sorted(by: { $0.value > $1.value }) {
            print("\(kind): \((time / Double(steps) * 1e5).rounded() / 100) ms")
        }
        for (label, time) in zip(plan.stepLabels, seconds).sorted(by: { $0.1 > $1.1 }).prefix(40) {
            print("  \((time / Double(steps) * 1e5).rounded() / 100) ms  \(label)")
        }
    }
}
