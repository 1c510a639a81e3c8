/// A part of a picture.
struct PictureArea: Sendable, Hashable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
}

/// A picture cut into tiles that a network sees one after the other: each is the middle of a window
/// that is large enough that what lies outside of it cannot be seen from the tile.
///
/// All windows have one size, so that one plan serves them all.
struct TileGrid: Sendable {
    /// A tile: what of the result is kept, and what the network sees.
    struct Tile: Sendable, Hashable {
        var core: PictureArea
        var window: PictureArea
    }

    /// The picture's size after it was extended to whole cells.
    let width: Int
    let height: Int
    /// Row by row.
    let tiles: [Tile]

    /// A grid over a picture.
    ///
    /// - Parameters:
    ///   - width: Pixels in a row.
    ///   - height: Rows.
    ///   - cell: What both sides of the extended picture, and all places, are multiples of.
    ///   - least: The least side of the extended picture.
    ///   - tile: The longer side of a tile at most.
    ///   - margin: How far the network sees from a tile's edge.
    init(width: Int, height: Int, cell: Int, least: Int, tile: Int, margin: Int) {
        func whole(_ length: Int) -> Int { (length + cell - 1) / cell * cell }
        self.width = whole(max(width, least))
        self.height = whole(max(height, least))
        let (core, edge) = (max(whole(tile), cell), whole(margin))
        func cuts(_ length: Int) -> [(core: Range<Int>, start: Int, size: Int)] {
            // A window as large as the whole has no use for cuts.
            if length <= core + 2 * edge { return [(0..<length, 0, length)] }
            let size = core + 2 * edge
            return stride(from: 0, to: length, by: core).map { start in
                (
                    start..<min(start + core, length),
                    min(max(0, start - edge), length - size), size
                )
            }
        }
        let columns = cuts(self.width)
        tiles = cuts(self.height).flatMap { row in
            columns.map { column in
                Tile(
                    core: PictureArea(
                        x: column.core.lowerBound, y: row.core.lowerBound,
                        width: column.core.count, height: row.core.count),
                    window: PictureArea(
                        x: column.start, y: row.start, width: column.size, height: row.size))
            }
        }
    }

    /// For each cell of a tile's window whether it is of the tile itself: `[1, H, W, 1]`, and how many
    /// are.
    static func ownership(_ tile: Tile, cell: Int) -> [Float] {
        let (width, height) = (tile.window.width / cell, tile.window.height / cell)
        let left = (tile.core.x - tile.window.x) / cell
        let top = (tile.core.y - tile.window.y) / cell
        var owned = [Float](repeating: 0, count: width * height)
        for row in top..<top + tile.core.height / cell {
            for column in left..<left + tile.core.width / cell { owned[row * width + column] = 1 }
        }
        return owned
    }

    /// The part of a map of the whole picture's cells that lies in a tile's window.
    func part(of map: [Float], in tile: Tile, cell: Int) -> [Float] {
        let (columns, rows) = (tile.window.width / cell, tile.window.height / cell)
        let (left, top) = (tile.window.x / cell, tile.window.y / cell)
        let whole = width / cell
        return (top..<top + rows).flatMap { row in
            map[row * whole + left..<row * whole + left + columns]
        }
    }
}
