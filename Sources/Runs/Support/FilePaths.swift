import Files
import Glibc
import Imaging

/// Small operations on paths, folders and descriptors.
enum FilePaths {
    /// The folder of a path, and the name in it.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
    }

    /// A name in a folder.
    static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// Whether something is at the path.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The names in a folder, sorted; empty where it cannot be read.
    static func contents(of folder: String) -> [String] {
        ((try? Folder.names(in: folder)) ?? []).sorted()
    }

    /// Hands all of the bytes to the system.
    static func writeAll(_ descriptor: Int32, _ bytes: [UInt8], path: String) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(path: path, operation: "write", errno: errno)
            }
            rest = rest.dropFirst(written)
        }
    }

    /// The contents of a file of at most `limit` bytes.
    static func read(_ path: String, limit: Int = 64 << 20) throws(FileError) -> [UInt8] {
        let file = try MappedFile(path: path)
        guard file.count <= limit else {
            throw FileError(
                path: path, operation: "read", reason: .tooLarge(size: file.count, limit: limit))
        }
        return Array(file.bytes)
    }
}

extension FilePaths {
    /// A step as eight digits or more, so that names sort as numbers do.
    static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// The number between the prefix and the suffix of a name that ``padded(_:)`` made; nil for
    /// other names.
    static func number(in name: String, prefix: String, suffix: String) -> Int? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix),
            name.utf8.count > prefix.utf8.count + suffix.utf8.count
        else { return nil }
        let digits = name.dropFirst(prefix.count).dropLast(suffix.count)
        guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(digits),
            padded(number) == digits
        else { return nil }
        return number
    }
}
