import Glibc
import Imaging
import Testing

struct ResizeTests {
    /// Against Pillow on every channel count and filter: sizes up and down, odd ones, sides of one.
    @Test func equalsPillow() throws {
        let bytes = try TestData.bytes(TestData.fixture("resize.bin"))
        var position = 0
        var records = 0
        var largest = 0
        var different = 0
        while position < bytes.count {
            let head = (0..<6).map {
                Int(bytes[position + 2 * $0]) | Int(bytes[position + 2 * $0 + 1]) << 8
            }
            position += 12
            let format = try #require(PixelFormat(rawValue: UInt8(head[0])))
            func take(_ width: Int, _ height: Int) -> PixelBuffer {
                let count = width * height * format.channelCount
                defer { position += count }
                return PixelBuffer(
                    width: width, height: height, format: format,
                    bytes: Array(bytes[position..<position + count]))
            }
            let source = take(head[1], head[2])
            let expected = take(head[3], head[4])
            let filter: ResizeFilter = [.box, .bilinear, .bicubic, .lanczos][head[5]]
            let result = source.resized(width: head[3], height: head[4], filter: filter)
            let difference = largestDifference(result, expected)
            #expect(difference <= 1, "\(head)")
            largest = max(largest, difference)
            different += zip(result.bytes, expected.bytes).count { $0 != $1 }
            records += 1
        }
        #expect(records == 160)
        // Same weights, same rounding: the goldens agree to the bit.
        #expect(largest == 0 && different == 0, "largest \(largest), \(different) differ")
    }

    @Test func equalsTheDefinition() {
        // The naive twin: both sums in floating point, rounded to 8 bits after each.
        let source = PixelBuffer.noise(37, 23, .rgb, seed: 5)
        for filter in ResizeFilter.allCases {
            for (width, height) in [(11, 40), (64, 9), (37, 5), (3, 23)] {
                let expected = naive(source, width, height, filter)
                let result = source.resized(width: width, height: height, filter: filter)
                #expect(largestDifference(result, expected) <= 1, "\(filter) \(width)x\(height)")
            }
        }
    }

    @Test(arguments: ResizeFilter.allCases)
    func flatPicturesStayFlat(_ filter: ResizeFilter) {
        let flat = PixelBuffer(width: 50, height: 31, format: .rgba, fill: [10, 200, 77, 255])
        let result = flat.resized(width: 23, height: 64, filter: filter)
        #expect(
            result == PixelBuffer(width: 23, height: 64, format: .rgba, fill: [10, 200, 77, 255]))
    }

    @Test func transparentColoursDoNotBleed() {
        // Left half opaque red, right half fully transparent green.
        let row: [UInt8] =
            Array(repeating: [255, 0, 0, 255], count: 8).flatMap { $0 }
            + Array(repeating: [0, 255, 0, 0], count: 8).flatMap { $0 }
        let picture = PixelBuffer(width: 16, height: 1, format: .rgba, bytes: row)
        let result = picture.resized(width: 5, height: 1, filter: .bicubic)
        for pixel in 0..<5 { #expect(result.bytes[pixel * 4 + 1] == 0) }
    }

    @Test func aPartEqualsTheWholeCutAfterwards() {
        let source = PixelBuffer.noise(40, 30, .rgba, seed: 6)
        let whole = source.resized(width: 90, height: 17, filter: .lanczos)
        let part = source.resized(
            width: 90, height: 17, columns: 31..<60, rows: 4..<11, filter: .lanczos)
        #expect(part == whole.cropped(x: 31, y: 4, width: 29, height: 7))
    }

    private func naive(
        _ source: PixelBuffer, _ width: Int, _ height: Int, _ filter: ResizeFilter
    ) -> PixelBuffer {
        func kernel(_ x: Double) -> Double {
            let a = abs(x)
            func sinc(_ v: Double) -> Double { v == 0 ? 1 : sin(v * .pi) / (v * .pi) }
            switch filter {
            case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
            case .bilinear: return max(0, 1 - a)
            case .bicubic:
                return a < 1
                    ? 1.5 * a * a * a - 2.5 * a * a + 1
                    : a < 2 ? -0.5 * a * a * a + 2.5 * a * a - 4 * a + 2 : 0
            case .lanczos: return a < 3 ? sinc(a) * sinc(a / 3) : 0
            }
        }
        let reaches: [ResizeFilter: Double] = [.box: 0.5, .bilinear: 1, .bicubic: 2, .lanczos: 3]
        let reach = reaches[filter] ?? 0
        func axis(_ from: Int, _ to: Int, _ sample: (Int, Int) -> Double) -> [UInt8] {
            (0..<to).map { output in
                let ratio = Double(from) / Double(to)
                let stretch = max(1, ratio)
                let centre = (Double(output) + 0.5) * ratio
                let first = max(0, Int(centre - reach * stretch + 0.5))
                let last = min(from, Int(centre + reach * stretch + 0.5))
                var (sum, total) = (0.0, 0.0)
                for input in first..<last {
                    let weight = kernel((Double(input) + 0.5 - centre) / stretch)
                    sum += weight * sample(output, input)
                    total += weight
                }
                return UInt8(max(0, min(255, (sum / total).rounded())))
            }
        }
        let channels = source.format.channelCount
        var narrow = PixelBuffer(
            width: width, height: source.height, format: source.format,
            bytes: Array(repeating: 0, count: width * source.height * channels))
        for y in 0..<source.height {
            for channel in 0..<channels {
                let line =
                    width == source.width
                    ? (0..<width).map { source.bytes[(y * width + $0) * channels + channel] }
                    : axis(source.width, width) {
                        Double(source.bytes[(y * source.width + $1) * channels + channel])
                    }
                for x in 0..<width { narrow.bytes[(y * width + x) * channels + channel] = line[x] }
            }
        }
        guard height != source.height else { return narrow }
        var result = PixelBuffer(
            width: width, height: height, format: source.format,
            bytes: Array(repeating: 0, count: width * height * channels))
        for column in 0..<width * channels {
            let line = axis(source.height, height) {
                Double(narrow.bytes[$1 * width * channels + column])
            }
            for y in 0..<height { result.bytes[y * width * channels + column] = line[y] }
        }
        return result
    }
}
