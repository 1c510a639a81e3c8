import Files
import Glibc
import Imaging

/// Folders for output.
enum Folders {
    /// The names in a folder; none where it cannot be read.
    static func contents(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }

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
