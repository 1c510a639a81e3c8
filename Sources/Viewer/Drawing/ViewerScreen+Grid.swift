extension ViewerScreen {
    /// The line above the samples.
    mutating func drawHeader(_ model: ViewerModel) {
        var box = layout.header
        func small(_ rect: Rect) -> Rect {
            Rect(x: rect.x, y: rect.centre.y - 15, width: rect.width, height: 30)
        }
        if button("help", small(box.takeRight(32)), title: "?", hint: "All keys   F1") {
            actions.append(.toggleHelp)
        }
        _ = box.takeRight(6)
        if model.capabilities.contains(.save) {
            if button(
                "save", small(box.takeRight(buttonWidth("Save"))), title: "Save",
                isEnabled: model.wanted != nil, hint: "Save this grid   S")
            {
                actions.append(.saveGrid)
            }
            _ = box.takeRight(6)
        }
        if model.capabilities.contains(.explore) {
            if button(
                "explore", small(box.takeRight(buttonWidth("Explore"))), title: "Explore",
                hint: "Make pictures with the network   G")
            {
                actions.append(.toggleExplorer)
            }
            _ = box.takeRight(6)
        }
        let mode = model.comparing
        if let mode {
            for choice in ComparisonState.Mode.allCases.reversed() {
                if button(
                    "mode \(choice.title)", small(box.takeRight(buttonWidth(choice.title))),
                    title: choice.title, isOn: mode == choice, hint: choice.hint)
                {
                    actions.append(.compare(.mode(choice)))
                }
                _ = box.takeRight(2)
            }
            _ = box.takeRight(4)
        }
        let zoom = NumberText.fixed(Double(model.gridView.zoom) * 100, decimals: 0) + "%"
        let isFit = model.gridView.zoom <= 1.001
        // In a small window the words come first, as long as there is nothing to fit.
        if mode ?? .sheet == .sheet, !isFit || layout.header.width > (mode == nil ? 520 : 620),
            button(
                "fit", small(box.takeRight(buttonWidth("2400%"))), title: isFit ? "Fit" : zoom,
                hint: isFit ? "Zoom with the wheel or + and \u{2212}" : "Fit the whole grid   0")
        {
            actions.append(.zoomFit)
        }
        _ = box.takeRight(14)
        if model.capabilities.contains(.variants) {
            for variant in SampleVariant.allCases.reversed() {
                if button(
                    "variant \(variant.rawValue)",
                    small(box.takeRight(buttonWidth(variant.title))), title: variant.title,
                    isOn: model.variant == variant,
                    hint: variant == .average
                        ? "Samples of the averaged weights   E" : "Samples of the last weights   E")
                {
                    actions.append(.variant(variant))
                }
                _ = box.takeRight(2)
            }
        }
        _ = box.takeRight(12)
        _ = box.takeLeft(2)
        guard let frame = model.shown else {
            painter.text("Samples", in: box, .title, Theme.muted)
            return
        }
        let step = "Step \(NumberText.grouped(frame.content.step))"
        let drawn = painter.text(step, in: box, .title)
        _ = box.takeLeft(drawn.width + 12)
        let count = frame.content.geometry.count
        let samples = mode ?? .sheet == .sheet ? ", \(count) samples" : ""
        let kind =
            model.isLoading
            ? "loading\u{2026}"
            : model.shownSnapshot == nil ? "live\(samples)" : "snapshot\(samples)"
        painter.text(
            kind, in: Rect(x: box.x, y: box.y + 1.5, width: box.width, height: box.height), .body,
            Theme.muted)
    }

    /// The samples.
    mutating func drawGrid(_ model: inout ViewerModel) {
        let panel = layout.grid
        painter.fill(panel, Theme.well, radius: Theme.panelRadius)
        guard let frame = model.shown else { return drawWaiting(model, in: panel) }
        var inner = panel.inset(10)
        let titles = inner.takeLeft(titleWidth(frame.content))
        let hit = painter.hit("grid", panel)
        let pixels = Rect(
            x: (inner.x * painter.scale).rounded(), y: (inner.y * painter.scale).rounded(),
            width: (inner.width * painter.scale).rounded(.down),
            height: (inner.height * painter.scale).rounded(.down))
        model.gridPanel = pixels
        let geometry = frame.content.geometry
        let pointer = Point(x: hit.pointer.x * painter.scale, y: hit.pointer.y * painter.scale)
        if hit.wheel != 0 {
            model.gridView.zoom(by: power(1.15, hit.wheel), around: pointer, in: pixels)
        }
        let dragged = abs(hit.drag.x) + abs(hit.drag.y) > 4
        if hit.isHeld, dragged {
            model.gridView.pan.x += hit.motion.x * painter.scale
            model.gridView.pan.y += hit.motion.y * painter.scale
        }
        let before = placement(model, frame.content, in: pixels)
        model.gridView.clampPan(
            of: geometry, gap: before.gap, caption: before.caption, in: pixels)
        let placement = placement(model, frame.content, in: pixels)
        let hovered = hit.isHovered ? placement.index(at: pointer) : nil
        if hit.isClicked, !dragged, let hovered { actions.append(.enlargeSample(hovered)) }
        var open = panel
        if titles.width > 0 { _ = open.takeLeft(inner.x - panel.x) }
        painter.clip(to: model.gridView.zoom > 1 ? open : inner) {
            drawSamples(frame, placement, in: pixels, isSmooth: model.isSmooth)
            drawScores(frame.content, placement, in: open)
            for (index, colour) in [(model.selection, Theme.accent), (hovered, Theme.text)] {
                guard let index, index < geometry.count else { continue }
                outline(placement.rect(of: index), colour)
            }
        }
        drawTitles(frame.content, placement, in: titles)
        if let hovered { hint(hovered, frame.content, placement) }
    }

    /// What is known of the sample under the pointer.
    private func hint(_ index: Int, _ frame: SampleFrame, _ placement: GridPlacement) {
        let facts = frame.facts(of: index)
        guard !facts.isEmpty else { return }
        let (rect, scale) = (placement.rect(of: index), painter.scale)
        painter.tooltip(
            facts.joined(separator: "   "),
            by: Rect(
                x: rect.x / scale, y: rect.y / scale, width: rect.width / scale,
                height: (rect.height + placement.caption) / scale))
    }

    private func outline(_ pixels: Rect, _ colour: Colour) {
        let scale = painter.scale
        painter.frame(
            Rect(
                x: pixels.x / scale, y: pixels.y / scale, width: pixels.width / scale,
                height: pixels.height / scale
            ).inset(-2), colour, thickness: 2)
    }

    private func drawSamples(
        _ frame: ViewerModel.Frame, _ placement: GridPlacement, in panel: Rect, isSmooth: Bool
    ) {
        // Averaged blocks where samples are drawn smaller than they are, so that they do not flicker.
        let reduction = max(Int(Float(placement.geometry.cellWidth) / placement.cell.x), 1)
        guard
            let texture = textures.texture(for: frame, reduction: reduction, isSmooth: isSmooth)
        else { return }
        for index in 0..<placement.geometry.count {
            let rect = placement.rect(of: index)
            guard rect.overlaps(panel.inset(-20 * painter.scale)) else { continue }
            let part = texture.atlas.coordinates(of: index)
            painter.image(texture.identifier, pixels: rect, u: part.u, v: part.v)
        }
    }

    private func drawWaiting(_ model: ViewerModel, in panel: Rect) {
        let isAlive = model.progress?.state.isAlive ?? true
        let title =
            isAlive ? "The first samples are on their way" : "This run has kept no samples"
        let detail =
            isAlive
            ? "They appear here as soon as the training has drawn them."
            : "Training writes a grid at every sampling interval."
        let middle = panel.inset(x: 20, y: 0)
        painter.text(
            title, in: Rect(x: middle.x, y: middle.centre.y - 24, width: middle.width, height: 24),
            .title, Theme.muted, align: .centre)
        painter.text(
            detail, in: Rect(x: middle.x, y: middle.centre.y + 4, width: middle.width, height: 20),
            .body, Theme.faint, align: .centre)
    }

    private func power(_ base: Float, _ exponent: Float) -> Float {
        var result: Float = 1
        let notches = Int(min(max(exponent.rounded(.awayFromZero), -8), 8))
        for _ in 0..<abs(notches) { result *= notches > 0 ? base : 1 / base }
        return result
    }
}
