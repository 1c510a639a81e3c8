extension LiveScreen {
    private static let thumbnail: Float = 60

    /// The bar below the picture: the paintings, how much of them, and how the stream fares.
    mutating func drawBar(_ model: LiveModel, _ rect: Rect) {
        painter.fill(rect, Theme.panel)
        painter.rule(
            from: Point(x: rect.x, y: rect.y), to: Point(x: rect.right, y: rect.y), Theme.outline)
        var inner = rect.inset(x: 16, y: 10)
        drawStatus(model, inner.takeRight(min(330, inner.width * 0.5)))
        _ = inner.takeRight(20)
        drawPaintings(model, inner)
    }

    private mutating func drawPaintings(_ model: LiveModel, _ rect: Rect) {
        guard !paintings.isEmpty else {
            painter.text("This network has one style", in: rect, .body, Theme.muted)
            return
        }
        let weights = model.controls.weights
        let step = Self.thumbnail + 12
        let fitting = max(Int((rect.width + 12) / step), 1)
        // Around the one that leads, where there are more than fit.
        let first = min(
            max((model.controls.leading ?? 0) - fitting / 2, 0),
            max(paintings.count - fitting, 0))
        for place in first..<min(first + fitting, paintings.count) {
            let box = Rect(
                x: rect.x + Float(place - first) * step, y: rect.y + 2, width: Self.thumbnail,
                height: Self.thumbnail)
            drawPainting(place, weights[place], box)
        }
    }

    private mutating func drawPainting(_ place: Int, _ weight: Double, _ box: Rect) {
        let painting = paintings[place]
        let hit = painter.hit("painting \(place)", box)
        if weight > 0.005 {
            painter.fill(box.inset(-3), Theme.accent.faded(0.25 + 0.75 * weight), radius: 5)
        } else if hit.isHovered {
            painter.fill(box.inset(-3), Theme.hovered, radius: 5)
        }
        if let texture = textures.texture(
            named: "painting \(place)", serial: 0, of: painting.thumbnail)
        {
            let scale = painter.scale
            // The middle of it, as a square.
            let (width, height) = (Float(texture.width), Float(texture.height))
            let (u, v) = (min(height / width, 1) / 2, min(width / height, 1) / 2)
            painter.image(
                texture.identifier,
                pixels: Rect(
                    x: (box.x * scale).rounded(), y: (box.y * scale).rounded(),
                    width: (box.width * scale).rounded(), height: (box.height * scale).rounded()),
                u: (0.5 - u)...(0.5 + u), v: (0.5 - v)...(0.5 + v))
        }
        let label = Rect(x: box.x - 5, y: box.bottom + 4, width: box.width + 10, height: 16)
        painter.text(
            place < 9 ? "\(place + 1)  \(painting.name)" : painting.name, in: label, .small,
            weight > 0.005 ? Theme.text : Theme.faint, align: .centre)
        if hit.isHovered { painter.tooltip(painting.name, by: box) }
        if hit.isClicked { actions.append(.choose(place)) }
    }

    private mutating func drawStatus(_ model: LiveModel, _ rect: Rect) {
        var rect = rect
        painter.text(mixText(model), in: rect.takeTop(24), .strong)
        var line = rect.takeTop(30)
        let percent = NumberText.percent(model.controls.strength)
        painter.text("Style \(percent)", in: line.takeLeft(84), .body, Theme.muted)
        let track = line.takeLeft(max(line.width - 92, 60)).inset(x: 8, y: 0)
        drawSlider(model, track)
        _ = line.takeLeft(8)
        drawToggle(
            "colours", line, title: "Colours", isOn: !model.controls.keepsColours,
            hint: "The painting's colours, or the stream's   C", action: .toggleColours)
        painter.text(statusText(model), in: rect.takeBottom(22), .small, Theme.faint)
    }

    private mutating func drawSlider(_ model: LiveModel, _ rect: Rect) {
        let hit = painter.hit("strength", rect.inset(x: -8, y: 0))
        let x = rect.x + rect.width * Float(model.controls.strength)
        let y = rect.centre.y
        painter.fill(
            Rect(x: rect.x, y: y - 2, width: rect.width, height: 4), Theme.raised, radius: 2)
        painter.fill(
            Rect(x: rect.x, y: y - 2, width: x - rect.x, height: 4), Theme.accent, radius: 2)
        painter.circle(Point(x: x, y: y), radius: hit.isHovered ? 8 : 7, Theme.accent)
        guard hit.isHeld, rect.width > 0 else { return }
        let held = Double(min(max((hit.pointer.x - rect.x) / rect.width, 0), 1))
        if abs(held - model.controls.strength) >= 0.01 { actions.append(.strength(held)) }
    }

    private mutating func drawToggle(
        _ name: String, _ rect: Rect, title: String, isOn: Bool, hint: String, action: LiveAction
    ) {
        let box = Rect(x: rect.x, y: rect.centre.y - 12, width: rect.width, height: 24)
        let hit = painter.hit(name, box)
        painter.fill(
            box, isOn ? Theme.accent : hit.isHovered ? Theme.hovered : Theme.raised,
            radius: Theme.buttonRadius)
        painter.text(
            title, in: box, .strong, isOn ? Theme.onAccent : Theme.muted, align: .centre)
        if hit.isHovered { painter.tooltip(hint, by: box) }
        if hit.isClicked { actions.append(action) }
    }

    /// `mosaic 70%, waves 30%`.
    private func mixText(_ model: LiveModel) -> String {
        let parts = zip(paintings, model.controls.weights).filter { $0.1 > 0.005 }
        if parts.count == 1 { return parts[0].0.name }
        return parts.sorted { $0.1 > $1.1 }.map { painting, weight in
            "\(painting.name) \(NumberText.percent(weight))"
        }.joined(separator: ", ")
    }

    private func statusText(_ model: LiveModel) -> String {
        let report = model.report
        var parts: [String] = []
        if model.controls.isPaused { parts.append("standing still") }
        if let note = report.note { parts.append(note) }
        if parts.isEmpty && report.framesPerSecond > 0 {
            parts.append(NumberText.frames(report.framesPerSecond))
        }
        if report.droppedCount > 0 { parts.append("\(report.droppedCount) dropped") }
        parts.append("F1: keys")
        return parts.joined(separator: "   ")
    }
}

extension NumberText {
    /// `70%`.
    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded()))%" }

    /// `12.3 frames/s`.
    static func frames(_ perSecond: Double) -> String {
        let tenths = Int((min(perSecond, 1e6) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) frames/s"
    }
}
