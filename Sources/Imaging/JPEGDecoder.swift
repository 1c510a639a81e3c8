import CJPEG

/// Reads JPEG through TurboJPEG: 8 bits, grey, YCbCr, RGB, CMYK and YCCK, baseline or progressive.
///
/// TurboJPEG goes on after damage, fills what is missing with grey, and reports only its first
/// warning. Damage to the pixels (a bad code, data that end before the last block, a lost restart
/// marker) is refused here. What leaves the pixels whole (stray bytes between segments, odd version
/// numbers, a missing end marker) is kept in `ImageFacts.warning`, and the picture is given.
enum JPEGDecoder {
    static func decode(
        _ bytes: [UInt8], path: String, limits: DecodeLimits, leastScale: Double = 1
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
        let status = tjDecompressHeader3(
            handle, bytes, size, &width, &height, &sampling, &colours)
        // Stray bytes before the header are told of as a failure, and the header is read all the same.
        let isWarning = tjGetErrorCode(handle) == TJERR_WARNING.rawValue
        guard status == 0 || isWarning && isHarmless(lastMessage(handle)) else {
            throw damaged(lastMessage(handle))
        }

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

        let divisor = Self.divisor(leastScale, width: header.width, height: header.height)
        let scaledWidth = (header.width + divisor - 1) / divisor
        let scaledHeight = (header.height + divisor - 1) / divisor
        let count = scaledWidth * scaledHeight * channels
        func decompress(_ bytes: [UInt8]) -> (samples: [UInt8], message: String?, isFatal: Bool) {
            var status: Int32 = 0
            let samples = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                status = tjDecompress2(
                    handle, bytes, CUnsignedLong(bytes.count), buffer.baseAddress,
                    Int32(scaledWidth), 0, Int32(scaledHeight), Int32(layout.rawValue),
                    TJFLAG_LIMITSCANS)
                // A refused picture is never looked at, so that unwritten rows do no harm.
                filled = count
            }
            guard status != 0 else { return (samples, nil, false) }
            return (
                samples, lastMessage(handle), tjGetErrorCode(handle) != TJERR_WARNING.rawValue
            )
        }
        var (samples, warning, isFatal) = decompress(bytes)
        if !isFatal, warning == "Premature end of JPEG file" {
            // Only the end marker, or pixels too? With a marker appended, the decoder tells.
            (samples, warning, isFatal) = decompress(bytes + [0xff, 0xd9])
            warning = warning ?? "the end marker is missing"
        }
        if let warning, isFatal || !isHarmless(warning) { throw damaged(warning) }
        let pixels =
            isFourColour
            ? fromInks(
                samples, width: scaledWidth, height: scaledHeight,
                isInverted: JPEGSegments.hasAdobeMarker(bytes))
            : PixelBuffer(
                width: scaledWidth, height: scaledHeight, format: header.pixelFormat,
                bytes: samples)
        return (pixels, warning)
    }

    /// What the sides are divided by when at least this share of them is needed: the blocks of 8x8
    /// frequencies are turned into 4x4, 2x2 or 1x1 pixels then, which is quick for these three.
    ///
    /// Sides are rounded up, which stretches what is in them; by a quarter of a needed pixel at most.
    private static func divisor(_ leastScale: Double, width: Int, height: Int) -> Int {
        [8, 4, 2].first { divisor in
            func excess(_ side: Int) -> Int { (divisor - side % divisor) % divisor }
            let stretch = Double(max(excess(width), excess(height))) * leastScale
            return 1 / Double(divisor) >= leastScale && stretch <= 0.25
        } ?? 1
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

    /// Whether a warning of libjpeg leaves the pixels as they were stored.
    private static func isHarmless(_ warning: String) -> Bool {
        [
            "the end marker is missing", "extraneous bytes before marker", "JFIF revision",
            "Adobe color transform", "Invalid SOS parameters",
        ].contains { warning.contains($0) }
    }

    private static func lastMessage(_ handle: tjhandle) -> String {
        tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error"
    }
}
