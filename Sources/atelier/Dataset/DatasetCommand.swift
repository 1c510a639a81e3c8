import ArgumentParser
import Datasets
import Glibc
import Imaging
import TensorCore

/// `atelier dataset`.
struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Look at a set of pictures before training on it.",
        subcommands: [Check.self, Preview.self, DrawCommand.self])

    /// `atelier dataset check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is there: count, sizes, formats, classes, broken files, duplicates.",
            discussion: """
                Reads every picture once. Broken and odd files are named; training would skip them.

                  atelier dataset check photos
                  atelier dataset check photos --json > report.json
                """)

        @Argument(help: "A folder, ZIP, or MNIST or CIFAR files.") var data: String
        @Option(help: "Threads that decode.") var threads = 2
        @Flag(help: "The report as JSON on standard output.") var json = false
        @Flag(help: "No progress.") var quiet = false

        func validate() throws {
            if !(1...256).contains(threads) {
                throw ValidationError("--threads \(threads): expected 1 to 256")
            }
        }

        func run() throws {
            try reportingFailures {
                let source = try PictureSources.open(path: data)
                let meter = CheckMeter(quiet: quiet)
                let report = try DatasetCheck.run(source, threadCount: threads) { meter.show($0) }
                meter.finish()
                Console.print(json ? try JSONText.of(report) : report.text())
            }
        }
    }

    /// `atelier dataset preview`.
    struct Preview: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pictures as training would see them, in a grid.",
            discussion: """
                  atelier dataset preview photos --size 64 -o preview.png
                  atelier dataset preview photos --size 64 --augment gentle -o preview.png
                """)

        @Argument(help: "A folder, ZIP, or MNIST or CIFAR files.") var data: String
        @Option(help: "The side, or WIDTHxHEIGHT.") var size = PictureSize(width: 64, height: 64)
        @Option(help: "How many pictures.") var count = 64
        @Option(help: "Which channels.") var channels: ChannelChoice = .automatic
        @Option(help: "How other shapes are cut.") var crop: CropStyle = .centre
        @Option(help: "What is done on the way in.") var augment: AugmentationChoice = .none
        @Option(help: "From which order and augmentation follow.") var seed: UInt64 = 0
        @Option(name: [.customShort("o"), .long], help: "The PNG to write.") var output: String

        func validate() throws {
            if !(1...10_000).contains(count) {
                throw ValidationError("--count \(count): expected 1 to 10000")
            }
        }

        func run() throws {
            try reportingFailures {
                let grid = PictureGrid()
                try grid.checkSize(
                    count: count, width: size.width, height: size.height,
                    advice: "choose a smaller --count or --size")
                let dataset = try PictureDataset(
                    PictureSources.open(path: data),
                    PictureDatasetConfiguration(
                        height: size.height, width: size.width, channels: channels, crop: crop))
                let stream = BatchStream(
                    dataset, batchSize: count, key: .init(seed: seed),
                    augmentation: augment.pipeline,
                    threadCount: 0)
                let batch = try stream.batch(at: 0)
                try PNGFile.write(
                    grid.compose((0..<batch.count).map { batch.picture($0) }), to: output)
            }
        }
    }
}

/// The progress of a check, drawn over itself.
private final class CheckMeter: @unchecked Sendable {
    private let quiet: Bool
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant
    private var hasLine = false

    init(quiet: Bool) {
        self.quiet = quiet || !Console.isTerminal
        last = clock.now
    }

    func show(_ progress: DatasetCheck.Progress) {
        guard !quiet, clock.now - last >= .milliseconds(200) else { return }
        last = clock.now
        hasLine = true
        Console.redraw("\(progress.done)/\(progress.total) pictures, \(progress.broken) broken")
    }

    func finish() { if hasLine { Console.error("") } }
}
