import Files
import Imaging
import Networks
import Runs

/// Many pictures in one PNG.
struct GridExport {
    private let command: GenerateCommand
    private let maker: PictureMaker
    private let seeds: [UInt64]

    init(_ command: GenerateCommand, _ maker: PictureMaker, _ seeds: [UInt64]) {
        self.command = command
        self.maker = maker
        self.seeds = seeds
    }

    func run() throws {
        if command.classRows {
            try ClassRowsExport(command, maker, seeds).run()
            return
        }
        if command.styleMix != nil {
            try StyleMixExport(command, maker, seeds).run()
            return
        }
        let label = try command.className.map { try maker.label(named: $0) }
        let output = command.output ?? "grid.png"
        let columns = command.grid?.width ?? SamplePictures.columnCount(seeds.count)
        var grid = PictureGrid(columns: columns, padding: command.padding, scale: command.scale)
        // For the size; what they say is known once the pictures are.
        grid.labels = command.hasLabels ? [""] : []
        try grid.checkSize(
            count: seeds.count, width: maker.shape.width, height: maker.shape.height,
            advice: "choose fewer --seeds or a smaller --scale or --grid, or --each FOLDER")
        var arguments = ["--seeds", SeedList.text(seeds), "--grid"]
        arguments.append("\(columns)x\((seeds.count + columns - 1) / columns)")
        if command.padding != 2 { arguments += ["--padding", "\(command.padding)"] }
        if command.labels { arguments.append("--labels") }
        arguments += ["-o", output]
        var meter = ExportMeter(total: seeds.count, quiet: command.quiet)
        var made: [PictureMaker.Made] = []
        var report = GenerateReport(maker)
        try maker.judgedPictures(seeds: seeds, label: label) { seed, one in
            made.append(one)
            report.add(seed: seed, label: label ?? maker.label(of: seed), score: one.score)
            try meter.advance()
        }
        meter.finish()
        let provenance = command.provenance(
            maker, seeds: seeds, arguments: arguments, scores: made.compactMap(\.score))
        grid.labels = command.captions(seeds, made)
        let isAlone = made.count == 1 && !command.hasLabels
        let picture =
            isAlone
            ? made[0].picture.enlarged(by: command.scale) : grid.compose(made.map(\.picture))
        try PNGFile.write(picture, to: output, text: provenance.texts)
        command.tell(report, output)
    }
}

/// Each picture in a file of its own, in constant memory.
struct EachExport {
    private let command: GenerateCommand
    private let maker: PictureMaker
    private let seeds: [UInt64]
    private let folder: String

    init(_ command: GenerateCommand, _ maker: PictureMaker, _ seeds: [UInt64], folder: String) {
        self.command = command
        self.maker = maker
        self.seeds = seeds
        self.folder = folder
    }

    func run() throws {
        let label = try command.className.map { try maker.label(named: $0) }
        try Folder.make(folder)
        var meter = ExportMeter(total: seeds.count, quiet: command.quiet)
        var report = GenerateReport(maker)
        try maker.judgedPictures(seeds: seeds, label: label) { seed, one in
            let digits = String(seed)
            let name =
                "seed" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".png"
            let path = folder + "/" + name
            let provenance = command.provenance(
                maker, seeds: [seed], arguments: ["--seeds", digits, "-o", path],
                scores: one.score.map { [$0] } ?? [])
            report.add(
                seed: seed, label: label ?? maker.label(of: seed), score: one.score, file: path)
            try PNGFile.write(
                one.picture.enlarged(by: command.scale), to: path, text: provenance.texts,
                compression: .fast)
            try meter.advance()
        }
        meter.finish()
        command.tell(report, folder)
    }
}

/// A bar of progress for exports that take longer than a moment.
struct ExportMeter {
    private let total: Int
    private let quiet: Bool
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant
    private var done = 0
    private var hasLine = false

    init(total: Int, quiet: Bool) {
        self.total = total
        self.quiet = quiet
        start = clock.now
        lastShown = start
    }

    /// One more is done.
    ///
    /// - Throws: A failure after Ctrl-C, so that a half-written file is taken away.
    mutating func advance() throws {
        if Interruption.isRequested { throw Failure("interrupted after \(done) of \(total)") }
        done += 1
        let now = clock.now
        let interval: Duration = Console.isTerminal ? .milliseconds(200) : .seconds(5)
        guard !quiet, now - lastShown >= interval else { return }
        lastShown = now
        hasLine = true
        let seconds = (now - start).inSeconds
        let left = seconds / Double(done) * Double(total - done)
        let width = 24
        let filled = width * done / total
        let bar =
            String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        let line =
            "[\(bar)] \(done)/\(total)  \(Readable.count(Double(done) / seconds)) pictures/s  "
            + "\(Readable.duration(left)) left"
        if Console.isTerminal { Console.redraw(line) } else { Console.error(line) }
    }

    func finish() {
        if hasLine && Console.isTerminal { Console.error("") }
    }
}
