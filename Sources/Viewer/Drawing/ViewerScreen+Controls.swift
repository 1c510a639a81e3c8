extension ViewerScreen {
    /// What a button shows beside or instead of words.
    enum Icon {
        case play, pause, stop
    }

    /// A button; returns whether it was pressed.
    func button(
        _ name: String, _ rect: Rect, title: String = "", icon: Icon? = nil, isOn: Bool = false,
        isEnabled: Bool = true, hint: String? = nil
    ) -> Bool {
        let hit = painter.hit(name, rect)
        let fill =
            !isEnabled
            ? Theme.panel
            : isOn
                ? Theme.accent
                : hit.isHeld ? Theme.pressed : hit.isHovered ? Theme.hovered : Theme.raised
        let ink = !isEnabled ? Theme.faint : isOn ? Theme.onAccent : Theme.text
        painter.plate(
            rect, fill, outline: isEnabled ? fill : Theme.outline, radius: Theme.buttonRadius)
        var box = rect.inset(x: 8, y: 0)
        if let icon {
            if title.isEmpty {
                draw(icon, at: rect.centre, ink)
            } else {
                let width = painter.size(of: title, .strong).x
                box = Rect(
                    x: rect.centre.x - (width + 18) / 2, y: rect.y, width: width + 20,
                    height: rect.height)
                draw(icon, at: Point(x: box.x + 5, y: rect.centre.y), ink)
                _ = box.takeLeft(18)
            }
        }
        if !title.isEmpty {
            painter.text(title, in: box, .strong, ink, align: icon == nil ? .centre : .leading)
        }
        if let hint, hit.isHovered { painter.tooltip(hint, by: rect) }
        return isEnabled && hit.isClicked
    }

    private func draw(_ icon: Icon, at centre: Point, _ colour: Colour) {
        switch icon {
        case .play:
            painter.triangle(
                Point(x: centre.x - 4, y: centre.y - 6), Point(x: centre.x + 6.5, y: centre.y),
                Point(x: centre.x - 4, y: centre.y + 6), colour)
        case .pause:
            painter.fill(Rect(x: centre.x - 5, y: centre.y - 6, width: 4, height: 12), colour)
            painter.fill(Rect(x: centre.x + 2, y: centre.y - 6, width: 4, height: 12), colour)
        case .stop:
            painter.fill(
                Rect(x: centre.x - 5, y: centre.y - 5, width: 10, height: 10), colour, radius: 1)
        }
    }

    /// The width a button needs for its title.
    func buttonWidth(_ title: String) -> Float {
        (painter.size(of: title, .strong).x + 24).rounded(.up)
    }

    /// The scrubber: play, a track with a mark for every snapshot, live.
    mutating func drawTimeline(_ model: ViewerModel) {
        card(layout.timeline)
        var box = layout.timeline.inset(x: 12, y: 0)
        let centre = box.centre.y
        func row(_ rect: Rect) -> Rect {
            Rect(x: rect.x, y: centre - 16, width: rect.width, height: 32)
        }
        let hasSnapshots = !model.snapshots.isEmpty
        if button(
            "play", row(box.takeLeft(36)), icon: model.isPlaying ? .pause : .play,
            isEnabled: hasSnapshots, hint: "Play the snapshots   P")
        {
            actions.append(.togglePlay)
        }
        _ = box.takeLeft(18)
        let newest = model.live.isEmpty && hasSnapshots ? "Newest" : "Live"
        let isNewest = model.shownSnapshot == nil || model.position == .live
        if button(
            "live", row(box.takeRight(buttonWidth("Newest"))), title: newest, isOn: isNewest,
            hint: "Newest samples   End")
        {
            actions.append(.live)
        }
        _ = box.takeRight(18)
        guard hasSnapshots else {
            painter.text(
                "Snapshots of the run will line up here.", in: box, .body, Theme.faint)
            return
        }
        drawTrack(model, in: box)
    }

    private mutating func drawTrack(_ model: ViewerModel, in box: Rect) {
        // The last place of the track is the live grid, where there is one.
        let places = model.snapshots.count + (model.live.isEmpty ? 0 : 1)
        let y = box.y + box.height / 2 - 7
        let track = Rect(x: box.x, y: y - 2, width: box.width, height: 4)
        let spacing = places > 1 ? track.width / Float(places - 1) : 0
        let place = model.shownSnapshot ?? places - 1
        let x = places > 1 ? track.x + Float(place) * spacing : track.right
        let hit = painter.hit(
            "track",
            Rect(x: track.x - 8, y: box.y + 2, width: track.width + 16, height: box.height - 4))
        painter.fill(track, Theme.raised, radius: 2)
        painter.fill(
            Rect(x: track.x, y: track.y, width: x - track.x, height: 4), Theme.accent, radius: 2)
        if spacing >= 6 {
            for index in 0..<places {
                painter.circle(
                    Point(x: track.x + Float(index) * spacing, y: y), radius: 2.5,
                    index <= place ? Theme.accent : Theme.hovered)
            }
        }
        painter.circle(Point(x: x, y: y), radius: hit.isHovered || hit.isHeld ? 9 : 8, Theme.accent)
        painter.circle(Point(x: x, y: y), radius: 4, Theme.panel)
        let labels = Rect(x: box.x, y: box.bottom - 23, width: box.width, height: 16)
        painter.text(
            "Step " + NumberText.grouped(model.snapshots[0].step),
            in: Rect(x: labels.x, y: labels.y, width: labels.width / 2 - 5, height: labels.height),
            .small, Theme.faint)
        let count = model.snapshots.count
        painter.text(
            count == 1 ? "1 snapshot" : "\(NumberText.grouped(count)) snapshots",
            in: Rect(
                x: labels.centre.x + 5, y: labels.y, width: labels.width / 2 - 5,
                height: labels.height), .small, Theme.faint, align: .trailing)
        guard hit.isHovered || hit.isHeld else { return }
        let under = spacing > 0 ? Int(((hit.pointer.x - track.x) / spacing).rounded()) : 0
        let target = min(max(under, 0), places - 1)
        let anchor = Rect(
            x: track.x + Float(target) * spacing - 1, y: y - 8, width: 2, height: 14)
        let isSnapshot = target < count
        painter.tooltip(
            isSnapshot ? "Step \(NumberText.grouped(model.snapshots[target].step))" : "Live",
            by: anchor)
        if hit.isHeld, target != place { actions.append(isSnapshot ? .snapshot(target) : .live) }
    }
}
