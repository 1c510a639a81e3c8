extension ViewerScreen {
    /// The places of the three pictures of an explored frame.
    private enum Place {
        static let shown = 0
        static let first = 1
        static let second = 2
    }

    /// The line above the picture.
    mutating func drawExplorerHeader(_ model: ViewerModel) {
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
                isEnabled: model.explorer.frame != nil, hint: "Save this picture   S")
            {
                actions.append(.saveGrid)
            }
            _ = box.takeRight(6)
        }
        if button(
            "explore", small(box.takeRight(buttonWidth("Samples"))), title: "Samples",
            hint: "Back to the samples   G")
        {
            actions.append(.toggleExplorer)
        }
        _ = box.takeRight(14)
        _ = box.takeLeft(2)
        let drawn = painter.text("Explore", in: box, .title)
        _ = box.takeLeft(drawn.width + 12)
        let state: String? =
            model.explorer.isOpening
            ? "reading the network\u{2026}"
            : model.explorer.isBehind
                ? "drawing\u{2026}"
                : model.explorer.description.map {
                    "step \(NumberText.grouped($0.step)), \($0.detail)"
                }
        painter.text(
            state ?? "", in: Rect(x: box.x, y: box.y + 1.5, width: box.width, height: box.height),
            .body, Theme.muted)
    }

    /// The picture; dragging it goes along the way.
    mutating func drawExplored(_ model: inout ViewerModel) {
        let panel = layout.grid
        painter.fill(panel, Theme.well, radius: Theme.panelRadius)
        guard let frame = model.explorer.frame else { return drawNothingExplored(model, panel) }
        let hit = painter.hit("picture", panel)
        var area = panel.inset(x: 16, y: 12)
        let caption = area.takeBottom(26)
        let box = draw(Place.shown, of: frame, in: area, isSmooth: model.isSmooth)
        if hit.isHeld {
            let start = model.explorer.dragStart ?? model.explorer.request.share
            model.explorer.dragStart = start
            let target = start + Double(hit.drag.x / max(box.width, 1))
            if abs(hit.drag.x) > 3 { actions.append(.explore(.share(target))) }
        } else {
            model.explorer.dragStart = nil
        }
        let request = model.explorer.drawn ?? model.explorer.request
        var words = [Self.place(of: request)]
        if let name = className(request, model) { words.append(name) }
        if frame.content.scores.indices.contains(Place.shown) {
            words.append("D's score \(NumberText.score(frame.content.scores[Place.shown]))")
        }
        painter.text(
            words.joined(separator: "      "), in: caption, .body, Theme.muted, align: .centre)
    }

    /// Where on the way a picture is, in words.
    static func place(of request: ExplorerRequest) -> String {
        switch request.share {
        case 0: return "Seed \(request.first)"
        case 1: return "Seed \(request.second)"
        default:
            return "Seed \(request.first) \u{2192} \(request.second), "
                + "\(NumberText.fixed(request.share * 100, decimals: 0))%"
        }
    }

    private func className(_ request: ExplorerRequest, _ model: ViewerModel) -> String? {
        let names = model.explorer.description?.classNames ?? []
        return names.indices.contains(request.label) ? names[request.label] : nil
    }

    private func drawNothingExplored(_ model: ViewerModel, _ panel: Rect) {
        let middle = panel.inset(x: 20, y: 0)
        let failure = model.explorer.failure
        let title = failure == nil ? "The network is on its way" : "There is nothing to explore"
        painter.text(
            title, in: Rect(x: middle.x, y: middle.centre.y - 34, width: middle.width, height: 24),
            .title, Theme.muted, align: .centre)
        let lines = painter.wrap(
            failure ?? "Pictures are made beside the window: it stays quick meanwhile.",
            width: min(middle.width, 520), .body)
        for (index, line) in lines.prefix(4).enumerated() {
            painter.text(
                line,
                in: Rect(
                    x: middle.x, y: middle.centre.y - 4 + Float(index) * 20, width: middle.width,
                    height: 20), .body, Theme.faint, align: .centre)
        }
    }

    /// A sample as large as it fits an area, in the area's middle; answers where it is drawn.
    ///
    /// - Parameter reduces: Whether pixels are averaged for a sample that is drawn smaller than it is;
    ///   else one texture serves for all sizes.
    @discardableResult
    func draw(
        _ index: Int, of frame: ViewerModel.Frame, in area: Rect, isSmooth: Bool,
        reduces: Bool = false
    ) -> Rect {
        let geometry = frame.content.geometry
        let scale = painter.scale
        guard index < geometry.count, area.width > 1, area.height > 1 else {
            return Rect(x: area.x, y: area.y, width: 0, height: 0)
        }
        let factor = min(
            area.width * scale / Float(geometry.cellWidth),
            area.height * scale / Float(geometry.cellHeight))
        // Sharp pixels want whole multiples, or some would be wider than others.
        let zoom = isSmooth || factor < 1 ? factor : factor.rounded(.down)
        let size = Point(
            x: (Float(geometry.cellWidth) * zoom).rounded(),
            y: (Float(geometry.cellHeight) * zoom).rounded())
        let box = Rect(
            x: (area.centre.x * scale - size.x / 2).rounded(),
            y: (area.centre.y * scale - size.y / 2).rounded(), width: size.x, height: size.y)
        let reduction = reduces ? max(Int(1 / max(zoom, 0.01)), 1) : 1
        if let texture = textures.texture(for: frame, reduction: reduction, isSmooth: isSmooth) {
            let part = texture.atlas.coordinates(of: index)
            painter.image(texture.identifier, pixels: box, u: part.u, v: part.v)
        }
        return Rect(
            x: box.x / scale, y: box.y / scale, width: box.width / scale,
            height: box.height / scale)
    }

    /// The way from A to B, with a picture at either end.
    mutating func drawWay(_ model: ViewerModel) {
        card(layout.timeline)
        var box = layout.timeline.inset(x: 12, y: 7)
        let ends = [
            (Place.first, box.takeLeft(48), "A"), (Place.second, box.takeRight(48), "B"),
        ]
        for (index, area, name) in ends {
            painter.fill(area, Theme.raised, radius: 4)
            if let frame = model.explorer.frame {
                draw(index, of: frame, in: area.inset(1), isSmooth: model.isSmooth)
            } else {
                painter.text(name, in: area, .strong, Theme.faint, align: .centre)
            }
        }
        box = box.inset(x: 16, y: 0)
        let request = model.explorer.request
        let track = Rect(x: box.x, y: box.y, width: box.width, height: 28)
        if let value = slider("way", track, at: request.share) {
            actions.append(.explore(.share(value)))
        }
        let labels = Rect(x: box.x, y: box.bottom - 18, width: box.width, height: 16)
        let third = labels.width / 3
        func label(_ text: String, _ part: Float, _ align: Painter.Alignment) {
            painter.text(
                text,
                in: Rect(x: labels.x + part * third, y: labels.y, width: third, height: 16), .small,
                Theme.faint, align: align)
        }
        label("A: seed \(request.first)", 0, .leading)
        label("\(NumberText.fixed(request.share * 100, decimals: 0))%", 1, .centre)
        label("B: seed \(request.second)", 2, .trailing)
    }
}
