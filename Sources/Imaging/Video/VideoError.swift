public import Files

/// A stream of pictures that could not be read or written: which one, and why.
public struct VideoError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why a stream was refused.
    public enum Reason: Sendable, Hashable {
        /// It could not be opened, read or written.
        case file(FileError)
        /// It does not begin as YUV4MPEG2 does; what it begins with.
        case unknownFormat(String)
        /// Its header breaks the format's rules.
        case badHeader(String)
        /// Its header asks for more than the limits allow: nothing was allocated.
        case overLimit(String)
        /// Sound, but of a kind that is not read here.
        case unsupported(String)
        /// What stands where a frame should begin is none.
        case damaged(frame: Int, String)
    }

    /// The file, or `standard input`.
    public let path: String
    /// Why.
    public let reason: Reason

    /// An error about the stream at `path`.
    public init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// One line: the stream, what was expected, what was found, and what to do.
    public var description: String {
        switch reason {
        case .file(let error): error.description
        case .unknownFormat(let found):
            "\(path): expected a YUV4MPEG2 stream (ffmpeg -i CAMERA -f yuv4mpegpipe -), found \(found)"
        case .badHeader(let text): "\(path): the stream's header is not sound: \(text)"
        case .overLimit(let text): "\(path): refused by its header: \(text)"
        case .unsupported(let text): "\(path): \(text)"
        case .damaged(let frame, let text):
            "\(path): damaged at frame \(frame): expected FRAME, found \(text)"
        }
    }
}
