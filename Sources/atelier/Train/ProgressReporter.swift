import Runs
import Training

/// The progress line: drawn over itself in a terminal, a line now and then elsewhere.
struct ProgressReporter {
    /// How much is said.
    enum Style {
        /// Nothing.
        case quiet
        /// One line that changes.
        case terminal
        /// A new line every few seconds.
        case lines
        /// JSON objects on standard output, a line each.
        case json
    }

    let style: Style
    private let clock = ContinuousClock()
    private var lastShown: ContinuousClock.Instant?
    private var hasOpenLine = false

    init(style: Style) { self.style = style }

    /// The style that fits where the text goes.
    static func style(quiet: Bool, json: Bool) -> Style {
        if json { return .json }
        if quiet { return .quiet }
        return Console.isTerminal ? .terminal : .lines
    }

    /// What a line says.
    struct Line {
        var report: StepReport
        var totalSteps: Int?
        var imagesPerSecond: Double
        var secondsLeft: Double?
        /// What is unwell, in a word or two each.
        var warnings: [String] = []
        /// What stands in place of a GAN's losses and scores.
        var lossText: String?

        var text: String {
            let steps = totalSteps.map { "\(report.step)/\($0)" } ?? "\(report.step)"
            func value(_ name: String, _ digits: Int = 2) -> String {
                report.values[name].map { Readable.fixed(Double($0), digits) } ?? "-"
            }
            let losses =
                lossText
                ?? "loss D \(value("d_loss")) G \(value("g_loss"))  D(real) \(value("d_real")) "
                + "D(fake) \(value("d_fake"))"
            var text =
                "step \(steps)  \(Readable.count(Double(report.samplesSeen))) images  "
                + "\(Readable.count(imagesPerSecond)) images/s  \(losses)"
            if let secondsLeft { text += "  \(Readable.duration(secondsLeft)) left" }
            if !warnings.isEmpty { text += "  ! \(warnings.joined(separator: ", "))" }
            return text
        }
    }

    /// Whether a line would be shown now: making one costs a little.
    func isDue(isLast: Bool) -> Bool {
        if style == .quiet { return false }
        if isLast { return true }
        guard let lastShown else { return true }
        return clock.now - lastShown >= (style == .terminal ? .milliseconds(200) : .seconds(10))
    }

    /// Shows a line.
    mutating func show(_ line: Line) {
        lastShown = clock.now
        switch style {
        case .quiet: break
        case .terminal:
            Console.redraw(line.text)
            hasOpenLine = true
        case .lines: Console.error(line.text)
        case .json:
            let values = line.report.values.sorted { $0.key < $1.key }
                .map { "\"\($0.key)\": \($0.value)" }
            let left = line.secondsLeft.map { ", \"seconds_left\": \(Readable.fixed($0, 1))" } ?? ""
            let warnings =
                line.warnings.isEmpty
                ? ""
                : ", \"warnings\": " + JSONValue.array(line.warnings.map { .string($0) }).text
            Console.print(
                "{\"event\": \"step\", \"step\": \(line.report.step), \"images\": \(line.report.samplesSeen), "
                    + "\"images_per_s\": \(Readable.fixed(line.imagesPerSecond, 1))\(left)\(warnings), "
                    + values.joined(separator: ", ") + "}")
        }
    }

    /// Tells scripts of something that is no step; people are told in words.
    func event(_ name: String, _ fields: [String: JSONValue]) {
        guard style == .json else { return }
        Console.print(JSONValue.object(fields.merging(["event": .string(name)]) { $1 }).text)
    }

    /// Says something beside the line.
    mutating func say(_ text: String) {
        guard style == .terminal || style == .lines else { return }
        endLine()
        Console.error(text)
    }

    /// What tells of long work between two steps.
    func meter(patience: Duration) -> MeasurementMeter {
        MeasurementMeter(isQuiet: style == .quiet || style == .json, patience: patience)
    }

    /// Leaves the line as it stands.
    mutating func endLine() {
        if hasOpenLine { Console.error("") }
        hasOpenLine = false
    }
}
