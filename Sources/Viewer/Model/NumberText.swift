/// Numbers as the window writes them: independent of the locale, so that pictures of it repeat.
package enum NumberText {
    /// A value with so many digits after the point; a true minus sign; "inf" and "nan" as words.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "\u{2212}inf" : "inf" }
        if abs(value) >= 1e15 { return "\(value)" }
        var power = 1.0
        for _ in 0..<decimals { power *= 10 }
        let scaled = (abs(value) * power).rounded()
        let whole = Int((scaled / power).rounded(.down))
        let rest = Int(scaled - Double(whole) * power)
        let sign = value < 0 && scaled > 0 ? "\u{2212}" : ""
        if decimals == 0 { return sign + String(whole) }
        let digits = String(rest)
        return sign + String(whole) + "."
            + String(repeating: "0", count: max(decimals - digits.count, 0)) + digits
    }

    /// A value with about three significant digits.
    package static func short(_ value: Double) -> String {
        let size = abs(value)
        if size >= 100_000 { return compact(value) }
        return fixed(value, decimals: size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
    }

    /// A discriminator's score: as many digits as tell samples apart in little room.
    package static func score(_ value: Float) -> String {
        let size = abs(value)
        return fixed(Double(value), decimals: size < 9.995 ? 2 : size < 99.95 ? 1 : 0)
    }

    /// A whole number in groups of three: 12,400.
    package static func grouped(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "\u{2212}" + text : text
    }

    /// A large number with a letter: 950, 12.4k, 3.20M.
    package static func compact(_ value: Double) -> String {
        let size = abs(value)
        for (unit, letter) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where size >= unit * 0.9995 {
            let scaled = value / unit
            let decimals = abs(scaled) >= 99.95 ? 0 : abs(scaled) >= 9.995 ? 1 : 2
            return fixed(scaled, decimals: decimals) + letter
        }
        return fixed(value, decimals: 0)
    }

    /// A step on an axis: 0, 500, 2k, 2.5k.
    package static func axisStep(_ value: Double, spacing: Double) -> String {
        for (unit, letter) in [(1e6, "M"), (1e3, "k")] where abs(value) >= unit {
            var decimals = 0
            var scaled = spacing / unit
            while decimals < 3, abs(scaled - scaled.rounded()) > 1e-6 {
                scaled *= 10
                decimals += 1
            }
            return fixed(value / unit, decimals: decimals) + letter
        }
        return fixed(value, decimals: 0)
    }

    /// A time: 48s, 3m 12s, 2h 05m, 3d 04h.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e10 else { return "\u{2013}" }
        let total = Int(max(seconds, 0).rounded())
        func pair(_ large: Int, _ a: String, _ small: Int, _ b: String) -> String {
            "\(large)\(a) \(small < 10 ? "0" : "")\(small)\(b)"
        }
        if total < 60 { return "\(total)s" }
        if total < 3600 { return pair(total / 60, "m", total % 60, "s") }
        if total < 86400 { return pair(total / 3600, "h", total / 60 % 60, "m") }
        return pair(total / 86400, "d", total / 3600 % 24, "h")
    }
}
