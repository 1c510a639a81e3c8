import CPNG
import Imaging
import Testing

struct PNGTests {
    @Test(arguments: PixelFormat.allCases)
    func pixelsComeBack(_ format: PixelFormat) throws {
        for (width, height) in [(1, 1), (7, 5), (64, 33)] {
            let picture = PixelBuffer.noise(width, height, format, seed: UInt64(width))
            for compression in [PNGCompression.fast, .standard, .best] {
                let bytes = try PNGFile.encode(picture, compression: compression)
                let decoded = try ImageFile.decode(bytes: bytes)
                #expect(decoded.pixels == picture)
                #expect(decoded.facts.hadAlpha == format.hasAlpha && !decoded.facts.isPalette)
            }
        }
    }

    @Test func textComesBackInOrder() throws {
        let entries = [
            PNGText("Title", "plain"), PNGText("Empty", ""),
            PNGText("Latin", "gr\u{fc}\u{df}e\nline"),
            PNGText("Unicode", "\u{96ea} \u{2603} \u{1f338}"),
            PNGText("Long", String(repeating: "atelier train flowers --size 64 ", count: 100)),
            PNGText("Long Unicode", String(repeating: "\u{2603}\u{fe0f} winter ", count: 300)),
            PNGText("Exactly 1 KB", String(repeating: "x", count: 1_024)),
        ]
        let folder = ScratchFolder()
        let path = folder.path + "/text.png"
        try PNGFile.write(.noise(4, 4, .rgb, seed: 1), to: path, text: entries)
        #expect(try PNGFile.text(contentsOf: path) == entries)
        let bytes = try TestData.bytes(path)
        // Compressed: the whole file is smaller than the long texts alone.
        #expect(bytes.count < 2_600)
        #expect(try PNGFile.text(bytes: bytes) == entries)
        #expect(try ImageFile.decode(bytes: bytes).pixels == .noise(4, 4, .rgb, seed: 1))
        #expect(TestData.names(in: folder.path) == ["text.png"])
    }

    @Test func aDamagedTextChunkIsRefused() throws {
        var bytes = try PNGFile.encode(
            .noise(2, 2, .grey, seed: 1), text: [PNGText("Title", "plain")])
        let index = try #require(bytes.firstIndex(of: UInt8(ascii: "p")))
        bytes[index] ^= 1
        #expect(throws: ImageError.self) { try PNGFile.text(bytes: bytes) }
    }

    @Test func rowsStreamedEqualRowsAtOnce() throws {
        let picture = PixelBuffer.noise(20, 31, .rgba, seed: 8)
        let folder = ScratchFolder()
        let path = folder.path + "/rows.png"
        let writer = try PNGWriter(path: path, width: 20, height: 31, format: .rgba)
        for row in stride(from: 0, to: 31, by: 4) {
            #expect(!TestData.names(in: folder.path).contains("rows.png"))
            try writer.append(
                rows: picture.cropped(x: 0, y: row, width: 20, height: min(4, 31 - row)))
        }
        try writer.finish()
        #expect(try TestData.bytes(path) == PNGFile.encode(picture))
    }

    /// Large pictures are compressed in strips, and strips in batches: sides around their ends.
    @Test(arguments: [
        (517, 1_033, PixelFormat.rgb), (43_690, 9, .rgb), (43_691, 9, .rgb), (65_535, 3, .grey),
        (1, 5_000, .greyAlpha), (400, 700, .rgba),
    ])
    func largePixelsComeBack(_ width: Int, _ height: Int, _ format: PixelFormat) throws {
        // Half noise, half smooth: each filter is the best one somewhere.
        var picture = PixelBuffer.ramp(width, height, format)
        let noise = PixelBuffer.noise(width, max(height / 2, 1), format, seed: 3)
        picture.place(noise, x: 0, y: 0)
        let bytes = try PNGFile.encode(picture)
        #expect(try ImageFile.decode(bytes: bytes).pixels == picture)
        // In pieces, the same bytes.
        let output = PieceOutput()
        for threads in [Int32(1), 4] {
            try output.write(picture, threads: threads, rowsAtOnce: 7)
            #expect(output.bytes == bytes)
        }
    }

    @Test func aWriterThatIsDroppedLeavesNothing() throws {
        let folder = ScratchFolder()
        do {
            let writer = try PNGWriter(
                path: folder.path + "/a.png", width: 4, height: 4, format: .rgb)
            try writer.append(rows: .noise(4, 2, .rgb, seed: 1))
            #expect(TestData.names(in: folder.path).count == 1)
        }
        #expect(TestData.names(in: folder.path).isEmpty)
    }
}

struct LossyTests {
    @Test(arguments: PixelFormat.allCases)
    func jpegIsClose(_ format: PixelFormat) throws {
        let picture = PixelBuffer.ramp(24, 17, format)
        let opaque = picture.converted(to: format.channelCount < 3 ? .grey : .rgb)
        let decoded = try ImageFile.decode(bytes: try JPEGFile.encode(picture, quality: 98)).pixels
        #expect(decoded.format == opaque.format)
        #expect(largestDifference(decoded, opaque) <= 24)
        let worse = try JPEGFile.encode(picture, quality: 20)
        #expect(try worse.count < JPEGFile.encode(picture, quality: 98).count)
    }

    @Test(arguments: PixelFormat.allCases)
    func webPLosslessIsExact(_ format: PixelFormat) throws {
        let picture = PixelBuffer.noise(23, 11, format, seed: 9)
        let decoded = try ImageFile.decode(bytes: try WebPFile.encode(picture))
        #expect(decoded.pixels == picture.converted(to: format.hasAlpha ? .rgba : .rgb))
    }

    @Test func webPQualityIsClose() throws {
        let picture = PixelBuffer(width: 32, height: 32, format: .rgb, fill: [40, 90, 200])
        let decoded = try ImageFile.decode(
            bytes: try WebPFile.encode(picture, compression: .quality(90)))
        #expect(largestDifference(decoded.pixels, picture) <= 4)
    }

    @Test func sidesTooLongAreRefused() {
        let strip = PixelBuffer(width: 16_384, height: 1, format: .grey, fill: [0])
        #expect(throws: ImageError.self) { try WebPFile.encode(strip) }
        let longer = PixelBuffer(width: 65_501, height: 1, format: .grey, fill: [0])
        #expect(throws: ImageError.self) { try JPEGFile.encode(longer) }
    }
}

/// A PNG that is written by the C functions, with a number of threads.
private final class PieceOutput {
    var bytes: [UInt8] = []

    func write(_ picture: PixelBuffer, threads: Int32, rowsAtOnce: Int) throws {
        bytes = []
        var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
        let writer = cpng_writer_open(
            UInt32(picture.width), UInt32(picture.height), Int32(picture.format.channelCount),
            PNGCompression.standard.level, 1,
            { context, bytes, size in
                guard let context else { return 1 }
                Unmanaged<PieceOutput>.fromOpaque(context).takeUnretainedValue().bytes.append(
                    contentsOf: UnsafeRawBufferPointer(start: bytes, count: size))
                return 0
            }, Unmanaged.passUnretained(self).toOpaque(), &message)
        let open = try #require(writer)
        defer { cpng_writer_free(open) }
        cpng_writer_limit_threads(open, threads)
        let stride = picture.width * picture.format.channelCount
        for row in Swift.stride(from: 0, to: picture.height, by: rowsAtOnce) {
            let count = min(rowsAtOnce, picture.height - row)
            let code = picture.bytes.withUnsafeBufferPointer { buffer -> Int32 in
                guard let base = buffer.baseAddress else { return -1 }
                return cpng_writer_rows(
                    open, base + row * stride, stride, UInt32(count), &message)
            }
            #expect(code == 0)
        }
        #expect(cpng_writer_finish(open, &message) == 0)
    }
}
