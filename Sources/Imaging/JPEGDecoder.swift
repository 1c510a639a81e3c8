import CJPEG

/// Reads JPEG through TurboJPEG: 8 bits, grey, YCbCr, RGB, CMYK and YCCK, baseline or progressive.
///
/// TurboJPEG goes on after damage and only warns. A picture whose data end before its last block
/// would be partly flat grey, and is refused; any other warning (stray bytes, a missing end marker)
/// is kept in `ImageFacts.warning`, and the picture is given.
enum JPEGDecoder {
    static func decode(
        _ bytes: [UInt8], path: String, limits: DecodeLimits
    ) throws(ImageError) -> (pixels: PixelBuffer, warning: String?) {
        func damaged(_ text: String) -> ImageError {
            ImageError(path: path, reason: .damaged(.jpeg, text))
        }
        let scans = JPEGSegments.scanCount(bytes)
        guard scans <= limits.maximumScans else {
            throw ImageError(
                path: path,
                reason: .overLimit("\(scans) scans, at most \(limits.maximumScans) are decoded"))
        }
        guard let handle = tjInitDecompress() else { throw damaged("TurboJPEG: out of memory") }
        defer { tjDestroy(handle) }
        let size = CUnsignedLong(bytes.count)
        var (width, height, sampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        guard tjDecompressHeader3(handle, bytes, size, &width, &height, &sampling, &colours) == 0
        else { throw damaged(lastMessage(handle)) }

        let isFourColour = colours == TJCS_CMYK.rawValue || colours == TJCS_YCCK.rawValue
        let isGrey = colours == TJCS_GRAY.rawValue
        let layout = isFourColour ? TJPF_CMYK : isGrey ? TJPF_GRAY : TJPF_RGB
        let channels = isFourColour ? 4 : isGrey ? 1 : 3
        // The decoder's own idea of the size: a second frame header may contradict the first.
        let header = ImageHeader(
            width: Int(width), height: Int(height), pixelFormat: isGrey ? .grey : .rgb,
            facts: ImageFacts(
                format: .jpeg, bitDepth: 8, hadAlpha: false, isPalette: false, isAnimated: false,
                orientation: .upright, warning: nil))
        try header.check(limits, fileSize: bytes.count, path: path)

        let count = header.width * header.height * channels
        var status: Int32 = 0
        let samples = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            status = tjDecompress2(
                handle, bytes, size, buffer.baseAddress, width, 0, height, Int32(layout.rawValue),
                TJFLAG_LIMITSCANS)
            // A refused picture is never looked at, so that unwritten rows do no harm.
            filled = count
        }
        var warning: String?
        if status != 0 {
            let message = lastMessage(handle)
            let isComplete = !message.contains("premature end of data segment")
            guard tjGetErrorCode(handle) == TJERR_WARNING.rawValue, isComplete else {
                throw damaged(message)
            }
            warning = message
        }
        let pixels =
            isFourColour
            ? fromInks(samples, width: header.width, height: header.height,
                isInverted: JPEGSegments.hasAdobeMarker(bytes))
            : PixelBuffer(
                width: header.width, height: header.height, format: header.pixelFormat,
                bytes: samples)
        return (pixels, warning)
    }

    /// CMYK to RGB without a colour profile: each ink and black multiply, `r = (255-c)(255-k)/255`.
    private static func fromInks(
        _ inks: [UInt8], width: Int, height: Int, isInverted: Bool
    ) -> PixelBuffer {
        let mask: UInt8 = isInverted ? 0 : 255
        let count = width * height
        let bytes = [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, filled in
            for pixel in 0..<count {
                let black = UInt32(inks[pixel * 4 + 3] ^ mask)
                for ink in 0..<3 {
                    let light = UInt32(inks[pixel * 4 + ink] ^ mask)
                    buffer[pixel * 3 + ink] = UInt8((light * black + 127) / 255)
                }
            }
            filled = count * 3
        }
        return PixelBuffer(width: width, height: height, format: .rgb, bytes: bytes)
    }

    private static func lastMessage(_ handle: tjhandle) -> String {
        tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error"
    }
}
