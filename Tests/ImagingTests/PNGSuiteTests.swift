import Imaging
import Testing

/// Willem van Schaik's test suite, against reference bitmaps made by another decoder: 32-bit BGRA,
/// bottom row first, no gamma, of 16-bit samples the high byte. Two things the references do their
/// own way: opaque 16-bit grey went through floating point and is off by one in places (by one for
/// rounding and for the high byte alike), and a colour under full transparency may be black.
@Suite(.enabled(if: TestData.isHere, "needs ../shared/data or $ATELIER_DATA"))
struct PNGSuiteTests {
    private static let pictures = TestData.files(below: "pngsuite/png")

    @Test func everySoundFileEqualsItsReference() throws {
        var compared = 0
        for path in Self.pictures where !Self.name(path).hasPrefix("x") {
            guard let folder = TestData.folder else { continue }
            let reference = try Self.bitmap(folder + "/pngsuite/bmp/\(Self.name(path)).bmp")
            let decoded = try ImageFile.decode(contentsOf: path)
            let isDeepGrey = decoded.facts.bitDepth == 16 && decoded.pixels.format == .grey
            let difference = Self.visibleDifference(
                decoded.pixels.converted(to: .rgba), reference)
            #expect(difference <= (isDeepGrey ? 1 : 0), "\(path)")
            let deep = try ImageFile.decodeDeep(contentsOf: path)
            #expect(deep.pixels.eightBit == decoded.pixels, "\(path)")
            #expect(deep.facts == decoded.facts, "\(path)")
            let probe = try ImageFile.probe(contentsOf: path)
            #expect(probe.width == decoded.pixels.width && probe.height == decoded.pixels.height)
            #expect(probe.pixelFormat == decoded.pixels.format, "\(path)")
            compared += 1
        }
        #expect(compared == 161)
    }

    @Test func everyCorruptFileIsRefused() throws {
        let corrupt = Self.pictures.filter { Self.name($0).hasPrefix("x") }
        #expect(corrupt.count == 14)
        for path in corrupt {
            #expect(throws: ImageError.self, "\(path)") { try ImageFile.decode(contentsOf: path) }
        }
    }

    /// The largest difference where the reference is not fully transparent, and of alpha anywhere.
    private static func visibleDifference(_ picture: PixelBuffer, _ reference: PixelBuffer) -> Int {
        guard picture.bytes.count == reference.bytes.count, picture.width == reference.width else {
            return 999
        }
        return picture.bytes.indices.map { index in
            let isHidden = index % 4 != 3 && reference.bytes[index | 3] == 0
            return isHidden ? 0 : abs(Int(picture.bytes[index]) - Int(reference.bytes[index]))
        }.max() ?? 0
    }

    private static func name(_ path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        return String(file.dropLast(4))
    }

    private static func bitmap(_ path: String) throws -> PixelBuffer {
        let file = try TestData.bytes(path)
        func number(_ index: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(file[index + $1]) << (8 * $1) }
        }
        let (start, width, height) = (number(10), number(18), number(22))
        try #require(file[28] == 32)
        var bytes: [UInt8] = []
        for y in (0..<height).reversed() {
            for x in 0..<width {
                let pixel = start + (y * width + x) * 4
                bytes += [file[pixel + 2], file[pixel + 1], file[pixel], file[pixel + 3]]
            }
        }
        return PixelBuffer(width: width, height: height, format: .rgba, bytes: bytes)
    }
}
