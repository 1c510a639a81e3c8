/// Walks the segments of a JPEG up to its first frame header (ITU-T T.81, annex B).
struct JPEGSegments {
    /// Size, depth, components and orientation.
    let header: ImageHeader

    /// Reads segment by segment; entropy-coded data are never touched.
    init(_ source: ByteSource) throws(ImageError) {
        func damaged(_ text: String) -> ImageError {
            ImageError(path: source.path, reason: .damaged(.jpeg, text))
        }
        var position = 2
        var strayBytes = 0
        var orientation: ImageOrientation?
        while true {
            var head = try source.bytes(at: position, count: 10)
            guard head.count >= 4 else { throw damaged("the file ends before its frame header") }
            guard head[0] == 0xff else {
                // Decoders skip stray bytes between segments, and so do we, but not for ever.
                position += 1
                strayBytes += 1
                guard strayBytes <= 4_096 else { throw damaged("no segment where one should be") }
                continue
            }
            let marker = head[1]
            if marker == 0xff || marker == 0 || marker == 0x01 || (0xd0...0xd8).contains(marker) {
                position += marker == 0xff ? 1 : 2
                continue
            }
            guard marker != 0xda && marker != 0xd9 else {
                throw damaged("the pixels begin before a frame header")
            }
            let length = head.bigEndian(at: 2, size: 2)
            guard length >= 2 else { throw damaged("a segment of length \(length)") }
            if Self.isFrame(marker) {
                guard head.count == 10, length >= 8 else { throw damaged("a short frame header") }
                head.removeFirst(4)
                header = try Self.header(
                    frame: head, marker: marker, orientation: orientation ?? .upright,
                    path: source.path)
                return
            }
            if marker == 0xe1, orientation == nil {
                let block = try source.bytes(at: position + 4, count: length - 2)
                if block.holds("Exif\0\0", at: 0) { orientation = ImageOrientation(exif: block) }
            }
            position += 2 + length
        }
    }

    /// SOF0...SOF15 without DHT, JPG and DAC, which lie between them.
    private static func isFrame(_ marker: UInt8) -> Bool {
        (0xc0...0xcf).contains(marker) && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
    }

    private static func header(
        frame: [UInt8], marker: UInt8, orientation: ImageOrientation, path: String
    ) throws(ImageError) -> ImageHeader {
        let (precision, components) = (Int(frame[0]), Int(frame[5]))
        func unsupported(_ text: String) -> ImageError {
            ImageError(path: path, reason: .unsupported(.jpeg, text))
        }
        // Extended, progressive and arithmetic coding are read; lossless and hierarchical are not.
        guard [0xc0, 0xc1, 0xc2, 0xc9, 0xca].contains(marker) else {
            throw unsupported("lossless or hierarchical coding (SOF\(marker - 0xc0))")
        }
        guard precision == 8 else { throw unsupported("\(precision) bits a sample; 8 are read") }
        guard [1, 3, 4].contains(components) else {
            throw unsupported("\(components) components; 1, 3 or 4 are read")
        }
        return ImageHeader(
            width: frame.bigEndian(at: 3, size: 2), height: frame.bigEndian(at: 1, size: 2),
            pixelFormat: components == 1 ? .grey : .rgb,
            facts: ImageFacts(
                format: .jpeg, bitDepth: 8, hadAlpha: false, isPalette: false, isAnimated: false,
                orientation: orientation, warning: nil))
    }

    /// Counts the scans of a JPEG in memory: the markers that begin one.
    static func scanCount(_ bytes: [UInt8]) -> Int {
        var scans = 0
        for index in bytes.indices.dropLast() where bytes[index] == 0xff && bytes[index + 1] == 0xda
        {
            scans += 1
        }
        return scans
    }

    /// Whether an APP14 segment of Adobe is there: such files store CMYK inverted.
    static func hasAdobeMarker(_ bytes: [UInt8]) -> Bool {
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xff, bytes[position + 1] != 0xda {
            let length = bytes.bigEndian(at: position + 2, size: 2)
            if bytes[position + 1] == 0xee, bytes.holds("Adobe", at: position + 4) { return true }
            position += 2 + max(length, 2)
        }
        return false
    }
}
