internal import Imaging

/// Draws the live window from its model, and turns what the pointer does into actions.
struct LiveScreen {
    let painter: Painter
    let textures: TextureStore
    let paintings: [LivePainting]
    let now: Double
    /// What the user asked for in this frame.
    var actions: [LiveAction] = []

    static let barHeight: Float = 104

    init(painter: Painter, textures: TextureStore, paintings: [LivePainting], now: Double) {
        self.painter = painter
        self.textures = textures
        self.paintings = paintings
        self.now = now
    }

    /// Draws a frame; `width` and `height` are points.
    mutating func draw(_ model: LiveModel, width: Float, height: Float) {
        let window = Rect(x: 0, y: 0, width: width, height: height)
        painter.window("main", rect: window, isFront: false) {
            painter.fill(window, Theme.background)
            var area = window
            if model.showsBar {
                drawBar(model, area.takeBottom(Self.barHeight))
                area = area.inset(x: 12, y: 12)
            }
            drawPicture(model, in: area)
            drawToast(model, in: area)
            if !model.showsHelp { painter.drawTooltips(in: window) }
        }
        guard model.showsHelp else { return }
        painter.window("overlay", rect: window, isFront: true) {
            painter.fill(window, Theme.shade)
            drawHelp(window)
        }
    }

    private mutating func drawPicture(_ model: LiveModel, in area: Rect) {
        guard let frame = model.report.frame,
            let after = textures.texture(
                named: "after", serial: frame.serial, of: frame.after),
            let before = textures.texture(
                named: "before", serial: frame.serial, of: frame.before)
        else {
            painter.text(
                model.report.note ?? "Waiting for the first frame", in: area, .title, Theme.muted,
                align: .centre)
            return
        }
        let box = fitted(after.width, after.height, in: area)
        let split =
            switch model.comparison {
            case .after: Float(0)
            case .split: Float(model.split)
            case .before: Float(1)
            }
        // Whole pixels on the screen, or the two halves would not meet.
        let edge = (box.width * split).rounded()
        let share = edge / max(box.width, 1)
        if edge > 0 {
            painter.image(
                before.identifier,
                pixels: Rect(x: box.x, y: box.y, width: edge, height: box.height),
                u: 0...share, v: 0...1)
        }
        if edge < box.width {
            painter.image(
                after.identifier,
                pixels: Rect(
                    x: box.x + edge, y: box.y, width: box.width - edge, height: box.height),
                u: share...1, v: 0...1)
        }
        if model.comparison == .split { drawSplit(points(box), share) }
        if model.comparison != .after { drawSideNames(model, points(box), share) }
    }

    private mutating func drawSplit(_ box: Rect, _ share: Float) {
        let x = box.x + box.width * share
        painter.rule(
            from: Point(x: x - 1, y: box.y), to: Point(x: x - 1, y: box.bottom), Theme.text,
            thickness: 2)
        let grip = Point(x: x, y: box.centre.y)
        painter.circle(grip, radius: 13, Theme.text)
        for side in [Float(-1), 1] {
            painter.triangle(
                Point(x: grip.x + side * 9, y: grip.y), Point(x: grip.x + side * 3, y: grip.y - 5),
                Point(x: grip.x + side * 3, y: grip.y + 5), Theme.background)
        }
        let hit = painter.hit("split", box)
        guard hit.isHeld, box.width > 0 else { return }
        let place = Double((hit.pointer.x - box.x) / box.width)
        if abs(place - Double(share)) > 0.002 { actions.append(.split(place)) }
    }

    private func drawSideNames(_ model: LiveModel, _ box: Rect, _ share: Float) {
        func plate(_ text: String, _ x: Float) {
            let size = painter.size(of: text, .strong)
            let plate = Rect(x: x, y: box.y + 12, width: size.x + 20, height: 26)
            painter.fill(plate, Theme.shade, radius: 6)
            painter.text(text, in: plate, .strong, align: .centre)
        }
        let x = box.x + box.width * share
        if share > 0.12 { plate("Before", x - 12 - painter.size(of: "Before", .strong).x - 20) }
        if share < 0.88 { plate("After", x + 12) }
    }

    /// Where a picture lies in an area, in pixels of the window.
    private func fitted(_ width: Int, _ height: Int, in area: Rect) -> Rect {
        let scale = painter.scale
        let factor = min(area.width / Float(width), area.height / Float(height)) * scale
        let (wide, tall) = (
            (Float(width) * factor).rounded(.down), (Float(height) * factor).rounded(.down)
        )
        return Rect(
            x: (area.centre.x * scale - wide / 2).rounded(),
            y: (area.centre.y * scale - tall / 2).rounded(), width: max(wide, 1),
            height: max(tall, 1))
    }

    private func points(_ box: Rect) -> Rect {
        let scale = painter.scale
        return Rect(
            x: box.x / scale, y: box.y / scale, width: box.width / scale,
            height: box.height / scale)
    }

    private func drawToast(_ model: LiveModel, in area: Rect) {
        guard let toast = model.toast else { return }
        let width = min(painter.size(of: toast.text, .body).x + 44, area.width - 24)
        let box = Rect(
            x: area.centre.x - width / 2, y: area.bottom - 48, width: width, height: 34)
        painter.plate(box, Theme.raised, outline: Theme.pressed, radius: 17)
        painter.circle(
            Point(x: box.x + 17, y: box.centre.y), radius: 4,
            toast.isError ? Theme.rose : Theme.green)
        painter.text(
            toast.text,
            in: Rect(x: box.x + 29, y: box.y, width: box.width - 41, height: box.height))
    }

    private mutating func drawHelp(_ window: Rect) {
        let backdrop = painter.hit("backdrop", window)
        let rowHeight: Float = 26
        let rows = LiveAction.keys.map(\.rows.count).max() ?? 0
        let box = Rect(
            x: window.centre.x - min(window.width - 24, 940) / 2,
            y: window.centre.y - (Float(rows) * rowHeight + 120) / 2,
            width: min(window.width - 24, 940), height: Float(rows) * rowHeight + 120)
        painter.plate(box, Theme.panel, outline: Theme.outline, radius: Theme.panelRadius)
        var inner = box.inset(x: 28, y: 18)
        painter.text("Keys", in: inner.takeTop(28), .title)
        _ = inner.takeTop(8)
        let width = (inner.width - 48) / 3
        for group in LiveAction.keys {
            var column = inner.takeLeft(width)
            _ = inner.takeLeft(24)
            painter.text(group.title, in: column.takeTop(28), .strong, Theme.accent)
            for row in group.rows {
                var line = column.takeTop(rowHeight)
                painter.text(row.keys, in: line.takeLeft(64), .strong)
                painter.text(row.meaning, in: line, .body, Theme.muted)
            }
        }
        if backdrop.isClicked, !box.contains(backdrop.pointer) { actions.append(.dismiss) }
    }
}
