/// What is said on standard error while pictures are measured.
struct MeasurementMeter {
    private let isQuiet: Bool
    private let clock = ContinuousClock()
    private var phase = ""
    private var total = 0
    private var start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant
    private var hasOpenLine = false

    /// - Parameter isQuiet: Says nothing.
    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        start = clock.now
        lastShown = start
    }

    /// Begins something that is done for so many pictures.
    mutating func begin(_ phase: String, total: Int) {
        end()
        (self.phase, self.total) = (phase, total)
        start = clock.now
        lastShown = start
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
        guard !isQuiet, done > 0, now - lastShown >= interval else { return }
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
