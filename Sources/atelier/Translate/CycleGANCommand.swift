import ArgumentParser
import Datasets
import Networks
import Training

/// `atelier train cyclegan`.
struct CycleGANCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cyclegan",
        abstract: "Learn to turn pictures of two kinds into each other, without pairs.",
        discussion: """
            A and B are folders (or ZIPs) with pictures of two kinds: horses and zebras, photographs \
            and paintings, summer and winter. Or one folder with trainA and trainB (or A and B) \
            inside. One run learns both ways.

              atelier train cyclegan sunflowers daisies --view
              atelier train cyclegan photos paintings --size 128 --minutes 240
              atelier train cyclegan horse2zebra --epochs 200 --width 64 --size 256
              atelier train cyclegan --resume runs/sunflowers-001

            The samples show, of held-out pictures, A, A as B, and A again; then B, B as A, and B \
            again. Each epoch is measured on them: for each way the sliced Wasserstein distance \
            between translated pictures and real ones of that kind (times 1000, lower is better), \
            and how near there and back comes to the picture (L1, PSNR, SSIM); with \
            --metrics-features, also KID and the Fr\u{E9}chet distance by a feature network. \
            'atelier view' shows both directions with a line to drag. Then translate with

              atelier translate runs/sunflowers-001 pictures -o out --direction b-to-a

            It takes patience: two generators and two discriminators learn at once. Where colours \
            flip, raise --identity; where nothing changes, lower --cycle or --identity. The paper's \
            own settings are --width 64 --size 256 --blocks 9 --epochs 200, days without a GPU.
            """)

    @Argument(help: "The pictures of A and of B. Left out with --resume.") var data: [String] = []
    @Option(help: "The folder of the new run (runs/NAME-001 and so on unless given).")
    var out: String?
    @Option(help: "Go on with this run; data and settings come from it.") var resume: String?

    struct Method: ParsableArguments {
        @Option(help: "The weight of there and back (10).") var cycle: Double?
        @Option(
            help: "The weight of leaving B as it is when asked for B, as a share of --cycle (0.5).")
        var identity: Double?
        @Option(help: "Made pictures that discriminators are shown again, 0 for none (50).")
        var pool: Int?
        @Option(help: "Which held-out measure the best checkpoint has (distance).")
        var bestBy: SetMeasure?
        // Not an option, but one that people will try.
        @Option(help: .hidden) var direction: TranslationDirection?
    }

    @OptionGroup(title: "Length") var length: TranslationOptions.Length
    @OptionGroup(title: "Pictures") var pictures: TranslationOptions.Pictures
    @OptionGroup(title: "Method") var method: Method
    @OptionGroup(title: "Network") var network: TranslationOptions.Network
    @OptionGroup(title: "Measures") var measures: TranslationOptions.Measures
    @OptionGroup(title: "Training") var training: TranslationOptions.Training
    @OptionGroup(title: "Running") var running: TrainCommand.RunningOptions

    private var arguments: TranslationArguments {
        TranslationArguments(
            data: data, out: out, resume: resume, length: length, pictures: pictures,
            network: network, measures: measures, training: training, running: running)
    }

    func validate() throws {
        try arguments.validate(fixed: [
            ("--cycle", method.cycle != nil), ("--identity", method.identity != nil),
            ("--pool", method.pool != nil), ("--best-by", method.bestBy != nil),
        ])
        try arguments.validate(best: method.bestBy?.measure)
        if method.direction != nil {
            throw ValidationError(
                "--direction: one run learns both ways; leave it out, and choose when you translate"
            )
        }
        if data.count > 2 {
            throw ValidationError("expected the folders of A and B, got \(data.count)")
        }
        for (name, weight) in [("--cycle", method.cycle), ("--identity", method.identity)] {
            if let weight, !(0...1e6).contains(weight) {
                throw ValidationError("\(name) \(weight): expected 0 to 1e6")
            }
        }
        if let pool = method.pool, pool != 0, !((training.batch ?? 1)...1000).contains(pool) {
            throw ValidationError("--pool \(pool): expected 0, or from the batch on to 1000")
        }
        if pictures.heldOut.count == 1 {
            throw ValidationError("--held-out: give it twice, for A and for B")
        }
    }

    func run() throws {
        try reportingFailures {
            try TranslationJob.run(arguments, .cyclegan) { try configuration() }
        }
    }

    /// The settings of a new run, but for how many pictures there are.
    private func configuration() throws -> TranslationRunConfiguration {
        let plan = TranslationPlan(arguments: arguments)
        let paths = data.map(TrainingJob.absolutePath)
        var (source, heldOut): (PairSource, PairSource?)
        if paths.count == 2 {
            (source, heldOut) = (.folders(a: paths[0], b: paths[1]), nil)
        } else if let kinds = TranslationFolders.kinds(paths[0]) {
            (source, heldOut) = kinds
        } else {
            throw Failure(
                "\(paths[0]): expected two folders, A and B, or one with trainA and trainB (or A "
                    + "and B) inside; for pairs use 'atelier train pix2pix'")
        }
        if pictures.heldOut.count == 2 {
            let others = pictures.heldOut.map(TrainingJob.absolutePath)
            heldOut = .folders(a: others[0], b: others[1])
        }
        let data = try plan.data(
            training: source, heldOut: heldOut,
            shortSides: {
                try source.paths.flatMap { path in
                    let pictures = try PictureSources.open(path: path)
                    return (0..<pictures.count).map {
                        let header = pictures.header(of: $0)
                        return min(header.width, header.height)
                    }
                }
            }, mostUnasked: 64)
        let generator = try plan.generator(.resnet, dropout: 0, data)
        return TranslationRunConfiguration(
            data: data,
            game: .cyclegan(
                CycleTranslationConfiguration(
                    generator: generator, height: data.height, width: data.width,
                    discriminatorWidth: generator.width, reach: plan.reach(data),
                    normalization: plan.normalization, loss: network.loss ?? .leastSquares,
                    cycleWeight: method.cycle ?? 10, identityWeight: method.identity ?? 0.5,
                    poolSize: method.pool ?? max(50, plan.steps.batchSize), steps: plan.steps)),
            cadence: plan.cadence(samples: 6), decays: !length.noDecay,
            best: method.bestBy?.measure ?? .distance, features: arguments.features)
    }
}
