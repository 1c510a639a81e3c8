import ArgumentParser
import Imaging

/// The options of `atelier stylize --live`.
struct LiveOptions: ParsableArguments {
    @Flag(
        name: .customLong("live"),
        help: "CONTENT is a video stream, YUV4MPEG2: a file, a pipe, or - for standard input.")
    var isOn = false
    @Flag(help: "No window.") var noView = false
    @Flag(help: "Style every frame, also in a window.") var everyFrame = false
    @Flag(help: "Leave frames out rather than lag, also without a window.") var drop = false
    @Option(help: "How far flicker is held down, 0 to 1 (0.8).") var steady: Double?
    @Option(help: "End after so many styled frames.") var frames: Int?
    @Option(help: "The stream's colours: 601, or 709 for high definition (by its size).")
    var matrix: MatrixChoice?
    @Option(help: "Draw the window into a PNG after --frames (1), and end; needs no display.")
    var snapshot: String?

    enum MatrixChoice: String, ExpressibleByArgument, CaseIterable {
        case bt601 = "601"
        case bt709 = "709"

        var matrix: YUVMatrix { self == .bt601 ? .bt601 : .bt709 }
    }

    /// The options that were given, by name.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--no-view", noView), ("--every-frame", everyFrame), ("--drop", drop),
            ("--steady", steady != nil), ("--frames", frames != nil), ("--matrix", matrix != nil),
            ("--snapshot", snapshot != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// Refuses what does not go together.
    func check(_ command: StylizeCommand) throws {
        guard isOn else {
            if let first = given.first {
                throw ValidationError("\(first) goes with --live: leave it out")
            }
            guard command.outputPath != nil else {
                throw ValidationError("name the file to write with -o")
            }
            return
        }
        let method = command.chosenMethod
        guard method != .wct && method != .gatys else {
            throw ValidationError(
                "--method \(method.rawValue) takes too long for --live: choose atelier, microast, "
                    + "adain or model")
        }
        let odd: [(String, Bool)] = [
            ("--mask", !command.mask.isEmpty), ("--tile", command.tile != nil),
            ("--depth", command.depth != nil),
            ("--colours histogram", command.colours == .histogram),
        ]
        if let first = odd.first(where: \.1) {
            throw ValidationError("\(first.0) does not go with --live: leave it out")
        }
        if everyFrame && drop {
            throw ValidationError(
                "--every-frame and --drop contradict each other: give one of them")
        }
        if noView && snapshot == nil && command.outputPath == nil {
            throw ValidationError("--no-view shows nothing: name a file to write with -o")
        }
        if let steady, !(0...1).contains(steady) {
            throw ValidationError("--steady \(steady): expected 0.0 to 1.0")
        }
        if let frames, !(1...1_000_000_000).contains(frames) {
            throw ValidationError("--frames \(frames): expected 1 or more")
        }
        if let size = command.size, !(16...2048).contains(size) {
            throw ValidationError("--size \(size): expected 16 to 2048 with --live")
        }
    }
}
