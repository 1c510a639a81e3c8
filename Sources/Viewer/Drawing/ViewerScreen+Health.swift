extension ViewerScreen {
    /// A warning in the lines that it takes.
    struct HealthNote {
        var warning: ViewerWarning
        var happening: [String]
        var advice: [String]

        var lineCount: Int { max(happening.count + advice.count, 1) }
    }

    private static let titleWidth: Float = 118

    /// What is unwell, newest first, broken into lines for a strip so wide.
    func healthNotes(_ model: ViewerModel, width: Float) -> [HealthNote] {
        var warnings = model.warnings
        if case .failed(let reason)? = model.progress?.state {
            warnings.insert(
                ViewerWarning(title: "Failed", happening: reason, isCritical: true), at: 0)
        }
        let room = max(width - 2 * ViewerLayout.pad - Self.titleWidth, 60)
        return warnings.map { warning in
            let step = warning.step.map { "Step \(NumberText.grouped($0)): " } ?? ""
            return HealthNote(
                warning: warning,
                happening: painter.wrap(step + warning.happening, width: room, .body),
                advice: painter.wrap(warning.advice, width: room, .body))
        }
    }

    /// The strip between the header and the samples.
    func drawHealth(_ notes: [HealthNote]) {
        guard let rect = layout.warnings else { return }
        card(rect)
        var box = rect.inset(x: ViewerLayout.pad, y: ViewerLayout.warningPad)
        let line = ViewerLayout.warningLine
        for (index, note) in notes.enumerated() {
            let colour = note.warning.isCritical ? Theme.rose : Theme.amber
            let rest = notes.count - index
            // What does not fit whole is counted, not cut off in the middle of its advice; the newest
            // is shown as far as there is room.
            let needed = Float(note.lineCount + (rest > 1 ? 1 : 0)) * line
            if index > 0, box.height + 0.5 < min(needed, Float(note.lineCount) * line) {
                painter.text(
                    rest == 1 ? "and 1 more" : "and \(rest) more", in: box.takeTop(line), .small,
                    Theme.faint)
                return
            }
            let height = min(Float(note.lineCount) * line, box.height)
            var part = box.takeTop(height)
            painter.fill(
                Rect(x: rect.x, y: part.y + 2, width: 3, height: max(part.height - 4, 2)), colour,
                radius: 1.5)
            var title = part.takeLeft(Self.titleWidth)
            painter.text(
                note.warning.title, in: title.takeTop(line).inset(x: 0, y: 0), .strong, colour)
            draw(note.happening, Theme.text, line, in: &part)
            draw(note.advice, Theme.muted, line, in: &part)
        }
    }

    private func draw(_ lines: [String], _ colour: Colour, _ height: Float, in box: inout Rect) {
        for line in lines where box.height > height - 1 {
            painter.text(line, in: box.takeTop(height), .body, colour)
        }
    }
}
