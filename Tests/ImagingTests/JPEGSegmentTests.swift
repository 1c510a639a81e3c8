import Imaging
import Testing

/// What lies between, before and behind the segments of a JPEG.
struct JPEGSegmentTests {
    private let plain = try? JPEGFile.encode(.ramp(16, 12, .rgb), quality: 80)

    private func inserted(_ bytes: [UInt8], at offset: Int, into whole: [UInt8]) -> [UInt8] {
        Array(whole[..<offset]) + bytes + Array(whole[offset...])
    }

    @Test func whatLiesBehindTheEndIsNoScan() throws {
        let plain = try #require(plain)
        // A motion photo: a film behind the picture, whose bytes say what they like.
        let film = (0..<200).flatMap { _ -> [UInt8] in [0xff, 0xda, 0, 4] }
        #expect(
            try ImageFile.decode(bytes: plain + film).pixels
                == ImageFile.decode(bytes: plain).pixels)
    }

    @Test func scansAreCountedUpToTheEnd() throws {
        let bytes = try TestData.bytes(TestData.fixture("progressive.jpg"))
        var limits = DecodeLimits()
        limits.maximumScans = 2
        let error = #expect(throws: ImageError.self) {
            try ImageFile.decode(bytes: bytes, limits: limits)
        }
        #expect(error?.description.contains("scans, at most 2") == true)
    }

    @Test func aFewFillBytesAreSkippedAndManyRefused() throws {
        let plain = try #require(plain)
        func filled(_ count: Int) -> [UInt8] {
            inserted(Array(repeating: 0xff, count: count), at: 2, into: plain)
        }
        let header = try ImageFile.probe(bytes: filled(100))
        #expect(header.width == 16 && header.height == 12)
        let error = #expect(throws: ImageError.self) {
            try ImageFile.probe(bytes: filled(1_000_000))
        }
        #expect(error?.description.contains("no segment where one should be") == true)
    }

    @Test func aFewSegmentsAreSkippedAndManyRefused() throws {
        let plain = try #require(plain)
        func commented(_ count: Int) -> [UInt8] {
            inserted(
                (0..<count).flatMap { _ -> [UInt8] in [0xff, 0xfe, 0, 2] }, at: 2, into: plain)
        }
        #expect(try ImageFile.probe(bytes: commented(500)).width == 16)
        let error = #expect(throws: ImageError.self) {
            try ImageFile.probe(bytes: commented(100_000))
        }
        #expect(error?.description.contains("segments") == true)
    }

    @Test(arguments: [[0xff, 0xff], [0x00, 0x12]] as [[UInt8]])
    func inksAreInvertedWhateverLiesBeforeTheMarkerOfAdobe(_ between: [UInt8]) throws {
        let bytes = try TestData.bytes(TestData.fixture("cmyk.jpg"))
        let right = try ImageFile.decode(bytes: bytes).pixels
        // Behind an empty comment, before everything else.
        let padded = inserted([0xff, 0xfe, 0, 2] + between, at: 2, into: bytes)
        #expect(try ImageFile.decode(bytes: padded).pixels == right)
    }
}
