import Runs
import Training

/// What is said while a classifier trains.
struct ClassifierMeter {
    private var progress: ProgressReporter
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?
    private var hasOpenLine = false

    init(style: ProgressReporter.Style) {
        progress = ProgressReporter(style: style)
        start = clock.now
    }

    private var seconds: Double { (clock.now - start) / .seconds(1) }

    /// A sentence for people.
    mutating func say(_ text: String) {
        if hasOpenLine { Console.error("") }
        hasOpenLine = false
        progress.say(text)
    }

    /// A step, now and then.
    mutating func show(_ report: ClassifierReport) {
        let isLast = report.step == report.steps
        let pause: Duration = progress.style == .terminal ? .milliseconds(200) : .seconds(10)
        if let lastShown, !isLast, clock.now - lastShown < pause { return }
        lastShown = clock.now
        let rate = Double(report.samplesSeen) / max(seconds, 1e-9)
        let left = seconds / Double(report.step) * Double(report.steps - report.step)
        let line =
            "step \(report.step)/\(report.steps)  \(Readable.count(rate)) images/s  loss "
            + "\(Readable.fixed(Double(report.loss), 3))  right in batch "
            + "\(Readable.fixed(Double(report.accuracy) * 100, 1)) %  "
            + "\(Readable.duration(left)) left"
        switch progress.style {
        case .quiet: break
        case .terminal:
            Console.redraw(line)
            hasOpenLine = true
        case .lines: Console.error(line)
        case .json:
            progress.event(
                "step",
                [
                    "step": .integer(report.step), "steps": .integer(report.steps),
                    "loss": .number(Double(report.loss)),
                    "batch_accuracy": .number(Double(report.accuracy)),
                    "images_per_s": .number(rate), "seconds_left": .number(left),
                ])
        }
    }

    /// The accuracy after an epoch.
    mutating func tested(_ report: ClassifierReport, _ result: ClassifierEvaluation) {
        say(
            "after \(report.samplesSeen) pictures: \(Self.percent(result)) of \(result.count) test "
                + "pictures right")
        progress.event(
            "test",
            [
                "step": .integer(report.step), "accuracy": .number(result.accuracy),
                "pictures": .integer(result.count),
            ])
    }

    /// The end.
    mutating func finished(_ result: ClassifierEvaluation, out: String) {
        say(
            "\(Self.percent(result)) of \(result.count) test pictures right after "
                + "\(Readable.duration(seconds)); wrote \(out)")
        progress.event(
            "end",
            [
                "accuracy": .number(result.accuracy), "pictures": .integer(result.count),
                "seconds": .number(seconds), "file": .string(out),
            ])
    }

    private static func percent(_ result: ClassifierEvaluation) -> String {
        Readable.fixed(result.accuracy * 100, 2) + " %"
    }
}
