/// What is said on standard error while pictures are measured.
struct MeasurementMeter {
    private let isQuiet: Bool
    private let clock = ContinuousClock()
    /// Before this nothing is said: what is soon done needs no word.
    private let silentUntil: ContinuousClock.Instant
    private let isPatient: Bool
    private var phase = ""
    private var total = 0
    private var start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant
    private var hasOpenLine = false

    /// - Parameters:
    ///   - isQuiet: Says nothing.
    ///   - patience: Says nothing for so long, and then at once where the work is; without it, as often
    ///     as a terminal or a file can bear.
    init(isQuiet: Bool, patience: Duration? = nil) {
        self.isQuiet = isQuiet
        isPatient = patience != nil
        start = clock.now
        silentUntil = start + (patience ?? .zero)
        // Long ago: the first line is not waited for any longer.
        lastShown = patience == nil ? start : start - .seconds(60)
    }

    /// Begins something that is done for so many pictures.
    mutating func begin(_ phase: String, total: Int) {
        end()
        (self.phase, self.total) = (phase, total)
        start = clock.now
        if !isPatient { lastShown = start }
    }

    /// So many are done.
    ///
    /// - Throws: A failure after Ctrl-C.
    mutating func reach(_ done: Int) throws {
        if Interruption.isRequested {
            end()
            throw Failure("interrupted: \(phase), \(done) of \(total)")
        }
        let now = clock.now
        let interval: Duration = Console.isTerminal ? .milliseconds(200) : .seconds(10)
        guard !isQuiet, done > 0, now >= silentUntil, now - lastShown >= interval else { return }
        lastShown = now
        let seconds = max((now - start) / .seconds(1), 1e-9)
        let left = seconds / Double(done) * Double(max(0, total - done))
        let line =
            "\(phase) \(done)/\(total)  \(Readable.count(Double(done) / seconds)) a second  "
            + "\(Readable.duration(left)) left"
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

    /// A sentence.
    mutating func say(_ text: String) {
        guard !isQuiet else { return }
        end()
        Console.error(text)
    }
}
