public import Imaging

/// Takes the noise out of a stream before it is styled: a pixel that hardly changes moves only part of the
/// way to its new value, one that changes takes it at once.
///
/// Networks make visible strokes of noise that nobody sees in a camera's picture; this is what holds
/// their flicker down most, and it works for every network.
public struct FrameSteadying: Sendable {
    /// How far noise is held down: 0 not at all, 1 most.
    public let strength: Double
    /// What the filter last gave, before it was rounded.
    private var last: [Float] = []
    private var size = (width: 0, height: 0)
    private var blocks: [Float] = []

    /// Differences of luminance, of 255, averaged over a neighbourhood: up to the first it is noise, from
    /// the second on it is movement.
    private static let movement: (from: Float, to: Float) = (5, 18)
    /// The same over the cells of ``grid``, from which on a frame begins another scene.
    private static let cut: Float = 28
    private static let grid = 8
    private static let radius = 2

    /// A filter that has seen nothing.
    public init(strength: Double) {
        precondition(
            (0...1).contains(strength),
            "[FrameSteadying] expected a strength of 0 to 1, got \(strength)")
        self.strength = strength
    }

    /// The frame with less noise, and whether it begins another scene.
    ///
    /// - Parameter frame: RGB.
    public mutating func steadied(_ frame: PixelBuffer) -> (picture: PixelBuffer, isCut: Bool) {
        precondition(
            frame.format == .rgb, "[FrameSteadying] expected an RGB frame, got \(frame.format)")
        let isOtherSize = size != (frame.width, frame.height)
        let means = Self.means(frame)
        let isCut = isOtherSize || Self.distance(means, blocks) > Self.cut
        blocks = means
        size = (frame.width, frame.height)
        if isCut || strength == 0 {
            last = strength == 0 ? [] : frame.bytes.map { Float($0) }
            return (frame, isCut)
        }
        var picture = frame
        move(&picture)
        return (picture, false)
    }

    private mutating func move(_ frame: inout PixelBuffer) {
        let base = Float(1 - 0.85 * strength)
        let motion = smoothed(differences(frame))
        let (from, to) = Self.movement
        last.withUnsafeMutableBufferPointer { last in
            frame.bytes.withUnsafeMutableBufferPointer { bytes in
                for pixel in 0..<motion.count {
                    let place = min(max((motion[pixel] - from) / (to - from), 0), 1)
                    let step = base + (1 - base) * place * place * (3 - 2 * place)
                    for i in 3 * pixel..<3 * pixel + 3 {
                        last[i] += (Float(bytes[i]) - last[i]) * step
                        bytes[i] = UInt8(min(max(last[i] + 0.5, 0), 255))
                    }
                }
            }
        }
    }

    /// How far each pixel's luminance is from what the filter last gave.
    private func differences(_ frame: PixelBuffer) -> [Float] {
        (0..<frame.width * frame.height).map { pixel in
            let i = 3 * pixel
            let red = Float(frame.bytes[i]) - last[i]
            let green = Float(frame.bytes[i + 1]) - last[i + 1]
            let blue = Float(frame.bytes[i + 2]) - last[i + 2]
            return abs(red + 2 * green + blue) / 4
        }
    }

    /// Each value's mean with its neighbours'.
    private func smoothed(_ values: [Float]) -> [Float] {
        let rows = Self.averaged(
            values, lines: size.height, length: size.width, step: 1, lineStep: size.width)
        return Self.averaged(
            rows, lines: size.width, length: size.height, step: size.width, lineStep: 1)
    }

    private static func averaged(
        _ values: [Float], lines: Int, length: Int, step: Int, lineStep: Int
    ) -> [Float] {
        var result = values
        for line in 0..<lines {
            let start = line * lineStep
            for place in 0..<length {
                let span = max(place - radius, 0)...min(place + radius, length - 1)
                var sum: Float = 0
                for other in span { sum += values[start + other * step] }
                result[start + place * step] = sum / Float(span.count)
            }
        }
        return result
    }

    /// The mean luminance of a grid of cells.
    private static func means(_ frame: PixelBuffer) -> [Float] {
        var sums = [Float](repeating: 0, count: grid * grid)
        var counts = sums
        for y in 0..<frame.height {
            let row = y * grid / frame.height * grid
            for x in 0..<frame.width {
                let (i, cell) = (3 * (y * frame.width + x), row + x * grid / frame.width)
                sums[cell] +=
                    Float(
                        Int(frame.bytes[i]) + 2 * Int(frame.bytes[i + 1])
                            + Int(frame.bytes[i + 2])) / 4
                counts[cell] += 1
            }
        }
        return zip(sums, counts).map { $0 / max($1, 1) }
    }

    private static func distance(_ a: [Float], _ b: [Float]) -> Float {
        guard a.count == b.count, !a.isEmpty else { return .infinity }
        return zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(a.count)
    }
}
