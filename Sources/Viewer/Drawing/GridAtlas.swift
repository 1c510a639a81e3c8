import Imaging

/// A grid repacked for drawing sample by sample: RGBA, without the saved picture's padding, each
/// sample with its edge repeated once around it, so that smoothing never mixes neighbours.
package struct GridAtlas: Sendable {
    /// Pixels in a row.
    package let width: Int
    /// Rows.
    package let height: Int
    /// `height * width * 4` bytes; empty once they are uploaded.
    package var bytes: [UInt8]
    /// The size of a sample in it.
    package let cellWidth, cellHeight: Int
    /// Samples in a row.
    package let columns: Int

    /// Repacks a frame, averaging blocks of `reduction` by `reduction` pixels into one.
    package init(_ frame: SampleFrame, reduction: Int = 1) {
        precondition(
            reduction >= 1, "[GridAtlas] expected a reduction of 1 or more, got \(reduction)")
        let geometry = frame.geometry
        let block = min(reduction, geometry.cellWidth, geometry.cellHeight)
        cellWidth = geometry.cellWidth / block
        cellHeight = geometry.cellHeight / block
        columns = geometry.columns
        width = geometry.columns * (cellWidth + 2)
        height = geometry.rows * (cellHeight + 2)
        var output = [UInt8](repeating: 0, count: width * height * 4)
        for index in 0..<geometry.count {
            let source = geometry.origin(of: index)
            let left = index % columns * (cellWidth + 2)
            let top = index / columns * (cellHeight + 2)
            for y in 0..<(cellHeight + 2) {
                let sourceY = min(max(y - 1, 0), cellHeight - 1) * block + source.y
                for x in 0..<(cellWidth + 2) {
                    let sourceX = min(max(x - 1, 0), cellWidth - 1) * block + source.x
                    Self.average(
                        frame.pixels, x: sourceX, y: sourceY, block: block, into: &output,
                        at: ((top + y) * width + left + x) * 4)
                }
            }
        }
        bytes = output
    }

    /// The texture coordinates of a sample.
    package func coordinates(of index: Int) -> (u: ClosedRange<Float>, v: ClosedRange<Float>) {
        let left = Float(index % columns * (cellWidth + 2) + 1)
        let top = Float(index / columns * (cellHeight + 2) + 1)
        return (
            (left / Float(width))...((left + Float(cellWidth)) / Float(width)),
            (top / Float(height))...((top + Float(cellHeight)) / Float(height))
        )
    }

    private static func average(
        _ pixels: PixelBuffer, x: Int, y: Int, block: Int, into output: inout [UInt8], at place: Int
    ) {
        let channels = pixels.format.channelCount
        var sums = (0, 0, 0, 0)
        for row in y..<(y + block) {
            var offset = (row * pixels.width + x) * channels
            for _ in 0..<block {
                let first = Int(pixels.bytes[offset])
                switch pixels.format {
                case .grey:
                    sums = (sums.0 + first, sums.1 + first, sums.2 + first, sums.3 + 255)
                case .greyAlpha:
                    let alpha = Int(pixels.bytes[offset + 1])
                    sums = (sums.0 + first, sums.1 + first, sums.2 + first, sums.3 + alpha)
                case .rgb, .rgba:
                    let alpha = channels == 4 ? Int(pixels.bytes[offset + 3]) : 255
                    sums = (
                        sums.0 + first, sums.1 + Int(pixels.bytes[offset + 1]),
                        sums.2 + Int(pixels.bytes[offset + 2]), sums.3 + alpha
                    )
                }
                offset += channels
            }
        }
        let area = block * block
        output[place] = UInt8((sums.0 + area / 2) / area)
        output[place + 1] = UInt8((sums.1 + area / 2) / area)
        output[place + 2] = UInt8((sums.2 + area / 2) / area)
        output[place + 3] = UInt8((sums.3 + area / 2) / area)
    }
}
