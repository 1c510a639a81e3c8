/// How the sample grid lies in its panel: zoom and pan, in pixels of the window.
package struct GridView: Sendable, Equatable {
    /// The greatest zoom over the fitting size.
    package static let greatestZoom: Float = 24

    /// 1 where the grid just fits.
    package var zoom: Float = 1
    /// Where the grid's centre is, relative to the panel's.
    package var pan = Point(x: 0, y: 0)

    /// The whole grid, centred.
    package init() {}

    /// Where the grid is drawn, with cells and the gaps between them at one scale. Under each sample
    /// `caption` pixels are left free.
    package func frame(
        of geometry: GridGeometry, gap: Float, caption: Float = 0, in panel: Rect
    ) -> GridPlacement {
        let columns = Float(geometry.columns)
        let rows = Float(geometry.rows)
        let cellWidth = Float(geometry.cellWidth)
        let cellHeight = Float(geometry.cellHeight)
        let fit = max(
            min(
                (panel.width - gap * (columns - 1)) / (columns * cellWidth),
                (panel.height - gap * (rows - 1) - caption * rows) / (rows * cellHeight)), 0.01)
        // Whole pixels, so that all cells of a row are equally wide and their edges are sharp.
        let width = max((cellWidth * fit * zoom).rounded(.down), 1)
        let height = max((width * cellHeight / cellWidth).rounded(.down), 1)
        let size = Point(
            x: columns * width + (columns - 1) * gap,
            y: rows * (height + caption) + (rows - 1) * gap)
        let centre = Point(
            x: panel.x + panel.width / 2 + pan.x, y: panel.y + panel.height / 2 + pan.y)
        return GridPlacement(
            origin: Point(
                x: (centre.x - size.x / 2).rounded(), y: (centre.y - size.y / 2).rounded()),
            cell: Point(x: width, y: height), gap: gap, caption: caption, geometry: geometry)
    }

    /// Zooms by a factor and keeps what is under `anchor` there.
    package mutating func zoom(by factor: Float, around anchor: Point, in panel: Rect) {
        let old = zoom
        zoom = min(max(zoom * factor, 1), Self.greatestZoom)
        let ratio = zoom / old
        let offset = Point(
            x: anchor.x - panel.x - panel.width / 2, y: anchor.y - panel.y - panel.height / 2)
        pan = Point(
            x: offset.x - (offset.x - pan.x) * ratio, y: offset.y - (offset.y - pan.y) * ratio)
    }

    /// Keeps the grid from leaving the panel: it may move as far as it is larger.
    package mutating func clampPan(
        of geometry: GridGeometry, gap: Float, caption: Float = 0, in panel: Rect
    ) {
        let placement = frame(of: geometry, gap: gap, caption: caption, in: panel)
        let slack = Point(
            x: max((placement.size.x - panel.width) / 2, 0),
            y: max((placement.size.y - panel.height) / 2, 0))
        pan = Point(
            x: min(max(pan.x, -slack.x), slack.x), y: min(max(pan.y, -slack.y), slack.y))
    }
}

/// A grid laid out in pixels of the window.
package struct GridPlacement: Sendable, Equatable {
    /// The top left corner.
    package var origin: Point
    /// The size of a sample.
    package var cell: Point
    /// Pixels between samples.
    package var gap: Float
    /// Pixels under each sample for what is said of it.
    package var caption: Float = 0
    /// What is laid out.
    package var geometry: GridGeometry

    /// The size of the whole grid.
    package var size: Point {
        Point(
            x: Float(geometry.columns) * (cell.x + gap) - gap,
            y: Float(geometry.rows) * (cell.y + caption + gap) - gap)
    }

    /// Where sample `index` is drawn.
    package func rect(of index: Int) -> Rect {
        Rect(
            x: origin.x + Float(index % geometry.columns) * (cell.x + gap),
            y: origin.y + Float(index / geometry.columns) * (cell.y + caption + gap), width: cell.x,
            height: cell.y)
    }

    /// The sample at a point of the window, or nil beside them.
    package func index(at point: Point) -> Int? {
        let column = Int(((point.x - origin.x) / (cell.x + gap)).rounded(.down))
        let row = Int(((point.y - origin.y) / (cell.y + caption + gap)).rounded(.down))
        guard (0..<geometry.columns).contains(column), (0..<geometry.rows).contains(row) else {
            return nil
        }
        let index = row * geometry.columns + column
        return index < geometry.count && rect(of: index).contains(point) ? index : nil
    }
}
