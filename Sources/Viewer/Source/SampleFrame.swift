public import Imaging

/// Which weights drew a set of samples.
public enum SampleVariant: String, Sendable, Hashable, CaseIterable {
    /// The exponential moving average of the generator: what is shown first.
    case average
    /// The generator as the last step left it.
    case raw

    /// What the window calls it.
    package var title: String { self == .average ? "EMA" : "Raw" }
}

/// Where the samples lie in a grid picture, so that one of them can be picked.
///
/// Sample `i` is in row `i / columns` and column `i % columns`; its left edge is at
/// `margin + column * (cellWidth + padding)`, and its top edge likewise.
public struct GridGeometry: Sendable, Hashable {
    /// Samples in a row, at least 1.
    public let columns: Int
    /// Rows, at least 1.
    public let rows: Int
    /// The width of a sample in pixels.
    public let cellWidth: Int
    /// The height of a sample in pixels.
    public let cellHeight: Int
    /// Pixels between two neighbouring samples.
    public let padding: Int
    /// Pixels around the whole grid.
    public let margin: Int
    /// Samples in the grid, at most `columns * rows`; the last row may be short.
    public let count: Int

    /// A grid of `columns` by `rows` samples; `count` is all of them unless told otherwise.
    public init(
        columns: Int, rows: Int, cellWidth: Int, cellHeight: Int, padding: Int = 0, margin: Int = 0,
        count: Int? = nil
    ) {
        precondition(
            columns > 0 && rows > 0 && cellWidth > 0 && cellHeight > 0,
            "[GridGeometry] expected positive sizes, got \(columns)x\(rows) cells of "
                + "\(cellWidth)x\(cellHeight)")
        precondition(
            padding >= 0 && margin >= 0,
            "[GridGeometry] expected padding and margin of 0 or more, got \(padding) and \(margin)")
        let samples = count ?? columns * rows
        precondition(
            (1...(columns * rows)).contains(samples),
            "[GridGeometry] expected 1...\(columns * rows) samples, got \(samples)")
        self.columns = columns
        self.rows = rows
        self.cellWidth = cellWidth
        self.cellHeight = cellHeight
        self.padding = padding
        self.margin = margin
        self.count = samples
    }

    /// The width of the whole picture in pixels.
    public var width: Int { 2 * margin + columns * cellWidth + (columns - 1) * padding }
    /// The height of the whole picture in pixels.
    public var height: Int { 2 * margin + rows * cellHeight + (rows - 1) * padding }

    /// The top left pixel of sample `index`.
    public func origin(of index: Int) -> (x: Int, y: Int) {
        precondition(
            index >= 0 && index < count, "[GridGeometry.origin] expected 0..<\(count), got \(index)"
        )
        return (
            margin + (index % columns) * (cellWidth + padding),
            margin + (index / columns) * (cellHeight + padding)
        )
    }
}

/// A grid of samples at one step of a run.
public struct SampleFrame: Sendable {
    /// The step the weights had.
    public let step: Int
    /// The weights that drew it.
    public let variant: SampleVariant
    /// The whole grid, as it would be saved.
    public let pixels: PixelBuffer
    /// Where the samples lie in `pixels`.
    public let geometry: GridGeometry
    /// The discriminator's score of each sample, a logit; empty where they are not known.
    public let scores: [Float]
    /// What each row shows, its class for instance; empty where rows mean nothing.
    public let rowTitles: [String]

    /// A grid; the picture must be as large as the geometry says, and there is a score for each sample
    /// and a title for each row, or none.
    public init(
        step: Int, variant: SampleVariant = .average, pixels: PixelBuffer, geometry: GridGeometry,
        scores: [Float] = [], rowTitles: [String] = []
    ) {
        precondition(
            pixels.width == geometry.width && pixels.height == geometry.height,
            "[SampleFrame] expected \(geometry.width)x\(geometry.height) pixels, got "
                + "\(pixels.width)x\(pixels.height)")
        precondition(
            [0, geometry.count].contains(scores.count)
                && [0, geometry.rows].contains(rowTitles.count),
            "[SampleFrame] expected \(geometry.count) scores and \(geometry.rows) titles of rows, or "
                + "none, got \(scores.count) and \(rowTitles.count)")
        self.step = step
        self.variant = variant
        self.pixels = pixels
        self.geometry = geometry
        self.scores = scores
        self.rowTitles = rowTitles
    }

    /// What is known of a sample: its class, and what the discriminator says of it.
    package func facts(of index: Int) -> [String] {
        let title = rowTitles.isEmpty ? [] : [rowTitles[index / geometry.columns]]
        let score = scores.isEmpty ? [] : ["D's score \(NumberText.score(scores[index]))"]
        return title + score
    }
}
