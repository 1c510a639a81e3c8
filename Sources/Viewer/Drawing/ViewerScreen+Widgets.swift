extension ViewerScreen {
    /// A level slider from 0 to 1; answers where the pointer holds it.
    func slider(_ name: String, _ rect: Rect, at value: Double, hint: String? = nil) -> Double? {
        let hit = painter.hit(name, rect.inset(x: -8, y: 0))
        let y = rect.centre.y
        let x = rect.x + rect.width * Float(min(max(value, 0), 1))
        painter.fill(
            Rect(x: rect.x, y: y - 2, width: rect.width, height: 4), Theme.raised, radius: 2)
        painter.fill(
            Rect(x: rect.x, y: y - 2, width: x - rect.x, height: 4), Theme.accent, radius: 2)
        painter.circle(
            Point(x: x, y: y), radius: hit.isHovered || hit.isHeld ? 9 : 8, Theme.accent)
        painter.circle(Point(x: x, y: y), radius: 4, Theme.panel)
        if let hint, hit.isHovered, !hit.isHeld { painter.tooltip(hint, by: rect) }
        guard hit.isHeld, rect.width > 0 else { return nil }
        let held = Double(min(max((hit.pointer.x - rect.x) / rect.width, 0), 1))
        return abs(held - value) >= 0.005 ? held : nil
    }

    /// A box to check, with its title beside it; answers whether it was pressed.
    func checkBox(
        _ name: String, _ rect: Rect, title: String, isOn: Bool, hint: String? = nil
    ) -> Bool {
        let hit = painter.hit(name, rect)
        let box = Rect(x: rect.x, y: rect.centre.y - 7, width: 14, height: 14)
        painter.plate(
            box, isOn ? Theme.accent : Theme.well,
            outline: isOn ? Theme.accent : hit.isHovered ? Theme.muted : Theme.faint, radius: 3)
        if isOn {
            painter.polyline(
                [
                    Point(x: box.x + 3.2, y: box.y + 7.2), Point(x: box.x + 6, y: box.y + 10),
                    Point(x: box.x + 11, y: box.y + 4.2),
                ], Theme.onAccent, thickness: 2)
        }
        painter.text(
            title,
            in: Rect(x: box.right + 6, y: rect.y, width: rect.width - 22, height: rect.height),
            .body, hit.isHovered ? Theme.text : isOn ? Theme.text : Theme.muted)
        if let hint, hit.isHovered { painter.tooltip(hint, by: rect) }
        return hit.isClicked
    }
}
