import Imaging

/// How much of a pixel of side `texel` a shape covers whose edge is `distance` away, negative inside.
func coverage(_ distance: Float, texel: Float) -> Float { clamp(0.5 - distance / texel, 0, 1) }

/// A square picture in the making: shapes are laid over it, edges blended by their distance.
struct Canvas {
    /// Pixels on a side.
    let side: Int
    /// The side of a pixel in the units of `Point`.
    let texel: Float
    private var pixels: [Colour]

    init(side: Int) {
        self.side = side
        texel = 2 / Float(side)
        pixels = Array(repeating: Colour(repeating: 0), count: side * side)
    }

    /// Sets every pixel.
    @inline(__always)
    mutating func fill(_ colour: (Point) -> Colour) {
        for row in 0..<side {
            for column in 0..<side { pixels[row * side + column] = colour(centre(row, column)) }
        }
    }

    /// Changes the pixels whose centres are at most `reach` from `centre` on either axis.
    @inline(__always)
    mutating func change(
        around middle: Point, reach: Float, _ body: (Point, inout Colour) -> Void
    ) {
        let low = (middle - reach + 1) / texel
        let high = (middle + reach + 1) / texel
        let rows = max(0, Int(max(low.y, -1)))..<max(0, min(side, Int(max(high.y, -1)) + 1))
        let columns = max(0, Int(max(low.x, -1)))..<max(0, min(side, Int(max(high.x, -1)) + 1))
        guard !rows.isEmpty, !columns.isEmpty, rows.lowerBound < side else { return }
        for row in rows {
            for column in columns { body(centre(row, column), &pixels[row * side + column]) }
        }
    }

    private func centre(_ row: Int, _ column: Int) -> Point {
        Point((Float(column) + 0.5) * texel - 1, (Float(row) + 0.5) * texel - 1)
    }

    /// The picture, `factor` by `factor` pixels averaged into one.
    func picture(reducedBy factor: Int) -> PixelBuffer {
        let size = side / factor
        let share = 255 / Float(factor * factor)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size * size * 3)
        for row in 0..<size {
            for column in 0..<size {
                var sum = Colour(repeating: 0)
                for y in 0..<factor {
                    for x in 0..<factor {
                        sum += pixels[(row * factor + y) * side + column * factor + x]
                    }
                }
                for channel in 0..<3 {
                    bytes.append(UInt8(clamp(sum[channel] * share + 0.5, 0, 255)))
                }
            }
        }
        return PixelBuffer(width: size, height: size, format: .rgb, bytes: bytes)
    }
}
