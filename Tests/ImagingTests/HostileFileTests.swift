import Files
import Imaging
import Testing

@Suite(.enabled(if: TestData.isHere, "needs ../shared/data or $ATELIER_DATA"))
struct BrokenImageTests {
    @Test(arguments: ["png", "jpeg", "webp", "gif", "bmp", "tiff"])
    func everyFileIsDecodedOrRefused(_ kind: String) throws {
        let files = TestData.files(below: "broken_images/\(kind)")
        #expect(files.count > 30)
        var decoded = 0
        for path in files {
            do throws(ImageError) {
                let picture = try ImageFile.decode(contentsOf: path).pixels
                decoded += 1
                // What decodes must have said so in its header.
                let probe = try ImageFile.probe(contentsOf: path)
                #expect(
                    probe.width == picture.width && probe.height == picture.height, "\(path)")
            } catch {
                #expect(error.path == path && !error.description.contains("\n"))
            }
        }
        #expect(["png", "jpeg", "webp"].contains(kind) ? decoded > 20 : decoded == 0, "\(decoded)")
    }
}

/// Our own encodings, damaged at random: decoded or refused, never a crash.
struct FuzzTests {
    @Test(arguments: 0..<40)
    func damagedBytesAreDecodedOrRefused(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let format = PixelFormat.allCases[Int(seed % 4)]
        let picture = PixelBuffer.noise(17, 13, format, seed: seed)
        let originals = [
            try PNGFile.encode(picture, text: [PNGText("Title", "fuzz \u{2603}")]),
            try JPEGFile.encode(picture, quality: 60),
            try WebPFile.encode(picture), try WebPFile.encode(picture, compression: .quality(50)),
            try TestData.bytes(TestData.fixture("animated.webp")),
            try TestData.bytes(TestData.fixture("progressive.jpg")),
        ]
        for original in originals {
            for _ in 0..<20 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let index = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[index] = .random(in: 0...255, using: &generator)
                }
                if Bool.random(using: &generator) {
                    bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
                }
                do throws(ImageError) {
                    let result = try ImageFile.decode(bytes: bytes)
                    #expect(result.pixels.width > 0, "seed \(seed)")
                } catch {
                    #expect(error.path == "picture", "seed \(seed)")
                }
                _ = try? PNGFile.text(bytes: bytes)
            }
        }
    }

    @Test func everyTruncationOfAPNGIsRefused() throws {
        let bytes = try PNGFile.encode(.noise(9, 7, .rgb, seed: 1))
        for count in 0..<bytes.count {
            #expect(throws: ImageError.self, "\(count)") {
                try ImageFile.decode(bytes: Array(bytes[..<count]))
            }
        }
    }

    @Test func aJPEGWithoutItsLastBlocksIsRefusedAndWithoutItsEndMarkerRead() throws {
        let picture = PixelBuffer.noise(64, 64, .rgb, seed: 2)
        let bytes = try JPEGFile.encode(picture, quality: 80)
        #expect(throws: ImageError.self) {
            try ImageFile.decode(bytes: Array(bytes[..<(bytes.count / 2)]))
        }
        let whole = try ImageFile.decode(bytes: bytes)
        #expect(whole.facts.warning == nil)
        let unended = try ImageFile.decode(bytes: Array(bytes.dropLast(2)))
        #expect(unended.facts.warning != nil)
        #expect(unended.pixels == whole.pixels)
    }
}

struct LimitTests {
    /// A PNG header that claims a size, and nothing else.
    private func claim(_ width: UInt32, _ height: UInt32) -> [UInt8] {
        func number(_ value: UInt32) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + number(13) + Array("IHDR".utf8)
            + number(width) + number(height) + [8, 2, 0, 0, 0] + number(0)
    }

    private func reason(_ bytes: [UInt8], _ limits: DecodeLimits = .default) -> ImageError.Reason? {
        do throws(ImageError) {
            _ = try ImageFile.decode(bytes: bytes, limits: limits)
            return nil
        } catch {
            return error.reason
        }
    }

    private func isOverLimit(_ reason: ImageError.Reason?) -> Bool {
        if case .overLimit = reason { true } else { false }
    }

    @Test(arguments: [(65_536, 1), (1, 70_000), (65_000, 65_000), (30_000, 3_000)])
    func absurdSizesAreRefusedByTheHeader(_ size: (UInt32, UInt32)) {
        #expect(isOverLimit(reason(claim(size.0, size.1))), "\(size)")
    }

    @Test func aClaimThatTheBytesCannotHoldIsDamaged() {
        guard case .damaged(.png, _) = reason(claim(3_000, 3_000)) else {
            Issue.record("expected damage")
            return
        }
    }

    @Test func limitsOfTheCallerHold() throws {
        let bytes = try PNGFile.encode(.noise(20, 10, .grey, seed: 3))
        var limits = DecodeLimits()
        limits.maximumPixels = 200
        #expect(reason(bytes, limits) == nil)
        limits.maximumPixels = 199
        #expect(isOverLimit(reason(bytes, limits)))
        limits = .default
        limits.maximumSide = 19
        #expect(isOverLimit(reason(bytes, limits)))
        let folder = ScratchFolder()
        try AtomicFile.write(bytes, to: folder.path + "/a.png")
        limits = .default
        limits.maximumFileSize = bytes.count - 1
        #expect(throws: ImageError.self) {
            try ImageFile.decode(contentsOf: folder.path + "/a.png", limits: limits)
        }
        #expect(throws: ImageError.self) {
            try ImageFile.probe(contentsOf: folder.path + "/a.png", limits: limits)
        }
    }

    @Test func aFlatWallInAFewBytesIsRefused() throws {
        let wall = try WebPFile.encode(
            PixelBuffer(width: 4_000, height: 4_000, format: .rgb, fill: [1, 2, 3]))
        #expect(wall.count < 4_000)
        #expect(isOverLimit(reason(wall)))
    }

    @Test func otherThingsAreNamed() throws {
        let path = TestData.fixture("versions.txt")
        let error = #expect(throws: ImageError.self) { try ImageFile.decode(contentsOf: path) }
        #expect(error?.reason == .unknownFormat("text"))
        let folder = ScratchFolder()
        let asFolder = #expect(throws: ImageError.self) {
            try ImageFile.decode(contentsOf: folder.path)
        }
        #expect(
            asFolder?.reason
                == .file(FileError(path: folder.path, operation: "read", reason: .notARegularFile)))
        let missing = #expect(throws: ImageError.self) {
            try ImageFile.probe(contentsOf: folder.path + "/none.png")
        }
        #expect(missing?.description.contains("none.png: no such file") == true)
    }
}
