/// A place.
package struct Point: Sendable, Hashable {
    /// From the left edge.
    package var x: Float
    /// From the top edge.
    package var y: Float

    /// A place.
    package init(x: Float, y: Float) {
        self.x = x
        self.y = y
    }
}

/// An upright rectangle.
package struct Rect: Sendable, Hashable {
    /// The left edge.
    package var x: Float
    /// The top edge.
    package var y: Float
    /// From left to right edge.
    package var width: Float
    /// From top to bottom edge.
    package var height: Float

    /// A rectangle by its top left corner and size.
    package init(x: Float, y: Float, width: Float, height: Float) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The right edge.
    package var right: Float { x + width }
    /// The bottom edge.
    package var bottom: Float { y + height }
    /// The middle.
    package var centre: Point { Point(x: x + width / 2, y: y + height / 2) }
    /// Whether there is nothing in it.
    package var isEmpty: Bool { width <= 0 || height <= 0 }

    /// Smaller by `amount` on every side.
    package func inset(_ amount: Float) -> Rect { inset(x: amount, y: amount) }

    /// Smaller by `x` left and right and by `y` above and below.
    package func inset(x dx: Float, y dy: Float) -> Rect {
        Rect(
            x: x + dx, y: y + dy, width: max(width - 2 * dx, 0), height: max(height - 2 * dy, 0))
    }

    /// Cuts `amount` off the top and returns it.
    package mutating func takeTop(_ amount: Float) -> Rect {
        let part = Rect(x: x, y: y, width: width, height: min(amount, height))
        y += part.height
        height -= part.height
        return part
    }

    /// Cuts `amount` off the bottom and returns it.
    package mutating func takeBottom(_ amount: Float) -> Rect {
        let size = min(amount, height)
        height -= size
        return Rect(x: x, y: y + height, width: width, height: size)
    }

    /// Cuts `amount` off the left and returns it.
    package mutating func takeLeft(_ amount: Float) -> Rect {
        let part = Rect(x: x, y: y, width: min(amount, width), height: height)
        x += part.width
        width -= part.width
        return part
    }

    /// Cuts `amount` off the right and returns it.
    package mutating func takeRight(_ amount: Float) -> Rect {
        let size = min(amount, width)
        width -= size
        return Rect(x: x + width, y: y, width: size, height: height)
    }

    /// Whether a point lies in it.
    package func contains(_ point: Point) -> Bool {
        point.x >= x && point.x < right && point.y >= y && point.y < bottom
    }

    /// Whether a rectangle lies in it, up to `tolerance`.
    package func contains(_ other: Rect, tolerance: Float = 0.01) -> Bool {
        other.x >= x - tolerance && other.y >= y - tolerance && other.right <= right + tolerance
            && other.bottom <= bottom + tolerance
    }

    /// Whether two rectangles share an area.
    package func overlaps(_ other: Rect, tolerance: Float = 0.01) -> Bool {
        x < other.right - tolerance && other.x < right - tolerance
            && y < other.bottom - tolerance && other.y < bottom - tolerance
    }
}
