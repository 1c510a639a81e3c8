import Glibc
package import Imaging

extension PixelBuffer {
    /// The picture moved right and down by whole pixels.
    package func translated(columns: Int, rows: Int, border: AugmentationBorder) -> PixelBuffer {
        guard columns != 0 || rows != 0 else { return self }
        guard format.hasAlpha else {
            let canvas = AugmentationCanvas()
            canvas.load(self)
            canvas.translate(columns: columns, rows: rows, border: border)
            return canvas.picture
        }
        let channels = format.channelCount
        let outside = border.pixel(format)
        let sourceColumns = (0..<width).map { border.index($0 - columns, width) }
        var result = self
        result.bytes.withUnsafeMutableBufferPointer { target in
            bytes.withUnsafeBufferPointer { source in
                var place = 0
                for y in 0..<height {
                    let sourceRow = border.index(y - rows, height).map { $0 * width }
                    for x in 0..<width {
                        if let sourceRow, let sourceX = sourceColumns[x] {
                            let start = (sourceRow + sourceX) * channels
                            for c in 0..<channels { target[place + c] = source[start + c] }
                        } else {
                            for c in 0..<channels { target[place + c] = outside[c] }
                        }
                        place += channels
                    }
                }
            }
        }
        return result
    }

    /// The picture turned about its middle, counter-clockwise, by bilinear interpolation.
    ///
    /// Colours are weighted by their alpha, so that what is invisible does not tint the edges.
    package func rotated(degrees: Float, border: AugmentationBorder) -> PixelBuffer {
        guard format.hasAlpha else {
            let canvas = AugmentationCanvas()
            canvas.load(self)
            canvas.rotate(degrees: degrees, border: border)
            return canvas.picture
        }
        let turn = Turn(degrees: degrees)
        let (sine, cosine) = (turn.sine, turn.cosine)
        let (centreX, centreY) = (Float(width - 1) / 2, Float(height - 1) / 2)
        let sampler = BilinearSampler(picture: self, border: border)
        let channels = format.channelCount
        var result = self
        result.bytes.withUnsafeMutableBufferPointer { target in
            bytes.withUnsafeBufferPointer { source in
                for y in 0..<height {
                    for x in 0..<width {
                        let (dx, dy) = (Float(x) - centreX, Float(y) - centreY)
                        sampler.sample(
                            source, x: centreX + cosine * dx - sine * dy,
                            y: centreY + sine * dx + cosine * dy,
                            into: target, at: (y * width + x) * channels)
                    }
                }
            }
        }
        return result
    }

    /// A random part of the picture, resized to the whole.
    func randomResizedCrop(
        leastArea: Float, mostAspect: Float, _ draws: inout AugmentationDraws
    ) -> PixelBuffer {
        let area = draws.between(leastArea, 1)
        let aspect = expf(draws.between(-logf(mostAspect), logf(mostAspect)))
        // A shape that does not fit is made to, which keeps this free of retries.
        let shareX = min(1, (area * aspect).squareRoot())
        let shareY = min(1, (area / aspect).squareRoot())
        let partWidth = max(1, Int((shareX * Float(width)).rounded()))
        let partHeight = max(1, Int((shareY * Float(height)).rounded()))
        let part = cropped(
            x: draws.integer(0, width - partWidth), y: draws.integer(0, height - partHeight),
            width: partWidth, height: partHeight)
        return part.resized(width: width, height: height, filter: .bilinear)
    }

    /// A rectangle filled with a grey level.
    mutating func cutOut(side: Float, level: UInt8, _ draws: inout AugmentationDraws) {
        let (columns, rows) = (Int(side * Float(width)), Int(side * Float(height)))
        let left = draws.integer(0, width - 1) - columns / 2
        let top = draws.integer(0, height - 1) - rows / 2
        let pixel = AugmentationBorder.fill(level: level).pixel(format)
        for y in max(0, top)..<max(0, min(height, top + rows), top) {
            for x in max(0, left)..<max(0, min(width, left + columns), left) {
                let target = (y * width + x) * pixel.count
                for c in 0..<pixel.count { bytes[target + c] = pixel[c] }
            }
        }
    }
}

extension AugmentationBorder {
    /// The pixel that lies outside; for ``reflect`` it is never asked for.
    func pixel(_ format: PixelFormat) -> [UInt8] {
        let level: UInt8 = if case .fill(let level) = self { level } else { 0 }
        var pixel = [UInt8](repeating: level, count: format.channelCount)
        if format.hasAlpha { pixel[format.channelCount - 1] = 255 }
        return pixel
    }

    /// The index inside the picture for one that may lie outside; nil where the border is filled.
    @inline(__always)
    func index(_ index: Int, _ count: Int) -> Int? {
        if index >= 0 && index < count { return index }
        guard case .reflect = self else { return nil }
        // Mirrored at the outer edge of the border pixel, which repeats it once: any distance
        // works.
        let period = 2 * count
        let wrapped = ((index % period) + period) % period
        return wrapped < count ? wrapped : period - 1 - wrapped
    }
}

/// The sine and cosine of an angle.
struct Turn {
    /// The sine.
    let sine: Float
    /// The cosine.
    let cosine: Float

    /// An angle in degrees.
    init(degrees: Float) {
        let angle = degrees * Float.pi / 180
        (sine, cosine) = (sinf(angle), cosf(angle))
    }
}

/// Bilinear samples, at any place, of a picture with alpha.
private struct BilinearSampler {
    private let width: Int
    private let height: Int
    private let format: PixelFormat
    private let border: AugmentationBorder
    private let outside: [UInt8]

    init(picture: PixelBuffer, border: AugmentationBorder) {
        width = picture.width
        height = picture.height
        format = picture.format
        self.border = border
        outside = border.pixel(picture.format)
    }

    @inline(__always)
    func sample(
        _ source: UnsafeBufferPointer<UInt8>, x: Float, y: Float,
        into target: UnsafeMutableBufferPointer<UInt8>, at place: Int
    ) {
        let (floorX, floorY) = (x.rounded(.down), y.rounded(.down))
        let (shareX, shareY) = (x - floorX, y - floorY)
        let (left, top) = (Int(floorX), Int(floorY))
        let channels = format.channelCount
        let columns = (border.index(left, width), border.index(left + 1, width))
        let rows = (border.index(top, height), border.index(top + 1, height))
        let corners = (
            offset(columns.0, rows.0), offset(columns.1, rows.0),
            offset(columns.0, rows.1), offset(columns.1, rows.1)
        )
        var weights = (
            (1 - shareX) * (1 - shareY), shareX * (1 - shareY), (1 - shareX) * shareY,
            shareX * shareY
        )
        @inline(__always) func value(_ corner: Int?, _ channel: Int) -> Float {
            Float(corner.map { source[$0 + channel] } ?? outside[channel])
        }
        @inline(__always) func mean(_ channel: Int) -> Float {
            weights.0 * value(corners.0, channel) + weights.1 * value(corners.1, channel)
                + weights.2 * value(corners.2, channel) + weights.3 * value(corners.3, channel)
        }
        let colours = channels - 1
        let alpha = mean(colours)
        target[place + colours] = UInt8(min(255, alpha + 0.5))
        if alpha > 0 {
            weights.0 *= value(corners.0, colours) / alpha
            weights.1 *= value(corners.1, colours) / alpha
            weights.2 *= value(corners.2, colours) / alpha
            weights.3 *= value(corners.3, colours) / alpha
        }
        for channel in 0..<colours {
            target[place + channel] = UInt8(min(255, mean(channel) + 0.5))
        }
    }

    @inline(__always)
    private func offset(_ column: Int?, _ row: Int?) -> Int? {
        guard let column, let row else { return nil }
        return (row * width + column) * format.channelCount
    }
}
