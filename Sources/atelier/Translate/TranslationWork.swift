import ArgumentParser
import Datasets
import Files
import Imaging
import Metrics
import Runs
import TensorCore
import Training

/// Translates pictures one after the other, measures them where there are targets, and draws the sheet.
struct TranslationWork {
    /// Pixels of a picture that is translated, at most.
    private static let mostPixels = 100_000_000
    /// The longer side of a picture on the sheet.
    private static let sheetSide = 256
    /// Plans that are kept: each size of picture needs one of its own.
    private static let mostPlans = 8

    private let model: TranslationModel
    private let items: TranslationInputs
    private let size: TranslationSize
    private let translator: PictureTranslator
    private let sheet: String?
    private let sheetRows: Int
    /// What results are written as.
    private let format: PixelFormat
    private let style: ProgressReporter.Style
    private var measures: [PictureSimilarity] = []
    private var rows: [(name: String, cells: [PixelBuffer])] = []
    private var failedCount = 0
    private var doneCount = 0
    private var greyCount = 0
    private var shapes: Set<[Int]> = []
    private var hasOpenLine = false

    init(
        model: TranslationModel, items: TranslationInputs, size: TranslationSize, tile: Int,
        overlap: Int, precision: ComputePrecision, sheet: String?, sheetRows: Int,
        isGrey: Bool, style: ProgressReporter.Style
    ) {
        self.model = model
        self.items = items
        self.size = size
        self.sheet = sheet
        self.sheetRows = sheetRows
        format = isGrey ? .grey : .rgb
        self.style = style
        translator = PictureTranslator(
            model.generator, tileSide: tile, overlap: overlap, precision: precision)
    }

    /// Does it all. A picture that cannot be read is named and passed over.
    ///
    /// - Throws: Exit code 1 where there were such; a failure after Ctrl-C, or where nothing can be
    ///   written.
    mutating func run() throws {
        for refused in items.refused {
            Console.error("atelier: skipping \(refused.name): \(refused.reason)")
        }
        say("\(model.configuration.summary), step \(model.step): \(items.items.count) pictures")
        if items.skippedCount > 0 { say("\(items.skippedCount) are there already") }
        for item in items.items {
            do {
                try translate(item)
            } catch let error as ImageError where error.path != item.output {
                refuse(item, "\(error)")
            } catch let error as DatasetError {
                refuse(item, "\(error)")
            } catch let error as PictureFailure {
                refuse(item, error.description)
            }
            if Interruption.isRequested { break }
        }
        endLine()
        if let sheet, !rows.isEmpty { try drawSheet(sheet) }
        finish()
        if Interruption.isRequested && doneCount + failedCount < items.items.count {
            throw Failure(
                "stopped after \(doneCount) of \(items.items.count) pictures; go on with the same "
                    + "command and --existing skip")
        }
        if failedCount + items.refused.count > 0 { throw ExitCode(1) }
    }

    /// What is wrong with one picture; the others go on.
    private struct PictureFailure: Error, CustomStringConvertible {
        let description: String
    }

    // MARK: One picture

    private mutating func translate(_ item: TranslationInputs.Item) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let (picture, wasGrey) = try items.picture(item)
        var pair: (input: PixelBuffer, target: PixelBuffer?)
        if let pairs = items.pairs {
            let found = try pairs.pair(picture, name: item.name, resize: resized)
            pair = (found.input, found.target)
        } else {
            pair = (try resized(picture), try items.target(item))
        }
        let input = pair.input
        try forgetPlans(input)
        guard
            let bytes = translator.translate(
                input.bytes, height: input.height, width: input.width,
                report: { _ in !Interruption.isRequested })
        else { return }
        let output = PixelBuffer(
            width: input.width, height: input.height, format: .rgb, bytes: bytes
        ).converted(to: format)
        try write(output, item)
        doneCount += 1
        if wasGrey { greyCount += 1 }
        var fields: [String: JSONValue] = [
            "input": .string(item.name), "output": .string(item.output),
            "seconds": .number((clock.now - start).inSeconds),
        ]
        if wasGrey { fields["grey"] = .bool(true) }
        if var target = pair.target {
            if target.width != output.width || target.height != output.height {
                target = target.resized(width: output.width, height: output.height)
            }
            target = target.converted(to: format)
            pair.target = target
            let found = PictureSimilarity(
                of: output.bytes, and: target.bytes, height: output.height, width: output.width,
                channels: format.channelCount)
            measures.append(found)
            fields["l1"] = .number(found.l1)
            fields["psnr"] = .number(found.psnr)
            fields["ssim"] = .number(found.ssim)
        }
        if sheet != nil, rows.count < sheetRows {
            let cells = [input, output] + (pair.target.map { [$0] } ?? [])
            rows.append((item.name, cells.map(Self.thumbnail)))
        }
        show(item, fields)
    }

    /// The picture at the size that is asked for.
    private func resized(_ picture: PixelBuffer) throws -> PixelBuffer {
        let data = model.configuration.data
        let side: Int
        switch size {
        case .own:
            side = min(picture.width, picture.height)
        case .training: side = min(data.width, data.height)
        case .side(let asked): side = asked
        }
        let ratio = Double(side) / Double(min(picture.width, picture.height))
        let width = max(1, Int((Double(picture.width) * ratio).rounded()))
        let height = max(1, Int((Double(picture.height) * ratio).rounded()))
        guard width <= Self.mostPixels / height else {
            throw PictureFailure(
                description: "\(picture.width)x\(picture.height) would become \(width)x\(height), "
                    + "too large to translate; give a smaller --size")
        }
        return picture.resized(width: width, height: height)
    }

    /// Every size has a plan of its own: of ten thousand different ones most are never seen again.
    private mutating func forgetPlans(_ input: PixelBuffer) throws {
        let shape =
            translator.tileCount(height: input.height, width: input.width) > 1
            ? [min(input.height, translator.tileSide), min(input.width, translator.tileSide)]
            : [input.height, input.width]
        guard shapes.insert(shape).inserted, shapes.count > Self.mostPlans else { return }
        Runtime.clearCompiledGraphs()
        shapes = [shape]
    }

    private func write(_ output: PixelBuffer, _ item: TranslationInputs.Item) throws {
        var provenance = Provenance()
        provenance.checkpoint = model.digest
        provenance.step = model.step
        provenance.details["input"] = item.name
        provenance.details["method"] = model.configuration.method.rawValue
        if model.configuration.method == .cyclegan {
            provenance.details["direction"] = model.direction.rawValue
        }
        if let slash = item.output.lastIndex(of: "/") {
            try Folder.make(String(item.output[..<slash]))
        }
        try PNGFile.write(output, to: item.output, text: provenance.texts)
    }

    // MARK: The sheet

    private static func thumbnail(_ original: PixelBuffer) -> PixelBuffer {
        let picture = original.converted(to: .rgb)
        let longest = max(picture.width, picture.height)
        guard longest > sheetSide else { return picture }
        func scaled(_ side: Int) -> Int { max(1, side * sheetSide / longest) }
        return picture.resized(width: scaled(picture.width), height: scaled(picture.height))
    }

    private func drawSheet(_ path: String) throws {
        let columns = rows.map(\.cells.count).max() ?? 2
        var grid = PictureGrid(columns: columns, padding: 4)
        grid.columnHeadings = Array(["input", "output", "target"].prefix(columns))
        // A picture without a target leaves its place free.
        let free = PixelBuffer(width: 1, height: 1, format: .rgb, fill: [24, 24, 27])
        let cells = rows.flatMap { row in
            row.cells + [PixelBuffer](repeating: free, count: columns - row.cells.count)
        }
        var provenance = Provenance()
        provenance.checkpoint = model.digest
        provenance.step = model.step
        try PNGFile.write(grid.compose(cells), to: path, text: provenance.texts)
        say("contact sheet of \(rows.count) pictures: \(path)")
    }

    // MARK: Words

    private mutating func refuse(_ item: TranslationInputs.Item, _ reason: String) {
        failedCount += 1
        endLine()
        Console.error("atelier: \(item.name): \(reason)")
        event("failed", ["input": .string(item.name), "reason": .string(reason)])
    }

    private mutating func show(
        _ item: TranslationInputs.Item, _ fields: [String: JSONValue]
    ) {
        event("picture", fields)
        guard style == .terminal else { return }
        Console.redraw("\(doneCount)/\(items.items.count)  \(item.name)")
        hasOpenLine = true
    }

    private mutating func endLine() {
        if hasOpenLine { Console.error("") }
        hasOpenLine = false
    }

    private func finish() {
        var fields: [String: JSONValue] = [
            "translated": .integer(doneCount), "failed": .integer(failedCount),
        ]
        var text = "\(doneCount) pictures translated"
        if failedCount > 0 { text += ", \(failedCount) could not be" }
        if let mean = PictureSimilarity.mean(measures) {
            text +=
                "; of \(measures.count) with a target: L1 \(Readable.fixed(mean.l1, 4)), PSNR "
                + "\(Readable.fixed(mean.psnr, 2)) dB, SSIM \(Readable.fixed(mean.ssim, 4))"
            fields["l1"] = .number(mean.l1)
            fields["psnr"] = .number(mean.psnr)
            fields["ssim"] = .number(mean.ssim)
        }
        say(text)
        if greyCount > 0 {
            say(
                "\(greyCount) were grey, and translated as colour pictures of three equal channels"
                    + (format == .grey ? "" : "; --grey writes results grey as well"))
        }
        event("end", fields)
    }

    private func say(_ text: String) {
        if style == .terminal || style == .lines { Console.error(text) }
    }

    private func event(_ name: String, _ fields: [String: JSONValue]) {
        guard style == .json else { return }
        Console.print(JSONValue.object(fields.merging(["event": .string(name)]) { $1 }).text)
    }
}
