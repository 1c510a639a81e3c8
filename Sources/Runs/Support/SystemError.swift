#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An operation on a file that the system refused.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file or folder.
    public var path: String
    /// What was tried: "open", "write", "rename".
    public var action: String
    /// The system's `errno`.
    public var code: Int32

    /// The refusal that `errno` now holds, or that of `code`.
    init(path: String, action: String, code: Int32 = errno) {
        self.path = path
        self.action = action
        self.code = code
    }

    /// One line: the path, the reason, and what to do about it where that is known.
    public var description: String {
        let advice =
            switch code {
            case ENOSPC, EDQUOT: "; free some space, or choose another disk with --out"
            case EROFS, EACCES, EPERM: "; check its permissions, or choose another place"
            case ENOENT: "; check the spelling of the path"
            default: ""
            }
        return "\(path): cannot \(action): \(String(cString: strerror(code)))\(advice)"
    }

    /// Whether the disk or the quota is full.
    public var isFull: Bool { code == ENOSPC || code == EDQUOT }
}
