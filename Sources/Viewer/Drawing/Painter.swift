internal import CImGui

/// Draws one frame in points: every length is multiplied by the scale on its way to ImGui, and edges
/// land on whole pixels.
package final class Painter {
    /// Where a text stands in its box.
    package enum Alignment: Sendable {
        case leading, centre, trailing
    }

    /// A text that was drawn, for tests of the layout.
    package struct DrawnText: Sendable, Hashable {
        /// What it says.
        package var text: String
        /// Where its glyphs' box is, in points.
        package var rect: Rect
        /// The box that it was given.
        package var box: Rect
        /// Which window it lies in; texts of one layer must not overlap.
        package var layer: String
    }

    /// The pointer's business with an area, in points.
    package struct Hit: Sendable {
        package var isHovered, isHeld, isClicked: Bool
        package var drag, motion, pointer: Point
        package var wheel: Float
    }

    /// Pixels in a point.
    package let scale: Float
    /// The texts of this frame.
    package private(set) var texts: [DrawnText] = []
    private var layer = ""
    private var tooltips: [(text: String, anchor: Rect)] = []

    init(scale: Float) { self.scale = scale }

    private func pixel(_ value: Float) -> Float { (value * scale).rounded() }

    private func pixels(_ rect: Rect) -> Rect {
        let x = pixel(rect.x)
        let y = pixel(rect.y)
        return Rect(x: x, y: y, width: pixel(rect.right) - x, height: pixel(rect.bottom) - y)
    }

    /// A full-size window that lies over the ones before it.
    func window(_ name: String, rect: Rect, isFront: Bool, content: () -> Void) {
        let box = pixels(rect)
        let outer = layer
        layer = name
        ui_window_begin(name, box.x, box.y, box.width, box.height, isFront)
        content()
        ui_window_end()
        layer = outer
    }

    /// An area that takes the pointer.
    func hit(_ name: String, _ rect: Rect) -> Hit {
        let box = pixels(rect)
        let hit = ui_hit_area(name, box.x, box.y, box.width, box.height)
        func point(_ x: Float, _ y: Float) -> Point { Point(x: x / scale, y: y / scale) }
        return Hit(
            isHovered: hit.hovered, isHeld: hit.held, isClicked: hit.clicked,
            drag: point(hit.drag_x, hit.drag_y), motion: point(hit.motion_x, hit.motion_y),
            pointer: point(hit.pointer_x, hit.pointer_y), wheel: hit.wheel)
    }

    /// Draws within a rectangle only.
    func clip(to rect: Rect, content: () -> Void) {
        let box = pixels(rect)
        ui_clip_push(box.x, box.y, box.right, box.bottom)
        content()
        ui_clip_pop()
    }

    func fill(_ rect: Rect, _ colour: Colour, radius: Float = 0) {
        guard !rect.isEmpty else { return }
        let box = pixels(rect)
        ui_draw_rectangle(box.x, box.y, box.width, box.height, colour.packed, radius * scale)
    }

    /// The outline of a rectangle, inside it, with square corners.
    func frame(_ rect: Rect, _ colour: Colour, thickness: Float = 1) {
        guard !rect.isEmpty else { return }
        let box = pixels(rect)
        let width = max((thickness * scale).rounded(), 1)
        let ink = colour.packed
        ui_draw_rectangle(box.x, box.y, box.width, width, ink, 0)
        ui_draw_rectangle(box.x, box.bottom - width, box.width, width, ink, 0)
        ui_draw_rectangle(box.x, box.y + width, width, box.height - 2 * width, ink, 0)
        ui_draw_rectangle(box.right - width, box.y + width, width, box.height - 2 * width, ink, 0)
    }

    /// A filled rectangle with an outline.
    func plate(_ rect: Rect, _ colour: Colour, outline: Colour, radius: Float) {
        fill(rect, outline, radius: radius)
        fill(rect.inset(max((scale).rounded(), 1) / scale), colour, radius: radius - 1)
    }

    func circle(_ centre: Point, radius: Float, _ colour: Colour) {
        let size = max((radius * scale).rounded(), 1)
        ui_draw_rectangle(
            pixel(centre.x) - size, pixel(centre.y) - size, 2 * size, 2 * size, colour.packed, size)
    }

    func triangle(_ a: Point, _ b: Point, _ c: Point, _ colour: Colour) {
        ui_draw_triangle(
            a.x * scale, a.y * scale, b.x * scale, b.y * scale, c.x * scale, c.y * scale,
            colour.packed)
    }

    /// An upright or level line, sharp.
    func rule(from a: Point, to b: Point, _ colour: Colour, thickness: Float = 1) {
        let width = max((thickness * scale).rounded(), 1)
        if a.y == b.y {
            let x = pixel(min(a.x, b.x))
            ui_draw_rectangle(
                x, pixel(a.y), pixel(max(a.x, b.x)) - x, width, colour.packed, 0)
        } else {
            let y = pixel(min(a.y, b.y))
            ui_draw_rectangle(
                pixel(a.x), y, width, pixel(max(a.y, b.y)) - y, colour.packed, 0)
        }
    }

    func polyline(_ points: [Point], _ colour: Colour, thickness: Float) {
        let coordinates = points.flatMap { [$0.x * scale, $0.y * scale] }
        ui_draw_polyline(
            coordinates, Int32(points.count), colour.packed, max(thickness * scale, 1))
    }

    /// The area between two curves.
    func band(x: [Float], low: [Float], high: [Float], _ colour: Colour) {
        precondition(
            x.count == low.count && x.count == high.count,
            "[Painter.band] expected \(x.count) values, got \(low.count) and \(high.count)")
        ui_draw_band(
            x.map { $0 * scale }, low.map { $0 * scale }, high.map { $0 * scale }, Int32(x.count),
            colour.packed)
    }

    /// A part of a texture in a rectangle of pixels.
    func image(_ texture: UInt64, pixels box: Rect, u: ClosedRange<Float>, v: ClosedRange<Float>) {
        ui_draw_image(
            texture, box.x, box.y, box.width, box.height, u.lowerBound, v.lowerBound, u.upperBound,
            v.upperBound)
    }

    /// The size of a text in points.
    func size(of text: String, _ font: FontRole) -> Point {
        var copy = text
        return copy.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                var width: Float = 0
                var height: Float = 0
                ui_text_size(
                    font.rawValue, characters.baseAddress, Int32(characters.count), &width, &height)
                return Point(x: width / scale, y: height / scale)
            }
        }
    }

    /// One line of text in the middle of a box's height, cut with an ellipsis where it is too long.
    @discardableResult
    func text(
        _ text: String, in box: Rect, _ font: FontRole = .body, _ colour: Colour = Theme.text,
        align: Alignment = .leading
    ) -> Rect {
        let fitted = fit(text, width: box.width, font)
        let size = size(of: fitted, font)
        let x =
            switch align {
            case .leading: box.x
            case .centre: box.x + (box.width - size.x) / 2
            case .trailing: box.right - size.x
            }
        let y = box.y + (box.height - size.y) / 2
        let left = (x * scale).rounded(.down)
        let top = (y * scale).rounded()
        var copy = fitted
        copy.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                ui_draw_text(
                    font.rawValue, left, top, colour.packed, characters.baseAddress,
                    Int32(characters.count))
            }
        }
        let rect = Rect(x: left / scale, y: top / scale, width: size.x, height: size.y)
        if !fitted.isEmpty {
            texts.append(DrawnText(text: fitted, rect: rect, box: box, layer: layer))
        }
        return rect
    }

    private func fit(_ text: String, width: Float, _ font: FontRole) -> String {
        if size(of: text, font).x <= width + 0.5 { return text }
        let characters = Array(text)
        var low = 0
        var high = characters.count
        while low < high {
            let middle = (low + high + 1) / 2
            if size(of: String(characters[..<middle]) + "\u{2026}", font).x <= width {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low == 0 ? "" : String(characters[..<low]) + "\u{2026}"
    }

    /// A text in lines of at most `width`, broken at spaces.
    func wrap(_ text: String, width: Float, _ font: FontRole) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let longer = line.isEmpty ? String(word) : "\(line) \(word)"
            if line.isEmpty || size(of: longer, font).x <= width {
                line = longer
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// A hint by an area, drawn over everything at the frame's end.
    func tooltip(_ text: String, by anchor: Rect) { tooltips.append((text, anchor)) }

    /// Draws the hints; inside the topmost window.
    func drawTooltips(in window: Rect) {
        let outer = layer
        layer = "tooltip"
        for (text, anchor) in tooltips {
            let size = size(of: text, .small)
            var box = Rect(
                x: anchor.centre.x - size.x / 2 - 9, y: anchor.bottom + 6, width: size.x + 18,
                height: size.y + 10)
            if box.bottom > window.bottom - 4 { box.y = anchor.y - box.height - 6 }
            box.x = min(max(box.x, 4), max(window.right - box.width - 4, 4))
            plate(box, Theme.raised, outline: Theme.pressed, radius: 5)
            self.text(text, in: box.inset(x: 9, y: 0), .small)
        }
        tooltips.removeAll()
        layer = outer
    }
}
