import Glibc

/// A file that will be written at the end of long work.
enum WritableTarget {
    /// Refuses a path that cannot be written, before the work begins.
    ///
    /// - Parameter option: What the path was given with.
    static func check(_ path: String, option: String = "--out") throws {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw Failure("\(path): expected the name of a file to write, found a folder")
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let parent = parts.joined(separator: "/")
        let folder = parts.isEmpty ? "." : parent.isEmpty ? "/" : parent
        guard access(folder, W_OK) == 0 else {
            throw Failure(
                "\(path): cannot be written: folder \(folder): "
                    + "\(String(cString: strerror(errno)).lowercased()); make it writable, or choose "
                    + "another \(option)")
        }
    }
}
