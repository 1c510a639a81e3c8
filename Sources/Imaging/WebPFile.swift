import CWebP
import Files

/// How WebP pixels are stored.
public enum WebPCompression: Sendable, Hashable {
    /// Every pixel comes back as it was (colours under full transparency too).
    case lossless
    /// Lossy, 0 (small) to 100 (good).
    case quality(Int)
}

/// Writes still WebP files.
public enum WebPFile {
    /// Longest side of a WebP picture in pixels.
    public static let maximumSide = 16_383

    /// Encodes a picture; grey is stored as RGB, since WebP has no grey.
    ///
    /// - Throws: `ImageError` if libwebp refuses, for instance a side above `maximumSide`.
    public static func encode(
        _ picture: PixelBuffer, compression: WebPCompression = .lossless
    ) throws(ImageError) -> [UInt8] {
        func failure(_ text: String) -> ImageError {
            ImageError(path: "picture", reason: .cannotEncode(.webp, text))
        }
        guard max(picture.width, picture.height) <= maximumSide else {
            throw failure(
                "\(picture.width)x\(picture.height) pixels, a side has at most \(maximumSide)")
        }
        let source = picture.converted(to: picture.format.hasAlpha ? .rgba : .rgb)
        var config = WebPConfig()
        guard configure(&config, compression) else { throw failure("unusable settings") }
        var frame = WebPPicture()
        guard WebPPictureInit(&frame) != 0 else { throw failure("another version of libwebp") }
        defer { WebPPictureFree(&frame) }
        frame.use_argb = config.lossless
        frame.width = Int32(source.width)
        frame.height = Int32(source.height)
        var writer = WebPMemoryWriter()
        WebPMemoryWriterInit(&writer)
        defer { WebPMemoryWriterClear(&writer) }
        let stride = Int32(source.width * source.format.channelCount)
        let take = source.format == .rgba ? WebPPictureImportRGBA : WebPPictureImportRGB
        guard take(&frame, source.bytes, stride) != 0 else { throw failure("out of memory") }
        let isEncoded = withUnsafeMutablePointer(to: &writer) { pointer in
            frame.writer = WebPMemoryWrite
            frame.custom_ptr = UnsafeMutableRawPointer(pointer)
            return WebPEncode(&config, &frame) != 0
        }
        guard isEncoded, let bytes = writer.mem else {
            throw failure("libwebp error \(frame.error_code.rawValue)")
        }
        return Array(UnsafeBufferPointer(start: bytes, count: writer.size))
    }

    /// Writes a picture to a file, whole or not at all; see `encode(_:compression:)`.
    ///
    /// - Throws: `ImageError` if libwebp refuses or the file cannot be written.
    public static func write(
        _ picture: PixelBuffer, to path: String, compression: WebPCompression = .lossless
    ) throws(ImageError) {
        try AtomicFile.write(image: try encode(picture, compression: compression), to: path)
    }

    private static func configure(_ config: inout WebPConfig, _ compression: WebPCompression)
        -> Bool
    {
        guard WebPConfigInit(&config) != 0 else { return false }
        switch compression {
        case .lossless:
            // Level 4 of 0...9: half the time of the default, a few per cent larger.
            guard WebPConfigLosslessPreset(&config, 4) != 0 else { return false }
            config.exact = 1
        case .quality(let quality):
            precondition(
                (0...100).contains(quality),
                "[WebPFile] expected a quality of 0...100, got \(quality)")
            config.quality = Float(quality)
            config.use_sharp_yuv = 1
        }
        return WebPValidateConfig(&config) != 0
    }
}
