import ArgumentParser
import Datasets
import Networks
import Training

/// `atelier train pix2pix`.
struct Pix2PixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pix2pix", abstract: "Learn to turn one picture into another, from pairs.",
        discussion: """
            DATA is a folder (or ZIP) of pictures that are two side by side, A on the left and B on \
            the right; or two folders whose pictures have the same names; or, with --pair, a folder \
            of plain photographs, from which the other half is made:

              edges       a drawing of the edges: learns drawing to photograph
              grey        without colours: learns colouring
              downscale   a quarter of the resolution: learns sharpening
              blur        out of focus: learns focusing
              mask        with a part missing: learns completing

              atelier train pix2pix facades --direction b-to-a --view
              atelier train pix2pix sketches paintings --minutes 60
              atelier train pix2pix photos --pair edges --size 64
              atelier train pix2pix photos --pair grey --epochs 50 --generator resnet
              atelier train pix2pix --resume runs/facades-001

            The samples show input, output and target beside each other, of held-out pictures. \
            Each epoch is measured on them: L1 (the mean error as a share of the range, lower is \
            better), PSNR in decibels and SSIM (higher is better); with --metrics-features, \
            SqueezeNet's weights, also by the distance of its activations (Zhang et al. 2018; LPIPS \
            with its linear heads on SqueezeNet 1.1, else a feature distance of its own). 'atelier \
            view' shows input, output and target with a line to drag. Then translate with

              atelier translate runs/facades-001 pictures -o out

            The paper's own settings are --width 64 --size 256 --batch 1 --epochs 200, hours \
            without a GPU.
            """)

    @Argument(help: "Pairs, two folders, or photographs. Left out with --resume.")
    var data: [String] = []
    @Option(help: "The folder of the new run (runs/NAME-001 and so on unless given).")
    var out: String?
    @Option(help: "Go on with this run; data and settings come from it.") var resume: String?

    struct Pairs: ParsableArguments {
        @Option(help: "What DATA is, or how inputs are made from it (side-by-side).")
        var pair: PairChoice?
        @Option(help: "Which of A and B becomes the other (a-to-b).")
        var direction: TranslationDirection?
    }

    struct Method: ParsableArguments {
        @Option(help: "The network: unet keeps what lies where, resnet changes more (unet).")
        var generator: GeneratorChoice?
        @Option(help: "The weight of the mean absolute error (100).") var l1Weight: Double?
        @Option(help: "The weight of the game; 0 trains on L1 alone (1).") var ganWeight: Double?
        @Option(help: "Features of a unet that are dropped in training, 0 to 0.9 (0.5).")
        var dropout: Double?
        @Option(help: "Which held-out measure the best checkpoint has (ssim).")
        var bestBy: PairMeasure?
    }

    @OptionGroup(title: "Length") var length: TranslationOptions.Length
    @OptionGroup(title: "Pairs") var pairs: Pairs
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
            ("--pair", pairs.pair != nil), ("--direction", pairs.direction != nil),
            ("--generator", method.generator != nil),
            ("--l1-weight", method.l1Weight != nil), ("--gan-weight", method.ganWeight != nil),
            ("--dropout", method.dropout != nil), ("--best-by", method.bestBy != nil),
        ])
        try arguments.validate(best: method.bestBy?.measure)
        if data.count > 2 {
            throw ValidationError("expected one folder of pairs or two folders, got \(data.count)")
        }
        if data.count == 2 && pairs.pair != nil {
            throw ValidationError("--pair is for one folder: leave it out, or the second folder")
        }
        if let dropout = method.dropout, !(0...0.9).contains(dropout) {
            throw ValidationError("--dropout \(dropout): expected 0 to 0.9")
        }
        for (name, weight) in [
            ("--l1-weight", method.l1Weight), ("--gan-weight", method.ganWeight),
        ] {
            if let weight, !(0...1e6).contains(weight) {
                throw ValidationError("\(name) \(weight): expected 0 to 1e6")
            }
        }
        if method.generator == .resnet && method.dropout ?? 0 > 0 {
            throw ValidationError("--dropout is for a unet: leave it out with --generator resnet")
        }
        if method.generator != .resnet && network.blocks != nil {
            throw ValidationError("--blocks is for --generator resnet: a unet has none")
        }
    }

    func run() throws {
        try reportingFailures {
            try TranslationJob.run(arguments, .pix2pix) { try configuration() }
        }
    }

    /// The settings of a new run, but for how many pictures there are.
    private func configuration() throws -> TranslationRunConfiguration {
        let plan = TranslationPlan(arguments: arguments)
        let paths = data.map(TrainingJob.absolutePath)
        var (source, heldOut) = try sources(paths)
        if !pictures.heldOut.isEmpty {
            let others = pictures.heldOut.map(TrainingJob.absolutePath)
            heldOut = try sources(others).training
        }
        let data = try plan.data(
            training: source, heldOut: heldOut, isReversed: pairs.direction == .bToA,
            shortSides: { try shortSides(source) },
            mostUnasked: 128)
        let generator = try plan.generator(
            method.generator ?? .unet,
            dropout: method.generator == .resnet ? 0 : method.dropout ?? 0.5, data)
        return TranslationRunConfiguration(
            data: data,
            game: .pix2pix(
                PairedTranslationConfiguration(
                    generator: generator, discriminatorWidth: generator.width,
                    reach: plan.reach(data), normalization: plan.normalization,
                    loss: network.loss ?? .vanilla, l1Weight: method.l1Weight ?? 100,
                    adversarialWeight: method.ganWeight ?? 1, steps: plan.steps)),
            cadence: plan.cadence(samples: 8), decays: !length.noDecay,
            best: method.bestBy?.measure ?? .ssim, features: arguments.features)
    }

    private func sources(_ paths: [String]) throws -> (training: PairSource, heldOut: PairSource?) {
        if paths.count == 2 { return (.folders(a: paths[0], b: paths[1]), nil) }
        if pairs.pair == nil, let kinds = TranslationFolders.kinds(paths[0]) { return kinds }
        let parts = TranslationFolders.parts(paths[0])
        if let maker = pairs.pair?.maker {
            return (
                .made(path: parts.training, maker),
                parts.heldOut.map { .made(path: $0, maker) }
            )
        }
        if pairs.pair == nil { try refusePhotographs(parts.training) }
        return (
            .sideBySide(path: parts.training), parts.heldOut.map { .sideBySide(path: $0) }
        )
    }

    /// Two pictures side by side are wide; photographs would be cut in two without a word.
    private func refusePhotographs(_ path: String) throws {
        let source = try PictureSources.open(path: path)
        let wide = (0..<source.count).filter {
            let header = source.header(of: $0)
            return 2 * header.width >= 3 * header.height
        }.count
        guard 2 * wide < source.count else { return }
        throw Failure(
            "\(path): expected pictures that are two side by side, found \(source.count - wide) of "
                + "\(source.count) that are not wide: for photographs give --pair edges (or grey, "
                + "downscale, blur, mask); if these are pairs all the same, --pair side-by-side")
    }

    private func shortSides(_ source: PairSource) throws -> [Int] {
        let pictures = try PictureSources.open(path: source.paths[source.paths.count - 1])
        let isHalved = if case .sideBySide = source { true } else { false }
        return (0..<pictures.count).map {
            let header = pictures.header(of: $0)
            return min(isHalved ? header.width / 2 : header.width, header.height)
        }
    }
}
