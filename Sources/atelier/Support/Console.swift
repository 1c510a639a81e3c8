import Glibc
import Synchronization

/// Text for people on standard output and standard error.
enum Console {
    /// Whether standard error is a terminal, so that a line may be drawn over.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// A line on standard error.
    static func error(_ text: String) { write(printable(text) + "\n", to: STDERR_FILENO) }

    /// A line on standard output.
    static func print(_ text: String) {
        if let code = write(printable(text) + "\n", to: STDOUT_FILENO) {
            outputErrno.store(code, ordering: .relaxed)
        }
    }

    /// Why text for standard output was lost (a full disk, a closed pipe), if it was.
    static var outputFailure: String? {
        let code = outputErrno.load(ordering: .relaxed)
        return code == 0 ? nil : String(cString: strerror(code))
    }

    private static let outputErrno = Atomic<Int32>(0)

    /// Draws a line of progress over the last one.
    static func redraw(_ text: String) { write("\r\u{1B}[2K" + printable(text), to: STDERR_FILENO) }

    /// A text without the control characters that would move the cursor or change the terminal: names
    /// and notes come from files of others. Line feeds and tabs stay.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isHarmful =
                        scalar.properties.generalCategory == .control && scalar != "\n"
                        && scalar != "\t"
                    return isHarmful ? "\u{FFFD}" : scalar
                }))
    }

    /// Answers the system's error number if not all was written.
    @discardableResult
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // A closed pipe or a full terminal must not stop a training run.
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return errno }
            bytes = bytes.dropFirst(count)
        }
        return nil
    }
}

/// Numbers as people read them.
enum Readable {
    /// `12.3k`, `4.56M`.
    static func count(_ value: Double) -> String {
        switch abs(value) {
        case ..<1000: fixed(value, value < 100 && value != value.rounded() ? 1 : 0)
        case ..<1_000_000: fixed(value / 1000, 1) + "k"
        default: fixed(value / 1_000_000, 2) + "M"
        }
    }

    /// `1:02:03` or `2:03`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds).rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        let tail = (rest < 10 ? "0" : "") + "\(rest)"
        if hours == 0 { return "\(minutes):\(tail)" }
        return "\(hours):" + (minutes < 10 ? "0" : "") + "\(minutes):\(tail)"
    }

    /// A number with so many digits after the point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9e15 else { return "\(value)" }
        let whole = Int(scaled)
        let sign = value < 0 && whole != 0 ? "-" : ""
        if digits == 0 { return sign + "\(whole)" }
        let fraction = String(whole % Int(scale))
        return sign + "\(whole / Int(scale))."
            + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// `3.2 MB`.
    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<1_000_000: fixed(Double(count) / 1e3, 1) + " kB"
        case ..<1_000_000_000: fixed(Double(count) / 1e6, 1) + " MB"
        default: fixed(Double(count) / 1e9, 2) + " GB"
        }
    }
}
