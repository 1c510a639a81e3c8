/// What a decoder knows of a picture before it reads a pixel.
struct ImageHeader {
    /// Pixels in a row, as stored.
    var width: Int
    /// Rows, as stored.
    var height: Int
    /// What decoding will give.
    var pixelFormat: PixelFormat
    /// What the file says.
    var facts: ImageFacts

    /// Tells the format from the first bytes and reads the header.
    ///
    /// - Throws: `ImageError`, `.unknownFormat` if it is none of the three.
    init(_ source: ByteSource) throws(ImageError) {
        let start = try source.bytes(at: 0, count: 16)
        if start.starts(with: PNGChunks.signature) {
            self = try PNGDecoder.header(source)
        } else if start.starts(with: [0xff, 0xd8, 0xff]) {
            self = try JPEGSegments.header(source)
        } else if start.holds("RIFF", at: 0), start.holds("WEBP", at: 8) {
            self = try WebPDecoder.header(source)
        } else {
            throw ImageError(path: source.path, reason: .unknownFormat(Self.guess(start)))
        }
    }

    init(width: Int, height: Int, pixelFormat: PixelFormat, facts: ImageFacts) {
        self.width = width
        self.height = height
        self.pixelFormat = pixelFormat
        self.facts = facts
    }

    /// Refuses what the limits do not allow.
    func check(_ limits: DecodeLimits, fileSize: Int, path: String) throws(ImageError) {
        func refuse(_ text: String) -> ImageError {
            ImageError(path: path, reason: .overLimit("\(width)x\(height) pixels, \(text)"))
        }
        guard width > 0 && height > 0 else {
            throw ImageError(
                path: path, reason: .damaged(facts.format, "no pixels: \(width)x\(height)"))
        }
        guard max(width, height) <= limits.maximumSide else {
            throw refuse("a side has at most \(limits.maximumSide)")
        }
        // Sides are below 2^31 each, so that the product cannot overflow.
        let pixels = width * height
        guard pixels <= limits.maximumPixels else {
            throw refuse("at most \(limits.maximumPixels) in all are decoded")
        }
        guard pixels <= limits.freePixels || pixels / max(fileSize, 1) < limits.maximumPixelsPerByte
        else {
            throw refuse("too many for a file of \(fileSize) bytes")
        }
    }

    /// A few words on bytes that are no picture of ours.
    private static func guess(_ start: [UInt8]) -> String {
        if start.isEmpty { return "an empty file" }
        if start.holds("GIF8", at: 0) { return "a GIF; convert it to PNG first" }
        if start.holds("BM", at: 0) { return "a BMP; convert it to PNG first" }
        if start.holds("II*\0", at: 0) || start.holds("MM\0*", at: 0) {
            return "a TIFF; convert it to PNG first"
        }
        if start.holds("ftyp", at: 4) { return "a HEIC, AVIF or film; convert it to PNG first" }
        if start.allSatisfy({ (32..<127).contains($0) || $0 == 10 || $0 == 13 || $0 == 9 }) {
            return "text"
        }
        let digits = "0123456789abcdef".map { $0 }
        return "bytes "
            + start.prefix(8).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }
            .joined(separator: " ")
    }
}
