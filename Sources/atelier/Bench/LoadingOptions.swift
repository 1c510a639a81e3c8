import ArgumentParser
import Datasets
import OneDNNBackend
import TensorCore
import Workloads

/// What only `atelier bench loading` takes.
struct LoadingOptions: ParsableArguments {
    @Option(help: "What is loaded: a folder, an archive or an array file.") var data: String?
    @Option(help: "What is done on the way in (none unless given).")
    var augment: AugmentationChoice?
    @Option(help: "Seconds of each measurement (4 unless given).") var seconds: Double?
    @Flag(help: "Keep prepared pictures in memory instead of decoding them each time.")
    var kept = false
    @Flag(help: "Measure beside the training of a DCGAN too.") var withTraining = false

    /// What is wrong with these options for a workload, in words; nil if nothing is.
    func problem(for workload: BenchWorkload, _ sizes: WorkloadSizes) -> String? {
        guard workload == .loading else {
            let given = [
                ("--data", data != nil), ("--augment", augment != nil),
                ("--seconds", seconds != nil), ("--kept", kept),
                ("--with-training", withTraining),
            ].first { $0.1 }
            return given.map { "\($0.0): only 'atelier bench loading' takes it" }
        }
        guard data != nil else {
            return "loading needs --data: a folder, an archive or an array file"
        }
        if let seconds, !(0.1...3600).contains(seconds) {
            return "--seconds \(seconds): expected 0.1 to 3600"
        }
        guard withTraining else { return nil }
        return WorkloadKind.dcgan.problem(with: sizes)
    }

    /// Measures, and answers one line of JSON.
    func run(_ sizes: WorkloadSizes, threads: Int?, precision: ComputePrecision) throws -> String {
        if withTraining { Runtime.install(OneDNNBackend(threads: nil)) }
        let augment = augment ?? .none
        return try LoadingBench(
            data: data ?? "", size: sizes.size, batch: sizes.batch,
            augmentation: augment.pipeline, augmentationName: augment.rawValue,
            threads: threads ?? 1, seconds: seconds ?? 4, keepsPictures: kept,
            trainingWidth: withTraining ? sizes.width : nil, precision: precision
        ).run()
    }
}
