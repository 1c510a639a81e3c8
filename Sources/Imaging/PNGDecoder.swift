import CPNG

/// Reads PNG through libpng. Samples come as they are stored: gamma, chromaticities and colour
/// profiles are left alone. Files whose critical chunks are damaged or missing are refused.
enum PNGDecoder {
    /// Reads IHDR and looks for transparency, animation and EXIF.
    static func header(_ source: ByteSource) throws(ImageError) -> ImageHeader {
        func damaged(_ text: String) -> ImageError {
            ImageError(path: source.path, reason: .damaged(.png, text))
        }
        let start = try source.bytes(at: 8, count: 25)
        guard start.count == 25, start.bigEndian(at: 0, size: 4) == 13, start.holds("IHDR", at: 4)
        else {
            throw damaged("expected an IHDR chunk first")
        }
        let (width, height) = (start.bigEndian(at: 8, size: 4), start.bigEndian(at: 12, size: 4))
        let (depth, colourType) = (Int(start[16]), start[17])
        let depths: [UInt8: [Int]] = [
            0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
        ]
        guard width < 1 << 31, height < 1 << 31, depths[colourType]?.contains(depth) == true else {
            throw damaged(
                "\(width)x\(height) pixels of \(depth) bits in colour type \(colourType) is no PNG")
        }
        var (isTransparent, isAnimated, orientation) = (false, false, ImageOrientation.upright)
        var hasPixels = false
        var chunks = PNGChunks(source)
        while let chunk = try chunks.next() {
            switch chunk.name {
            case "IDAT": hasPixels = true
            case "tRNS" where !hasPixels && colourType < 4: isTransparent = true
            case "acTL" where !hasPixels: isAnimated = true
            case "eXIf":
                let block = try source.bytes(at: chunk.offset, count: min(chunk.count, 65_536))
                orientation = ImageOrientation(exif: block)
            default: break
            }
        }
        let hasAlpha = colourType >= 4 || isTransparent
        let isGrey = colourType == 0 || colourType == 4
        return ImageHeader(
            width: width, height: height,
            pixelFormat: isGrey ? (hasAlpha ? .greyAlpha : .grey) : (hasAlpha ? .rgba : .rgb),
            facts: ImageFacts(
                format: .png, bitDepth: depth, hadAlpha: hasAlpha, isPalette: colourType == 3,
                isAnimated: isAnimated, orientation: orientation, warning: nil))
    }

    /// Decodes to 8 bits a sample, as stored (not yet upright).
    static func decode(
        _ bytes: [UInt8], path: String, limits: DecodeLimits
    ) throws(ImageError) -> (pixels: PixelBuffer, warning: String?) {
        let picture: Raw<UInt8> = try read(bytes, path: path, limits: limits)
        return (
            PixelBuffer(
                width: picture.width, height: picture.height, format: picture.format,
                bytes: picture.samples), picture.warning
        )
    }

    /// Decodes to 16 bits a sample, as stored (not yet upright).
    static func decodeDeep(
        _ bytes: [UInt8], path: String, limits: DecodeLimits
    ) throws(ImageError) -> (pixels: DeepPixelBuffer, warning: String?) {
        let picture: Raw<UInt16> = try read(bytes, path: path, limits: limits)
        return (
            DeepPixelBuffer(
                width: picture.width, height: picture.height, format: picture.format,
                samples: picture.samples), picture.warning
        )
    }

    private struct Raw<Sample: FixedWidthInteger> {
        var width: Int
        var height: Int
        var format: PixelFormat
        var samples: [Sample]
        var warning: String?
    }

    private static func read<Sample: FixedWidthInteger>(
        _ bytes: [UInt8], path: String, limits: DecodeLimits
    ) throws(ImageError) -> Raw<Sample> {
        var message = CMessage()
        var info = cpng_info()
        let result: Raw<Sample>? = bytes.withUnsafeBufferPointer { data in
            let side = UInt32(clamping: limits.maximumSide)
            let opened = message.withPointer {
                cpng_reader_open(data.baseAddress, data.count, side, &info, $0)
            }
            guard let reader = opened else { return nil }
            defer { cpng_reader_free(reader) }
            guard let format = PixelFormat(rawValue: info.channels) else { return nil }
            let (width, height) = (Int(info.width), Int(info.height))
            // zlib expands by 1,032 at most: fewer bytes cannot hold the picture.
            let storedChannels = [1, 0, 3, 1, 2, 0, 4][Int(min(info.colour_type, 6))]
            let rowBits = width * storedChannels * Int(info.bit_depth)
            guard (rowBits + 7) / 8 * height / 1_032 <= data.count else {
                message.text = "\(data.count) bytes cannot hold \(width)x\(height) pixels"
                return nil
            }
            let count = width * height * format.channelCount
            var failed = false
            let samples = [Sample](unsafeUninitializedCapacity: count) { buffer, filled in
                let size = count * MemoryLayout<Sample>.stride
                let deep: Int32 = MemoryLayout<Sample>.size == 2 ? 1 : 0
                failed =
                    message.withPointer {
                        cpng_reader_read(reader, buffer.baseAddress, size, deep, $0)
                    } != 0
                filled = failed ? 0 : count
            }
            if failed { return nil }
            let warning = String(cString: cpng_reader_warning(reader))
            return Raw(
                width: width, height: height, format: format, samples: samples,
                warning: warning.isEmpty ? nil : warning)
        }
        guard let result else {
            throw ImageError(path: path, reason: .damaged(.png, message.text))
        }
        return result
    }
}

/// Room for the error text of a CPNG function.
struct CMessage {
    private var bytes = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))

    /// The text so far, without its terminator.
    var text: String {
        get {
            String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        set { bytes = newValue.utf8.map { CChar(bitPattern: $0) } + [0] }
    }

    /// Lends the room to a C function.
    mutating func withPointer<Result>(_ body: (UnsafeMutablePointer<CChar>?) -> Result) -> Result {
        bytes = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
        return bytes.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    }
}
