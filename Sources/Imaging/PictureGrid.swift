/// The colours around the pictures of a grid.
public struct GridTheme: Sendable, Hashable {
    /// Between and around pictures.
    public var background: RGBColour
    /// Titles and headings.
    public var text: RGBColour
    /// Labels and captions.
    public var fainterText: RGBColour

    /// Colours of your own.
    public init(background: RGBColour, text: RGBColour, fainterText: RGBColour) {
        self.background = background
        self.text = text
        self.fainterText = fainterText
    }

    /// A dark neutral grey with light text.
    public static let dark = GridTheme(
        background: RGBColour(red: 24, green: 24, blue: 27), text: RGBColour(grey: 240),
        fainterText: RGBColour(grey: 170))
    /// White with dark text.
    public static let light = GridTheme(
        background: .white, text: RGBColour(grey: 24), fainterText: RGBColour(grey: 100))
}

/// Lays pictures out in rows and columns, with headings and labels where wanted.
///
/// ```swift
/// var grid = PictureGrid(columns: 8, scale: 2)
/// grid.title = "step 2000"
/// grid.labels = seeds.map { "seed \($0)" }
/// try PNGFile.write(grid.compose(samples), to: "grid.png")
/// ```
public struct PictureGrid: Sendable, Hashable {
    /// Pictures in a row; `nil` takes the squarest grid.
    public var columns: Int?
    /// Pixels between pictures and around them.
    public var padding: Int
    /// How often each pixel of a picture is repeated in both directions.
    public var scale: Int
    /// Size of all text, as a multiple of the 5 by 7 font.
    public var textScale: Int
    /// The colours around.
    public var theme: GridTheme
    /// A line above everything.
    public var title: String?
    /// A line under each picture, in order; shortened to its width. Missing ones stay empty.
    public var labels: [String]
    /// A line above each column.
    public var columnHeadings: [String]
    /// A line left of each row.
    public var rowHeadings: [String]

    /// A grid without text; set `title`, `labels` and the headings afterwards.
    public init(
        columns: Int? = nil, padding: Int = 2, scale: Int = 1, textScale: Int = 1,
        theme: GridTheme = .dark
    ) {
        self.columns = columns
        self.padding = padding
        self.scale = scale
        self.textScale = textScale
        self.theme = theme
        title = nil
        labels = []
        columnHeadings = []
        rowHeadings = []
    }

    /// The size of a grid of `count` pictures, of which the largest has `width` by `height` pixels,
    /// with the text that is set; `nil` where a side is more than an `Int`. Nothing is drawn: for
    /// numbers that people choose, ask before ``compose(_:)``, which needs three bytes a pixel.
    public func size(count: Int, width: Int, height: Int) -> (width: Int, height: Int)? {
        layout(count: count, width: width, height: height).map { ($0.width, $0.height) }
    }

    /// Draws the grid as an RGB picture. Smaller pictures are centred in the cells, whose size is
    /// that of the largest; alpha is composited over the background.
    public func compose(_ pictures: [PixelBuffer]) -> PixelBuffer {
        let largest = (pictures.map(\.width).max() ?? 1, pictures.map(\.height).max() ?? 1)
        guard let layout = layout(count: pictures.count, width: largest.0, height: largest.1) else {
            preconditionFailure(
                "[PictureGrid.compose] expected a grid whose sides fit an Int, got \(pictures.count) "
                    + "pictures of \(largest.0)x\(largest.1)")
        }
        let ground = PixelFormat.rgb.opaque(theme.background)
        var canvas = PixelBuffer(
            width: layout.width, height: layout.height, format: .rgb, fill: ground)
        for (index, picture) in pictures.enumerated() {
            let cell = layout.corner(index)
            let shown = picture.converted(to: .rgb, over: theme.background).enlarged(by: scale)
            canvas.place(
                shown, x: cell.x + (layout.cellWidth - shown.width) / 2,
                y: cell.y + (layout.cellHeight - shown.height) / 2)
            guard index < labels.count else { continue }
            line(
                labels[index], on: &canvas, in: cell.x..<cell.x + layout.cellWidth,
                y: cell.y + layout.cellHeight + layout.textGap, colour: theme.fainterText)
        }
        drawHeadings(on: &canvas, layout)
        return canvas
    }

    /// Draws pictures of any size beside each other, top-aligned, a caption above each: early beside
    /// late samples, or a picture beside its translation.
    public static func sideBySide(
        _ pictures: [(caption: String, picture: PixelBuffer)], gap: Int = 16, textScale: Int = 2,
        theme: GridTheme = .dark
    ) -> PixelBuffer {
        precondition(
            !pictures.isEmpty && gap >= 0 && textScale > 0,
            "[PictureGrid.sideBySide] expected pictures, a gap of 0 or more and a positive text scale, "
                + "got \(pictures.count), \(gap) and \(textScale)")
        let textHeight = BitmapFont.lineHeight * textScale
        let top = gap / 2 + textHeight + gap / 2
        var canvas = PixelBuffer(
            width: pictures.reduce(gap) { $0 + $1.picture.width + gap },
            height: top + (pictures.map(\.picture.height).max() ?? 0) + gap, format: .rgb,
            fill: PixelFormat.rgb.opaque(theme.background))
        var x = gap
        for (caption, picture) in pictures {
            let text = BitmapFont.shortened(caption, toWidth: picture.width, scale: textScale)
            BitmapFont.draw(
                text, into: &canvas, x: x, y: gap / 2, colour: theme.text, scale: textScale)
            canvas.place(picture.converted(to: .rgb, over: theme.background), x: x, y: top)
            x += picture.width + gap
        }
        return canvas
    }
}

extension PictureGrid {
    /// Where everything goes, in pixels.
    private struct Layout {
        var columns: Int
        var rows: Int
        var cellWidth: Int
        var cellHeight: Int
        var left: Int
        var titleTop: Int
        var headingTop: Int
        var top: Int
        var stepX: Int
        var stepY: Int
        var textGap: Int
        var width: Int
        var height: Int

        func corner(_ index: Int) -> (x: Int, y: Int) {
            (left + index % columns * stepX, top + index / columns * stepY)
        }
    }

    /// The layout; `nil` where a number in it may overflow.
    private func layout(count: Int, width: Int, height: Int) -> Layout? {
        precondition(
            count > 0 && width > 0 && height > 0 && padding >= 0 && scale > 0 && textScale > 0
                && columns ?? 1 > 0,
            "[PictureGrid] expected pictures, padding of 0 or more, positive scales and columns, got "
                + "\(count) pictures of \(width)x\(height), padding \(padding), scales \(scale) and "
                + "\(textScale), columns \(columns ?? 0)")
        let squarest = Int(Double(count).squareRoot().rounded(.up))
        let columns = columns ?? max(1, squarest)
        let rows = (count - 1) / columns + 1
        // In floating point first, where nothing overflows, with air for a line of text a row.
        let factors = [columns, rows, width, height].map { Double($0) }
        let spread = (Double(scale) * max(factors[2], factors[3])) + Double(padding)
        guard max(factors[0], factors[1]) * (spread + Double(textScale) * 64) < 0x1p60 else {
            return nil
        }
        let cellWidth = width * scale
        let cellHeight = height * scale
        let textGap = 2 * textScale
        let textHeight = BitmapFont.lineHeight * textScale
        // A line of text takes its height, and air above and below it.
        let band = textHeight + 2 * textGap
        let side =
            rowHeadings.map { BitmapFont.size(of: $0, scale: textScale).width }.max()
            .map { $0 + 2 * textGap + 2 * textScale } ?? 0
        let titleTop = padding
        let headingTop = titleTop + (title == nil ? 0 : band)
        let top = headingTop + (columnHeadings.isEmpty ? 0 : band)
        let stepX = cellWidth + padding
        let stepY = cellHeight + padding + (labels.isEmpty ? 0 : band - textGap)
        let left = padding + side
        let titleWidth = title.map { BitmapFont.size(of: $0, scale: textScale).width } ?? 0
        let gridWidth = left + columns * stepX
        return Layout(
            columns: columns, rows: rows, cellWidth: cellWidth, cellHeight: cellHeight, left: left,
            titleTop: titleTop + textGap, headingTop: headingTop + textGap,
            top: top, stepX: stepX, stepY: stepY, textGap: textGap,
            width: max(gridWidth, titleWidth + 2 * (padding + textGap)),
            height: top + rows * stepY)
    }

    private func drawHeadings(on canvas: inout PixelBuffer, _ layout: Layout) {
        if let title {
            BitmapFont.draw(
                title, into: &canvas, x: padding + layout.textGap, y: layout.titleTop,
                colour: theme.text, scale: textScale)
        }
        for (column, heading) in columnHeadings.prefix(layout.columns).enumerated() {
            let x = layout.left + column * layout.stepX
            line(
                heading, on: &canvas, in: x..<x + layout.cellWidth, y: layout.headingTop,
                colour: theme.text)
        }
        for (row, heading) in rowHeadings.prefix(layout.rows).enumerated() {
            let y = layout.top + row * layout.stepY
            BitmapFont.draw(
                heading, into: &canvas, x: padding + layout.textGap,
                y: y + (layout.cellHeight - BitmapFontGlyphs.height * textScale) / 2,
                colour: theme.text, scale: textScale)
        }
    }

    /// Draws a line of text in the middle of a range of columns, shortened to it.
    private func line(
        _ text: String, on canvas: inout PixelBuffer, in columns: Range<Int>, y: Int,
        colour: RGBColour
    ) {
        let text = BitmapFont.shortened(text, toWidth: columns.count, scale: textScale)
        let width = BitmapFont.size(of: text, scale: textScale).width
        BitmapFont.draw(
            text, into: &canvas, x: columns.lowerBound + (columns.count - width) / 2, y: y,
            colour: colour, scale: textScale)
    }
}
