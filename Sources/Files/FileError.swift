import Glibc

/// A file or folder that could not be read or written: which one, what was tried and why it failed.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as far as a caller might act on it.
    public enum Reason: Sendable, Hashable {
        /// There is no such file or folder.
        case notFound
        /// The user may not read or write here.
        case permissionDenied
        /// The file system is mounted read-only.
        case readOnlyFileSystem
        /// The disk, or the user's share of it, is full.
        case noSpace
        /// A folder, device or pipe where a regular file was expected.
        case notARegularFile
        /// The file is larger than the reader's limit; both in bytes.
        case tooLarge(size: Int, limit: Int)
        /// Anything else: the system's error number.
        case system(code: Int32)
    }

    /// The file or folder concerned.
    public let path: String
    /// What was tried, as a verb phrase: `"read"`, `"create a file in"`.
    public let operation: String
    /// Why it failed.
    public let reason: Reason

    /// An error with a known reason.
    public init(path: String, operation: String, reason: Reason) {
        self.path = path
        self.operation = operation
        self.reason = reason
    }

    /// An error from the number that the system left in `errno`.
    public init(path: String, operation: String, errno code: Int32) {
        let reason: Reason =
            switch code {
            case ENOENT, ENOTDIR: .notFound
            case EACCES, EPERM: .permissionDenied
            case EROFS: .readOnlyFileSystem
            case ENOSPC, EDQUOT: .noSpace
            case EISDIR: .notARegularFile
            default: .system(code: code)
            }
        self.init(path: path, operation: operation, reason: reason)
    }

    /// One line: what failed, why, and what to do.
    public var description: String {
        let why =
            switch reason {
            case .notFound: "no such file or folder; check the path"
            case .permissionDenied:
                "permission denied; choose another folder or change its permissions"
            case .readOnlyFileSystem: "the file system is read-only; choose another folder"
            case .noSpace: "no space left on the disk; free some or choose another folder"
            case .notARegularFile: "expected a regular file, found a folder or device"
            case .tooLarge(let size, let limit):
                "the file has \(size) bytes, at most \(limit) are read; raise the limit if it is meant"
            case .system(let code): String(cString: strerror(code))
            }
        return "cannot \(operation) \(path): \(why)"
    }
}
