import Glibc
import Imaging

/// The edges of a photograph as dark lines on white: Canny 1986, "A Computational Approach to Edge
/// Detection", https://doi.org/10.1109/TPAMI.1986.4767851.
///
/// Luminance, blurred with deviation 1; slopes by Sobel's operator; of each only what is greatest across
/// the edge; kept where it is among the strongest twelfth of the picture, or above 0.4 of that and
/// connected to such. So the thresholds follow the picture's own contrast. A picture without any
/// contrast has no lines.
struct EdgeDrawing {
    /// The drawing, RGB.
    let picture: PixelBuffer

    /// Which share of pixels may begin a line.
    private static let strongShare = 1.0 / 12
    /// Which share of a beginning's slope continues a line.
    private static let weakShare: Float = 0.4
    /// Slopes below this are noise: eight levels of 255 across a sharp edge.
    private static let leastSlope: Float = 32

    init(_ photograph: PixelBuffer) {
        let (width, height) = (photograph.width, photograph.height)
        let luminance = GaussianBlur(deviation: 1)(
            photograph.converted(to: .grey).plane(0), width: width, height: height)
        let slopes = Slopes(luminance, width: width, height: height)
        let lines = Self.lines(slopes.thinned(), width: width, height: height)
        var bytes = [UInt8](repeating: 255, count: 3 * width * height)
        for place in lines.indices where lines[place] {
            for channel in 0..<3 { bytes[3 * place + channel] = 0 }
        }
        picture = PixelBuffer(width: width, height: height, format: .rgb, bytes: bytes)
    }

    /// Which pixels belong to lines.
    private static func lines(_ slopes: [Float], width: Int, height: Int) -> [Bool] {
        let sorted = slopes.sorted(by: >)
        let place = min(sorted.count - 1, Int(Double(sorted.count) * strongShare))
        let strong = max(leastSlope, sorted[place])
        let weak = max(leastSlope, weakShare * strong)
        var isLine = slopes.map { $0 >= strong }
        var open = isLine.indices.filter { isLine[$0] }
        while let place = open.popLast() {
            let (x, y) = (place % width, place / width)
            for ny in max(0, y - 1)...min(height - 1, y + 1) {
                for nx in max(0, x - 1)...min(width - 1, x + 1) {
                    let near = ny * width + nx
                    guard !isLine[near], slopes[near] >= weak else { continue }
                    isLine[near] = true
                    open.append(near)
                }
            }
        }
        return isLine
    }

    /// How steep a plane is, and which way.
    private struct Slopes {
        private let width: Int, height: Int
        private var across: [Float], down: [Float]
        private var steepness: [Float]

        init(_ plane: [Float], width: Int, height: Int) {
            (self.width, self.height) = (width, height)
            across = [Float](repeating: 0, count: plane.count)
            down = across
            steepness = across
            for y in 0..<height {
                let (above, here, below) = (max(0, y - 1), y, min(height - 1, y + 1))
                for x in 0..<width {
                    let (left, right) = (max(0, x - 1), min(width - 1, x + 1))
                    func value(_ row: Int, _ column: Int) -> Float { plane[row * width + column] }
                    let east = value(above, right) + 2 * value(here, right) + value(below, right)
                    let west = value(above, left) + 2 * value(here, left) + value(below, left)
                    let south = value(below, left) + 2 * value(below, x) + value(below, right)
                    let north = value(above, left) + 2 * value(above, x) + value(above, right)
                    let place = y * width + x
                    across[place] = east - west
                    down[place] = south - north
                    steepness[place] = hypotf(east - west, south - north)
                }
            }
        }

        /// The steepness where it is greatest across the edge, elsewhere 0.
        func thinned() -> [Float] {
            var result = [Float](repeating: 0, count: steepness.count)
            for y in 0..<height {
                for x in 0..<width {
                    let place = y * width + x
                    let slope = steepness[place]
                    guard slope > 0 else { continue }
                    let (dx, dy) = direction(place)
                    // Of two equals beside each other one stays.
                    if slope >= at(x + dx, y + dy) && slope > at(x - dx, y - dy) {
                        result[place] = slope
                    }
                }
            }
            return result
        }

        private func at(_ x: Int, _ y: Int) -> Float {
            (0..<width).contains(x) && (0..<height).contains(y) ? steepness[y * width + x] : 0
        }

        /// The neighbour that lies nearest to where the plane rises.
        private func direction(_ place: Int) -> (Int, Int) {
            let (x, y) = (across[place], down[place])
            // The tangent of an eighth of a right angle's double: between axis and diagonal.
            let border: Float = 0.414_213_56
            if abs(y) <= border * abs(x) { return (x > 0 ? 1 : -1, 0) }
            if abs(x) <= border * abs(y) { return (0, y > 0 ? 1 : -1) }
            return (x > 0 ? 1 : -1, y > 0 ? 1 : -1)
        }
    }
}
