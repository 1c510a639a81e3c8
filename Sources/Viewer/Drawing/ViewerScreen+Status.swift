extension ViewerScreen {
    /// The run's name, its state, how far and how fast it is.
    mutating func drawStatus(_ model: ViewerModel, _ detail: [String]) {
        card(layout.status)
        var box = layout.status.inset(ViewerLayout.pad)
        drawName(model, in: box.takeTop(26))
        // At most two lines; the second one holds what is left.
        let lines = detail.count > 2 ? [detail[0], detail[1...].joined(separator: " ")] : detail
        for line in lines.isEmpty ? [""] : lines {
            painter.text(line, in: box.takeTop(20), .body, Theme.muted)
        }
        _ = box.takeTop(12)
        guard let progress = model.progress else {
            painter.text("Waiting for the run\u{2026}", in: box.takeTop(20), .body, Theme.faint)
            return
        }
        drawBar(progress, in: box.takeTop(34))
        _ = box.takeTop(12)
        drawFigures(progress, in: &box)
        _ = box.takeTop(12)
        if Self.hasControls(model) {
            drawButtons(model, state: progress.state, in: box.takeTop(32))
        }
    }

    private func drawName(_ model: ViewerModel, in row: Rect) {
        var row = row
        let name = model.run.name.isEmpty ? "Atelier" : model.run.name
        if let state = model.progress?.state {
            let (title, colour) = Self.describe(state, pending: model.pending)
            let width = painter.size(of: title, .strong).x + 30
            let pill = row.takeRight(width)
            painter.fill(pill, colour.faded(0.16), radius: 13)
            painter.circle(Point(x: pill.x + 13, y: pill.centre.y), radius: 4, colour)
            painter.text(
                title, in: Rect(x: pill.x + 22, y: pill.y, width: width - 26, height: pill.height),
                .strong, colour)
            _ = row.takeRight(10)
        }
        painter.text(name, in: row, .title)
    }

    static func describe(
        _ state: RunState, pending: ViewerModel.PendingRequest?
    ) -> (String, Colour) {
        if state.isAlive {
            switch pending {
            case .pause: return ("Pausing", Theme.amber)
            case .resume: return ("Resuming", Theme.green)
            case .stop: return ("Stopping", Theme.rose)
            case nil: break
            }
        }
        let colour = Theme.colour(of: state)
        switch state {
        case .starting: return ("Starting", colour)
        case .running: return ("Running", colour)
        case .paused: return ("Paused", colour)
        case .finished: return ("Finished", colour)
        case .stopped: return ("Stopped", colour)
        case .failed: return ("Failed", colour)
        case .lost(let seconds):
            return ("Silent for \(NumberText.duration(Double(seconds)))", colour)
        }
    }

    private func drawBar(_ progress: RunProgress, in row: Rect) {
        var row = row
        var line = row.takeTop(20)
        if let fraction = progress.fraction {
            painter.text(
                NumberText.fixed(fraction * 100, decimals: fraction < 0.1 ? 1 : 0) + "%",
                in: line.takeRight(52), .strong, Theme.text, align: .trailing)
        }
        let total = progress.totalSteps.map { " of \(NumberText.grouped($0))" } ?? ""
        painter.text(
            "Step \(NumberText.grouped(progress.step))\(total)", in: line, .body, Theme.text)
        _ = row.takeTop(6)
        let bar = row.takeTop(6)
        painter.fill(bar, Theme.raised, radius: 3)
        if let fraction = progress.fraction, fraction > 0 {
            painter.fill(
                Rect(
                    x: bar.x, y: bar.y, width: max(bar.width * Float(fraction), 6), height: 6),
                Theme.colour(of: progress.state), radius: 3)
        }
    }

    private func drawFigures(_ progress: RunProgress, in box: inout Rect) {
        let speed = progress.imagesPerSecond.map { NumberText.compact($0) + "/s" } ?? "\u{2013}"
        let left = progress.remaining.map { NumberText.duration($0) } ?? "\u{2013}"
        let figures = [
            ("Images", NumberText.compact(Double(progress.images))), ("Speed", speed),
            ("Elapsed", NumberText.duration(progress.elapsed)), ("Left", left),
        ]
        let perRow = ViewerLayout.figuresPerRow(in: layout.status.width)
        for start in stride(from: 0, to: figures.count, by: perRow) {
            var row = box.takeTop(ViewerLayout.figureHeight)
            let width = row.width / Float(perRow)
            for (label, value) in figures[start..<min(start + perRow, figures.count)] {
                var cell = row.takeLeft(width)
                cell.width -= 4
                painter.text(label, in: cell.takeTop(17), .small, Theme.faint)
                painter.text(value, in: cell.takeTop(21), .strong)
            }
        }
    }

    private mutating func drawButtons(_ model: ViewerModel, state: RunState, in row: Rect) {
        var row = row
        let isPaused = state == .paused ? model.pending != .resume : model.pending == .pause
        let stop = row.takeRight((row.width - 8) * 0.36)
        _ = row.takeRight(8)
        if button(
            "pause", row, title: isPaused ? "Resume" : "Pause", icon: isPaused ? .play : .pause,
            isEnabled: model.pending != .stop,
            hint: isPaused ? "Let the training go on   Space" : "Pause the training   Space")
        {
            actions.append(.togglePause)
        }
        if button(
            "stop", stop, title: "Stop", icon: .stop, isEnabled: model.pending != .stop,
            hint: "Save a checkpoint and end the training   X")
        {
            actions.append(.askStop)
        }
    }
}
