import ArgumentParser
import CLaunch
import Datasets
import OneDNNBackend
import TensorCore

/// `atelier bench loading`.
struct LoadingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loading",
        abstract: "Time how pictures are read, decoded and augmented, alone and beside a training.",
        discussion: """
            Prints one JSON object: pictures a second, microseconds of processor time a picture, \
            peak memory in megabytes. With --with-training also what a DCGAN takes alone and \
            meanwhile, and how many times as many pictures the loader delivers beside it as the \
            training takes when it is alone.

              atelier bench loading --data photos --augment gentle
              atelier bench loading --data photos --augment gentle --with-training --width 16
              atelier bench loading --data photos --kept        as from the second epoch on
            """)

    @Option(help: "A folder, an archive or an array file.") var data: String
    @Option(help: "The side that pictures are brought to.") var size = 64
    @Option(help: "Pictures in a batch.") var batch = 64
    @Option(help: "What is done on the way in.") var augment: AugmentationChoice = .none
    @Option(help: "Threads of the loader.") var threads = 1
    @Option(help: "Seconds of each measurement.") var seconds = 4.0
    @Flag(help: "Keep prepared pictures in memory instead of decoding them each time.")
    var kept = false
    @Flag(help: "Measure beside a training too.") var withTraining = false
    @Option(help: "Channels of the training's narrowest layer.") var width = 16
    @Option(help: "What the training's products may round to.")
    var precision: PrecisionChoice = .f32

    func validate() throws {
        for (name, value, range) in [
            ("--size", size, 1...1024), ("--batch", batch, 1...4096),
            ("--threads", threads, 1...256), ("--width", width, 1...1024),
        ] where !range.contains(value) {
            throw ValidationError(
                "\(name) \(value): expected \(range.lowerBound) to \(range.upperBound)")
        }
        if withTraining && ![16, 32, 64, 128, 256].contains(size) {
            throw ValidationError(
                "--size \(size): --with-training takes 16, 32, 64, 128 or 256")
        }
        if !(0.1...3600).contains(seconds) {
            throw ValidationError("--seconds \(seconds): expected 0.1 to 3600")
        }
    }

    func run() throws {
        try reportingFailures {
            atl_launch()
            if withTraining { Runtime.install(OneDNNBackend(threads: nil)) }
            let bench = LoadingBench(
                data: data, size: size, batch: batch, augmentation: augment.pipeline,
                augmentationName: augment.rawValue, threads: threads, seconds: seconds,
                keepsPictures: kept, trainingWidth: withTraining ? width : nil,
                precision: precision.precision)
            Console.print(try bench.run())
        }
    }
}
