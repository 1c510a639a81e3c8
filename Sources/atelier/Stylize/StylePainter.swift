import Imaging
import Stylization

/// A method with its network and its paintings, ready for pictures.
struct StylePainter {
    /// What a picture became.
    struct Painting {
        var picture: PixelBuffer
        /// How, in a few words.
        var note: String
    }

    private enum Engine {
        case own(SkipTransfer)
        case microAST(MicroASTTransfer)
        case features(FeatureTransfer)
        case gatys(any StyleFeatureNetwork)
        case model(ModelTransfer)
    }

    /// Pixels that gatys works on at most: it keeps every activation of the network at once.
    private static let mostGatysPixels = 4_000_000
    /// The longer side of a painting at most, for the feed-forward methods.
    private static let mostPaintingSide = 1024

    private let command: StylizeCommand
    private let engine: Engine
    private let styles: [StyleSource]
    private let colours: ColourPreservation

    init(_ command: StylizeCommand) throws {
        self.command = command
        colours = (command.colours ?? .style).preservation
        let files = StyleWeightFiles(command.weights)
        switch command.chosenMethod {
        case .atelier:
            var transfer = SkipTransfer(try files.arbitrary(model: command.model))
            transfer.tileSide = command.tile ?? transfer.tileSide
            engine = .own(transfer)
        case .microast:
            var transfer = MicroASTTransfer(try files.microAST())
            transfer.tileSide = command.tile ?? transfer.tileSide
            engine = .microAST(transfer)
        case .adain, .wct:
            let isWhole = command.chosenMethod == .wct
            let levels = try files.levels(
                from: command.depth ?? 4, for: command.chosenMethod)
            var transfer = FeatureTransfer(
                isWhole ? .whiteningAndColouring : .adaptiveInstanceNormalization,
                levels: isWhole ? levels : Array(levels.prefix(1)))
            transfer.tileSide = command.tile ?? transfer.tileSide
            engine = .features(transfer)
        case .gatys: engine = .gatys(try files.features())
        case .model:
            var transfer = try StyleModelFile.transfer(command.model ?? "")
            transfer.tileSide = command.tile
            engine = .model(transfer)
        }
        styles = try command.style.indices.map { index in
            StyleSource(
                picture: try Self.read(command.style[index], command.quiet),
                weight: command.blend.isEmpty ? 1 : command.blend[index],
                mask: command.mask.isEmpty ? nil : try Self.read(command.mask[index], command.quiet)
            )
        }
        if case .gatys(let network) = engine {
            _ = try command.gatys.configuration(for: network, styleScale: command.styleScale)
        }
    }

    private static func read(_ path: String, _ isQuiet: Bool) throws -> PixelBuffer {
        let decoded = try ImageFile.decode(contentsOf: path)
        if let warning = decoded.facts.warning, !isQuiet { Console.error("\(path): \(warning)") }
        return decoded.pixels
    }

    /// A picture with the style, of the same size.
    ///
    /// - Parameter snapshot: Gets what gatys has after so many iterations.
    func paint(
        _ content: PixelBuffer, meter: inout StyleMeter,
        snapshot: (PixelBuffer, Int) throws -> Void
    ) throws -> Painting {
        let (prepared, paintings) = try colours.prepared(content: content, styles: styles)
        var made: Painting
        switch engine {
        case .own(let transfer):
            let picture = try feedForward(&meter) { observe throws(StylizationError) in
                try transfer(
                    prepared, styles: scaled(paintings, to: content),
                    strength: command.strength ?? 1, observe: observe)
            }
            made = Painting(picture: picture, note: "Atelier's network for any style")
        case .microAST(let transfer):
            let picture = try feedForward(&meter) { observe throws(StylizationError) in
                try transfer(
                    prepared, styles: scaled(paintings, to: content),
                    strength: command.strength ?? 1, observe: observe)
            }
            made = Painting(picture: picture, note: "MicroAST")
        case .features(let transfer):
            let picture = try feedForward(&meter) { observe throws(StylizationError) in
                try transfer(
                    prepared, styles: scaled(paintings, to: content),
                    strength: command.strength ?? 1, observe: observe)
            }
            made = Painting(
                picture: picture,
                note: transfer.transform == .whiteningAndColouring ? "WCT" : "AdaIN")
        case .gatys(let network):
            made = try optimise(
                prepared, content, paintings, network, &meter, snapshot: snapshot)
        case .model(let transfer):
            let picture = try feedForward(&meter) { observe throws(StylizationError) in
                try transfer.stylized(
                    prepared, strength: command.strength ?? 1, observe: observe)
            }
            made = Painting(picture: picture, note: "one pass")
        }
        made.picture = colours.finished(made.picture, content: content)
        return made
    }

    /// Runs with progress, and turns Ctrl-C into words.
    private func feedForward(
        _ meter: inout StyleMeter,
        _ body: (@escaping (TransferProgress) -> Bool) throws(StylizationError) -> PixelBuffer
    ) throws -> PixelBuffer {
        let watcher = StyleWatcher(meter)
        defer { meter = watcher.meter }
        return try body { progress in
            watcher.meter.show("tile \(progress.done)/\(progress.total)")
            return !Interruption.isRequested
        }
    }

    /// Paintings as large as the content times `--style-scale`, and no larger than memory likes.
    private func scaled(_ paintings: [StyleSource], to content: PixelBuffer) -> [StyleSource] {
        let wanted = Double(max(content.width, content.height)) * command.styleScale
        let side = min(max(wanted, 64), Double(Self.mostPaintingSide))
        return paintings.map { style in
            var style = style
            let ratio = side / Double(max(style.picture.width, style.picture.height))
            func length(_ length: Int) -> Int { max(1, Int((Double(length) * ratio).rounded())) }
            style.picture = style.picture.resized(
                width: length(style.picture.width), height: length(style.picture.height))
            return style
        }
    }

    private func optimise(
        _ prepared: PixelBuffer, _ content: PixelBuffer, _ paintings: [StyleSource],
        _ network: any StyleFeatureNetwork, _ meter: inout StyleMeter,
        snapshot: (PixelBuffer, Int) throws -> Void
    ) throws -> Painting {
        guard content.width * content.height <= Self.mostGatysPixels else {
            throw Failure(
                "\(content.width)x\(content.height) pixels are too many for --method gatys, which keeps "
                    + "every activation in memory: give --size 1024, or another --method")
        }
        var configuration = try command.gatys.configuration(
            for: network, styleScale: command.styleScale)
        if let start = command.gatys.start, start != "noise", start != "content" {
            configuration.start = .picture(try Self.read(start, command.quiet))
        }
        var failure: (any Error)?
        let result = try GatysTransfer(network: network, configuration: configuration)(
            prepared, styles: paintings
        ) { progress, picture in
            meter.show(
                "iteration \(progress.iteration)/\(progress.iterationCount) at "
                    + "\(progress.width)x\(progress.height)  loss \(Readable.fixed(progress.loss, 4))"
                    + "  content \(Readable.fixed(progress.contentLoss, 4))"
                    + "  style \(Readable.fixed(progress.styleLoss, 4))")
            if let every = command.gatys.snapshotEvery, progress.iteration > 0,
                progress.iteration % every == 0
            {
                do {
                    try snapshot(colours.finished(picture(), content: content), progress.iteration)
                } catch { failure = error }
            }
            return failure == nil && !Interruption.isRequested
        }
        if let failure { throw failure }
        let ending =
            switch result.ending {
            case .done: ""
            case .converged: ", nothing left to gain"
            case .stopped: ", stopped: the best so far"
            case .diverged:
                ", the loss was no longer a number: the best before that (lower --rate or "
                    + "--style-weight)"
            }
        return Painting(
            picture: result.picture,
            note: "\(result.iterations) iterations with \(network.name), loss "
                + "\(Readable.fixed(result.loss, 4))\(ending)")
    }
}

/// A meter that a closure may change.
private final class StyleWatcher {
    var meter: StyleMeter
    init(_ meter: StyleMeter) { self.meter = meter }
}

/// A line of progress on standard error.
struct StyleMeter {
    private let isQuiet: Bool
    private let label: String?
    private let clock = ContinuousClock()
    private var lastShown: ContinuousClock.Instant
    private var hasOpenLine = false

    init(isQuiet: Bool, label: String?) {
        self.isQuiet = isQuiet
        self.label = label
        lastShown = clock.now
    }

    /// Says where the work stands, now and then.
    mutating func show(_ text: String) {
        let now = clock.now
        let interval: Duration = Console.isTerminal ? .milliseconds(200) : .seconds(10)
        guard !isQuiet, now - lastShown >= interval else { return }
        lastShown = now
        let line = label.map { "\($0): \(text)" } ?? text
        if Console.isTerminal {
            Console.redraw(line)
            hasOpenLine = true
        } else {
            Console.error(line)
        }
    }

    /// Leaves the line as it stands.
    mutating func end() {
        if hasOpenLine { Console.error("") }
        hasOpenLine = false
    }
}
