public import Imaging
public import Metrics

/// A picture of points in the plane: samples over real ones, with the modes' middles.
public struct ScatterPlot: Sendable {
    /// Pixels on each side.
    public var side: Int
    /// What lies between the middle and an edge, in the data's units.
    public var reach: Double

    private static let ground = RGBColour(red: 250, green: 250, blue: 248)
    private static let axis = RGBColour(red: 222, green: 222, blue: 218)
    private static let ink = RGBColour(red: 40, green: 40, blue: 44)
    private static let real = SIMD3<Double>(150, 160, 172)
    private static let made = SIMD3<Double>(206, 62, 32)

    /// A plot.
    public init(side: Int = 480, reach: Double) {
        precondition(
            side >= 64 && reach > 0 && reach.isFinite,
            "[ScatterPlot] expected a side from 64 on and a positive reach, got \(side) and \(reach)"
        )
        self.side = side
        self.reach = reach
    }

    /// A plot that shows all modes of a mixture with a margin.
    public init(of data: GaussianMixtureProtocol, side: Int = 480) {
        let largest = data.centres.reduce(0) { max($0, abs($1.x), abs($1.y)) }
        self.init(side: side, reach: 1.3 * largest)
    }

    /// The plot.
    ///
    /// - Parameters:
    ///   - real: Points of the data, `[N, 2]` row-major: grey, underneath.
    ///   - made: Samples, `[M, 2]` row-major: red. Those outside the plot are left out.
    ///   - caption: A line above.
    public func picture(real: [Float], made: [Float], caption: String) -> PixelBuffer {
        precondition(
            real.count % 2 == 0 && made.count % 2 == 0,
            "[ScatterPlot.picture] expected pairs of coordinates, got \(real.count) and "
                + "\(made.count) numbers")
        var picture = PixelBuffer(
            width: side, height: side, format: .rgb,
            fill: [Self.ground.red, Self.ground.green, Self.ground.blue])
        drawAxes(on: &picture)
        draw(real, on: &picture, Self.real, strength: 0.5, radius: 2)
        draw(made, on: &picture, Self.made, strength: 0.6, radius: 1)
        let text = BitmapFont.shortened(caption, toWidth: side - 16, scale: 2)
        BitmapFont.draw(text, into: &picture, x: 8, y: 8, colour: Self.ink, scale: 2)
        return picture
    }

    private func drawAxes(on picture: inout PixelBuffer) {
        let middle = side / 2
        let pixel = [Self.axis.red, Self.axis.green, Self.axis.blue]
        for place in 0..<side {
            for offset in [(middle * side + place) * 3, (place * side + middle) * 3] {
                picture.bytes.replaceSubrange(offset..<offset + 3, with: pixel)
            }
        }
    }

    /// Small squares that let what lies below shine through.
    private func draw(
        _ points: [Float], on picture: inout PixelBuffer, _ colour: SIMD3<Double>,
        strength: Double, radius: Int
    ) {
        for index in 0..<points.count / 2 {
            let x = (Double(points[2 * index]) / reach + 1) / 2 * Double(side)
            let y = (1 - Double(points[2 * index + 1]) / reach) / 2 * Double(side)
            // Not a number, or far outside, is no place at all.
            guard x >= 0, y >= 0, x < Double(side), y < Double(side) else { continue }
            let rows = max(0, Int(y) - radius)...min(side - 1, Int(y) + radius)
            let columns = max(0, Int(x) - radius)...min(side - 1, Int(x) + radius)
            for row in rows {
                for column in columns {
                    for channel in 0..<3 {
                        let place = (row * side + column) * 3 + channel
                        let below = Double(picture.bytes[place])
                        let mixed = below + (colour[channel] - below) * strength
                        picture.bytes[place] = UInt8(mixed.rounded())
                    }
                }
            }
        }
    }
}
