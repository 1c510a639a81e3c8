import CWebP

/// Reads WebP through libwebp: lossy and lossless; of an animation the first frame on its canvas.
enum WebPDecoder {
    /// Reads the RIFF chunks up to the pixels (RFC 9649), and the EXIF chunk wherever it is.
    static func header(_ source: ByteSource) throws(ImageError) -> ImageHeader {
        func damaged(_ text: String) -> ImageError {
            ImageError(path: source.path, reason: .damaged(.webp, text))
        }
        let start = try source.bytes(at: 12, count: 18)
        guard start.count == 18 else { throw damaged("the file ends inside its header") }
        var header = ImageHeader(
            width: 0, height: 0, pixelFormat: .rgb,
            facts: ImageFacts(
                format: .webp, bitDepth: 8, hadAlpha: false, isPalette: false, isAnimated: false,
                orientation: .upright, warning: nil))
        if start.holds("VP8X", at: 0) {
            header.width = start.littleEndian(at: 12, size: 3) + 1
            header.height = start.littleEndian(at: 15, size: 3) + 1
            header.facts.hadAlpha = start[8] & 0x10 != 0
            header.facts.isAnimated = start[8] & 0x02 != 0
            if start[8] & 0x08 != 0 { header.facts.orientation = try orientation(source) }
        } else if start.holds("VP8L", at: 0) {
            guard start[8] == 0x2f else { throw damaged("no lossless signature") }
            let bits = start.littleEndian(at: 9, size: 4)
            header.width = (bits & 0x3fff) + 1
            header.height = (bits >> 14 & 0x3fff) + 1
            header.facts.hadAlpha = bits >> 28 & 1 == 1
        } else if start.holds("VP8 ", at: 0) {
            let rest = try source.bytes(at: 23, count: 7)
            guard rest.count == 7, rest.starts(with: [0x9d, 0x01, 0x2a]) else {
                throw damaged("no key frame")
            }
            header.width = rest.littleEndian(at: 3, size: 2) & 0x3fff
            header.height = rest.littleEndian(at: 5, size: 2) & 0x3fff
        } else {
            throw damaged("expected a VP8, VP8L or VP8X chunk first")
        }
        header.pixelFormat = header.facts.hadAlpha ? .rgba : .rgb
        return header
    }

    private static func orientation(_ source: ByteSource) throws(ImageError) -> ImageOrientation {
        var position = 12
        // Animations have a chunk a frame; more than this many are not worth a tag.
        for _ in 0..<100_000 {
            let head = try source.bytes(at: position, count: 8)
            guard head.count == 8 else { break }
            let count = head.littleEndian(at: 4, size: 4)
            if head.holds("EXIF", at: 0) {
                let block = try source.bytes(at: position + 8, count: min(count, 65_536))
                return ImageOrientation(exif: block)
            }
            position += 8 + count + count % 2
        }
        return .upright
    }

    static func decode(
        _ bytes: [UInt8], header: ImageHeader, path: String, limits: DecodeLimits
    ) throws(ImageError) -> PixelBuffer {
        if header.facts.isAnimated {
            return try decodeFirstFrame(bytes, header: header, path: path)
        }
        func damaged(_ text: String) -> ImageError {
            ImageError(path: path, reason: .damaged(.webp, text))
        }
        var features = WebPBitstreamFeatures()
        let status = WebPGetFeatures(bytes, bytes.count, &features)
        guard status == VP8_STATUS_OK else { throw damaged(text(status)) }
        guard features.width == header.width, features.height == header.height else {
            throw damaged(
                "the canvas has \(header.width)x\(header.height) pixels, the picture "
                    + "\(features.width)x\(features.height)")
        }
        let format = header.pixelFormat
        let stride = header.width * format.channelCount
        let count = stride * header.height
        var isSound = false
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let decode = format == .rgba ? WebPDecodeRGBAInto : WebPDecodeRGBInto
            isSound =
                decode(bytes, bytes.count, buffer.baseAddress, count, Int32(stride)) != nil
            // A refused picture is never looked at, so that unwritten rows do no harm.
            filled = count
        }
        guard isSound else { throw damaged("the pixel data are damaged or end early") }
        return PixelBuffer(
            width: header.width, height: header.height, format: format, bytes: pixels)
    }

    private static func decodeFirstFrame(
        _ bytes: [UInt8], header: ImageHeader, path: String
    ) throws(ImageError) -> PixelBuffer {
        let canvas: PixelBuffer? = bytes.withUnsafeBufferPointer { buffer in
            var data = WebPData(bytes: buffer.baseAddress, size: buffer.count)
            var options = WebPAnimDecoderOptions()
            guard WebPAnimDecoderOptionsInit(&options) != 0 else { return nil }
            options.use_threads = 0
            guard let decoder = WebPAnimDecoderNew(&data, &options) else { return nil }
            defer { WebPAnimDecoderDelete(decoder) }
            var info = WebPAnimInfo()
            guard WebPAnimDecoderGetInfo(decoder, &info) != 0,
                info.canvas_width == header.width, info.canvas_height == header.height
            else { return nil }
            var (frame, time): (UnsafeMutablePointer<UInt8>?, Int32) = (nil, 0)
            guard WebPAnimDecoderGetNext(decoder, &frame, &time) != 0, let frame else { return nil }
            let count = header.width * header.height * 4
            return PixelBuffer(
                width: header.width, height: header.height, format: .rgba,
                bytes: Array(UnsafeBufferPointer(start: frame, count: count)))
        }
        guard let canvas else {
            throw ImageError(
                path: path, reason: .damaged(.webp, "the first frame of the animation is damaged"))
        }
        return header.pixelFormat == .rgba ? canvas : canvas.withoutAlpha()
    }

    private static func text(_ status: VP8StatusCode) -> String {
        switch status {
        case VP8_STATUS_NOT_ENOUGH_DATA: "the file ends early"
        case VP8_STATUS_UNSUPPORTED_FEATURE: "an unknown feature of the format"
        case VP8_STATUS_OUT_OF_MEMORY: "out of memory"
        default: "the bit stream is damaged"
        }
    }
}
