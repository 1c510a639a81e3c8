import CPNG
import Files

/// How hard PNG pixels are squeezed; the pixels are the same.
public enum PNGCompression: Sendable, Hashable {
    /// Quick and larger: zlib level 1.
    case fast
    /// zlib level 4: about a percent larger than level 6, in half of the time.
    case standard
    /// Slow and a little smaller: zlib level 9.
    case best

    package var level: Int32 {
        switch self {
        case .fast: 1
        case .standard: 4
        case .best: 9
        }
    }
}

/// Writes a PNG row by row, in memory that does not grow with the picture; rows are filtered and
/// compressed on up to four threads, always into the same bytes.
///
/// ```swift
/// let png = try PNGWriter(path: "wall.png", width: 8192, height: 8192, format: .rgb)
/// for strip in strips { try png.append(rows: strip) }
/// try png.finish()        // nothing is at the path before this
/// ```
public final class PNGWriter {
    private let width: Int
    private let height: Int
    private let format: PixelFormat
    private let output: PNGOutput
    private var writer: OpaquePointer?
    private var rowsWritten = 0

    /// Starts a file of `width` by `height` pixels with text entries; see `PNGText` for their keys.
    ///
    /// - Throws: `ImageError` if the file cannot be created or written.
    public convenience init(
        path: String, width: Int, height: Int, format: PixelFormat, text: [PNGText] = [],
        compression: PNGCompression = .standard
    ) throws(ImageError) {
        let output: PNGOutput
        do throws(FileError) {
            output = PNGOutput(file: try AtomicFile(path: path))
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
        try self.init(
            output: output, width: width, height: height, format: format, text: text,
            compression: compression)
    }

    init(
        output: PNGOutput, width: Int, height: Int, format: PixelFormat, text: [PNGText],
        compression: PNGCompression
    ) throws(ImageError) {
        let sides = 1...0x7fff_ffff
        precondition(
            sides.contains(width) && sides.contains(height),
            "[PNGWriter] expected sides of 1...2147483647 pixels, got \(width)x\(height)")
        self.width = width
        self.height = height
        self.format = format
        self.output = output
        let context = Unmanaged.passUnretained(output).toOpaque()
        var message = CMessage()
        writer = message.withPointer {
            cpng_writer_open(
                UInt32(width), UInt32(height), Int32(format.channelCount), compression.level, 1,
                { context, bytes, size in
                    guard let context else { return 1 }
                    let output = Unmanaged<PNGOutput>.fromOpaque(context).takeUnretainedValue()
                    return output.take(UnsafeRawBufferPointer(start: bytes, count: size)) ? 0 : 1
                }, context, $0)
        }
        guard writer != nil else { throw output.error(message) }
        for entry in text {
            let (name, data) = entry.chunk()
            let status = message.withPointer {
                cpng_writer_chunk(writer, name, data, data.count, $0)
            }
            guard status == 0 else { throw output.error(message) }
        }
    }

    deinit { cpng_writer_free(writer) }

    /// Appends the rows of a picture of the file's width and format.
    ///
    /// - Throws: `ImageError` with a `FileError`, for instance when the disk is full.
    public func append(rows: PixelBuffer) throws(ImageError) {
        precondition(
            rows.width == width && rows.format == format && rowsWritten + rows.height <= height,
            "[PNGWriter.append] expected at most \(height - rowsWritten) rows of \(width) \(format) "
                + "pixels, got \(rows.height) of \(rows.width) \(rows.format)")
        var message = CMessage()
        let status = message.withPointer {
            cpng_writer_rows(
                writer, rows.bytes, width * format.channelCount, UInt32(rows.height), $0)
        }
        guard status == 0 else { throw output.error(message) }
        rowsWritten += rows.height
    }

    /// Ends the file, flushes it to the disk and gives it its name; every row must be there.
    ///
    /// - Throws: `ImageError` with a `FileError`, for instance when the disk is full.
    public func finish() throws(ImageError) {
        precondition(
            rowsWritten == height,
            "[PNGWriter.finish] expected \(height) rows, got \(rowsWritten)")
        var message = CMessage()
        let status = message.withPointer { cpng_writer_finish(writer, $0) }
        guard status == 0 else { throw output.error(message) }
        try output.finish()
    }
}

/// Where a PNG's bytes go: to memory or to a file.
final class PNGOutput {
    /// The bytes, when there is no file.
    private(set) var bytes: [UInt8] = []
    private let file: AtomicFile?
    private var failure: FileError?

    init(file: AtomicFile? = nil) {
        self.file = file
    }

    func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard let file else {
            bytes.append(contentsOf: piece)
            return true
        }
        do throws(FileError) {
            try file.append(RawSpan(_unsafeBytes: piece))
            return true
        } catch {
            failure = error
            return false
        }
    }

    func finish() throws(ImageError) {
        guard let file else { return }
        do throws(FileError) {
            try file.commit()
        } catch {
            throw ImageError(path: file.path, reason: .file(error))
        }
    }

    func error(_ message: CMessage) -> ImageError {
        let path = file?.path ?? "picture"
        if let failure { return ImageError(path: path, reason: .file(failure)) }
        return ImageError(path: path, reason: .cannotEncode(.png, message.text))
    }
}
