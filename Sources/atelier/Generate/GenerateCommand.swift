import ArgumentParser
import Imaging
import Networks
import Runs

/// `atelier generate`.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Make pictures with a trained network.",
        discussion: """
            SOURCE is a run (its newest checkpoint) or a checkpoint file. The same seed gives the \
            same picture, alone or among others. Every PNG carries the command that makes it \
            again: 'atelier inspect' shows it.

              atelier generate runs/flowers-001 --seeds 0-63 -o grid.png
              atelier generate runs/flowers-001 --seeds 7 -o seven.png --scale 4
              atelier generate runs/flowers-001 --seeds 0-9999 --each samples
              atelier generate runs/flowers-001 --between 3,17,42 --frames 8 -o strip.png
              atelier generate runs/flowers-001 --between 3,17,42 --frames 30 -o morph.webp
              atelier generate runs/flowers-001 --timelapse -o timelapse.webp

            A network that was trained with --classes makes pictures of the class that you name; \
            unless you do, each seed has a class of its own.

              atelier generate runs/flowers-002 --seeds 0-15 --class roses -o roses.png
              atelier generate runs/flowers-002 --seeds 0-7 --class-rows -o classes.png
              atelier generate runs/flowers-002 --between 3,3 --class roses,tulips -o turn.webp

            In a StyleGAN2 each layer takes a style: with --style-mix the layers that you name take \
            that of another seed. Coarse layers decide about arrangement and shapes, middle ones \
            about parts, fine ones about colours. Several seeds make the sheet of the StyleGAN \
            paper: a row for each picture, a column for each style, both by themselves at the edge.

              atelier generate runs/flowers-003 --seeds 0-15 --style-mix 40 -o mixed.png
              atelier generate runs/flowers-003 --seeds 0-3 --style-mix 40-44 --mix-layers fine \
                -o sheet.png
              atelier generate runs/flowers-003 --seeds 7 --style-mix 9 --mix-layers 0-3,7 -o one.png

            --scores asks the discriminator: a logit under each picture, higher for more real. \
            Losses that compare pictures leave its zero open, so compare scores of one network \
            only. Discriminators that look at several pictures together (StyleGAN2's, and those \
            trained with --packing) judge each one among its neighbours.
            """)

    @Argument(help: "A run or a checkpoint.")
    var source: String
    @Option(help: "Which pictures: numbers and ranges, as 0-63,100.")
    var seeds: String?
    @Option(
        name: [.customShort("o"), .long], help: "The file to write: .png, or .webp for animations.")
    var output: String?
    @Option(help: "Write each picture to its own file in this folder: seed00000007.png and so on.")
    var each: String?
    @Option(help: "Columns and rows, as 8x8 (the squarest unless given).")
    var grid: PictureSize?

    @Option(help: "Walk between these seeds, as 3,17,42: a strip, or an animation for .webp.")
    var between: String?
    @Option(help: "Pictures from one seed to the next (8).") var frames: Int?
    @Option(help: "The way between latents (slerp).") var interpolation: Interpolation?
    @Flag(
        help:
            "The run's fixed samples over all of its snapshots: a strip, or an animation for .webp."
    )
    var timelapse = false
    @Option(
        help: "Which of the fixed samples --timelapse shows, from 0 on (a strip: 0; .webp: all).")
    var sample: Int?

    @Option(
        name: .customLong("class"),
        help: "Pictures of this class, by name or number; with --between one for each seed.")
    var className: String?
    @Flag(help: "A row for each class, with the same seeds in every row.") var classRows = false
    @Option(
        help: ArgumentHelp(
            "Some layers take the style of this seed; several seeds make a sheet (StyleGAN2).",
            valueName: "seeds"))
    var styleMix: String?
    @Option(
        help: ArgumentHelp(
            "Which layers --style-mix is for: numbers and groups, as 0-3,7 or middle,fine (coarse).",
            valueName: "layers"))
    var mixLayers: String?
    @Option(
        help:
            "Draw latents (of StyleGAN2: styles) toward their mean: 1 not at all, 0.7 calmer pictures."
    )
    var truncation = 1.0
    @Flag(help: "The network as the last step left it, not its average.") var raw = false
    @Flag(help: "The best checkpoint of a run, not the newest.") var best = false
    @Option(help: "Enlarge so many times, pixel by pixel.") var scale = 1
    @Option(help: "Pixels between pictures.") var padding = 2
    @Flag(help: "Write the seed under each picture.") var labels = false
    @Flag(help: "Write D's score under each picture.") var scores = false
    @Flag(help: "Tell what was made as JSON on standard output: seeds, classes, scores.")
    var json = false
    @Option(help: "Threads (all cores unless given).") var threads: Int?
    @Flag(help: "Say nothing but errors.") var quiet = false

    func validate() throws {
        let modes = [seeds != nil, between != nil, timelapse].filter { $0 }.count
        if modes != 1 { throw ValidationError("give one of --seeds, --between and --timelapse") }
        if let seeds, SeedList.seeds(seeds) == nil {
            throw ValidationError(
                "--seeds \(seeds): expected numbers and rising ranges, as 0-63,100")
        }
        if let between, (SeedList.seeds(between)?.count ?? 0) < 2 {
            throw ValidationError("--between \(between): expected two seeds or more, as 3,17,42")
        }
        if each != nil && seeds == nil { throw ValidationError("--each goes with --seeds") }
        if (each == nil) == (output == nil) {
            throw ValidationError("say where to write: -o FILE, or --each FOLDER")
        }
        if let output {
            let isAnimation = output.lowercased().hasSuffix(".webp")
            if !isAnimation && !output.lowercased().hasSuffix(".png") {
                throw ValidationError("-o \(output): expected a name that ends in .png or .webp")
            }
            if isAnimation && seeds != nil {
                throw ValidationError(
                    "-o \(output): --seeds makes a .png; .webp goes with --between and --timelapse")
            }
        }
        if !(0...10).contains(truncation) {
            throw ValidationError("--truncation \(truncation): expected 0 to 10")
        }
        if !(1...64).contains(scale) { throw ValidationError("--scale \(scale): expected 1 to 64") }
        if !(0...256).contains(padding) {
            throw ValidationError("--padding \(padding): expected 0 to 256")
        }
        try validateContradictions()
        if let frames, !(1...10_000).contains(frames) {
            throw ValidationError("--frames \(frames): expected 1 to 10000")
        }
        if let grid, let count = seeds.flatMap({ SeedList.seeds($0)?.count }),
            grid.width * grid.height < count
        {
            throw ValidationError(
                "--grid \(grid.width)x\(grid.height): room for \(grid.width * grid.height) pictures, "
                    + "--seeds names \(count)")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
        if let sample, sample < 0 {
            throw ValidationError("--sample \(sample): expected 0 or more")
        }
    }

    /// Options that mean nothing for what is asked are refused, not passed over.
    private func validateContradictions() throws {
        let odd: [(String, Bool, String, Bool)] = [
            ("--frames", frames != nil, "--between", between != nil),
            ("--interpolation", interpolation != nil, "--between", between != nil),
            ("--sample", sample != nil, "--timelapse", timelapse),
            ("--raw", raw, "--seeds and --between", !timelapse),
            ("--best", best, "--seeds and --between", !timelapse),
            ("--truncation", truncation != 1, "--seeds and --between", !timelapse),
            ("--grid", grid != nil, "-o FILE", each == nil),
            ("--labels", labels, "-o FILE", each == nil),
            ("--class", className != nil, "--seeds and --between", !timelapse),
            ("--class-rows", classRows, "--seeds and -o FILE", seeds != nil && each == nil),
            ("--labels", labels, "--seeds and --timelapse", between == nil),
        ]
        let seeded = "--seeds"
        let more: [(String, Bool, String, Bool)] = [
            ("--style-mix", styleMix != nil, "--seeds and -o FILE", seeds != nil && each == nil),
            ("--mix-layers", mixLayers != nil, "--style-mix", styleMix != nil),
            ("--scores", scores, seeded, seeds != nil), ("--json", json, seeded, seeds != nil),
        ]
        for (option, isGiven, home, isHome) in odd + more where isGiven && !isHome {
            throw ValidationError("\(option) goes with \(home): leave it out")
        }
        try validateMixing()
        if classRows && className != nil {
            throw ValidationError("--class-rows shows every class: leave --class out")
        }
        if classRows && grid != nil {
            throw ValidationError(
                "--class-rows has a row for each class and a column for each seed: leave --grid out"
            )
        }
    }

    /// The layers that `--style-mix` is for.
    var mixedLayers: String { mixLayers ?? "coarse" }

    private func validateMixing() throws {
        guard let styleMix else { return }
        let styles = SeedList.seeds(styleMix) ?? []
        if styles.isEmpty {
            throw ValidationError(
                "--style-mix \(styleMix): expected a seed, or several as 40-44,50")
        }
        if classRows { throw ValidationError("--style-mix and --class-rows: choose one of them") }
        if styles.count > 1 && grid != nil {
            throw ValidationError(
                "--style-mix with several seeds has a row for each of --seeds and a column for each "
                    + "style: leave --grid out")
        }
        for part in mixedLayers.split(separator: ",", omittingEmptySubsequences: false) {
            let isGroup = StyleLayer.Group(rawValue: String(part)) != nil
            guard isGroup || SeedList.seeds(String(part)) != nil else {
                throw ValidationError(
                    "--mix-layers \(mixedLayers): expected numbers, ranges, coarse, middle and fine, "
                        + "as 0-3,7 or coarse,7")
            }
        }
    }

    func run() throws {
        try reportingFailures {
            Interruption.install()
            if timelapse {
                try TimelapseExport(self).run()
                return
            }
            try Engine.start(threads: threads)
            let maker = try PictureMaker.open(
                source, isRaw: raw, truncation: truncation, best: best,
                judged: scores)
            if let between {
                try InterpolationExport(self, maker, SeedList.seeds(between) ?? []).run()
            } else if let each {
                try EachExport(self, maker, SeedList.seeds(seeds ?? "") ?? [], folder: each).run()
            } else {
                try GridExport(self, maker, SeedList.seeds(seeds ?? "") ?? []).run()
            }
        }
    }

    /// The classes at the seeds of a walk: one for all, or one each; each seed's own unless named.
    ///
    /// - Throws: A failure if there are no such classes, or not as many as seeds.
    func labels(of seeds: [UInt64], _ maker: PictureMaker) throws -> [Int] {
        guard let className else { return seeds.map { maker.label(of: $0) } }
        // A name may have a comma in it.
        if maker.classNames.contains(className) {
            return try Array(repeating: maker.label(named: className), count: seeds.count)
        }
        let labels = try className.split(separator: ",").map { try maker.label(named: String($0)) }
        if labels.count == 1 { return Array(repeating: labels[0], count: seeds.count) }
        guard labels.count == seeds.count else {
            throw Failure(
                "--class \(className): \(labels.count) classes for \(seeds.count) seeds; name one, or "
                    + "one for each")
        }
        return labels
    }

    /// What made a picture, for its text entries.
    func provenance(
        _ maker: PictureMaker, seeds: [UInt64], arguments: [String], scores made: [Float] = []
    ) -> Provenance {
        var provenance = Provenance()
        provenance.checkpoint = maker.digest
        provenance.step = maker.step
        provenance.seeds = seeds
        if truncation != 1 { provenance.truncation = truncation }
        var words = ["atelier", "generate", maker.path] + arguments
        if truncation != 1 { words += ["--truncation", "\(truncation)"] }
        if let className { words += ["--class", className] }
        if classRows { words.append("--class-rows") }
        if raw { words.append("--raw") }
        if scores {
            words.append("--scores")
            // A picture of thousands says none: its text would be larger than some pictures.
            if made.count <= 4096 {
                provenance.details[SampleGridText.scoresName] = SampleGridText.text(scores: made)
            }
        }
        if scale != 1 { words += ["--scale", "\(scale)"] }
        provenance.command = Provenance.command(words)
        return provenance
    }
}

extension Interpolation: ExpressibleByArgument {}
