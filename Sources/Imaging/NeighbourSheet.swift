/// Pictures with those that they resemble: one in each row, then its nearest ones from near to far,
/// each with its distance beneath. To see whether a network repeats what it was trained on.
public struct NeighbourSheet: Sendable, Hashable {
    /// A picture that others resemble, or one of these.
    public struct Item: Sendable, Hashable {
        /// The picture.
        public var picture: PixelBuffer
        /// The line beneath it.
        public var label: String

        /// A picture with a line beneath it.
        public init(_ picture: PixelBuffer, label: String) {
            self.picture = picture
            self.label = label
        }
    }

    /// A picture with its nearest ones.
    public struct Row: Sendable, Hashable {
        /// The picture.
        public var query: Item
        /// Its nearest ones, nearest first.
        public var neighbours: [Item]

        /// A picture with its nearest ones, nearest first.
        public init(_ query: Item, neighbours: [Item]) {
            self.query = query
            self.neighbours = neighbours
        }
    }

    /// The rows, from above.
    public var rows: [Row]
    /// A line above everything.
    public var title: String?
    /// How often each pixel is repeated in both directions.
    public var scale: Int

    /// A sheet.
    ///
    /// - Parameters:
    ///   - rows: One or more.
    ///   - scale: How often each pixel is repeated; enough for labels of ten letters unless given.
    public init(rows: [Row], title: String? = nil, scale: Int? = nil) {
        precondition(!rows.isEmpty, "[NeighbourSheet] expected rows, got none")
        precondition(
            scale ?? 1 > 0, "[NeighbourSheet] expected a positive scale, got \(scale ?? 0)")
        self.rows = rows
        self.title = title
        let width = rows.map(\.query.picture.width).max() ?? 1
        let wanted = BitmapFont.size(of: "0123456789").width
        self.scale = scale ?? max(1, (wanted + width - 1) / width)
    }

    /// How the sheet is laid out.
    public var grid: PictureGrid {
        let columns = 1 + (rows.map(\.neighbours.count).max() ?? 0)
        var grid = PictureGrid(columns: columns, padding: 4, scale: scale)
        grid.title = title
        grid.columnHeadings = ["made"] + (1..<columns).map { $0 == 1 ? "nearest" : "\($0)." }
        grid.labels = cells(columns).map(\.label)
        return grid
    }

    /// Draws the sheet as an RGB picture.
    public func compose() -> PixelBuffer {
        let grid = grid
        return grid.compose(cells(grid.columns ?? 1).map(\.picture))
    }

    /// Row after row; a row with fewer neighbours ends in black.
    private func cells(_ columns: Int) -> [Item] {
        rows.flatMap { row in
            let empty = PixelBuffer(width: 1, height: 1, format: .grey, fill: [0])
            let missing = columns - 1 - row.neighbours.count
            return [row.query] + row.neighbours
                + (0..<missing).map { _ in Item(empty, label: "") }
        }
    }
}
