#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

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

    /// The size of a file; nil where there is none.
    static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// The names in a folder, sorted; empty where it cannot be read.
    static func contents(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a folder and those above it, where they are missing.
    static func makeFolder(_ path: String) throws(SystemError) {
        if mkdir(path, 0o755) == 0 { return }
        if errno == ENOENT {
            let parent = split(path).folder
            guard parent != path, parent != "." else { throw SystemError(path: path, action: "create") }
            try makeFolder(parent)
            if mkdir(path, 0o755) == 0 { return }
        }
        var status = stat()
        let reason = errno
        guard reason == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw SystemError(path: path, action: "create", code: reason)
        }
    }

    /// Writes all of the bytes; the failure where there is one.
    static func writeAll(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, path: String
    ) -> SystemError? {
        var offset = 0
        while offset < bytes.count {
            let written = write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
            if written < 0 {
                if errno == EINTR { continue }
                return SystemError(path: path, action: "write")
            }
            offset += written
        }
        return nil
    }

    /// Makes the names in a folder durable.
    static func syncFolder(_ folder: String) throws(SystemError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(path: folder, action: "open") }
        defer { close(descriptor) }
        // Some file systems (network ones) have no fsync of folders and say EINVAL: nothing more to do.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw SystemError(path: folder, action: "write")
        }
    }

    /// The contents of a file of at most `limit` bytes.
    static func read(_ path: String, limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
        let file = try MappedFile(path: path)
        guard file.count <= limit else { throw SystemError(path: path, action: "read", code: EFBIG) }
        return Array(file.bytes)
    }
}
