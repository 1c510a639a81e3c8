import Training
import Viewer

/// How a sample grid's picture says where its samples lie, and what the discriminator says of them.
enum SampleGridText {
    /// The name of the scores among a picture's texts.
    static let scoresName = "scores"

    static func text(_ report: SampleReport, columns: Int? = nil) -> String {
        let columns = columns ?? SamplePictures.columnCount(report.count)
        return "columns=\(columns) cell=\(report.width)x\(report.height) "
            + "padding=\(SamplePictures.padding) count=\(report.count)"
    }

    /// The geometry that a text describes, for a picture of a size; nil where they do not fit.
    static func geometry(_ text: String, width: Int, height: Int) -> GridGeometry? {
        var fields: [String: String] = [:]
        for part in text.split(separator: " ") {
            let pair = part.split(separator: "=")
            if pair.count == 2 { fields[String(pair[0])] = String(pair[1]) }
        }
        let cell = (fields["cell"] ?? "").split(separator: "x").compactMap { Int($0) }
        guard let columns = fields["columns"].flatMap({ Int($0) }), cell.count == 2,
            let padding = fields["padding"].flatMap({ Int($0) }),
            let count = fields["count"].flatMap({ Int($0) }), (1...1000).contains(columns),
            (1...100_000).contains(count), (1...8192).contains(cell[0]),
            (1...8192).contains(cell[1]),
            (0...256).contains(padding)
        else { return nil }
        let geometry = GridGeometry(
            columns: columns, rows: (count + columns - 1) / columns, cellWidth: cell[0],
            cellHeight: cell[1], padding: padding, margin: padding, count: count)
        return geometry.width == width && geometry.height == height ? geometry : nil
    }

    /// Scores as a picture keeps them: numbers with blanks between them.
    static func text(scores: [Float]) -> String {
        scores.map { "\($0)" }.joined(separator: " ")
    }

    /// The scores of a text; none where they are not one for each of so many samples.
    static func scores(_ text: String, count: Int) -> [Float] {
        let parts = text.utf8.count <= 32 * count ? text.split(separator: " ") : []
        let scores = parts.compactMap { Float($0) }
        return scores.count == count && parts.count == count ? scores : []
    }
}

extension SampleLayout {
    /// The class of each row of a grid that lies as this run's samples do; none for other grids, and
    /// where there are no classes.
    static func rowTitles(_ configuration: RunConfiguration, of geometry: GridGeometry) -> [String]
    {
        let layout = SampleLayout(configuration)
        let names = configuration.data.classNames
        guard let labels = layout.labels, layout.count == geometry.count,
            layout.columns == geometry.columns
        else { return [] }
        return (0..<geometry.rows).map { row in
            let label = labels[row * geometry.columns]
            return names.indices.contains(label) ? names[label] : "\(label)"
        }
    }
}
