import Glibc
import Imaging

/// Folders for output.
enum Folders {
    /// Makes a folder, and those above it, unless they are there.
    static func make(_ path: String) throws {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made == "/" ? "" : "/") + part
            if mkdir(made, 0o777) != 0 && errno != EEXIST {
                throw FileError(path: made, operation: "create the folder", errno: errno)
            }
        }
    }
}
