public import ArgumentParser
public import Datasets
import Networks
import Runs
import TensorCore
import Training

/// `atelier train`.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a GAN on your pictures.",
        discussion: """
            DATA is a folder of PNG, JPEG or WebP pictures (sub-folders are fine), a ZIP of them, \
            a folder of MNIST IDX files or of CIFAR binary files. Everything goes into a run \
            folder: samples, numbers, checkpoints. Ctrl-C finishes the step, saves, and says how \
            to go on.

              atelier train photos                     20 minutes at a fitting size
              atelier train photos --size 64 --minutes 60 --view
              atelier train photos --size 96x64 --steps 20000 --out runs/wide
              atelier train --resume runs/photos-001   goes on where it stopped
              atelier train --resume runs/photos-001 --minutes 120
            """)

    @Argument(help: "The pictures. Left out with --resume.")
    var data: String?
    @Option(help: "The folder of the new run (runs/NAME-001 and so on unless given).")
    var out: String?
    @Option(help: "Go on with this run; data and settings come from it.")
    var resume: String?

    @OptionGroup(title: "Length") var length: LengthOptions
    @OptionGroup(title: "Pictures") var pictures: PictureOptions
    @OptionGroup(title: "Network and training") var training: TrainingOptions
    @OptionGroup(title: "Running") var running: RunningOptions

    struct LengthOptions: ParsableArguments {
        @Option(help: "Train so many steps in all.") var steps: Int?
        @Option(help: "Train so many minutes in all (20 unless told otherwise).") var minutes:
            Double?
        @Option(help: "Train on so many thousand pictures in all.") var kimg: Double?
    }

    struct PictureOptions: ParsableArguments {
        @Option(help: "The side, or WIDTHxHEIGHT: 16 to 256 (from the pictures unless given).")
        var size: PictureSize?
        @Option(help: "Which channels (automatic: grey or RGB, as the pictures are).")
        var channels: ChannelChoice?
        @Option(help: "How other shapes are cut (centre).") var crop: CropStyle?
        @Option(help: "What is done to pictures on the way in (none).")
        var augment: AugmentationChoice?
    }

    struct TrainingOptions: ParsableArguments {
        @Option(help: "Pictures in a batch (64).") var batch: Int?
        @Option(help: "Channels next to the picture; more learn more, slowly (32).")
        var width: Int?
        @Option(help: "The learning rate of both networks (0.0002).") var lr: Double?
        @Option(help: "From which every random number follows (0).") var seed: UInt64?
        @Option(help: "bf16 rounds products where the machine gains by it (f32).")
        var precision: PrecisionChoice?
    }

    struct RunningOptions: ParsableArguments {
        @Flag(help: "Watch in a window.") var view = false
        @Option(help: "Threads of the computation (all cores unless given).") var threads: Int?
        @Option(help: "Save a checkpoint every N steps (every minute, later more rarely).")
        var checkpointEvery: Int?
        @Option(help: "Draw samples every N steps (by time unless given).") var sampleEvery: Int?
        @Option(help: "Checkpoints that are kept, beside the best (3).") var keep: Int?
        @Flag(help: "Say nothing but errors.") var quiet = false
        @Flag(help: "Print progress as JSON lines on standard output.") var json = false
    }

    func validate() throws {
        switch (data, resume) {
        case (nil, nil):
            throw ValidationError("name a folder of pictures, or a run with --resume")
        case (.some, .some):
            throw ValidationError("--resume takes its data from the run: leave DATA out")
        default: break
        }
        if resume != nil && out != nil {
            throw ValidationError("--resume goes on inside its run: leave --out out")
        }
        let fixed: [(String, Bool)] = [
            ("--size", pictures.size != nil), ("--channels", pictures.channels != nil),
            ("--crop", pictures.crop != nil), ("--augment", pictures.augment != nil),
            ("--batch", training.batch != nil), ("--width", training.width != nil),
            ("--seed", training.seed != nil),
        ]
        if resume != nil, let (name, _) = fixed.first(where: { $0.1 }) {
            throw ValidationError("--resume keeps the settings of its run: leave \(name) out")
        }
        if running.quiet && running.json {
            throw ValidationError("--quiet and --json contradict each other: give one")
        }
        try validateNumbers()
    }

    private func validateNumbers() throws {
        if [length.steps != nil, length.minutes != nil, length.kimg != nil].filter({ $0 }).count > 1
        {
            throw ValidationError("give one of --steps, --minutes and --kimg")
        }
        let positive: [(String, Double?)] = [
            ("--steps", length.steps.map(Double.init)), ("--minutes", length.minutes),
            ("--kimg", length.kimg), ("--lr", training.lr),
            ("--width", training.width.map(Double.init)),
            ("--checkpoint-every", running.checkpointEvery.map(Double.init)),
            ("--sample-every", running.sampleEvery.map(Double.init)),
            ("--keep", running.keep.map(Double.init)),
            ("--threads", running.threads.map(Double.init)),
        ]
        for (name, value) in positive {
            if let value, !(value > 0 && value.isFinite) {
                throw ValidationError("\(name) \(value): expected a positive number")
            }
        }
        if let threads = running.threads, threads > 1024 {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
        let longest = Double(Int32.max)
        if let steps = length.steps, Double(steps) > longest {
            throw ValidationError("--steps \(steps): expected at most \(Int32.max)")
        }
        if let kimg = length.kimg, kimg * 1000 / Double(training.batch ?? 64) > longest {
            throw ValidationError("--kimg \(kimg): expected at most \(Int32.max) steps of it")
        }
        if let minutes = length.minutes, minutes > 1e9 {
            throw ValidationError("--minutes \(minutes): expected at most 1e9")
        }
        if let width = training.width, width > RunConfiguration.mostChannels {
            throw ValidationError(
                "--width \(width): expected 1 to \(RunConfiguration.mostChannels)")
        }
        if let batch = training.batch, !(2...4096).contains(batch) {
            throw ValidationError("--batch \(batch): expected 2 to 4096")
        }
        if let size = pictures.size,
            let problem = DCGANConfiguration.problem(
                with: PictureShape(height: size.height, width: size.width, channels: 3))
        {
            throw ValidationError("--size \(size.defaultValueDescription): \(problem)")
        }
    }

    func run() throws {
        try reportingFailures {
            Interruption.install()
            try Engine.start(threads: running.threads)
            var progress = ProgressReporter(
                style: ProgressReporter.style(quiet: running.quiet, json: running.json))
            let job =
                try resume.map {
                    try TrainingJob.resuming($0, length, training, running, &progress)
                }
                ?? TrainingJob.beginning(
                    data ?? "", out: out, length, pictures, training, running, &progress)
            try job.run(progress: progress, view: running.view)
        }
    }
}

/// What is done to pictures on the way in.
enum AugmentationChoice: String, ExpressibleByArgument, CaseIterable {
    case none, flip, crop, gentle

    var pipeline: AugmentationPipeline {
        switch self {
        case .none: .none
        case .flip: .flip
        case .crop: .crop
        case .gentle: .gentle
        }
    }
}

/// What products may round to.
enum PrecisionChoice: String, ExpressibleByArgument, CaseIterable {
    case f32, bf16

    var precision: ComputePrecision { self == .bf16 ? .bfloat16 : .float32 }
}

extension ChannelChoice: ExpressibleByArgument {}
extension CropStyle: ExpressibleByArgument {}
