import Files
import Glibc

/// Reads a YUV4MPEG2 stream frame by frame, from a file, a pipe or standard input.
///
/// What was read before a stream breaks off stays good: ``next()`` then answers nil, and ``ending`` says
/// why. A second header inside the stream, as `cat a.y4m b.y4m` leaves it, begins frames of its size.
public final class Y4MReader {
    /// Why there are no more frames.
    public enum Ending: Sendable, Hashable {
        /// The stream ended after a whole frame.
        case complete
        /// It broke off inside a frame, of which only some bytes came.
        case cut(found: Int, expected: Int)
        /// Whoever reads it wanted no more.
        case stopped
    }

    /// The file, or `standard input`.
    public let path: String
    /// What the stream says of the frames to come.
    public private(set) var header: Y4MHeader
    /// Whole frames so far.
    public private(set) var frameCount = 0
    /// Why there are no more frames; nil while there may be.
    public private(set) var ending: Ending?
    /// Whether the stream is a file that stays, not a pipe or device.
    public let isRegularFile: Bool

    private static let longestLine = 4096
    private let limits: DecodeLimits
    private let input: PolledInput

    /// Opens a stream and reads its header.
    ///
    /// - Parameters:
    ///   - path: A file, a named pipe, or `-` for standard input.
    ///   - limits: What a header may ask for.
    ///   - shouldStop: Asked ten times a second while nothing comes, and for each frame.
    /// - Throws: `VideoError` for what is no such stream, or too large.
    public init(
        path: String, limits: DecodeLimits = .default,
        shouldStop: @escaping () -> Bool = { false }
    ) throws(VideoError) {
        self.path = path == "-" ? "standard input" : path
        self.limits = limits
        do throws(FileError) {
            input = try PolledInput(path: path, shouldStop: shouldStop)
        } catch {
            throw VideoError(path: path, reason: .file(error))
        }
        isRegularFile = input.isRegularFile
        header = Y4MHeader(width: 1, height: 1)
        header = try firstHeader()
    }

    /// The next frame, or nil where there is no more (see ``ending``).
    ///
    /// - Throws: `VideoError` for what is no frame.
    public func next() throws(VideoError) -> Y4MFrame? {
        while ending == nil {
            guard let line = try line(), !line.isEmpty else {
                if ending == nil { throw damaged("an empty line") }
                return nil
            }
            if line == "FRAME" || line.hasPrefix("FRAME ") { return try frame() }
            guard line.hasPrefix(Y4MHeader.magic) else { throw damaged(Self.excerpt(line)) }
            header = try Y4MHeader(line: line, path: path, limits: limits)
        }
        return nil
    }

    private func firstHeader() throws(VideoError) -> Y4MHeader {
        let start = try read(input.peek(Y4MHeader.magic.utf8.count))
        let text = String(decoding: start, as: UTF8.self)
        guard text == Y4MHeader.magic else {
            let found =
                input.isStopped
                ? "nothing before it was stopped" : start.isEmpty ? "nothing" : Self.excerpt(text)
            throw VideoError(path: path, reason: .unknownFormat(found))
        }
        guard let line = try line() else {
            throw VideoError(
                path: path, reason: .badHeader("the stream ends inside its first line"))
        }
        return try Y4MHeader(line: line, path: path, limits: limits)
    }

    private func frame() throws(VideoError) -> Y4MFrame? {
        let size = header.frameSize
        let bytes = try read(input.bytes(size))
        guard bytes.count == size else {
            ending = input.isStopped ? .stopped : .cut(found: bytes.count, expected: size)
            return nil
        }
        frameCount += 1
        return Y4MFrame(header: header, bytes: bytes)
    }

    /// A line without its end; nil at the end of the stream, which is then noted.
    private func line() throws(VideoError) -> String? {
        switch try read(input.line(longest: Self.longestLine)) {
        case .line(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .tooLong:
            throw damaged("more than \(Self.longestLine) bytes without the end of a line")
        case .end(let rest):
            ending =
                input.isStopped
                ? .stopped
                : rest == 0 ? .complete : .cut(found: 0, expected: header.frameSize)
            return nil
        }
    }

    private func read<Value>(
        _ body: @autoclosure () throws(FileError) -> Value
    ) throws(VideoError) -> Value {
        do throws(FileError) {
            return try body()
        } catch {
            throw VideoError(path: path, reason: .file(error))
        }
    }

    private func damaged(_ text: String) -> VideoError {
        VideoError(path: path, reason: .damaged(frame: frameCount + 1, text))
    }

    private static func excerpt(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(24).map { (32..<127).contains($0.value) ? $0 : "." }
        return "'\(String(String.UnicodeScalarView(shown)))'"
    }
}
