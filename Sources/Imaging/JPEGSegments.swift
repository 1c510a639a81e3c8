import Glibc

/// Walks the segments of a JPEG, from its first to its end marker (ITU-T T.81, annex B).
///
/// Entropy-coded data are passed over. Decoders skip fill bytes and stray bytes between segments, and
/// so does this, but not for ever: whoever asks for the header of a file from outside sets a bound.
struct JPEGSegments {
    /// Where a segment lies.
    struct Segment {
        /// The second byte of its marker.
        var marker: UInt8
        /// Where its data begin, behind the length.
        var offset: Int
        /// Bytes of its data.
        var count: Int

        /// SOF0...SOF15 without DHT, JPG and DAC, which lie between them.
        var isFrame: Bool {
            (0xc0...0xcf).contains(marker) && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
        }
        var isScan: Bool { marker == 0xda }
        var isEnd: Bool { marker == 0xd9 }
    }

    /// Segments that may come before the frame header: 100 MB of metadata have 1600.
    private static let maximumSegments = 10_000
    /// Fill and stray bytes that may lie between the segments before the frame header.
    private static let maximumSkipped = 4_096

    private let source: ByteSource
    private let mostSkipped: Int
    private let windowSize: Int
    private var position = 2
    private var skipped = 0
    private var isInScan = false
    private var window: [UInt8] = []
    private var windowStart = 0

    private init(_ source: ByteSource, mostSkipped: Int, windowSize: Int = 4_096) {
        self.source = source
        self.mostSkipped = mostSkipped
        self.windowSize = windowSize
    }

    /// The next segment; the last is the end marker's. `nil` where the file ends without one.
    private mutating func next() throws(ImageError) -> Segment? {
        while true {
            guard let first = try byte(at: position), let marker = try byte(at: position + 1) else {
                return nil
            }
            switch (first, marker) {
            case (0xff, 0x00...0x01), (0xff, 0xd0...0xd8): try skip(2)
            case (0xff, 0xff): try skip(1)
            case (0xff, _): return try segment(marker)
            default: try skip(distanceToMarker())
            }
        }
    }

    private mutating func segment(_ marker: UInt8) throws(ImageError) -> Segment? {
        let offset = position + 4
        if marker == 0xd9 {
            position = source.count
            return Segment(marker: marker, offset: offset, count: 0)
        }
        guard let high = try byte(at: position + 2), let low = try byte(at: position + 3) else {
            return nil
        }
        let length = Int(high) << 8 | Int(low)
        guard length >= 2 else { throw damaged("a segment of length \(length)") }
        position += 2 + length
        isInScan = marker == 0xda
        return Segment(marker: marker, offset: offset, count: length - 2)
    }

    private mutating func skip(_ count: Int) throws(ImageError) {
        position += count
        guard !isInScan else { return }
        skipped += count
        guard skipped <= mostSkipped else { throw damaged("no segment where one should be") }
    }

    private mutating func byte(at index: Int) throws(ImageError) -> UInt8? {
        if !(windowStart..<windowStart + window.count).contains(index) {
            window = try source.bytes(at: index, count: windowSize)
            windowStart = index
        }
        return window.isEmpty ? nil : window[index - windowStart]
    }

    /// Bytes up to the next that may begin a marker, as far as they are at hand; at least one.
    private func distanceToMarker() -> Int {
        let start = position - windowStart
        guard start >= 0, start < window.count else { return 1 }
        return window.withUnsafeBytes { window in
            guard let base = window.baseAddress,
                let found = memchr(base + start, 0xff, window.count - start)
            else { return window.count - start }
            return max(1, UnsafeRawPointer(found) - (base + start))
        }
    }

    private func damaged(_ text: String) -> ImageError {
        ImageError(path: source.path, reason: .damaged(.jpeg, text))
    }
}

extension JPEGSegments {
    /// Size, depth, components and orientation, from the segments up to the first frame header.
    static func header(_ source: ByteSource) throws(ImageError) -> ImageHeader {
        var segments = JPEGSegments(source, mostSkipped: maximumSkipped)
        var orientation: ImageOrientation?
        for _ in 0..<maximumSegments {
            guard let segment = try segments.next() else {
                throw segments.damaged("the file ends before its frame header")
            }
            guard !segment.isScan && !segment.isEnd else {
                throw segments.damaged("the pixels begin before a frame header")
            }
            if segment.isFrame {
                let frame = try source.bytes(at: segment.offset, count: 6)
                guard frame.count == 6, segment.count >= 6 else {
                    throw segments.damaged("a short frame header")
                }
                return try header(
                    frame: frame, marker: segment.marker, orientation: orientation ?? .upright,
                    path: source.path)
            }
            if segment.marker == 0xe1, orientation == nil {
                let block = try source.bytes(at: segment.offset, count: segment.count)
                if block.holds("Exif\0\0", at: 0) { orientation = ImageOrientation(exif: block) }
            }
        }
        throw segments.damaged("more than \(maximumSegments) segments before its frame header")
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

    /// Counts the scans of a JPEG in memory, up to its end marker: what lies behind (the film of a
    /// motion photo, say) is no part of it.
    static func scanCount(_ bytes: [UInt8]) -> Int {
        var scans = 0
        forEach(in: bytes) { segment in
            if segment.isScan { scans += 1 }
            return true
        }
        return scans
    }

    /// Whether an APP14 segment of Adobe is there: such files store CMYK inverted.
    static func hasAdobeMarker(_ bytes: [UInt8]) -> Bool {
        var isThere = false
        forEach(in: bytes) { segment in
            isThere = segment.marker == 0xee && bytes.holds("Adobe", at: segment.offset)
            return !isThere && !segment.isScan
        }
        return isThere
    }

    /// The segments of a JPEG in memory, up to its end or to damage, while the body answers true.
    private static func forEach(in bytes: [UInt8], _ body: (Segment) -> Bool) {
        // Bytes in memory are bound enough, and a decoder goes on as long as they do.
        var segments = JPEGSegments(
            ByteSource(bytes, path: "picture"), mostSkipped: .max, windowSize: bytes.count)
        while let segment = try? segments.next(), body(segment) {}
    }
}
