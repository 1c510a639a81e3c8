extension ComparisonState.Mode {
    /// What its button says more of.
    var hint: String {
        switch self {
        case .sheet: "All samples   1"
        case .sides: "One picture, side by side   2"
        case .wipe: "Before and after, over each other   3"
        }
    }
}

extension ViewerScreen {
    private static let barHeight: Float = 30
    private static let headingHeight: Float = 22
    private static let paneGap: Float = 10
    private static let thumbnailGap: Float = 6
    /// The height of the row of small pictures: at least, and where there is room.
    private static let stripHeight: ClosedRange<Float> = 44...132

    /// One picture: its panes side by side, or two of them over each other.
    mutating func drawComparison(_ model: ViewerModel, _ mode: ComparisonState.Mode) {
        let panel = layout.grid
        painter.fill(panel, Theme.well, radius: Theme.panelRadius)
        guard let panes = model.panes, let frame = model.shown, let count = model.pictureCount
        else { return }
        var area = panel.inset(x: 12, y: 8)
        drawComparisonBar(model, panes, mode, count, in: area.takeTop(Self.barHeight))
        _ = area.takeTop(8)
        if count > 1 {
            var height = min(Self.stripHeight.lowerBound, area.height * 0.2)
            if mode == .sides {
                // What the panes leave free, where they stand in one row.
                let pane = paneSize(frame.content.geometry, panes.paneCount, in: area)
                let free = area.height - pane.y - Self.headingHeight - Self.paneGap
                height = max(height, min(free, Self.stripHeight.upperBound))
            }
            drawStrip(model, frame, panes, count, in: area.takeBottom(height))
            _ = area.takeBottom(Self.paneGap)
        }
        switch mode {
        case .sheet: break
        case .sides: drawSides(model, frame, panes, in: area)
        case .wipe: drawWipe(model, frame, panes, in: area)
        }
    }

    /// Which way, which picture, and what lies over what.
    private mutating func drawComparisonBar(
        _ model: ViewerModel, _ panes: PaneLayout, _ mode: ComparisonState.Mode, _ count: Int,
        in bar: Rect
    ) {
        var box = bar
        let isNarrow = bar.width < 460
        if panes.ways.count > 1 {
            for (place, way) in panes.ways.enumerated() {
                if button(
                    "way \(place)", box.takeLeft(buttonWidth(way.title)), title: way.title,
                    isOn: place == model.comparison.way, hint: "Direction   D")
                {
                    actions.append(.compare(.way(place)))
                }
                _ = box.takeLeft(2)
            }
            _ = box.takeLeft(8)
        }
        let place = model.comparison.picture + 1
        let words = isNarrow ? "\(place)/\(count)" : "Picture \(place) of \(count)"
        if button(
            "next picture", box.takeRight(30), title: "\u{203A}", isEnabled: count > 1,
            hint: "Next picture   \u{2193}")
        {
            actions.append(.compare(.movePicture(1)))
        }
        let width = painter.size(
            of: isNarrow ? "\(count)/\(count)" : "Picture \(count) of \(count)", .body
        ).x
        painter.text(words, in: box.takeRight(width + 16), .body, Theme.muted, align: .centre)
        if button(
            "previous picture", box.takeRight(30), title: "\u{2039}", isEnabled: count > 1,
            hint: "Previous picture   \u{2191}")
        {
            actions.append(.compare(.movePicture(-1)))
        }
        _ = box.takeRight(8)
        guard mode == .wipe, panes.pairs.count > 1 else { return }
        let names = Self.names(model, panes)
        let title = "\(names.before) | \(names.after)"
        if button(
            "pair", box.takeLeft(min(buttonWidth(title), box.width)), title: title,
            hint: "What lies over what   T")
        {
            actions.append(.compare(.nextPair))
        }
    }

    /// What lies left and right of the line.
    private static func names(
        _ model: ViewerModel, _ panes: PaneLayout
    ) -> (before: String, after: String) {
        let (way, pair) = (panes.ways[model.comparison.way], panes.pairs[model.comparison.pair])
        return (way.panes[pair.before], way.panes[pair.after])
    }

    /// The size of a pane where so many stand in a row, in points.
    private func paneSize(_ geometry: GridGeometry, _ count: Int, in area: Rect) -> Point {
        let width = (area.width - Self.paneGap * Float(count - 1)) / Float(count)
        let height = area.height - Self.headingHeight
        let factor = min(width / Float(geometry.cellWidth), height / Float(geometry.cellHeight))
        return Point(
            x: Float(geometry.cellWidth) * factor, y: Float(geometry.cellHeight) * factor)
    }

    private mutating func drawSides(
        _ model: ViewerModel, _ frame: ViewerModel.Frame, _ panes: PaneLayout, in area: Rect
    ) {
        let geometry = frame.content.geometry
        let size = paneSize(geometry, panes.paneCount, in: area)
        let whole = size.x * Float(panes.paneCount) + Self.paneGap * Float(panes.paneCount - 1)
        let top = area.y + max(0, (area.height - size.y - Self.headingHeight) / 2)
        let (picture, way) = (model.comparison.picture, model.comparison.way)
        for (place, name) in panes.ways[way].panes.enumerated() {
            let x = area.centre.x - whole / 2 + Float(place) * (size.x + Self.paneGap)
            painter.text(
                name, in: Rect(x: x, y: top, width: size.x, height: Self.headingHeight - 4), .body,
                place == panes.made ? Theme.text : Theme.muted, align: .centre)
            let box = Rect(x: x, y: top + Self.headingHeight, width: size.x, height: size.y)
            let sample = panes.sample(picture: picture, way: way, pane: place)
            draw(sample, of: frame, in: box, isSmooth: model.isSmooth, reduces: true)
            let hit = painter.hit("pane \(place)", box)
            if hit.isHovered { painter.frame(box.inset(-2), Theme.hovered, thickness: 2) }
            if hit.isClicked { actions.append(.enlargeSample(sample)) }
        }
    }

    private mutating func drawWipe(
        _ model: ViewerModel, _ frame: ViewerModel.Frame, _ panes: PaneLayout, in area: Rect
    ) {
        var area = area
        let heading = area.takeTop(Self.headingHeight - 2)
        let (picture, way) = (model.comparison.picture, model.comparison.way)
        let pair = panes.pairs[model.comparison.pair]
        func sample(_ pane: Int) -> Int { panes.sample(picture: picture, way: way, pane: pane) }
        let box = draw(
            sample(pair.before), of: frame, in: area, isSmooth: model.isSmooth, reduces: true)
        let x = box.x + box.width * Float(model.comparison.line)
        let rest = Rect(x: x, y: box.y, width: box.right - x, height: box.height)
        if rest.width > 0.5 {
            painter.clip(to: rest) {
                draw(
                    sample(pair.after), of: frame, in: area, isSmooth: model.isSmooth,
                    reduces: true)
            }
        }
        let hit = painter.hit("wipe", box.inset(x: -10, y: 0))
        if hit.isHeld, box.width > 1 {
            let place = Double((hit.pointer.x - box.x) / box.width)
            actions.append(.compare(.line(place)))
        }
        drawLine(at: x, in: box, isBright: hit.isHovered || hit.isHeld)
        // Words above their sides, as far as the picture goes.
        let names = Self.names(model, panes)
        let half = max(box.width, 80) / 2
        let left = Rect(
            x: box.centre.x - half, y: heading.y, width: half - 6, height: heading.height - 2)
        painter.text(names.before, in: left, .body, Theme.muted)
        let right = Rect(
            x: box.centre.x + 6, y: heading.y, width: half - 6, height: heading.height - 2)
        painter.text(names.after, in: right, .body, Theme.text, align: .trailing)
    }

    /// The line of the wipe, with its handle.
    private func drawLine(at x: Float, in box: Rect, isBright: Bool) {
        let ink = isBright ? Theme.accent : Theme.text
        painter.fill(
            Rect(x: x - 2, y: box.y, width: 4, height: box.height), Theme.shade)
        painter.fill(Rect(x: x - 1, y: box.y, width: 2, height: box.height), ink)
        let centre = Point(x: x, y: box.centre.y)
        painter.circle(centre, radius: 15, Theme.shade)
        painter.circle(centre, radius: 13, ink)
        for side: Float in [-1, 1] {
            painter.triangle(
                Point(x: x + side * 3, y: centre.y - 5), Point(x: x + side * 9, y: centre.y),
                Point(x: x + side * 3, y: centre.y + 5), Theme.onAccent)
        }
    }

    /// All pictures, small, to choose from.
    private mutating func drawStrip(
        _ model: ViewerModel, _ frame: ViewerModel.Frame, _ panes: PaneLayout, _ count: Int,
        in area: Rect
    ) {
        let geometry = frame.content.geometry
        let aspect = Float(geometry.cellWidth) / Float(geometry.cellHeight)
        // In as many rows as make them largest.
        var best = (width: Float(0), columns: count)
        for rows in 1...4 {
            let columns = (count + rows - 1) / rows
            let width = min(
                (area.width - Self.thumbnailGap * Float(columns - 1)) / Float(columns),
                (area.height - Self.thumbnailGap * Float(rows - 1)) / Float(rows) * aspect)
            if width > best.width { best = (width, columns) }
        }
        guard best.width >= 4 else { return }
        let height = best.width / aspect
        let rows = (count + best.columns - 1) / best.columns
        let top =
            area.centre.y
            - (Float(rows) * (height + Self.thumbnailGap) - Self.thumbnailGap) / 2
        for picture in 0..<count {
            let (row, column) = (picture / best.columns, picture % best.columns)
            let inRow = min(best.columns, count - row * best.columns)
            let left =
                area.centre.x
                - (Float(inRow) * (best.width + Self.thumbnailGap) - Self.thumbnailGap) / 2
            let box = Rect(
                x: left + Float(column) * (best.width + Self.thumbnailGap),
                y: top + Float(row) * (height + Self.thumbnailGap), width: best.width,
                height: height)
            let sample = panes.sample(
                picture: picture, way: model.comparison.way, pane: panes.made)
            let drawn = draw(sample, of: frame, in: box, isSmooth: model.isSmooth, reduces: true)
            let hit = painter.hit("thumbnail \(picture)", box)
            let isChosen = picture == model.comparison.picture
            if isChosen || hit.isHovered {
                painter.frame(
                    drawn.inset(-2), isChosen ? Theme.accent : Theme.text, thickness: 2)
            }
            if hit.isClicked { actions.append(.compare(.picture(picture))) }
        }
    }
}
