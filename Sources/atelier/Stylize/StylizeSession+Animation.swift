import Imaging

extension StylizeSession {
    /// Whether a picture is an animation, and the result can be one.
    static func isAnimation(_ source: String, to target: String) -> Bool {
        guard target.lowercased().hasSuffix(".webp"),
            let facts = try? ImageFile.probe(contentsOf: source).facts
        else { return false }
        return facts.format == .webp && facts.isAnimated
    }

    /// Gives every frame of an animation the style, each by itself, with its own time. A stop leaves no
    /// file.
    func paintAnimation(_ source: String, to target: String) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let reader = try AnimatedWebPReader(path: source)
        var writer: AnimatedWebPWriter?
        var number = 0
        while let frame = try reader.next() {
            number += 1
            if Interruption.isRequested {
                throw Failure(
                    "interrupted at frame \(number) of \(reader.frameCount): nothing was written")
            }
            let content = sized(frame.picture)
            var meter = StyleMeter(
                isQuiet: command.quiet, label: "frame \(number)/\(reader.frameCount)")
            let made = try painter.paint(content.converted(to: .rgb), meter: &meter) { _, _ in }
            meter.end()
            let picture = AlphaChannel(content).applied(to: made.picture)
            let open =
                try writer
                ?? AnimatedWebPWriter(
                    path: target, width: picture.width, height: picture.height,
                    compression: .quality(92), loops: reader.loops)
            writer = open
            try open.append(picture, milliseconds: frame.milliseconds)
        }
        try writer?.finish()
        if !command.quiet {
            let seconds = (clock.now - start) / .seconds(1)
            Console.error("\(target): \(number) frames, \(Readable.fixed(seconds, 1)) s")
        }
    }
}
