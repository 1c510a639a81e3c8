import ArgumentParser
import SampleArt

/// `atelier dataset draw`.
struct DrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draw", abstract: "Draw a set of flowers to practise on.",
        discussion: """
            Every picture follows from the seed: the same command draws the same files. A name \
            that ends in .zip makes one archive, anything else a folder; classes are sub-folders.

              atelier dataset draw flowers --count 4000 --size 32 --seed 1
              atelier dataset draw flowers64.zip --count 6000 --size 64
            """)

    @Argument(help: "The folder or .zip to write.") var output: String
    @Option(help: "How many pictures.") var count = 4000
    @Option(help: "The side of a picture.") var size = 32
    @Option(help: "From which every picture follows.") var seed: UInt64 = 1
    @Flag(help: "No progress.") var quiet = false

    func validate() throws {
        if !(1...60_000).contains(count) {
            throw ValidationError("--count \(count): expected 1 to 60000")
        }
        if !(8...1024).contains(size) {
            throw ValidationError("--size \(size): expected 8 to 1024")
        }
    }

    func run() throws {
        try reportingFailures {
            Interruption.install()
            let meter = DrawMeter(total: count, quiet: quiet)
            if output.lowercased().hasSuffix(".zip") {
                try SampleArt.writeZip(to: output, count: count, size: size, seed: seed) {
                    try meter.reach($0)
                }
            } else {
                try SampleArt.writeDataset(to: output, count: count, size: size, seed: seed) {
                    try meter.reach($0)
                }
            }
            meter.finish()
        }
    }
}

/// Shows how far the drawing is.
private final class DrawMeter {
    private var meter: ExportMeter
    private var done = 0

    init(total: Int, quiet: Bool) { meter = ExportMeter(total: total, quiet: quiet) }

    /// Throws after Ctrl-C, so that an archive that was begun is taken away.
    func reach(_ count: Int) throws {
        while done < count {
            try meter.advance()
            done += 1
        }
    }

    func finish() { meter.finish() }
}
