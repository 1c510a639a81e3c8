import CWebP
import Files
import Imaging
import Testing

struct AnimatedWebPTests {
    /// Plays a file with libwebp's own player.
    private func play(_ path: String) throws -> (frames: [PixelBuffer], times: [Int], loops: Int) {
        let bytes = try TestData.bytes(path)
        return try bytes.withUnsafeBufferPointer { buffer in
            var data = WebPData(bytes: buffer.baseAddress, size: buffer.count)
            let decoder = try #require(WebPAnimDecoderNew(&data, nil))
            defer { WebPAnimDecoderDelete(decoder) }
            var info = WebPAnimInfo()
            try #require(WebPAnimDecoderGetInfo(decoder, &info) != 0)
            let (width, height) = (Int(info.canvas_width), Int(info.canvas_height))
            var frames: [PixelBuffer] = []
            var times: [Int] = []
            var pixels: UnsafeMutablePointer<UInt8>?
            var time: Int32 = 0
            while WebPAnimDecoderGetNext(decoder, &pixels, &time) != 0, let pixels {
                frames.append(
                    PixelBuffer(
                        width: width, height: height, format: .rgba,
                        bytes: Array(
                            UnsafeBufferPointer(start: pixels, count: width * height * 4))))
                times.append(Int(time))
            }
            #expect(frames.count == Int(info.frame_count))
            return (frames, times, Int(info.loop_count))
        }
    }

    /// A square that moves over a ramp; a repeated frame; a change in one odd corner.
    private func film(_ format: PixelFormat) -> [PixelBuffer] {
        var frames: [PixelBuffer] = []
        for step in 0..<5 {
            var frame = PixelBuffer.ramp(33, 21, format)
            frame.place(.noise(7, 5, format, seed: 3), x: step * 6 + 1, y: step * 3 + 1)
            frames.append(frame)
        }
        frames.append(frames[4])
        var last = frames[4]
        last.place(.noise(1, 1, format, seed: 12), x: 32, y: 20)
        return frames + [last]
    }

    @Test(arguments: [PixelFormat.rgb, .rgba])
    func framesAreReadAsTheyWereWritten(_ format: PixelFormat) throws {
        let folder = ScratchFolder()
        let path = folder.path + "/film.webp"
        let frames = film(format)
        try AnimatedWebP.write(
            frames: frames, milliseconds: 40, to: path, compression: .lossless, loops: 3)
        let reader = try AnimatedWebPReader(path: path)
        #expect(reader.width == 33 && reader.height == 21 && reader.loops == 3)
        #expect(reader.frameCount == 7)
        var read: [AnimatedWebPReader.Frame] = []
        while let frame = try reader.next() { read.append(frame) }
        #expect(read.map(\.picture) == frames)
        #expect(read.allSatisfy { $0.milliseconds == 40 })
        #expect(try reader.next() == nil)
        // A torn file gives what is sound, or says what is wrong.
        let bytes = try TestData.bytes(path)
        for share in [0.05, 0.3, 0.7] {
            let torn = folder.path + "/torn.webp"
            try AtomicFile.write(Array(bytes.prefix(Int(Double(bytes.count) * share))), to: torn)
            #expect(throws: ImageError.self) {
                let reader = try AnimatedWebPReader(path: torn)
                while try reader.next() != nil {}
            }
        }
        #expect(throws: ImageError.self) {
            _ = try AnimatedWebPReader(path: folder.path + "/none.webp")
        }
    }

    @Test(arguments: PixelFormat.allCases)
    func losslessFramesPlayAsTheyWere(_ format: PixelFormat) throws {
        let folder = ScratchFolder()
        let path = folder.path + "/film.webp"
        let frames = film(format)
        try AnimatedWebP.write(
            frames: frames, milliseconds: 40, to: path, compression: .lossless, loops: 3)
        let played = try play(path)
        #expect(played.frames == frames.map { $0.converted(to: .rgba) })
        #expect(played.times == (1...7).map { $0 * 40 } && played.loops == 3)
        let first = try ImageFile.decode(contentsOf: path)
        #expect(first.facts.isAnimated && first.facts.hadAlpha == format.hasAlpha)
        #expect(first.pixels == frames[0].converted(to: format.hasAlpha ? .rgba : .rgb))
        #expect(TestData.names(in: folder.path) == ["film.webp"])
    }

    @Test func lossyFramesAreClose() throws {
        let folder = ScratchFolder()
        let path = folder.path + "/film.webp"
        let writer = try AnimatedWebPWriter(path: path, width: 32, height: 16)
        for grey in [20, 120, 220] as [UInt8] {
            let frame = PixelBuffer(width: 32, height: 16, format: .rgb, fill: [grey, grey, 90])
            try writer.append(frame, milliseconds: Int(grey))
        }
        try writer.finish()
        let played = try play(path)
        #expect(played.times == [20, 140, 360] && played.loops == 0)
        for (frame, grey) in zip(played.frames, [20, 120, 220] as [UInt8]) {
            let expected = PixelBuffer(
                width: 32, height: 16, format: .rgba, fill: [grey, grey, 90, 255])
            #expect(largestDifference(frame, expected) <= 6)
        }
    }

    @Test func unchangedFramesCostLittle() throws {
        let folder = ScratchFolder()
        let path = folder.path + "/still.webp"
        let picture = PixelBuffer.noise(64, 64, .rgb, seed: 5)
        try AnimatedWebP.write(
            frames: Array(repeating: picture, count: 20), milliseconds: 50, to: path,
            compression: .lossless)
        let single = try WebPFile.encode(picture).count
        #expect(try TestData.bytes(path).count < single + 20 * 64)
    }
}
