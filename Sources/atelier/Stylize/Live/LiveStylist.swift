import Glibc
import Imaging
import Runs
import Stylization
import Synchronization
import Viewer

/// Styles the frames of a mailbox, one after another, on the thread that calls ``work()``; the window
/// asks it for the newest from another.
final class LiveStylist: StyledStream, @unchecked Sendable {
    /// What was done in all.
    struct Summary {
        var frames = 0
        var dropped = 0
        var seconds = 0.0
    }

    private struct Shared {
        var controls: LiveControls
        var report = LiveReport()
        var shouldStop = false
    }

    let title: String
    let paintings: [LivePainting]
    let initialControls: LiveControls
    private let plan: LivePlan
    private let mailbox: LiveMailbox
    private let shared: Mutex<Shared>
    // Of the thread that works alone.
    private var painter: LivePainter
    private let writer: Y4MWriter?
    private var meter: StyleMeter
    private var weights: [Double]
    private var content: PixelBuffer?
    private var lastLook: LivePainter.Look?
    private var lastTime: ContinuousClock.Instant?
    private var finished: [ContinuousClock.Instant] = []
    private var summary = Summary()
    private var serial = 0
    private let clock = ContinuousClock()

    init(
        _ plan: LivePlan, painter: LivePainter, paintings: [LivePainting], controls: LiveControls,
        mailbox: LiveMailbox, writer: Y4MWriter?
    ) {
        self.plan = plan
        self.painter = painter
        self.paintings = paintings
        self.mailbox = mailbox
        self.writer = writer
        title = plan.title
        initialControls = controls
        weights = controls.weights
        meter = StyleMeter(isQuiet: plan.isQuiet, label: nil)
        shared = Mutex(Shared(controls: controls))
    }

    // MARK: From the window

    func report() -> LiveReport { shared.withLock { $0.report } }

    func control(_ controls: LiveControls) { shared.withLock { $0.controls = controls } }

    func save(_ frame: LiveFrame) throws -> String {
        var number = 1
        func name() -> String {
            let digits = String(number)
            return "live-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                + ".png"
        }
        while access(name(), F_OK) == 0 && number < 100_000 { number += 1 }
        var provenance = Provenance()
        provenance.command = Provenance.command(
            ["atelier"] + Array(CommandLine.arguments.dropFirst()))
        try PNGFile.write(frame.after, to: name(), text: provenance.texts)
        return name()
    }

    /// Asks the work to end.
    func stop() {
        shared.withLock { $0.shouldStop = true }
        mailbox.close()
    }

    var shouldStop: Bool { Interruption.isRequested || shared.withLock { $0.shouldStop } }

    var isPaused: Bool { shared.withLock { $0.controls.isPaused } }

    // MARK: The work

    /// Styles until the stream ends, or whoever watches wants no more.
    ///
    /// - Throws: What broke the stream or the writing; what was styled before is kept.
    func work() throws -> Summary {
        defer {
            meter.end()
            mailbox.close()
            shared.withLock { $0.report.isOver = true }
        }
        let start = clock.now
        let failure = try styleAll()
        summary.seconds = (clock.now - start) / .seconds(1)
        if summary.frames > 0 { try writer?.finish() }
        meter.end()
        if plan.hasWindow && !isFull && !shouldStop {
            let note = failure.map { "\($0)" } ?? "the stream has ended"
            shared.withLock { $0.report.note = note }
            while !shouldStop { refresh() }
        }
        if let failure { throw failure }
        return summary
    }

    private var isFull: Bool { plan.frameLimit.map { summary.frames >= $0 } ?? false }

    /// Answers what ended the stream before its time.
    private func styleAll() throws -> (any Error)? {
        while !shouldStop && !isFull {
            if isPaused {
                while isPaused && !shouldStop { refresh() }
                mailbox.forgetSkipped()
            }
            switch mailbox.take() {
            case .frame(let item): try style(item)
            case .nothing: refresh(wait: false)
            case .ended(let failure): return failure
            }
        }
        return nil
    }

    private func style(_ item: LiveMailbox.Item) throws {
        let header = item.frame.header
        let size = plan.size(of: header)
        let frame = item.frame.picture(matrix: plan.matrix(of: header)).resized(
            width: size.width, height: size.height, filter: .bilinear)
        content = frame
        let made = paint(frame)
        summary.frames += 1
        summary.dropped += item.skipped
        if let writer {
            let skipped = writer.frameCount > 0 ? item.skipped : 0
            for _ in 0..<skipped { try writer.repeatLast() }
            try writer.write(
                made.letterboxed(width: writer.header.width, height: writer.header.height))
        }
        finished.append(clock.now)
        let rate = framesPerSecond
        let dropped = summary.dropped
        shared.withLock { state in
            state.report.framesPerSecond = rate
            state.report.droppedCount = dropped
        }
        meter.show(
            "\(summary.frames) frames, \(Readable.fixed(rate, 1)) frames/s, \(dropped) dropped")
    }

    /// Over the last two seconds.
    private var framesPerSecond: Double {
        guard let last = finished.last else { return 0 }
        finished.removeAll { last - $0 > .seconds(2) }
        guard let first = finished.first, finished.count > 1 else { return 0 }
        return Double(finished.count - 1) / ((last - first) / .seconds(1))
    }

    /// Paints the frame that stands again where another look is asked for.
    private func refresh(wait: Bool = true) {
        if let content, look(advance: false) != lastLook {
            _ = paint(content)
        } else if wait {
            usleep(15_000)
        }
    }

    private func paint(_ frame: PixelBuffer) -> PixelBuffer {
        let look = look(advance: true)
        lastLook = look
        let made = painter.paint(frame, look: look)
        serial += 1
        let newest = LiveFrame(serial: serial, before: frame, after: made)
        shared.withLock { $0.report.frame = newest }
        return made
    }

    /// What is asked for now; shares go over into each other in a fraction of a second.
    private func look(advance: Bool) -> LivePainter.Look {
        let controls = shared.withLock { $0.controls }
        let wanted = controls.weights
        if advance {
            let now = clock.now
            let passed = lastTime.map { min((now - $0) / .seconds(1), 0.25) } ?? 0
            lastTime = now
            // All of the way in about half a second, without a power function: (1 + t / 0.15)^-1.
            let rest = 1 / (1 + passed / 0.15)
            for place in weights.indices {
                weights[place] = wanted[place] + (weights[place] - wanted[place]) * rest
            }
            let isThere = zip(weights, wanted).allSatisfy { abs($0 - $1) < 0.01 }
            if isThere { weights = wanted }
        }
        return .init(
            weights: advance ? weights : wanted, strength: controls.strength,
            keepsColours: controls.keepsColours)
    }
}
