extension DatasetReport {
    /// The report as plain text, lines of at most about 100 columns.
    ///
    /// - Parameter listLimit: How many broken files, duplicates, sizes and classes are listed; the
    ///   rest is counted.
    public func text(listLimit: Int = 20) -> String {
        var lines: [String] = []
        lines.append("\(path): \(Self.grouped(usableCount)) pictures (\(kind.rawValue))")
        for note in notes { lines.append("  note: \(note)") }
        lines.append("")
        lines += table("sizes", sizes, limit: listLimit)
        lines += table("formats", formats, limit: listLimit)
        lines += table("channels", channels, limit: listLimit)
        lines += table("classes", classes, limit: max(listLimit, 100))
        lines.append(row("smallest", smallest))
        lines.append(row("largest", largest))
        lines.append(row("decoded", Self.bytes(decodedBytes)))
        if deepCount > 0 { lines.append(row("16-bit", Self.grouped(deepCount))) }
        if transparentCount > 0 { lines.append(row("transparent", Self.grouped(transparentCount))) }
        if colourlessCount > 0 {
            lines.append(row("grey as rgb", Self.grouped(colourlessCount)))
        }
        if unlabelledCount > 0 { lines.append(row("no label", Self.grouped(unlabelledCount))) }
        lines.append("")
        lines += list(
            "broken or odd, skipped", broken.map { "\($0.name): \($0.reason)" },
            count: broken.count,
            limit: listLimit)
        lines += list(
            "exact duplicates",
            duplicates.map { group in
                let shown = group.prefix(4).joined(separator: " = ")
                return group.count > 4 ? shown + " and \(group.count - 4) more" : shown
            }, count: duplicateCount, limit: listLimit)
        lines.append("")
        let crop = proposal.crop == .centre ? "" : " --crop \(proposal.crop.rawValue)"
        lines.append(
            "proposed: --size \(proposal.side) --channels \(proposal.channels.rawValue)\(crop)")
        for reason in proposal.reasons { lines.append("  \(reason)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let headingWidth = 13

    private func row(_ heading: String, _ value: String) -> String {
        Self.padded(heading, to: Self.headingWidth) + Self.printable(value)
    }

    /// A table with a bar for each share.
    private func table(_ heading: String, _ tallies: [Tally], limit: Int) -> [String] {
        guard !tallies.isEmpty else { return [] }
        let shown = tallies.prefix(limit)
        let nameWidth = min(40, shown.map { Self.printable($0.name).count }.max() ?? 0)
        let countWidth = shown.map { Self.grouped($0.count).count }.max() ?? 0
        var lines: [String] = []
        for (index, tally) in shown.enumerated() {
            let share = Double(tally.count) / Double(max(1, usableCount))
            let count = Self.grouped(tally.count)
            let bar = String(repeating: "#", count: Int((share * 24).rounded()))
            let line =
                Self.padded(index == 0 ? heading : "", to: Self.headingWidth)
                + Self.padded(Self.printable(tally.name), to: nameWidth) + "  "
                + String(repeating: " ", count: countWidth - count.count) + count + "  "
                + Self.percent(share) + (bar.isEmpty ? "" : "  " + bar)
            lines.append(line)
        }
        if tallies.count > limit {
            let rest = tallies.dropFirst(limit).reduce(0) { $0 + $1.count }
            lines.append(
                row("", "and \(tallies.count - limit) more (\(Self.grouped(rest)) pictures)"))
        }
        return lines
    }

    private func list(_ heading: String, _ entries: [String], count: Int, limit: Int) -> [String] {
        guard !entries.isEmpty else { return ["\(heading): none"] }
        var lines = ["\(heading): \(Self.grouped(count))"]
        lines += entries.prefix(limit).map { "  " + Self.printable($0) }
        if entries.count > limit { lines.append("  and \(entries.count - limit) more") }
        return lines
    }

    /// Names come from outside: control characters must not reach a terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
                }))
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1_000).rounded())
        let text = "\(tenths / 10).\(tenths % 10)%"
        return String(repeating: " ", count: max(0, 6 - text.count)) + text
    }

    private static func grouped(_ number: Int) -> String {
        var digits = String(number)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return digits
    }

    private static func bytes(_ count: Int) -> String {
        let megabytes = Double(count) / 1e6
        return megabytes < 1_000
            ? "\((megabytes * 10).rounded() / 10) MB" : "\((megabytes / 100).rounded() / 10) GB"
    }
}
