import ArgumentParser
import Training

/// `atelier translate`.
struct TranslateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "translate", abstract: "Turn pictures into others with a trained network.",
        discussion: """
            RUN is a run of 'atelier train pix2pix' or 'atelier train cyclegan' (its best \
            checkpoint), or a checkpoint file. IN are pictures, folders or ZIPs; every picture \
            becomes a PNG of its name in the folder of -o.

              atelier translate runs/facades-001 plan.png -o out
              atelier translate runs/photos-001 drawings more/drawing.jpg -o out
              atelier translate runs/sunflowers-001 daisies -o out --direction b-to-a

            Pictures are brought to the size that the network was trained at: their short side, the \
            long one in proportion. --size own leaves them as they are, --size 512 makes the short \
            side 512. What is larger than a tile is done in tiles that fade into each other, so \
            memory does not grow with the picture.

              atelier translate runs/photos-001 large.jpg -o out --size own --tile 1024

            With targets to compare with, each result is measured (L1, PSNR, SSIM), and a contact \
            sheet shows input, output and target. --paired takes IN as the run's own kind of pairs: \
            two pictures side by side, or photographs to make the input from.

              atelier translate runs/facades-001 facades/test -o out --paired
              atelier translate runs/maps-001 maps -o out --targets photos --sheet a.png

            Networks take and make colours: a grey picture goes in as three equal channels, which is \
            said at the end; --grey writes the results with one channel, their luminance.

            A broken picture is named and passed over; the exit code is then 1, at the end. Ctrl-C \
            stops after the picture at hand; --existing skip goes on from there.
            """)

    @Argument(help: ArgumentHelp("A run or a checkpoint.", valueName: "run")) var source: String
    @Argument(help: ArgumentHelp("Pictures, folders or ZIPs.", valueName: "in"))
    var inputs: [String] = []
    @Option(
        name: [.customShort("o"), .long], help: "The folder to write into; made where missing.")
    var output: String
    @Option(help: "Which way a cyclegan translates (a-to-b).") var direction: TranslationDirection?
    @Option(help: "Which checkpoint of the run: best, last, or a step.")
    var checkpoint: CheckpointChoice = .best
    @Option(help: "The short side: training, own, or pixels.")
    var size: TranslationSize = .training
    @Option(help: "The greatest side that is done at once.") var tile = 512
    @Option(help: "Pixels by which tiles overlap.") var overlap = 64
    @Flag(
        help: "IN are pairs as in the run's training: translate one half, compare with the other.")
    var paired = false
    @Option(help: "A folder (or ZIP) with targets of the same names, to compare with.")
    var targets: String?
    @Option(help: "Draw a contact sheet: input, output and target in a row.") var sheet: String?
    @Option(help: "Rows of the contact sheet at most.") var sheetRows = 24
    @Flag(help: "Write grey pictures: the results' luminance.") var grey = false
    @Option(help: "What to do where an output is there already.")
    var existing: ExistingChoice = .refuse
    @Option(help: "bf16 rounds products where the machine gains by it.")
    var precision: PrecisionChoice = .f32
    @Option(help: "Threads of the computation (all cores unless given).") var threads: Int?
    @Flag(help: "Say nothing but errors.") var quiet = false
    @Flag(help: "Print a JSON line for each picture on standard output.") var json = false

    func validate() throws {
        if inputs.isEmpty { throw ValidationError("name the pictures to translate") }
        if paired && targets != nil {
            throw ValidationError("--paired has its targets in the pairs: leave --targets out")
        }
        if quiet && json {
            throw ValidationError("--quiet and --json contradict each other: give one")
        }
        let whole: [(String, Int?, ClosedRange<Int>)] = [
            ("--tile", tile, 64...4096), ("--overlap", overlap, 0...2048),
            ("--sheet-rows", sheetRows, 1...1000), ("--threads", threads, 1...1024),
        ]
        for (name, value, range) in whole {
            if let value, !range.contains(value) {
                throw ValidationError(
                    "\(name) \(value): expected \(range.lowerBound) to \(range.upperBound)")
            }
        }
        if case .side(let side) = size, !(16...16_384).contains(side) {
            throw ValidationError("--size \(side): expected 16 to 16384, training or own")
        }
        if overlap > tile / 2 {
            throw ValidationError("--overlap \(overlap): expected at most half of --tile \(tile)")
        }
    }

    func run() throws {
        try reportingFailures {
            Interruption.install()
            try Engine.start(threads: threads)
            if let sheet { try WritableTarget.check(sheet, option: "--sheet") }
            let model = try TranslationModel(source, checkpoint, direction)
            let items = try TranslationInputs(
                inputs, output: output, targets: targets, pairs: paired ? try model.pairs() : nil,
                existing: existing)
            var work = TranslationWork(
                model: model, items: items, size: size, tile: tile, overlap: overlap,
                precision: precision.precision, sheet: sheet, sheetRows: sheetRows, isGrey: grey,
                style: ProgressReporter.style(quiet: quiet, json: json))
            try work.run()
        }
    }
}

/// Which checkpoint of a run.
enum CheckpointChoice: ExpressibleByArgument, Hashable {
    case best, last
    case step(Int)

    init?(argument: String) {
        switch argument {
        case "best": self = .best
        case "last": self = .last
        default:
            guard let step = Int(argument), step >= 0 else { return nil }
            self = .step(step)
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .best: "best"
        case .last: "last"
        case .step(let step): "\(step)"
        }
    }
}

/// To which size pictures are brought.
enum TranslationSize: ExpressibleByArgument, Hashable {
    case training, own
    case side(Int)

    init?(argument: String) {
        switch argument {
        case "training": self = .training
        case "own": self = .own
        default:
            guard let side = Int(argument) else { return nil }
            self = .side(side)
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .training: "training"
        case .own: "own"
        case .side(let side): "\(side)"
        }
    }
}

/// What to do where an output is there already.
enum ExistingChoice: String, ExpressibleByArgument, CaseIterable {
    case refuse, skip, replace
}
