extension ViewerScreen {
    /// The height of the line under a sample, in points.
    static let captionHeight: Float = 17
    /// Samples drawn narrower than this have no room for their score.
    private static let leastCaptionWidth: Float = 36
    private static let mostTitleWidth: Float = 120

    /// Where the samples lie: with room for scores under them where there are some and they fit.
    func placement(_ model: ViewerModel, _ frame: SampleFrame, in panel: Rect) -> GridPlacement {
        let gap = max((2 * painter.scale).rounded(), 1)
        let caption = (Self.captionHeight * painter.scale).rounded()
        let plain = model.gridView.frame(of: frame.geometry, gap: gap, in: panel)
        guard model.showsScores, !frame.scores.isEmpty else { return plain }
        let captioned = model.gridView.frame(
            of: frame.geometry, gap: gap, caption: caption, in: panel)
        return captioned.cell.x >= Self.leastCaptionWidth * painter.scale ? captioned : plain
    }

    /// How much room the titles of rows take, in points; 0 where there are none.
    func titleWidth(_ frame: SampleFrame) -> Float {
        let widths = frame.rowTitles.map { painter.size(of: $0, .small).x }
        return widths.max().map { min($0 + 10, Self.mostTitleWidth).rounded(.up) } ?? 0
    }

    /// The titles of the rows, beside them wherever the grid was moved to.
    func drawTitles(_ frame: SampleFrame, _ placement: GridPlacement, in column: Rect) {
        guard !frame.rowTitles.isEmpty, column.width > 0 else { return }
        let scale = painter.scale
        var free = column.y
        for (row, title) in frame.rowTitles.enumerated() {
            let rect = placement.rect(of: row * placement.geometry.columns)
            let centre = (rect.y + rect.height / 2) / scale
            let box = Rect(x: column.x, y: centre - 8, width: column.width - 6, height: 16)
            // Rows lower than a line of text have a title now and then.
            guard box.y >= free, column.contains(box) else { continue }
            free = box.bottom
            painter.text(title, in: box, .small, Theme.muted, align: .trailing)
        }
    }

    /// The scores under the samples: green those that the discriminator finds most real, rose those
    /// that it finds least, a quarter each.
    func drawScores(_ frame: SampleFrame, _ placement: GridPlacement, in panel: Rect) {
        guard placement.caption > 0, !frame.scores.isEmpty else { return }
        let scale = painter.scale
        let limits = Self.quarters(of: frame.scores)
        for (index, score) in frame.scores.enumerated() {
            let cell = placement.rect(of: index)
            let box = Rect(
                x: cell.x / scale, y: cell.bottom / scale, width: cell.width / scale,
                height: placement.caption / scale)
            guard panel.contains(box, tolerance: 1) else { continue }
            let colour =
                score >= limits.high && limits.high > limits.low
                ? Theme.green : score <= limits.low ? Theme.rose : Theme.muted
            painter.text(NumberText.score(score), in: box, .small, colour, align: .centre)
        }
    }

    private static func quarters(of scores: [Float]) -> (low: Float, high: Float) {
        let sorted = scores.filter(\.isFinite).sorted()
        guard sorted.count >= 4 else { return (-.infinity, .infinity) }
        return (sorted[sorted.count / 4 - 1], sorted[sorted.count - sorted.count / 4])
    }
}
