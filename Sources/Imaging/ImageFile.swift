import Files

/// Reads pictures: PNG, JPEG and WebP, told apart by their content.
///
/// Files may come from anywhere. Sizes are checked against `DecodeLimits` before memory is asked
/// for; whatever is wrong comes as an `ImageError` that names the file.
///
/// What decoding does: palette, 1, 2 and 4 bit samples and transparent colours are expanded; EXIF
/// orientation is applied; CMYK becomes RGB; gamma and colour profiles are ignored (samples are
/// taken as sRGB); alpha stays straight. Grey stays grey.
public enum ImageFile {
    /// Decodes a file to 8 bits a sample; of 16-bit PNGs the high byte, as in
    /// `DeepPixelBuffer.eightBit`.
    ///
    /// `leastScale` is for pictures that will be shrunk at once: what share of each side, 0...1, is
    /// needed at least. A JPEG may then come at a half, a quarter or an eighth of its sides (rounded
    /// up, where that shifts nothing by more than a quarter of a needed pixel), which its coding gives
    /// for a fraction of the work.
    ///
    /// - Throws: `ImageError` if the file cannot be read, is no picture, is over the limits, or is
    ///   damaged.
    public static func decode(
        contentsOf path: String, limits: DecodeLimits = .default, leastScale: Double = 1
    ) throws(ImageError) -> DecodedImage {
        try decode(
            bytes: try read(path, limits), name: path, limits: limits, leastScale: leastScale)
    }

    /// Decodes bytes to 8 bits a sample; `name` is used in errors.
    ///
    /// - Throws: `ImageError` if they are no picture, over the limits, or damaged.
    public static func decode(
        bytes: [UInt8], name: String = "picture", limits: DecodeLimits = .default,
        leastScale: Double = 1
    ) throws(ImageError) -> DecodedImage {
        let header = try checkedHeader(bytes, name, limits)
        var facts = header.facts
        let pixels: PixelBuffer
        switch facts.format {
        case .png:
            (pixels, facts.warning) = try PNGDecoder.decode(bytes, path: name, limits: limits)
        case .jpeg:
            (pixels, facts.warning) = try JPEGDecoder.decode(
                bytes, path: name, limits: limits, leastScale: leastScale)
        case .webp:
            pixels = try WebPDecoder.decode(bytes, header: header, path: name, limits: limits)
        }
        return DecodedImage(pixels: pixels.upright(from: facts.orientation), facts: facts)
    }

    /// Decodes a file to 16 bits a sample: exact for 16-bit PNGs, others times 257.
    ///
    /// - Throws: `ImageError` as `decode(contentsOf:limits:)` does.
    public static func decodeDeep(
        contentsOf path: String, limits: DecodeLimits = .default
    ) throws(ImageError) -> DecodedDeepImage {
        try decodeDeep(bytes: try read(path, limits), name: path, limits: limits)
    }

    /// Decodes bytes to 16 bits a sample: exact for 16-bit PNGs, others times 257.
    ///
    /// - Throws: `ImageError` as `decode(bytes:name:limits:)` does.
    public static func decodeDeep(
        bytes: [UInt8], name: String = "picture", limits: DecodeLimits = .default
    ) throws(ImageError) -> DecodedDeepImage {
        var facts = try checkedHeader(bytes, name, limits).facts
        guard facts.format == .png else {
            let image = try decode(bytes: bytes, name: name, limits: limits)
            return DecodedDeepImage(pixels: DeepPixelBuffer(image.pixels), facts: image.facts)
        }
        let (pixels, warning) = try PNGDecoder.decodeDeep(bytes, path: name, limits: limits)
        facts.warning = warning
        return DecodedDeepImage(pixels: pixels.upright(from: facts.orientation), facts: facts)
    }

    /// Reads size and kind from a file's header; a few small reads, no pixel is decoded.
    ///
    /// - Throws: `ImageError` if the file cannot be read, is no picture, is over the limits, or its
    ///   header is damaged.
    public static func probe(
        contentsOf path: String, limits: DecodeLimits = .default
    ) throws(ImageError) -> ImageProbe {
        let source: ByteSource
        do throws(FileError) {
            source = try ByteSource(path: path)
            try checkSize(source.count, path, limits)
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
        return try probe(source, limits)
    }

    /// Reads size and kind from a picture's header; `name` is used in errors.
    ///
    /// - Throws: `ImageError` as `probe(contentsOf:limits:)` does.
    public static func probe(
        bytes: [UInt8], name: String = "picture", limits: DecodeLimits = .default
    ) throws(ImageError) -> ImageProbe {
        try probe(ByteSource(bytes, path: name), limits)
    }

    private static func probe(
        _ source: ByteSource, _ limits: DecodeLimits
    ) throws(ImageError) -> ImageProbe {
        let header = try ImageHeader(source)
        try header.check(limits, fileSize: source.count, path: source.path)
        let swaps = header.facts.orientation.swapsSides
        return ImageProbe(
            width: swaps ? header.height : header.width,
            height: swaps ? header.width : header.height,
            pixelFormat: header.pixelFormat, facts: header.facts)
    }

    private static func checkedHeader(
        _ bytes: [UInt8], _ name: String, _ limits: DecodeLimits
    ) throws(ImageError) -> ImageHeader {
        let header = try ImageHeader(ByteSource(bytes, path: name))
        try header.check(limits, fileSize: bytes.count, path: name)
        return header
    }

    private static func read(
        _ path: String, _ limits: DecodeLimits
    ) throws(ImageError) -> [UInt8] {
        do throws(FileError) {
            return try BoundedFile.read(path, limit: limits.maximumFileSize)
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
    }

    private static func checkSize(
        _ size: Int, _ path: String, _ limits: DecodeLimits
    ) throws(FileError) {
        guard size <= limits.maximumFileSize else {
            throw FileError(
                path: path, operation: "read",
                reason: .tooLarge(size: size, limit: limits.maximumFileSize))
        }
    }
}
