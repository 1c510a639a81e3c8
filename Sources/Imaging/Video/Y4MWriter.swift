import Files
import Glibc

/// Writes a YUV4MPEG2 stream frame by frame.
///
/// A file gets its name when the stream is finished; a pipe, a device or standard output gets each frame
/// as it is made.
public final class Y4MWriter {
    private enum Target {
        case file(AtomicFile)
        case stream(Int32)
    }

    /// What the stream says of its frames.
    public let header: Y4MHeader
    /// Frames so far.
    public private(set) var frameCount = 0
    private let path: String
    private let matrix: YUVMatrix
    private let target: Target
    private var last: [UInt8] = []

    /// Begins a stream.
    ///
    /// - Parameters:
    ///   - path: A file, a named pipe, or `-` for standard output.
    ///   - header: With a chroma that ``Y4MFrame/init(picture:header:matrix:)`` can make.
    ///   - matrix: How luminance is made.
    /// - Throws: `VideoError` if it cannot be written there.
    public init(path: String, header: Y4MHeader, matrix: YUVMatrix) throws(VideoError) {
        self.path = path == "-" ? "standard output" : path
        self.header = header
        self.matrix = matrix
        do throws(FileError) {
            target = try Self.open(path)
        } catch {
            throw VideoError(path: path, reason: .file(error))
        }
        try put(Array((header.line + "\n").utf8))
    }

    deinit {
        if case .stream(let descriptor) = target { close(descriptor) }
    }

    /// Appends a picture of the header's size.
    public func write(_ picture: PixelBuffer) throws(VideoError) {
        last =
            Array("FRAME\n".utf8)
            + Y4MFrame(picture: picture, header: header, matrix: matrix).bytes
        try put(last)
        frameCount += 1
    }

    /// Appends the last picture again, in place of one that was dropped.
    public func repeatLast() throws(VideoError) {
        precondition(frameCount > 0, "[Y4MWriter.repeatLast] expected a frame before, got none")
        try put(last)
        frameCount += 1
    }

    /// Ends the stream; a file gets its name now.
    public func finish() throws(VideoError) {
        guard case .file(let file) = target else { return }
        do throws(FileError) {
            try file.commit()
        } catch {
            throw VideoError(path: path, reason: .file(error))
        }
    }

    private static func open(_ path: String) throws(FileError) -> Target {
        if path == "-" {
            let descriptor = dup(STDOUT_FILENO)
            guard descriptor >= 0 else {
                throw FileError(path: "standard output", operation: "write", errno: errno)
            }
            return .stream(descriptor)
        }
        var status = stat()
        let kind = stat(path, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        guard kind == S_IFIFO || kind == S_IFCHR else { return .file(try AtomicFile(path: path)) }
        let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileError(path: path, operation: "write", errno: errno)
        }
        return .stream(descriptor)
    }

    private func put(_ bytes: [UInt8]) throws(VideoError) {
        do throws(FileError) {
            switch target {
            case .file(let file): try file.append(bytes)
            case .stream(let descriptor): try Self.send(bytes, to: descriptor, path)
            }
        } catch {
            throw VideoError(path: path, reason: .file(error))
        }
    }

    private static func send(
        _ bytes: [UInt8], to descriptor: Int32, _ path: String
    ) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(
                    descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw FileError(path: path, operation: "write", errno: errno)
            }
            done += count
        }
    }
}
