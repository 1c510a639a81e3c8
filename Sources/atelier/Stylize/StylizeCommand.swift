import ArgumentParser
import Imaging
import Stylization

/// `atelier stylize`.
struct StylizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stylize", abstract: "Give a picture the style of a painting.",
        discussion: """
            CONTENT is a picture, an animated WebP (with -o FILE.webp the result moves too), or a folder of \
            pictures (then -o is a folder too). The result has the \
            content's size, however large: feed-forward methods work in tiles that leave no seam.

              atelier stylize photo.jpg --style painting.jpg -o out.png
              atelier stylize photo.jpg --style a.jpg b.jpg --blend 2 1 -o out.png
              atelier stylize photo.jpg --style a.jpg --mask sky.png -o out.png
              atelier stylize photo.jpg --style a.jpg --colours luminance -o out.png
              atelier stylize photos --style painting.jpg -o styled

            Nothing need be downloaded: atelier (the default method) takes any painting, with a network \
            that comes with the program, and gatys, which optimises the picture itself, the slowest \
            and finest, looks with another one (Ctrl-C keeps the best so far). Three methods have \
            networks of others: microast, the fastest, adain and wct, the strongest patterns, take \
            any painting too. model is a network that was trained for one style.

              atelier stylize photo.jpg --style a.jpg --strength 0.6 -o b.png
              atelier stylize photo.jpg --style a.jpg --method gatys --size 512 -o b.png
              atelier stylize photo.jpg --style a.jpg --method gatys --levels 2 -o b.png
              atelier stylize photo.jpg --style a.jpg --method wct --weights FOLDER -o b.png
              atelier stylize photo.jpg --model runs/painting-001 -o b.png
              atelier stylize photo.jpg --style a.jpg --model runs/paintings-001 -o b.png
              atelier stylize photo.jpg --model candy.safetensors -o b.png

            With --live CONTENT is a video stream, shown styled in a window (F1 there: the keys that \
            change painting, blend, strength and colours), written with -o, or both. A window \
            leaves frames out rather than lag, and a film that is written keeps its length; without a \
            window every frame is styled. Frames are --size pixels long (256).

              ffmpeg -i /dev/video0 -f yuv4mpegpipe - | atelier stylize --live - --style a.jpg b.jpg
              atelier stylize --live film.y4m --style a.jpg --no-view -o styled.y4m
              ffmpeg -i film.mp4 -f yuv4mpegpipe - | atelier stylize --live - --style a.jpg \
                --no-view -o - | ffmpeg -i - styled.mp4

            The networks of others come from the folder of --weights, or of the variable \
            ATELIER_WEIGHTS, as safetensors files (for gatys and model also PyTorch's .pth, of which \
            nothing is executed): MicroAST's four (microast_*), for adain and wct the encoder and \
            decoder of a distilled VGG-19 (wct16x_SE4, wct16x_SD4), for gatys a VGG-16 or VGG-19 of \
            torchvision (vgg19*, vgg16*), that encoder, or SqueezeNet; or name gatys's file itself. \
            For atelier --weights names a file of your own (atelier train adain).
            """)

    @Argument(help: "A picture (PNG, JPEG, WebP), or a folder of pictures.")
    var content: String
    @Option(
        parsing: .upToNextOption, help: "One painting or several, whose styles are blended.")
    var style: [String] = []
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "The file to write, .png, .jpg or .webp; a folder if CONTENT is one; a .y4m with --live.",
            valueName: "output"))
    var outputPath: String?
    @Option(help: "How: atelier, gatys, microast, adain, wct or model (atelier).") var method:
        StylizeMethod?
    @Option(help: "A folder with the networks' weights, or for atelier and gatys a file.")
    var weights: String?
    @Option(
        help:
            "A run of 'train style', or a network of one style (.safetensors, .pth), in place of --style; or a run of 'train adain', beside it."
    )
    var model: String?

    @Option(help: "How much style, 0 to 1 (not for gatys).") var strength: Double?
    @Option(parsing: .upToNextOption, help: "The share of each painting, as 2 1.")
    var blend: [Double] = []
    @Option(
        parsing: .upToNextOption,
        help: "A picture for each painting: white where its style goes, black where not.")
    var mask: [String] = []
    @Option(
        help:
            "Whose colours: style, luminance (the content's, exactly), or histogram (the content's, matched)."
    )
    var colours: ColourChoice?
    @Option(help: "The longer side of the result (the content's own unless given).") var size: Int?
    @Option(help: "The painting's size over the content's: larger gives larger strokes.")
    var styleScale = 1.0
    @Option(help: "The deepest of wct's levels, 4 to 1, of those that --weights has (4).")
    var depth: Int?
    @Option(help: "The side of tiles, in pixels (512; microast 768; model as large as fits).")
    var tile: Int?

    @OptionGroup(title: "Gatys") var gatys: GatysOptions
    @OptionGroup(title: "Live") var live: LiveOptions

    @Option(help: "Threads (all cores unless given).") var threads: Int?
    @Flag(help: "Say nothing but errors.") var quiet = false

    /// The method, or what the other options ask for.
    var chosenMethod: StylizeMethod {
        method ?? (model == nil || hasAnyStyleModel ? .atelier : .model)
    }

    /// Whether `--model` names a network for any style.
    private var hasAnyStyleModel: Bool { model.map(StyleModelFile.takesAnyStyle) ?? false }

    /// What -o says; only `--live` goes without.
    var output: String { outputPath ?? "" }

    func validate() throws {
        try validateSources()
        try validateNumbers()
        try live.check(self)
        let method = chosenMethod
        let odd: [(String, Bool, String, Bool)] = [
            ("--strength", strength != nil, "the methods but gatys", method != .gatys),
            ("--depth", depth != nil, "--method wct", method == .wct),
            (
                "--tile", tile != nil, "the methods but gatys", method != .gatys
            ),
        ]
        for (option, isGiven, home, isHome) in odd where isGiven && !isHome {
            throw ValidationError("\(option) goes with \(home): leave it out")
        }
        if let first = gatys.given.first, method != .gatys {
            throw ValidationError("\(first) goes with --method gatys: leave it out")
        }
        try gatys.validate()
    }

    private func validateSources() throws {
        let method = chosenMethod
        let isAnyStyle = hasAnyStyleModel
        if (method == .model) != (model != nil && !isAnyStyle) || (isAnyStyle && method != .atelier)
        {
            throw ValidationError(
                isAnyStyle
                    ? "--model \(model ?? "") is a network for any style: leave --method out"
                    : "--method model and --model FILE go together")
        }
        if isAnyStyle && weights != nil {
            throw ValidationError("--model and --weights both name a network: give one")
        }
        if method == .model && (!style.isEmpty || !mask.isEmpty || !blend.isEmpty) {
            throw ValidationError(
                "--model FILE has a style of its own: leave --style, --mask and --blend out")
        }
        if method != .model && style.isEmpty {
            throw ValidationError("name a painting with --style, or a network with --model")
        }
        if method == .model && colours == .histogram {
            throw ValidationError(
                "--colours histogram changes the painting: with --model use luminance")
        }
        for (option, count) in [("--blend", blend.count), ("--mask", mask.count)]
        where count != 0 && count != style.count {
            throw ValidationError(
                "\(option): expected one for each of \(style.count) paintings, got \(count)")
        }
    }

    private func validateNumbers() throws {
        func check(_ option: String, _ value: Double?, _ range: ClosedRange<Double>) throws {
            guard let value, !range.contains(value) else { return }
            throw ValidationError(
                "\(option) \(value): expected \(range.lowerBound) to \(range.upperBound)")
        }
        try check("--strength", strength, 0...1)
        try check("--style-scale", styleScale, 0.05...8)
        for share in blend where !(share > 0 && share <= 1e6) {
            throw ValidationError("--blend \(share): expected shares above 0")
        }
        func check(_ option: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
            guard let value, !range.contains(value) else { return }
            throw ValidationError(
                "\(option) \(value): expected \(range.lowerBound) to \(range.upperBound)")
        }
        try check("--size", size, 1...16_384)
        try check("--depth", depth, 1...4)
        try check("--tile", tile, 64...4096)
        try check("--threads", threads, 1...1024)
    }

    func run() throws {
        try reportingFailures {
            Interruption.install()
            try Engine.start(threads: threads)
            if live.isOn {
                try LiveSession(self).run()
            } else {
                try StylizeSession(self).run()
            }
        }
    }
}

/// How a picture gets a style.
enum StylizeMethod: String, ExpressibleByArgument, CaseIterable {
    case atelier, microast, adain, wct, gatys, model
}

/// Whose colours a picture has.
enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
    case style, luminance, histogram

    /// The same, as the library has it.
    var preservation: ColourPreservation {
        switch self {
        case .style: .style
        case .luminance: .luminance
        case .histogram: .histogram
        }
    }
}
