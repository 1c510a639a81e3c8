import Glibc

/// Reads files from outside: regular ones only, and no more bytes than a limit.
package enum BoundedFile {
    /// Opens a regular file and tells its size.
    ///
    /// - Throws: `FileError` if it is missing, not permitted, or not a regular file.
    package static func open(_ path: String) throws(FileError) -> (descriptor: Int32, size: Int) {
        // Without O_NONBLOCK, opening a named pipe would wait for its writer.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, operation: "read", errno: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = FileError(path: path, operation: "read", errno: errno)
            close(descriptor)
            throw error
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(path: path, operation: "read", reason: .notARegularFile)
        }
        return (descriptor, Int(status.st_size))
    }

    /// Reads a whole file.
    ///
    /// - Throws: `FileError`, `.tooLarge` if it has more than `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
        let (descriptor, size) = try open(path)
        defer { close(descriptor) }
        guard size <= limit else {
            throw FileError(
                path: path, operation: "read", reason: .tooLarge(size: size, limit: limit))
        }
        return try read(descriptor, path: path, at: 0, count: size)
    }

    /// Reads up to `count` bytes from `offset`; fewer only where the file ends.
    package static func read(
        _ descriptor: Int32, path: String, at offset: Int, count: Int
    ) throws(FileError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled,
                    off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
        }
        guard failure == 0 else { throw FileError(path: path, operation: "read", errno: failure) }
        return bytes
    }
}
