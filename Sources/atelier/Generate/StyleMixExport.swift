import Imaging
import Networks
import Runs

/// Pictures that take the style of another seed in some layers: a grid for one such seed; for several a
/// sheet, a row for each picture and a column for each style, as in the paper.
struct StyleMixExport {
    private let command: GenerateCommand
    private let maker: PictureMaker
    private let seeds: [UInt64]
    private let styles: [UInt64]

    init(_ command: GenerateCommand, _ maker: PictureMaker, _ seeds: [UInt64]) {
        self.command = command
        self.maker = maker
        self.seeds = seeds
        styles = SeedList.seeds(command.styleMix ?? "") ?? []
    }

    func run() throws {
        let layers = try maker.layers(named: command.mixedLayers)
        let label = try command.className.map { try maker.label(named: $0) }
        let isSheet = styles.count > 1
        let (rows, columns) = (seeds.count + 1, styles.count + 1)
        let count = isSheet ? rows.multipliedReportingOverflow(by: columns) : (seeds.count, false)
        guard !count.1 else {
            throw Failure("--style-mix: too many pictures: choose fewer seeds")
        }
        let width =
            isSheet ? columns : command.grid?.width ?? SamplePictures.columnCount(seeds.count)
        var grid = PictureGrid(columns: width, padding: command.padding, scale: command.scale)
        grid.labels = command.hasLabels ? [""] : []
        if isSheet, command.labels {
            grid.labels = command.scores ? [""] : []
            grid.columnHeadings = [""] + styles.map { "\($0)" }
            grid.rowHeadings = [""] + seeds.map { "\($0)" }
        }
        try grid.checkSize(
            count: count.0, width: maker.shape.width, height: maker.shape.height,
            advice: "choose fewer --seeds or a smaller --scale")
        let cells = isSheet ? sheet() : seeds.map { Cell(seed: $0, style: styles[0], layers: true) }
        var meter = ExportMeter(total: cells.count, quiet: command.quiet)
        let made = try make(cells, layers, label, &meter)
        meter.finish()
        var report = GenerateReport(maker)
        for (cell, one) in zip(cells, made) {
            report.add(
                seed: cell.seed, style: cell.layers ? cell.style : nil,
                label: label ?? maker.label(of: cell.seed), score: one.score)
        }
        if isSheet {
            let labels = command.scores ? made.map { command.scoreText($0.score) } : []
            grid.labels = labels.isEmpty ? [] : [""] + labels
        } else {
            grid.labels = command.captions(seeds, made)
        }
        // The sheet's corner belongs to nobody.
        let corner = PixelBuffer(
            width: maker.shape.width, height: maker.shape.height, format: .rgb,
            fill: [
                grid.theme.background.red, grid.theme.background.green,
                grid.theme.background.blue,
            ])
        let output = command.output ?? "mixed.png"
        let provenance = command.provenance(
            maker, seeds: seeds, arguments: arguments(output, layers),
            scores: made.compactMap(\.score))
        try PNGFile.write(
            grid.compose((isSheet ? [corner] : []) + made.map(\.picture)), to: output,
            text: provenance.texts)
        command.tell(report, output)
    }

    /// A picture of the sheet.
    private struct Cell {
        var seed: UInt64
        var style: UInt64
        /// Whether layers are mixed; else it is a seed's own picture.
        var layers: Bool
    }

    /// All but the corner, row by row.
    private func sheet() -> [Cell] {
        styles.map { Cell(seed: $0, style: $0, layers: false) }
            + seeds.flatMap { seed in
                [Cell(seed: seed, style: seed, layers: false)]
                    + styles.map { Cell(seed: seed, style: $0, layers: true) }
            }
    }

    private func make(
        _ cells: [Cell], _ layers: Set<Int>, _ label: Int?, _ meter: inout ExportMeter
    ) throws -> [PictureMaker.Made] {
        let settings = PictureMaker.MixSettings(layers: layers, truncation: command.truncation)
        var made: [PictureMaker.Made] = []
        for start in stride(from: 0, to: cells.count, by: PictureMaker.chunkSize) {
            let part = cells[start..<min(start + PictureMaker.chunkSize, cells.count)]
            // A seed's own picture mixes with itself, whatever the layers.
            made += maker.make(
                part.map { maker.mix($0.seed, with: $0.style, label: label) }, settings)
            for _ in part { try meter.advance() }
        }
        return made
    }

    private func arguments(_ output: String, _ layers: Set<Int>) -> [String] {
        var arguments = [
            "--seeds", SeedList.text(seeds), "--style-mix", SeedList.text(styles), "--mix-layers",
            SeedList.text(layers.sorted().map { UInt64($0) }),
        ]
        if let grid = command.grid { arguments += ["--grid", "\(grid.width)x\(grid.height)"] }
        if command.padding != 2 { arguments += ["--padding", "\(command.padding)"] }
        if command.labels { arguments.append("--labels") }
        return arguments + ["-o", output]
    }
}
