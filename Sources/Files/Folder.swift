import Glibc

/// Makes folders and lists them.
package enum Folder {
    /// Makes a folder, and those above it, where they are missing.
    ///
    /// - Throws: `FileError`, for instance where something else has the name.
    package static func make(_ path: String) throws(FileError) {
        if mkdir(path, 0o777) == 0 { return }
        var code = errno
        if code == ENOENT, let parent = parent(of: path) {
            try make(parent)
            if mkdir(path, 0o777) == 0 { return }
            code = errno
        }
        var status = stat()
        guard code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw FileError(path: path, operation: "create the folder", errno: code)
        }
    }

    /// The names in a folder, in no order. One that is not UTF-8 comes back repaired, and then leads
    /// nowhere.
    ///
    /// - Throws: `FileError` if the folder cannot be listed.
    package static func names(in path: String) throws(FileError) -> [String] {
        guard let listing = opendir(path) else {
            throw FileError(path: path, operation: "list", errno: errno)
        }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
        return String(path[..<slash])
    }
}
