import Imaging
import Networks
import Runs

/// A row for each class, with the same seeds in every row: what a class changes, and what it leaves.
struct ClassRowsExport {
    private let command: GenerateCommand
    private let maker: PictureMaker
    private let seeds: [UInt64]

    init(_ command: GenerateCommand, _ maker: PictureMaker, _ seeds: [UInt64]) {
        self.command = command
        self.maker = maker
        self.seeds = seeds
    }

    func run() throws {
        let names = maker.classNames
        guard !names.isEmpty else {
            throw Failure(
                "--class-rows: \(maker.path) was trained without classes; train one with --classes")
        }
        let output = command.output ?? "classes.png"
        var grid = PictureGrid(
            columns: seeds.count, padding: command.padding, scale: command.scale)
        grid.rowHeadings = names
        if command.labels { grid.columnHeadings = seeds.map { "\($0)" } }
        let (count, isTooMany) = names.count.multipliedReportingOverflow(by: seeds.count)
        guard !isTooMany else {
            throw Failure("--class-rows: too many pictures: choose fewer --seeds")
        }
        // For the size; what they say is known once the pictures are.
        grid.labels = command.scores ? [""] : []
        try grid.checkSize(
            count: count, width: maker.shape.width, height: maker.shape.height,
            advice: "choose fewer --seeds or a smaller --scale")
        var arguments = ["--seeds", SeedList.text(seeds)]
        if command.padding != 2 { arguments += ["--padding", "\(command.padding)"] }
        if command.labels { arguments.append("--labels") }
        arguments += ["-o", output]
        var meter = ExportMeter(total: count, quiet: command.quiet)
        var made: [PictureMaker.Made] = []
        var report = GenerateReport(maker)
        for label in names.indices {
            try maker.judgedPictures(seeds: seeds, label: label) { seed, one in
                made.append(one)
                report.add(seed: seed, label: label, score: one.score)
                try meter.advance()
            }
        }
        meter.finish()
        if command.scores { grid.labels = made.map { command.scoreText($0.score) } }
        let provenance = command.provenance(
            maker, seeds: seeds, arguments: arguments, scores: made.compactMap(\.score))
        try PNGFile.write(grid.compose(made.map(\.picture)), to: output, text: provenance.texts)
        command.tell(report, output)
    }
}
