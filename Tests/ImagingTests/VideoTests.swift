import Files
import Foundation
import Imaging
import Synchronization
import Testing

/// YUV4MPEG2 streams: colours against NumPy, and what is wrong with a stream in words.
@Suite struct VideoTests {
    // MARK: Colours

    private struct Golden: Decodable {
        struct Case: Decodable {
            var chroma, matrix, range: String
            var planes, rgb: [UInt8]
        }
        var width, height: Int
        var cases: [Case]
    }

    @Test func coloursAreThoseOfNumPy() throws {
        let path = TestData.fixture("video.json")
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(golden.cases.count == 20)
        for example in golden.cases {
            var header = Y4MHeader(width: golden.width, height: golden.height)
            header.chroma = try #require(Y4MHeader.Chroma(rawValue: example.chroma))
            header.range = try #require(Y4MHeader.Range(rawValue: example.range))
            let matrix = try #require(YUVMatrix(rawValue: example.matrix))
            let made = Y4MFrame(header: header, bytes: example.planes).picture(matrix: matrix)
            let worst = zip(made.bytes, example.rgb).map { abs(Int($0) - Int($1)) }.max()
            // Fixed point may round the other way where the sum is next to a half.
            #expect(made.bytes.count == example.rgb.count && worst ?? 9 <= 1, "\(example)")
            let differing = zip(made.bytes, example.rgb).count { $0 != $1 }
            #expect(differing <= 2, "\(differing) of \(example.rgb.count): \(example.chroma)")
        }
    }

    @Test(arguments: Y4MHeader.Range.allCases, YUVMatrix.allCases)
    func aPictureComesBack(range: Y4MHeader.Range, matrix: YUVMatrix) {
        let picture = Self.gradient(33, 17)
        let whole = Y4MHeader(width: 33, height: 17, chroma: .full, range: range)
        let back = Y4MFrame(picture: picture, header: whole, matrix: matrix).picture(matrix: matrix)
        #expect(Self.worst(picture, back) <= 2)
        let half = Y4MHeader(width: 33, height: 17, range: range)
        let coarse = Y4MFrame(picture: picture, header: half, matrix: matrix)
            .picture(matrix: matrix)
        #expect(Self.worst(picture, coarse) <= 12)
        // White, black and the primaries stay what they are.
        for colour: [UInt8] in [
            [255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255],
        ] {
            let flat = PixelBuffer(width: 5, height: 3, format: .rgb, fill: colour)
            let header = Y4MHeader(width: 5, height: 3, range: range)
            let same = Y4MFrame(picture: flat, header: header, matrix: matrix)
                .picture(matrix: matrix)
            #expect(Self.worst(flat, same) <= 2, "\(colour)")
        }
    }

    @Test func theAlphaPlaneIsLeftOut() {
        let header = Y4MHeader(width: 2, height: 1, chroma: .fullWithAlpha, range: .full)
        let frame = Y4MFrame(header: header, bytes: [10, 200, 128, 128, 128, 128, 0, 0])
        #expect(frame.picture(matrix: .bt601).bytes == [10, 10, 10, 200, 200, 200])
    }

    // MARK: Streams

    @Test func whatIsWrittenIsRead() throws {
        let folder = try Folder()
        let path = folder.path + "/clip.y4m"
        let header = Y4MHeader(width: 10, height: 6, rate: .init(frames: 30_000, seconds: 1001))
        let writer = try Y4MWriter(path: path, header: header, matrix: .bt601)
        let frames = (0..<3).map { Self.gradient(10, 6, shift: $0 * 40) }
        for frame in frames { try writer.write(frame) }
        try writer.repeatLast()
        #expect(!FileManager.default.fileExists(atPath: path), "no name before it is whole")
        try writer.finish()

        let reader = try Y4MReader(path: path)
        #expect(reader.header == header && reader.isRegularFile)
        for frame in frames + [frames[2]] {
            let read = try #require(try reader.next())
            #expect(Self.worst(read.picture(matrix: .bt601), frame) <= 12)
        }
        #expect(try reader.next() == nil)
        #expect(reader.ending == .complete && reader.frameCount == 4)
    }

    @Test func aStreamThatBreaksOffKeepsWhatCame() throws {
        let folder = try Folder()
        let frame = [UInt8](repeating: 90, count: 12)
        let whole =
            Array("YUV4MPEG2 W4 H2 F25:1 Ip C420mpeg2 XFOO\nFRAME\n".utf8) + frame
            + Array("FRAME Ip\n".utf8) + frame
        for (cut, count, found) in [(0, 2, nil), (5, 1, 7), (13, 1, 0), (21, 1, nil)] {
            let path = try folder.write(Array(whole.dropLast(cut)), "\(cut).y4m")
            let reader = try Y4MReader(path: path)
            var read = 0
            while try reader.next() != nil { read += 1 }
            #expect(read == count)
            #expect(
                reader.ending == found.map { .cut(found: $0, expected: 12) } ?? .complete, "\(cut)")
        }
    }

    @Test func aSecondHeaderChangesTheSize() throws {
        let folder = try Folder()
        let path = try folder.write(
            Array("YUV4MPEG2 W2 H2 Cmono\nFRAME\n".utf8) + [1, 2, 3, 4]
                + Array("YUV4MPEG2 W1 H3 C444 It\nFRAME\n".utf8) + [UInt8](repeating: 7, count: 9),
            "two.y4m")
        let reader = try Y4MReader(path: path)
        #expect(try reader.next()?.header.width == 2)
        let second = try #require(try reader.next())
        #expect(second.header.height == 3 && second.header.isInterlaced)
        #expect(try reader.next() == nil && reader.ending == .complete)
    }

    @Test(arguments: [
        ("", "expected a YUV4MPEG2 stream"), ("\u{89}PNG....", "expected a YUV4MPEG2 stream"),
        ("YUV4MPEG2 W4", "ends inside its first line"),
        ("YUV4MPEG2 W4 C420\n", "a width and a height"),
        ("YUV4MPEG2 W-4 H2\n", "expected a size after W"),
        ("YUV4MPEG2 W99999999999999999999 H2\n", "expected a size after W"),
        ("YUV4MPEG2 W900000000 H900000000\n", "refused by its header"),
        ("YUV4MPEG2 W65535 H65535\n", "refused by its header"),
        ("YUV4MPEG2 W4 H2 C420p10\n", "more than 8 bits"),
        ("YUV4MPEG2 W4 H2 C411\n", "pix_fmt yuv420p"),
        ("YUV4MPEG2 W4 H2 F25\n", "expected a frame rate"),
        ("YUV4MPEG2 W4 H2\nFRUME\n123456789012", "expected FRAME, found 'FRUME'"),
        ("YUV4MPEG2 W4 H2\nFRAME\n123456789012\nFRAME\n", "an empty line"),
    ])
    func whatIsNoStreamIsNamed(text: String, message: String) throws {
        let folder = try Folder()
        let path = try folder.write(Array(text.utf8), "clip.y4m")
        let error = #expect(throws: VideoError.self) {
            let reader = try Y4MReader(path: path)
            while try reader.next() != nil {}
        }
        let description = error.map { "\($0)" } ?? ""
        #expect(description.contains(message) && description.contains(path), "\(description)")
    }

    @Test func longLinesAndMissingFilesAreRefused() throws {
        let folder = try Folder()
        let path = try folder.write(
            Array("YUV4MPEG2 ".utf8) + [UInt8](repeating: 65, count: 300_000), "long.y4m")
        #expect(throws: VideoError.self) { _ = try Y4MReader(path: path) }
        #expect(throws: VideoError.self) { _ = try Y4MReader(path: folder.path) }
        #expect(throws: VideoError.self) { _ = try Y4MReader(path: folder.path + "/none.y4m") }
    }

    @Test func aPipeIsReadAsItComesAndCanBeCalledOff() throws {
        let folder = try Folder()
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let isDone = Atomic<Bool>(false)
        let sender = Thread {
            let descriptor = open(path, O_WRONLY)
            // In pieces that end anywhere, and then nothing, with the pipe left open.
            for piece in ["YUV4MP", "EG2 W2 H1 Cmono\nFRA", "ME\na", "bFRAME\nc"] {
                _ = piece.withCString { write(descriptor, $0, strlen($0)) }
                usleep(20_000)
            }
            while !isDone.load(ordering: .acquiring) { usleep(10_000) }
            close(descriptor)
        }
        sender.start()
        let wantsNoMore = Atomic<Bool>(false)
        let reader = try Y4MReader(
            path: path, shouldStop: { wantsNoMore.load(ordering: .acquiring) })
        #expect(try reader.next()?.bytes == [97, 98] && !reader.isRegularFile)
        wantsNoMore.store(true, ordering: .releasing)
        #expect(try reader.next() == nil && reader.ending == .stopped)
        isDone.store(true, ordering: .releasing)
    }

    // MARK: Helpers

    private static func gradient(_ width: Int, _ height: Int, shift: Int = 0) -> PixelBuffer {
        var bytes: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                bytes += [
                    UInt8((x * 5 + shift) % 200 + 20), UInt8(y * 6 % 200 + 30),
                    UInt8((x * 2 + y * 3) % 200 + 10),
                ]
            }
        }
        return PixelBuffer(width: width, height: height, format: .rgb, bytes: bytes)
    }

    private static func worst(_ a: PixelBuffer, _ b: PixelBuffer) -> Int {
        zip(a.bytes, b.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 256
    }

    /// A folder that goes with it.
    private final class Folder {
        let path = NSTemporaryDirectory() + "/atelier-video-" + UUID().uuidString

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ bytes: [UInt8], _ name: String) throws -> String {
            try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
            return path + "/" + name
        }
    }
}
