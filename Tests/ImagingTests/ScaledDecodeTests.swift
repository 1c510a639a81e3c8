import Glibc
import Imaging
import Testing

/// JPEGs that are shrunk while they are decoded.
struct ScaledDecodeTests {
    /// Soft shapes of several sizes with some grain, as photographs have.
    private func scene(_ width: Int, _ height: Int, _ format: PixelFormat) -> PixelBuffer {
        var picture = PixelBuffer.noise(width, height, format, seed: 3)
        var place = 0
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<format.channelCount {
                    let (u, v) = (Double(x) / 40, Double(y) / 28 + Double(channel))
                    let shape = 120 + 60 * sin(u) * cos(v) + 40 * sin(3.1 * u + 2 * v)
                    let grain = (Double(picture.bytes[place]) - 128) / 16
                    picture.bytes[place] = UInt8(max(0, min(255, shape + grain)))
                    place += 1
                }
            }
        }
        return picture
    }

    @Test(arguments: [
        (1.0, 1), (0.51, 1), (0.5, 2), (0.3, 2), (0.25, 4), (0.2, 4), (0.125, 8), (0, 8),
    ])
    func sidesAreDividedAsFarAsAllowed(leastScale: Double, divisor: Int) throws {
        for format in [PixelFormat.grey, .rgb] {
            let bytes = try JPEGFile.encode(scene(104, 72, format))
            let picture = try ImageFile.decode(bytes: bytes, leastScale: leastScale).pixels
            #expect(picture.format == format)
            #expect(picture.width == 104 / divisor)
            #expect(picture.height == 72 / divisor)
        }
    }

    @Test func sidesThatDoNotDivideAreStretchedLittle() throws {
        func sides(_ width: Int, _ height: Int, _ leastScale: Double) throws -> [Int] {
            let bytes = try JPEGFile.encode(scene(width, height, .rgb))
            let picture = try ImageFile.decode(bytes: bytes, leastScale: leastScale).pixels
            return [picture.width, picture.height]
        }
        // 101 is 3 short of 8 times 13 and of 4 times 26, and 1 short of 2 times 51.
        #expect(try sides(101, 72, 0.18) == [51, 36])
        #expect(try sides(101, 72, 0.05) == [13, 9])
        #expect(try sides(72, 101, 0.05) == [9, 13])
        #expect(try sides(101, 72, 0.4) == [101, 72])
    }

    @Test func otherFormatsComeWhole() throws {
        let picture = scene(40, 30, .rgb)
        #expect(
            try ImageFile.decode(bytes: PNGFile.encode(picture), leastScale: 0.1).pixels == picture)
    }

    /// Decoded at twice the size that is wanted and then resized, against resized from the whole.
    ///
    /// Sides that do not divide are stretched by up to a tenth of a pixel of the result at the far
    /// edge, which moves the steepest of these shapes by three levels.
    @Test(arguments: [(512, 384, 1.2), (1001, 667, 2.2), (515, 1024, 1.2)])
    func looksLikeTheWholeShrunk(width: Int, height: Int, allowed: Double) throws {
        for quality in [75, 95] {
            let bytes = try JPEGFile.encode(scene(width, height, .rgb), quality: quality)
            let ratio = 64 / Double(min(width, height))
            let whole = try ImageFile.decode(bytes: bytes).pixels
            let scaled = try ImageFile.decode(bytes: bytes, leastScale: 2 * ratio).pixels
            #expect(scaled.width < width && min(scaled.width, scaled.height) >= 128)
            let expected = whole.fitted(width: 64, height: 64, crop: .centre)
            let result = scaled.fitted(width: 64, height: 64, crop: .centre)
            let sum = zip(result.bytes, expected.bytes).reduce(0) {
                $0 + abs(Int($1.0) - Int($1.1))
            }
            let mean = Double(sum) / Double(expected.bytes.count)
            #expect(mean <= allowed, "\(mean) levels on average")
            #expect(largestDifference(result, expected) <= 10)
        }
    }

    @Test func damageIsStillRefused() throws {
        let bytes = try JPEGFile.encode(scene(256, 256, .rgb))
        for leastScale in [1, 0.5, 0.25, 0.125] {
            let cut = Array(bytes.prefix(bytes.count / 2))
            #expect(throws: ImageError.self) {
                try ImageFile.decode(bytes: cut, leastScale: leastScale)
            }
            // Without its end marker alone it is whole.
            let unended = Array(bytes.dropLast(2))
            let image = try ImageFile.decode(bytes: unended, leastScale: leastScale)
            #expect(image.facts.warning == "the end marker is missing")
        }
    }

    @Test func weightsThatAreKeptAreTheSame() {
        let picture = PixelBuffer.noise(90, 50, .rgb, seed: 8)
        // More sizes than are kept, twice.
        let sizes = (1...50).map { (width: 2 * $0, height: 51 - $0) }
        let first = sizes.map { picture.resized(width: $0.width, height: $0.height) }
        let second = sizes.map { picture.resized(width: $0.width, height: $0.height) }
        #expect(first == second)
    }
}
