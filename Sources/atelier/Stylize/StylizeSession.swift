import Foundation
import Imaging
import Runs
import Stylization

/// The work of `atelier stylize`: networks and paintings once, then picture by picture.
struct StylizeSession {
    let command: StylizeCommand
    let painter: StylePainter

    init(_ command: StylizeCommand) throws {
        self.command = command
        // What is wrong with the place to write is said before the work.
        if !StyleWeightFiles.isFolder(command.content) {
            guard PictureOutput.isKnown(command.output) else {
                throw Failure(
                    "-o \(command.output): expected a name that ends in .png, .jpg or .webp")
            }
            try WritableTarget.check(command.output, option: "-o")
        }
        painter = try StylePainter(command)
    }

    func run() throws {
        if StyleWeightFiles.isFolder(command.content) {
            try runFolder()
        } else if Self.isAnimation(command.content, to: command.output) {
            try paintAnimation(command.content, to: command.output)
        } else {
            try paint(command.content, to: command.output, label: nil)
        }
    }

    /// Every picture of the folder; one that cannot be read does not stop the others.
    private func runFolder() throws {
        let names = (try FileManager.default.contentsOfDirectory(atPath: command.content)).sorted()
            .filter { name in
                ["png", "jpg", "jpeg", "webp"].contains(
                    (name.lowercased() as NSString).pathExtension)
            }
        guard !names.isEmpty else {
            throw Failure(
                "\(command.content): expected pictures (.png, .jpg, .jpeg, .webp) in this folder, found "
                    + "none")
        }
        try FileManager.default.createDirectory(
            atPath: command.output, withIntermediateDirectories: true)
        var failed = 0
        for (index, name) in names.enumerated() {
            if Interruption.isRequested {
                throw Failure(
                    "interrupted: \(index) of \(names.count) pictures are in \(command.output)")
            }
            let target = folderPath(
                command.output, (name as NSString).deletingPathExtension + ".png")
            do {
                try paint(
                    folderPath(command.content, name), to: target,
                    label: "\(index + 1)/\(names.count) \(name)")
            } catch let error as ImageError {
                Console.error("atelier: left out: \(error)")
                failed += 1
            }
        }
        if failed > 0 {
            throw Failure(
                "\(failed) of \(names.count) pictures could not be used; the others are in "
                    + "\(command.output)")
        }
    }

    private func paint(_ source: String, to target: String, label: String?) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let decoded = try ImageFile.decode(contentsOf: source)
        if let warning = decoded.facts.warning, !command.quiet {
            Console.error("\(source): \(warning)")
        }
        let content = sized(decoded.pixels)
        let alpha = AlphaChannel(content)
        let output = PictureOutput(command: command, alpha: alpha)
        var meter = StyleMeter(isQuiet: command.quiet, label: label)
        let made = try painter.paint(content.converted(to: .rgb), meter: &meter) {
            picture, number in
            try output.write(picture, to: PictureOutput.numbered(target, number))
        }
        meter.end()
        try output.write(made.picture, to: target)
        if !command.quiet {
            let seconds = (clock.now - start) / .seconds(1)
            Console.error(
                "\(target): \(content.width)x\(content.height), \(made.note), "
                    + "\(Readable.fixed(seconds, 1)) s")
        }
    }

    func sized(_ picture: PixelBuffer) -> PixelBuffer {
        guard let size = command.size else { return picture }
        let ratio = Double(size) / Double(max(picture.width, picture.height))
        func side(_ length: Int) -> Int { max(1, Int((Double(length) * ratio).rounded())) }
        return picture.resized(width: side(picture.width), height: side(picture.height))
    }
}

/// A picture's transparency, which a style leaves alone.
struct AlphaChannel {
    private let values: [UInt8]?

    init(_ picture: PixelBuffer) {
        guard picture.format.hasAlpha else {
            values = nil
            return
        }
        let channels = picture.format.channelCount
        values = stride(from: channels - 1, to: picture.bytes.count, by: channels).map {
            picture.bytes[$0]
        }
    }

    /// An RGB picture of the same size with the transparency.
    func applied(to picture: PixelBuffer) -> PixelBuffer {
        guard let values else { return picture }
        var result = picture.converted(to: .rgba)
        for (pixel, value) in values.enumerated() { result.bytes[4 * pixel + 3] = value }
        return result
    }
}

/// Writes results in the format of a file's name.
struct PictureOutput {
    let command: StylizeCommand
    let alpha: AlphaChannel

    static func isKnown(_ path: String) -> Bool {
        ["png", "jpg", "jpeg", "webp"].contains((path.lowercased() as NSString).pathExtension)
    }

    /// `out.png` as `out-000050.png`.
    static func numbered(_ path: String, _ number: Int) -> String {
        let digits = String(number)
        let ending = (path as NSString).pathExtension
        return (path as NSString).deletingPathExtension + "-"
            + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "." + ending
    }

    func write(_ picture: PixelBuffer, to path: String) throws {
        let whole = alpha.applied(to: picture)
        switch (path.lowercased() as NSString).pathExtension {
        case "jpg", "jpeg": try JPEGFile.write(whole, to: path, quality: 95)
        case "webp": try WebPFile.write(whole, to: path, compression: .quality(92))
        default:
            var provenance = Provenance()
            provenance.command = Provenance.command(
                ["atelier"] + Array(CommandLine.arguments.dropFirst()))
            try PNGFile.write(whole, to: path, text: provenance.texts)
        }
    }
}
