import Files

/// Writes animated WebP files.
public enum AnimatedWebP {
    /// Writes frames that are shown `milliseconds` each; they may come from a lazy sequence, and only
    /// two are in memory at a time.
    ///
    /// - Parameters:
    ///   - frames: All of one size.
    ///   - milliseconds: How long each is shown.
    ///   - path: The file to write.
    ///   - compression: Lossless, or at a quality.
    ///   - loops: How often it plays; 0 for ever.
    /// - Throws: `ImageError` if libwebp refuses or the file cannot be written.
    public static func write(
        frames: some Sequence<PixelBuffer>, milliseconds: Int, to path: String,
        compression: WebPCompression = .quality(90), loops: Int = 0
    ) throws(ImageError) {
        var writer: AnimatedWebPWriter?
        for frame in frames {
            if writer == nil {
                writer = try AnimatedWebPWriter(
                    path: path, width: frame.width, height: frame.height, compression: compression,
                    loops: loops)
            }
            try writer?.append(frame, milliseconds: milliseconds)
        }
        guard let writer else {
            preconditionFailure("[AnimatedWebP.write] expected at least one frame, got none")
        }
        try writer.finish()
    }
}

/// Writes an animated WebP frame by frame (RFC 9649), in memory that does not grow with the number
/// of frames: each is compressed and appended, and only the previous one is kept, so that the parts
/// that did not change are not stored again.
public final class AnimatedWebPWriter {
    private let file: AtomicFile
    private let width: Int
    private let height: Int
    private let compression: WebPCompression
    private let loops: Int
    private var previous: PixelBuffer?
    private var hasAlpha = false

    /// Most bytes that a RIFF file can have.
    private static let maximumSize = 0xffff_fff0

    /// Starts a file.
    ///
    /// - Parameters:
    ///   - path: The file to write.
    ///   - width: Pixels in a row of each frame.
    ///   - height: Rows of each frame.
    ///   - compression: Lossless, or at a quality.
    ///   - loops: How often it plays; 0 for ever.
    /// - Throws: `ImageError` if the file cannot be created, or a side is above 16,383 pixels.
    public init(
        path: String, width: Int, height: Int, compression: WebPCompression = .quality(90),
        loops: Int = 0
    ) throws(ImageError) {
        precondition(
            width > 0 && height > 0 && (0...65_535).contains(loops),
            "[AnimatedWebPWriter] expected a positive size and 0...65535 loops, got "
                + "\(width)x\(height) and \(loops)")
        guard max(width, height) <= WebPFile.maximumSide else {
            throw ImageError(
                path: path,
                reason: .cannotEncode(
                    .webp, "\(width)x\(height) pixels, a side has at most \(WebPFile.maximumSide)"))
        }
        self.width = width
        self.height = height
        self.compression = compression
        self.loops = loops
        do throws(FileError) {
            file = try AtomicFile(path: path)
            // The real header needs the file's size and whether any frame had alpha: see `finish`.
            try file.append([UInt8](repeating: 0, count: header(fileSize: 0).count))
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
    }

    /// Appends a frame that is shown for `milliseconds`, 1...16,777,215.
    ///
    /// - Throws: `ImageError` if libwebp refuses, the disk is full, or the file grows above 4 GB.
    public func append(_ frame: PixelBuffer, milliseconds: Int) throws(ImageError) {
        precondition(
            frame.width == width && frame.height == height && (1..<1 << 24).contains(milliseconds),
            "[AnimatedWebPWriter.append] expected \(width)x\(height) pixels for 1...16777215 ms, got "
                + "\(frame.width)x\(frame.height) for \(milliseconds)")
        let picture = frame.converted(to: frame.format.hasAlpha ? .rgba : .rgb)
        if picture.format == .rgba { hasAlpha = true }
        let area = changedArea(picture)
        let still = try WebPFile.encode(
            picture.cropped(x: area.x, y: area.y, width: area.width, height: area.height),
            compression: compression)
        let body = Self.imageChunks(ofStill: still)

        var chunk = Array("ANMF".utf8) + Self.number(16 + body.count, bytes: 4)
        chunk += Self.number(area.x / 2, bytes: 3) + Self.number(area.y / 2, bytes: 3)
        chunk += Self.number(area.width - 1, bytes: 3) + Self.number(area.height - 1, bytes: 3)
        // 2: this frame replaces what was there instead of blending; nothing is cleared after it.
        chunk += Self.number(milliseconds, bytes: 3) + [2]
        guard file.count + chunk.count + body.count <= Self.maximumSize else {
            file.abort()
            throw ImageError(
                path: file.path, reason: .cannotEncode(.webp, "an animation holds at most 4 GB"))
        }
        try withFile { file throws(FileError) in
            try file.append(chunk)
            try file.append(body)
        }
        previous = picture
    }

    /// Ends the file, flushes it to the disk and gives it its name; at least one frame must be there.
    ///
    /// - Throws: `ImageError` with a `FileError` if the disk is full.
    public func finish() throws(ImageError) {
        precondition(
            previous != nil, "[AnimatedWebPWriter.finish] expected at least one frame, got none")
        try withFile { file throws(FileError) in
            try file.overwrite(header(fileSize: file.count), at: 0)
            try file.commit()
        }
    }

    private func withFile(_ body: (AtomicFile) throws(FileError) -> Void) throws(ImageError) {
        do throws(FileError) {
            try body(file)
        } catch {
            throw ImageError(path: file.path, reason: .file(error))
        }
    }

    /// RIFF, VP8X and ANIM.
    private func header(fileSize: Int) -> [UInt8] {
        var bytes = Array("RIFF".utf8) + Self.number(max(fileSize - 8, 0), bytes: 4)
        bytes += Array("WEBPVP8X".utf8) + Self.number(10, bytes: 4)
        bytes += [hasAlpha ? 0x12 : 0x02, 0, 0, 0]
        bytes += Self.number(width - 1, bytes: 3) + Self.number(height - 1, bytes: 3)
        bytes += Array("ANIM".utf8) + Self.number(6, bytes: 4)
        return bytes + [0, 0, 0, 0] + Self.number(loops, bytes: 2)
    }

    private typealias Area = (x: Int, y: Int, width: Int, height: Int)

    /// The smallest rectangle, of even corner as the format demands, outside of which this frame
    /// equals the one before; one pixel if nothing changed.
    private func changedArea(_ frame: PixelBuffer) -> Area {
        guard let previous, previous.format == frame.format else { return (0, 0, width, height) }
        let channels = frame.format.channelCount
        let stride = width * channels
        var (left, right, top, bottom) = (width, -1, height, -1)
        frame.bytes.withUnsafeBufferPointer { new in
            previous.bytes.withUnsafeBufferPointer { old in
                for y in 0..<height {
                    let row = y * stride..<(y + 1) * stride
                    guard let first = row.first(where: { new[$0] != old[$0] }),
                        let last = row.last(where: { new[$0] != old[$0] })
                    else { continue }
                    left = min(left, (first - row.lowerBound) / channels)
                    right = max(right, (last - row.lowerBound) / channels)
                    top = min(top, y)
                    bottom = y
                }
            }
        }
        guard right >= 0 else { return (0, 0, 1, 1) }
        (left, top) = (left & ~1, top & ~1)
        return (left, top, right + 1 - left, bottom + 1 - top)
    }

    /// The ALPH, VP8 or VP8L chunks of a still file: everything after its RIFF header and VP8X chunk.
    private static func imageChunks(ofStill file: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        var position = 12
        while position + 8 <= file.count {
            let size = file.littleEndian(at: position + 4, size: 4)
            let end = min(position + 8 + size + size % 2, file.count)
            if ["ALPH", "VP8 ", "VP8L"].contains(where: { file.holds($0, at: position) }) {
                kept += file[position..<end]
            }
            position = end
        }
        return kept
    }

    private static func number(_ value: Int, bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
