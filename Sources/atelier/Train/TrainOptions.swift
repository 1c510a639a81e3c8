public import ArgumentParser
public import Datasets
public import Networks
import TensorCore

extension TrainCommand {
    struct LengthOptions: ParsableArguments {
        @Option(help: "Train so many steps in all.") var steps: Int?
        @Option(help: "Train so many minutes in all (20 unless told otherwise).") var minutes:
            Double?
        @Option(help: "Train on so many thousand pictures in all.") var kimg: Double?
    }

    struct PictureOptions: ParsableArguments {
        @Option(
            help:
                "The side, or WIDTHxHEIGHT: 16 to 256; stylegan2 and fastgan to 512 (from the pictures unless given)."
        )
        var size: PictureSize?
        @Option(help: "Which channels (automatic: grey or RGB, as the pictures are).")
        var channels: ChannelChoice?
        @Option(help: "How other shapes are cut (centre).") var crop: CropStyle?
        @Option(help: "What is done to pictures on the way in (none).")
        var augment: AugmentationChoice?
        @Flag(help: "Learn classes: sub-folders, or a labels file, name them.")
        var classes = false
        @Option(
            help:
                "With --classes: projection judges a picture as one of its class, auxiliary names the class (the family's)."
        )
        var classHead: ClassHead?
    }

    struct TrainingOptions: ParsableArguments {
        @Option(
            help:
                "What you want: each stands for options that --dry-run prints (quick; with --classes balanced)."
        )
        var preset: TrainingPreset?
        @Option(help: "The networks (the preset's).") var family: GANFamily?
        @Option(help: "Pictures in a batch (the preset's).") var batch: Int?
        @Option(help: "Channels next to the picture; more learn more, slowly (the preset's).")
        var width: Int?
        @Option(help: "The learning rate of both networks (the family's).") var lr: Double?
        @Option(help: "The discriminator's own learning rate (as --lr).") var dLr: Double?
        @Option(help: "From which every random number follows (0).") var seed: UInt64?
        @Option(help: "bf16 rounds products where the machine gains by it (f32).")
        var precision: PrecisionChoice?
    }

    struct GameOptions: ParsableArguments {
        @Option(help: "What the two players minimise (the family's).") var loss: LossChoice?
        @Option(
            help:
                "The weight of R1 (and R2), 0 for none (worked out from resolution and batch)."
        )
        var gamma: Double?
        @Option(
            help:
                "Take R1 and R2 every N steps only, N times as heavy: nearly as good, cheaper (the family's)."
        )
        var penaltyEvery: Int?
        @Option(help: "Steps of the discriminator for one of the generator (the family's).")
        var dSteps: Int?
        @Option(help: "Split each batch into so many parts: less memory, the same step (1).")
        var accumulate: Int?
        @Option(help: "Shorten longer gradients to this norm (not at all).") var clip: Double?
        @Option(
            help:
                "What is done to all that the discriminator sees; helps with few pictures (the preset's)."
        )
        var discriminatorAugment: DiscriminatorView?
        @Option(help: "Pictures that the discriminator judges together, against collapse (1).")
        var packing: Int?
        @Option(help: "Begin with the weights of this run or checkpoint.") var initFrom: String?
        @Option(help: "With --init-from: the discriminator's lowest N blocks stay as they are (0).")
        var freezeD: Int?
        @Flag(help: "Print what would be trained, and train nothing.") var dryRun = false
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
extension ClassHead: ExpressibleByArgument {}
extension GANFamily: ExpressibleByArgument {}
extension TrainingPreset: ExpressibleByArgument {}
extension LossChoice: ExpressibleByArgument {}
extension DiscriminatorView: ExpressibleByArgument {}
