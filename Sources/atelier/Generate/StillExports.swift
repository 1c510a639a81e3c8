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
        let label = try command.className.map { try maker.label(named: $0) }
        let output = command.output ?? "grid.png"
        let columns = command.grid?.width ?? SamplePictures.columnCount(seeds.count)
        var grid = PictureGrid(columns: columns, padding: command.padding, scale: command.scale)
        if command.labels { grid.labels = seeds.map { "\($0)" } }
        try grid.checkSize(
            count: seeds.count, width: maker.shape.width, height: maker.shape.height,
            advice: "choose fewer --seeds or a smaller --scale or --grid, or --each FOLDER")
        var arguments = ["--seeds", SeedList.text(seeds), "--grid"]
        arguments.append("\(columns)x\((seeds.count + columns - 1) / columns)")
        if command.padding != 2 { arguments += ["--padding", "\(command.padding)"] }
        if command.labels { arguments.append("--labels") }
        arguments += ["-o", output]
        let provenance = command.provenance(maker, seeds: seeds, arguments: arguments)
        if seeds.count == 1 && !command.labels {
            try maker.make(seeds: seeds, label: label) { _, picture in
                try PNGFile.write(
                    picture.enlarged(by: command.scale), to: output, text: provenance.texts)
            }
            return
        }
        var meter = ExportMeter(total: seeds.count, quiet: command.quiet)
        var pictures: [PixelBuffer] = []
        try maker.make(seeds: seeds, label: label) { _, picture in
            pictures.append(picture)
            try meter.advance()
        }
        meter.finish()
        try PNGFile.write(grid.compose(pictures), to: output, text: provenance.texts)
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
        try maker.make(seeds: seeds, label: label) { seed, picture in
            let digits = String(seed)
            let name =
                "seed" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".png"
            let path = folder + "/" + name
            let provenance = command.provenance(
                maker, seeds: [seed], arguments: ["--seeds", digits, "-o", path])
            try PNGFile.write(
                picture.enlarged(by: command.scale), to: path, text: provenance.texts,
                compression: .fast)
            try meter.advance()
        }
        meter.finish()
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
