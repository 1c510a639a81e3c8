import Imaging
import Networks
import Training
import Viewer

/// Sample pictures as grids.
enum SamplePictures {
    /// Pixels between the pictures of a sample grid.
    static let padding = 2

    /// The pictures of a report, one by one.
    static func pictures(_ report: SampleReport) -> [PixelBuffer] {
        let size = report.height * report.width * report.channels
        let format = PixelFormat(rawValue: UInt8(report.channels)) ?? .rgb
        return (0..<report.count).map { index in
            PixelBuffer(
                width: report.width, height: report.height, format: format,
                bytes: Array(report.pictures[(index * size)..<((index + 1) * size)]))
        }
    }

    /// Where pictures lie in a grid of so many.
    static func geometry(
        count: Int, width: Int, height: Int, columns: Int? = nil
    ) -> GridGeometry {
        let columns = columns ?? columnCount(count)
        return GridGeometry(
            columns: columns, rows: (count + columns - 1) / columns, cellWidth: width,
            cellHeight: height, padding: padding, margin: padding, count: count)
    }

    /// The columns of the squarest grid.
    static func columnCount(_ count: Int) -> Int {
        max(1, Int(Double(count).squareRoot().rounded(.up)))
    }

    /// The grid of a report.
    static func grid(_ report: SampleReport, columns: Int? = nil) -> PixelBuffer {
        PictureGrid(columns: columns ?? columnCount(report.count), padding: padding)
            .compose(pictures(report))
    }
}

/// Which pictures a run's fixed samples are, and how they lie: with classes a row each.
struct SampleLayout {
    /// Rows of classes at most: more are not looked at.
    private static let mostRows = 32

    /// How many pictures.
    let count: Int
    /// Pictures in a row; nil for the squarest grid.
    let columns: Int?
    /// The class of each picture; nil where there are none.
    let labels: [Int]?

    init(_ configuration: RunConfiguration) {
        let (wanted, classes) = (
            configuration.cadence.sampleCount, configuration.networks.classCount
        )
        guard classes > 0 else {
            count = wanted
            columns = nil
            labels = nil
            return
        }
        let rows = min(classes, Self.mostRows)
        let columns = max(4, (wanted + rows - 1) / rows)
        self.columns = columns
        count = rows * columns
        labels = (0..<count).map { $0 / columns }
    }
}
