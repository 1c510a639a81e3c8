import Imaging
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
    static func geometry(count: Int, width: Int, height: Int) -> GridGeometry {
        let columns = columnCount(count)
        return GridGeometry(
            columns: columns, rows: (count + columns - 1) / columns, cellWidth: width,
            cellHeight: height, padding: padding, margin: padding, count: count)
    }

    /// The columns of the squarest grid.
    static func columnCount(_ count: Int) -> Int {
        max(1, Int(Double(count).squareRoot().rounded(.up)))
    }

    /// The grid of a report.
    static func grid(_ report: SampleReport) -> PixelBuffer {
        PictureGrid(columns: columnCount(report.count), padding: padding).compose(pictures(report))
    }
}
