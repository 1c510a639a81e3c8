import ArgumentParser
import Datasets
import Metrics

/// `atelier metrics`.
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Measure how far made pictures are from real ones.",
        discussion: """
            SOURCE is a run (its newest checkpoint), a checkpoint, or a folder or ZIP of pictures; \
            a run and a checkpoint know their data, a folder needs --data. Pictures are compared \
            by the features of a network that --features gives: a classifier from 'atelier \
            classifier train', SqueezeNet 1.0, or Inception v3 as FID is defined by \
            (pt_inception-2015-12-05), as safetensors. Names say what was measured: 'FID' alone is \
            the one of Inception v3. What is found of the real pictures is kept, so the second \
            time is faster.

              atelier classifier train mnist --out mnist.safetensors
              atelier metrics runs/mnist-001 --features mnist.safetensors
              atelier metrics runs/flowers-001 --features squeezenet.safetensors --json
              atelier metrics samples --data flowers --features inception.safetensors
              atelier metrics runs/flowers-001 --neighbours nearest.png
            """)

    @Argument(help: "A run, a checkpoint, or a folder of made pictures.") var source: String
    @Option(help: "Real pictures (of a run: those it learned from).") var data: String?
    @Option(help: "The feature network's weights, as safetensors.") var features: String?
    @Option(help: "How many pictures to make (5000), or to take of a folder (all).")
    var samples: Int?
    @Option(help: "How many real pictures to take (all).") var reals: Int?
    @Option(help: "The seed of the first picture; the others follow.") var seed: UInt64 = 0
    @Option(help: "The side, or WIDTHxHEIGHT, that pictures of a folder are brought to.")
    var size: PictureSize?
    @Option(help: "Which part of MNIST's or CIFAR's files is real.") var part = SourceSplit.train

    @Flag(help: "How far features move along paths between latents, too.") var pathLength = false
    @Option(help: "Paths for --path-length (2000).") var paths: Int?
    @Option(help: "Draw the made pictures that resemble real ones most, with these: a .png.")
    var neighbours: String?
    @Option(help: "Real pictures beside each made one, for --neighbours (5).") var nearest: Int?
    @Option(help: "Made pictures, for --neighbours (16).") var rows: Int?

    @Option(help: "Draw latents toward their mean: 1 not at all.") var truncation = 1.0
    @Flag(help: "The network as the last step left it, not its average.") var raw = false
    @Flag(help: "The best checkpoint of a run, not the newest.") var best = false
    @Option(help: "Where what is found of real pictures is kept (the user's cache folder).")
    var cache: String?
    @Flag(help: "Keep nothing, and use nothing that was kept.") var noCache = false
    @Option(help: "Threads (all cores unless given).") var threads: Int?
    @Flag(help: "Say nothing but the result.") var quiet = false
    @Flag(help: "The result as JSON on standard output.") var json = false

    func validate() throws {
        let whole: [(String, Int?, ClosedRange<Int>)] = [
            ("--samples", samples, 20...10_000_000), ("--reals", reals, 20...100_000_000),
            ("--paths", paths, 10...10_000_000), ("--nearest", nearest, 1...50),
            ("--rows", rows, 1...1000), ("--threads", threads, 1...1024),
        ]
        for (name, value, range) in whole {
            if let value, !range.contains(value) {
                throw ValidationError(
                    "\(name) \(value): expected \(range.lowerBound) to \(range.upperBound)")
            }
        }
        if !(0...10).contains(truncation) {
            throw ValidationError("--truncation \(truncation): expected 0 to 10")
        }
        if let size, min(size.width, size.height) < 8 {
            throw ValidationError(
                "--size \(size.defaultValueDescription): expected sides of 8 or more")
        }
        if let neighbours, !neighbours.lowercased().hasSuffix(".png") {
            throw ValidationError(
                "--neighbours \(neighbours): expected a name that ends in .png")
        }
        let odd: [(String, Bool, String, Bool)] = [
            ("--paths", paths != nil, "--path-length", pathLength),
            ("--nearest", nearest != nil, "--neighbours", neighbours != nil),
            ("--rows", rows != nil, "--neighbours", neighbours != nil),
        ]
        for (option, isGiven, home, isHome) in odd where isGiven && !isHome {
            throw ValidationError("\(option) goes with \(home): leave it out")
        }
        if cache != nil && noCache {
            throw ValidationError("--cache and --no-cache contradict each other: give one")
        }
        if seed > UInt64.max - 100_000_000 {
            throw ValidationError("--seed \(seed): expected room for the seeds that follow")
        }
    }

    func run() throws {
        try reportingFailures {
            if let neighbours { try WritableTarget.check(neighbours, option: "--neighbours") }
            Interruption.install()
            try Engine.start(threads: threads)
            var session = try MetricsSession(self)
            let report = try session.measure()
            Console.print(json ? try JSONText.of(report) : report.text)
        }
    }
}
