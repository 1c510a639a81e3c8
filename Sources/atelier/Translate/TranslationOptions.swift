public import ArgumentParser
import Datasets
public import Networks
public import Training

/// Options that pix2pix and CycleGAN share.
enum TranslationOptions {
    struct Length: ParsableArguments {
        @Option(help: "Train so many steps in all.") var steps: Int?
        @Option(help: "Train until every picture was seen so often (the papers: 200).")
        var epochs: Int?
        @Option(help: "Train so many minutes in all (20 unless told otherwise).")
        var minutes: Double?
        @Flag(
            help:
                "Keep the learning rate: else it falls to zero over the second half of --steps or --epochs."
        )
        var noDecay = false
    }

    struct Pictures: ParsableArguments {
        @Option(help: "The side, or WIDTHxHEIGHT, 16 to 1024 (from the pictures unless given).")
        var size: PictureSize?
        @Option(help: "How much larger pictures are before they are cut, 1 to 2 (1.117).")
        var jitter: Double?
        @Flag(help: "Mirror no pictures: for text, faces from one side, maps.") var noMirror = false
        @Option(
            help:
                "Measure with these instead: a folder, or one of each kind (DATA's val or test, or a tenth of DATA)."
        )
        var heldOut: [String] = []
        @Option(help: "Measure with at most so many (32).") var heldOutCount: Int?
    }

    struct Network: ParsableArguments {
        @Option(help: "Channels next to the picture (32; the papers': 64).") var width: Int?
        @Option(help: "Residual blocks of a resnet (6; 9 from 256 pixels on).") var blocks: Int?
        @Option(help: "How features are normalised (instance; batch for batches of 4 or more).")
        var norm: FeatureNormalization?
        @Option(help: "How sides are doubled: resize leaves no checkerboard (resize).")
        var upsampling: FeatureUpsampling?
        @Option(
            help:
                "What the discriminator judges at once: patches of so many pixels, or single ones (70, less for small pictures)."
        )
        var patch: PatchChoice?
        @Option(help: "The game (pix2pix: vanilla; cyclegan: least-squares).")
        var loss: TranslationLoss?
    }

    struct Measures: ParsableArguments {
        @Option(
            help:
                "Compare held-out pictures by the features of this network as well, as safetensors (none)."
        )
        var metricsFeatures: String?
        @Option(help: "The linear heads that make it LPIPS, for SqueezeNet 1.1 (none).")
        var metricsHeads: String?
    }

    struct Training: ParsableArguments {
        @Option(help: "Pictures in a batch (1).") var batch: Int?
        @Option(help: "The learning rate (0.0002).") var lr: Double?
        @Option(help: "From which every random number follows (0).") var seed: UInt64?
        @Option(help: "bf16 rounds products where the machine gains by it (f32).")
        var precision: PrecisionChoice?
        @Flag(help: "Print what would be trained, and train nothing.") var dryRun = false
    }
}

/// What a discriminator judges at once, on the command line.
enum PatchChoice: String, ExpressibleByArgument, CaseIterable {
    case pixel
    case p16 = "16"
    case p34 = "34"
    case p70 = "70"
    case p142 = "142"
    case p286 = "286"

    var reach: PatchReach {
        switch self {
        case .pixel: .pixel
        case .p16: .stridedLayers(1)
        case .p34: .stridedLayers(2)
        case .p70: .stridedLayers(3)
        case .p142: .stridedLayers(4)
        case .p286: .stridedLayers(5)
        }
    }
}

/// Where pairs come from, on the command line.
enum PairChoice: String, ExpressibleByArgument, CaseIterable {
    case sideBySide = "side-by-side"
    case edges, grey, downscale, blur, mask

    var maker: PairMaker? { PairMaker(rawValue: rawValue) }
}

/// Which network translates, on the command line.
enum GeneratorChoice: String, ExpressibleByArgument, CaseIterable {
    case unet, resnet
}

extension TranslationDirection: ExpressibleByArgument {}
extension TranslationLoss: ExpressibleByArgument {}
extension FeatureNormalization: ExpressibleByArgument {}
extension FeatureUpsampling: ExpressibleByArgument {}

/// Which measure of held-out pairs the best checkpoint has, on the command line.
enum PairMeasure: String, ExpressibleByArgument, CaseIterable {
    case l1, psnr, ssim, features

    var measure: BestMeasure {
        switch self {
        case .l1: .l1
        case .psnr: .psnr
        case .ssim: .ssim
        case .features: .features
        }
    }
}

/// Which measure of translated pictures beside real ones the best checkpoint has, on the command line.
enum SetMeasure: String, ExpressibleByArgument, CaseIterable {
    case distance, kid, fid

    var measure: BestMeasure {
        switch self {
        case .distance: .distance
        case .kid: .kid
        case .fid: .fid
        }
    }
}

/// What is checked in the same way for both methods.
struct TranslationArguments {
    let data: [String]
    let out: String?
    let resume: String?
    let length: TranslationOptions.Length
    let pictures: TranslationOptions.Pictures
    let network: TranslationOptions.Network
    let measures: TranslationOptions.Measures
    let training: TranslationOptions.Training
    let running: TrainCommand.RunningOptions

    /// Refuses what contradicts itself, before anything is opened.
    ///
    /// - Parameter fixed: Options of one method alone that a run keeps, and whether they were given.
    func validate(fixed: [(String, Bool)]) throws {
        if data.isEmpty && resume == nil {
            throw ValidationError("name the pictures, or a run with --resume")
        }
        if resume != nil {
            if !data.isEmpty {
                throw ValidationError("--resume takes its data from the run: leave DATA out")
            }
            if out != nil {
                throw ValidationError("--resume goes on inside its run: leave --out out")
            }
            let given: [(String, Bool)] =
                [
                    ("--size", pictures.size != nil), ("--jitter", pictures.jitter != nil),
                    ("--no-mirror", pictures.noMirror),
                    ("--held-out", !pictures.heldOut.isEmpty),
                    ("--held-out-count", pictures.heldOutCount != nil),
                    ("--width", network.width != nil), ("--blocks", network.blocks != nil),
                    ("--norm", network.norm != nil), ("--upsampling", network.upsampling != nil),
                    ("--patch", network.patch != nil), ("--loss", network.loss != nil),
                    ("--batch", training.batch != nil), ("--seed", training.seed != nil),
                    ("--no-decay", length.noDecay), ("--dry-run", training.dryRun),
                ] + fixed
            if let (name, _) = given.first(where: { $0.1 }) {
                throw ValidationError("--resume keeps the settings of its run: leave \(name) out")
            }
        }
        if measures.metricsHeads != nil && measures.metricsFeatures == nil {
            throw ValidationError("--metrics-heads goes with --metrics-features: name the network")
        }
        if running.quiet && running.json {
            throw ValidationError("--quiet and --json contradict each other: give one")
        }
        let lengths = [length.steps != nil, length.epochs != nil, length.minutes != nil]
        if lengths.filter({ $0 }).count > 1 {
            throw ValidationError("give one of --steps, --epochs and --minutes")
        }
        if pictures.heldOut.count > 2 {
            throw ValidationError("--held-out: expected one folder, or one of each kind")
        }
        try validateNumbers()
    }

    /// Refuses a choice of the best checkpoint by what is not measured.
    func validate(best: BestMeasure?) throws {
        guard let best, [.features, .kid, .fid].contains(best), measures.metricsFeatures == nil
        else { return }
        throw ValidationError(
            "--best-by \(best.rawValue) needs a feature network: give its weights with "
                + "--metrics-features")
    }

    /// The files of the feature network, if one was named.
    var features: TranslationFeatures.Files? {
        measures.metricsFeatures.map {
            .init(
                network: TrainingJob.absolutePath($0),
                heads: measures.metricsHeads.map(TrainingJob.absolutePath))
        }
    }

    private func validateNumbers() throws {
        let numbers: [(String, Double?, ClosedRange<Double>)] = [
            ("--steps", length.steps.map(Double.init), 1...Double(Int32.max)),
            ("--epochs", length.epochs.map(Double.init), 1...1e6),
            ("--minutes", length.minutes, 1e-3...1e9),
            ("--jitter", pictures.jitter, 1...2),
            ("--held-out-count", pictures.heldOutCount.map(Double.init), 1...4096),
            ("--width", network.width.map(Double.init), 1...256),
            ("--blocks", network.blocks.map(Double.init), 0...64),
            ("--batch", training.batch.map(Double.init), 1...256),
            ("--lr", training.lr, 1e-12...100),
            ("--checkpoint-every", running.checkpointEvery.map(Double.init), 1...1e12),
            ("--sample-every", running.sampleEvery.map(Double.init), 1...1e12),
            ("--keep", running.keep.map(Double.init), 1...1e6),
            ("--threads", running.threads.map(Double.init), 1...1024),
        ]
        for (name, value, range) in numbers {
            if let value, !range.contains(value) {
                func text(_ number: Double) -> String {
                    number == number.rounded() && abs(number) < 1e15
                        ? "\(Int(number))" : "\(number)"
                }
                throw ValidationError(
                    "\(name) \(text(value)): expected \(text(range.lowerBound)) to "
                        + "\(text(range.upperBound))")
            }
        }
    }
}
