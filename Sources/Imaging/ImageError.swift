public import Files

/// A picture that could not be decoded or encoded: which one, and why.
public struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why a picture was refused.
    public enum Reason: Sendable, Hashable {
        /// The file could not be read or written.
        case file(FileError)
        /// The bytes are no PNG, JPEG or WebP; what they look like.
        case unknownFormat(String)
        /// The header asks for more than the limits allow: nothing was allocated.
        case overLimit(String)
        /// The data break their format's rules or end too early.
        case damaged(ImageFormat, String)
        /// Valid as far as was read, but a variant that this decoder does not read.
        case unsupported(ImageFormat, String)
        /// The encoder refused; what it said.
        case cannotEncode(ImageFormat, String)
    }

    /// The file, or the name given with bytes.
    public let path: String
    /// Why.
    public let reason: Reason

    /// An error about the picture at `path`.
    public init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// One line: the file, what was expected and what was found.
    public var description: String {
        switch reason {
        case .file(let error): error.description
        case .unknownFormat(let found):
            "\(path): expected a PNG, JPEG or WebP picture, found \(found)"
        case .overLimit(let text): "\(path): refused by its header: \(text)"
        case .damaged(let format, let text): "\(path): damaged \(format.name): \(text)"
        case .unsupported(let format, let text): "\(path): unsupported \(format.name): \(text)"
        case .cannotEncode(let format, let text):
            "\(path): cannot encode as \(format.name): \(text)"
        }
    }
}
