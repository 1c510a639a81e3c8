import Glibc
import Imaging
import Stylization
import Viewer

/// The work of `atelier stylize --live`.
///
/// Frames are left out only while a window shows them, and then only as many as the network is too slow
/// for: a file that is written from a file has every frame. In what is written, the frame before stands
/// once more for one that was left out, so that the film keeps its length.
struct LiveSession {
    /// Pixels of a frame at most: 8K. A stream's header must not ask for more memory than that.
    private static let limits: DecodeLimits = {
        var limits = DecodeLimits()
        limits.maximumPixels = 7680 * 4320
        return limits
    }()

    private let command: StylizeCommand
    private let style: any LiveStyle
    private let pictures: [PixelBuffer]

    init(_ command: StylizeCommand) throws {
        self.command = command
        if command.content == "-" && isatty(STDIN_FILENO) == 1 {
            throw Failure(
                "standard input is a terminal: expected a stream, as from ffmpeg -i CAMERA -f "
                    + "yuv4mpegpipe - | atelier stylize --live - ...")
        }
        if let output = command.outputPath, output == "-" {
            if isatty(STDOUT_FILENO) == 1 {
                throw Failure("-o -: standard output is a terminal: send it to a file or program")
            }
        } else if let output = command.outputPath {
            guard output.lowercased().hasSuffix(".y4m") || Self.isDevice(output) else {
                throw Failure(
                    "-o \(output): expected a name that ends in .y4m, a named pipe, or - for "
                        + "standard output")
            }
            try WritableTarget.check(output, option: "-o")
        }
        if let snapshot = command.live.snapshot {
            try WritableTarget.check(snapshot, option: "--snapshot")
        }
        style = try LiveStyleChoice.style(command)
        pictures = try LiveStyleChoice.paintings(command)
    }

    private static func isDevice(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return [S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT)
    }

    func run() throws {
        let stop = StopFlag()
        let reader = try Y4MReader(
            path: command.content, limits: Self.limits,
            shouldStop: { Interruption.isRequested || stop.isSet })
        if reader.header.isInterlaced {
            Console.error("atelier: \(reader.path): interlaced; both fields are shown together")
        }
        var plan = LivePlan(command)
        let parts = try parts(plan, reader)
        if plan.hasWindow {
            let done = try runInWindow(plan, parts, stop)
            if done { return }
            plan.hasWindow = false
        }
        let job = job(plan, parts)
        let reading = read(reader, job, stop)
        defer { finish(reading, stop) }
        let summary = try job.stylist.work()
        try end(summary, reader)
        if let snapshot = command.live.snapshot {
            try PNGFile.write(try LiveWindow.render(source: job.stylist), to: snapshot)
        }
    }

    /// Answers false, with nothing done, where there is no display.
    private func runInWindow(
        _ plan: LivePlan, _ parts: Parts, _ stop: StopFlag
    ) throws -> Bool {
        let (job, reader) = (job(plan, parts), parts.reader)
        var work: BackgroundWork<LiveStylist.Summary>?
        var reading: BackgroundWork<Void>?
        var options = ViewerWindow.Options()
        options.height = 820
        options.shouldClose = { Interruption.isRequested }
        do throws(ViewerError) {
            try LiveWindow.run(source: job.stylist, options: options) {
                reading = read(reader, job, stop)
                work = BackgroundWork { try job.stylist.work() }
            }
        } catch {
            guard work != nil else {
                try sayWindowless(error)
                return false
            }
            Console.error("atelier: \(error)")
        }
        job.stylist.stop()
        defer { if let reading { finish(reading, stop) } }
        guard let work else { return true }
        try end(work.wait(), reader)
        return true
    }

    /// Without a display the stream can still be written.
    private func sayWindowless(_ error: ViewerError) throws {
        let reason =
            switch error {
            case .noDisplay(let reason): "no display for the window (\(reason))"
            default: "\(error)"
            }
        guard command.outputPath != nil else {
            throw Failure(
                "\(reason): give -o FILE.y4m to write the styled stream, or --snapshot FILE.png")
        }
        if !command.quiet { Console.error("atelier: \(reason); going on without one") }
    }

    // MARK: Parts

    /// What there is one of, with or without a window.
    private struct Parts {
        var reader: Y4MReader
        var writer: Y4MWriter?
        var painter: LivePainter
    }

    private struct Job {
        var stylist: LiveStylist
        var mailbox: LiveMailbox
        var isPaced: Bool
    }

    private func parts(_ plan: LivePlan, _ reader: Y4MReader) throws -> Parts {
        let size = plan.size(of: reader.header)
        let side = Double(max(size.width, size.height)) * command.styleScale
        let painter = LivePainter(
            style, paintings: pictures, paintingSide: Int(min(max(side, 64), 1024)),
            steadiness: command.live.steady ?? 0.8)
        let writer = try command.outputPath.map { path in
            try Y4MWriter(
                path: path,
                header: Y4MHeader(
                    width: size.width, height: size.height,
                    rate: reader.header.rate ?? .init(frames: 25, seconds: 1)),
                matrix: .usual(width: size.width, height: size.height))
        }
        return Parts(reader: reader, writer: writer, painter: painter)
    }

    private func job(_ plan: LivePlan, _ parts: Parts) -> Job {
        let isCopy = command.outputPath != nil && parts.reader.isRegularFile
        let drops =
            command.live.drop || (plan.hasWindow && !command.live.everyFrame && !isCopy)
        let mailbox = LiveMailbox(dropsFrames: drops)
        let stylist = LiveStylist(
            plan, painter: parts.painter, paintings: LiveStyleChoice.labels(command, pictures),
            controls: LiveStyleChoice.controls(command), mailbox: mailbox, writer: parts.writer)
        return Job(stylist: stylist, mailbox: mailbox, isPaced: plan.hasWindow && !isCopy)
    }

    private func read(
        _ reader: Y4MReader, _ job: Job, _ stop: StopFlag
    ) -> BackgroundWork<Void> {
        let reading = LiveReading(
            reader: reader, mailbox: job.mailbox, isPaced: job.isPaced,
            shouldWait: { job.stylist.isPaused },
            shouldStop: { Interruption.isRequested || stop.isSet })
        return BackgroundWork { reading.run() }
    }

    private func finish(_ reading: BackgroundWork<Void>, _ stop: StopFlag) {
        stop.set()
        // It ends within a tenth of a second, and throws nothing.
        try? reading.wait()
    }

    private func end(_ summary: LiveStylist.Summary, _ reader: Y4MReader) throws {
        guard summary.frames > 0 else {
            throw Failure(
                "\(reader.path): expected frames after the stream's header, found no whole one")
        }
        if command.quiet { return }
        if case .cut(let found, let expected) = reader.ending {
            Console.error(
                "atelier: \(reader.path): breaks off inside frame \(reader.frameCount + 1) "
                    + "(\(found) of \(expected) bytes); the \(reader.frameCount) before it were used"
            )
        }
        let seconds = max(summary.seconds, 1e-9)
        Console.error(
            "\(summary.frames) frames in \(Readable.fixed(summary.seconds, 1)) s, "
                + "\(Readable.fixed(Double(summary.frames) / seconds, 1)) frames/s, "
                + "\(summary.dropped) dropped")
    }
}
