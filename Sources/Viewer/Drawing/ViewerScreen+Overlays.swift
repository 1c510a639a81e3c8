extension ViewerScreen {
    /// The list of keys.
    mutating func drawHelp(_ model: ViewerModel) {
        let backdrop = painter.hit("backdrop", layout.window)
        let rowHeight: Float = 24
        let columns = KeyList.columns(
            for: model.capabilities, isExploring: model.isExploring, panes: model.panes)
        let heights = columns.map { sections in
            sections.reduce(Float(0)) { $0 + 38 + Float($1.rows.count) * rowHeight }
        }
        let width = min(layout.window.width - 40, 820)
        let height = min((heights.max() ?? 0) + 96, layout.window.height - 16)
        let box = Rect(
            x: layout.window.centre.x - width / 2, y: layout.window.centre.y - height / 2,
            width: width, height: height)
        painter.plate(box, Theme.panel, outline: Theme.outline, radius: Theme.panelRadius)
        var inner = box.inset(x: 28, y: 18)
        painter.text("Keys", in: inner.takeTop(28), .title)
        let foot = inner.takeBottom(20)
        painter.text(
            "Closing the window never stops the training.", in: foot, .body, Theme.faint)
        let left = inner.takeLeft(inner.width * 0.47)
        _ = inner.takeLeft(24)
        for (sections, column) in zip(columns, [left, inner]) {
            var column = column
            for section in sections {
                _ = column.takeTop(12)
                painter.text(section.title, in: column.takeTop(26), .strong, Theme.accent)
                for row in section.rows {
                    var line = column.takeTop(rowHeight)
                    painter.text(
                        row.keys, in: line.takeLeft(min(136, line.width * 0.42)), .strong)
                    _ = line.takeLeft(10)
                    painter.text(row.meaning, in: line, .body, Theme.muted)
                }
            }
        }
        if backdrop.isClicked, !box.contains(backdrop.pointer) { actions.append(.dismiss) }
    }

    /// One sample, as large as it fits.
    mutating func drawEnlarged(_ model: ViewerModel) {
        let backdrop = painter.hit("backdrop", layout.window)
        guard let frame = model.shown, let index = model.selection,
            index < frame.content.geometry.count
        else { return }
        let geometry = frame.content.geometry
        var area = layout.window.inset(x: 40, y: 20)
        let caption = area.takeTop(36)
        let foot = area.takeBottom(30)
        area = area.inset(x: 0, y: 8)
        let scale = painter.scale
        let factor = min(
            area.width * scale / Float(geometry.cellWidth),
            area.height * scale / Float(geometry.cellHeight))
        // Sharp pixels want whole multiples, or some would be wider than others.
        let zoom = model.isSmooth || factor < 1 ? factor : factor.rounded(.down)
        let size = Point(
            x: (Float(geometry.cellWidth) * zoom).rounded(),
            y: (Float(geometry.cellHeight) * zoom).rounded())
        let box = Rect(
            x: (area.centre.x * scale - size.x / 2).rounded(),
            y: (area.centre.y * scale - size.y / 2).rounded(), width: size.x, height: size.y)
        let points = Rect(
            x: box.x / scale, y: box.y / scale, width: box.width / scale,
            height: box.height / scale)
        painter.fill(points.inset(-6), Theme.panel, radius: 4)
        let reduction = max(Int(1 / max(zoom, 0.01)), 1)
        if let texture = textures.texture(
            for: frame, reduction: reduction, isSmooth: model.isSmooth)
        {
            let part = texture.atlas.coordinates(of: index)
            painter.image(texture.identifier, pixels: box, u: part.u, v: part.v)
        }
        let weights =
            model.capabilities.contains(.variants) ? ", \(frame.content.variant.title)" : ""
        let facts = frame.content.facts(of: index).map { $0 + ", " }.joined()
        painter.text(
            "Sample \(index + 1) of \(geometry.count), step "
                + "\(NumberText.grouped(frame.content.step))\(weights), \(facts)"
                + "\(geometry.cellWidth) x \(geometry.cellHeight) pixels",
            in: caption, .title, Theme.text, align: .centre)
        painter.text(
            "\u{2190} \u{2192} \u{2191} \u{2193} other samples      ,  . snapshots      "
                + "F sharp pixels      Esc close",
            in: foot, .body, Theme.muted, align: .centre)
        if backdrop.isClicked { actions.append(.dismiss) }
    }

    /// Whether the training should really stop.
    mutating func drawStopQuestion() {
        _ = painter.hit("backdrop", layout.window)
        let box = Rect(
            x: layout.window.centre.x - 210, y: layout.window.centre.y - 84, width: 420, height: 168
        )
        painter.plate(box, Theme.panel, outline: Theme.outline, radius: Theme.panelRadius)
        var inner = box.inset(x: 24, y: 20)
        painter.text("Stop the training?", in: inner.takeTop(28), .title)
        _ = inner.takeTop(6)
        painter.text(
            "It finishes the step, saves a checkpoint and ends.", in: inner.takeTop(20), .body,
            Theme.muted)
        painter.text(
            "You can resume it later from there.", in: inner.takeTop(20), .body, Theme.muted)
        var row = inner.takeBottom(32)
        if button("yes", row.takeRight(110), title: "Stop", isOn: true, hint: "Enter") {
            actions.append(.confirm)
        }
        _ = row.takeRight(8)
        if button("no", row.takeRight(130), title: "Keep training", hint: "Esc") {
            actions.append(.dismiss)
        }
    }
}
