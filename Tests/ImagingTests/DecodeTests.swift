import CPNG
import Imaging
import Testing

struct DecodeTests {
    private func reference(_ name: String) throws -> PixelBuffer {
        PixelBuffer(
            width: 40, height: 24, format: .rgb,
            bytes: try TestData.bytes(TestData.fixture(name + ".rgb")))
    }

    @Test(arguments: [
        ("baseline.jpg", 1), ("progressive.jpg", 1), ("cmyk.jpg", 2), ("lossy.webp", 1),
        ("animated.webp", 0),
    ])
    func equalsWhatPillowReads(_ file: (name: String, tolerance: Int)) throws {
        let decoded = try ImageFile.decode(contentsOf: TestData.fixture(file.name))
        #expect(try largestDifference(decoded.pixels, reference(file.name)) <= file.tolerance)
        #expect(decoded.facts.isAnimated == (file.name == "animated.webp"))
        #expect(decoded.facts.warning == nil && decoded.facts.bitDepth == 8)
    }

    @Test func orientationOfAWebPIsApplied() throws {
        let path = TestData.fixture("turned.webp")
        let decoded = try ImageFile.decode(contentsOf: path)
        #expect(decoded.facts.orientation == .rotated90)
        #expect(try decoded.pixels == reference("turned.webp").rotatedClockwise())
        let probe = try ImageFile.probe(contentsOf: path)
        #expect(probe.width == 24 && probe.height == 40)
    }

    @Test func probeAgreesWithDecode() throws {
        for name in ["baseline.jpg", "progressive.jpg", "cmyk.jpg", "lossy.webp", "animated.webp"] {
            let path = TestData.fixture(name)
            let probe = try ImageFile.probe(contentsOf: path)
            let decoded = try ImageFile.decode(contentsOf: path)
            #expect(probe.width == 40 && probe.height == 24 && probe.facts == decoded.facts)
            #expect(probe.pixelFormat == decoded.pixels.format)
        }
    }

    @Test(arguments: [(UInt8(0), 1), (2, 3), (4, 2), (6, 4)])
    func sixteenBitSamplesAreExact(_ kind: (colourType: UInt8, channels: Int)) throws {
        var generator = SeededGenerator(11)
        let samples = (0..<5 * 3 * kind.channels).map { _ in
            UInt16.random(in: .min ... .max, using: &generator)
        }
        let bytes = deepPNG(samples, width: 5, height: 3, colourType: kind.colourType)
        let deep = try ImageFile.decodeDeep(bytes: bytes)
        #expect(deep.pixels.samples == samples && deep.facts.bitDepth == 16)
        let decoded = try ImageFile.decode(bytes: bytes)
        #expect(decoded.pixels.bytes == samples.map { UInt8($0 >> 8) })
    }

    /// A 16-bit PNG without filters, put together by hand.
    private func deepPNG(
        _ samples: [UInt16], width: UInt8, height: UInt8, colourType: UInt8
    ) -> [UInt8] {
        func number(_ value: UInt32) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }
        func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
            let body = Array(name.utf8) + data
            return number(UInt32(data.count)) + body + number(cpng_crc(0, body, body.count))
        }
        let rowSamples = samples.count / Int(height)
        var raw: [UInt8] = []
        for (index, sample) in samples.enumerated() {
            if index % rowSamples == 0 { raw.append(0) }
            raw += [UInt8(sample >> 8), UInt8(sample & 255)]
        }
        var packed = [UInt8](repeating: 0, count: cpng_deflate_bound(raw.count))
        let capacity = packed.count
        let size = cpng_deflate(raw, raw.count, &packed, capacity)
        packed.removeLast(capacity - size)
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
            + chunk("IHDR", [0, 0, 0, width, 0, 0, 0, height, 16, colourType, 0, 0, 0])
            + chunk("IDAT", packed) + chunk("IEND", [])
    }

    @Test func deepSamplesOfAnEightBitFileAreTimes257() throws {
        let picture = PixelBuffer.noise(5, 4, .rgba, seed: 4)
        let deep = try ImageFile.decodeDeep(bytes: try PNGFile.encode(picture))
        #expect(deep.pixels == DeepPixelBuffer(picture))
        #expect(deep.pixels.eightBit == picture)
        let jpeg = try JPEGFile.encode(.ramp(8, 8, .grey))
        let lifted = try ImageFile.decodeDeep(bytes: jpeg).pixels
        #expect(lifted == DeepPixelBuffer(try ImageFile.decode(bytes: jpeg).pixels))
    }
}

@Suite(.enabled(if: TestData.isHere, "needs ../shared/data or $ATELIER_DATA"))
struct ExifFileTests {
    @Test func allEightOrientationsShowTheSamePicture() throws {
        let folder = try #require(TestData.folder)
        let pictures = try (1...8).map {
            try ImageFile.decode(contentsOf: folder + "/exif_orientation/Landscape_\($0).jpg")
        }
        #expect(pictures.map(\.facts.orientation.rawValue) == Array(1...8))
        let first = pictures[0].pixels.resized(width: 60, height: 40, filter: .box)
        for picture in pictures.dropFirst() {
            #expect(picture.pixels.width == pictures[0].pixels.width)
            #expect(picture.pixels.height == pictures[0].pixels.height)
            let small = picture.pixels.resized(width: 60, height: 40, filter: .box)
            // Each file was compressed on its own and bears its number; a wrong turn differs by 40.
            let total = zip(small.bytes, first.bytes).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            let mean = Double(total) / Double(small.bytes.count)
            #expect(mean < 2, "\(picture.facts.orientation)")
        }
    }
}
