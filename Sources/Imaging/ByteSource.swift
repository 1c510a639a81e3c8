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

/// The bytes of a picture, in memory or in a file that is read in small pieces.
final class ByteSource {
    /// The file, or the name of the bytes.
    let path: String
    /// Bytes in all.
    let count: Int
    private let memory: [UInt8]
    private let descriptor: Int32

    /// Bytes in memory.
    init(_ bytes: [UInt8], path: String) {
        self.path = path
        count = bytes.count
        memory = bytes
        descriptor = -1
    }

    /// A file, kept open.
    init(path: String) throws(FileError) {
        self.path = path
        (descriptor, count) = try BoundedFile.open(path)
        memory = []
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Up to `wanted` bytes from `offset`; fewer where the data end.
    func bytes(at offset: Int, count wanted: Int) throws(ImageError) -> [UInt8] {
        guard offset >= 0, wanted > 0, offset < count else { return [] }
        let size = min(wanted, count - offset)
        if descriptor < 0 { return Array(memory[offset..<offset + size]) }
        do throws(FileError) {
            return try BoundedFile.read(descriptor, path: path, at: offset, count: size)
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
    }
}

extension [UInt8] {
    /// The big-endian number of `size` bytes at `index`; the caller has checked the range.
    func bigEndian(at index: Int, size: Int) -> Int {
        self[index..<index + size].reduce(0) { $0 << 8 | Int($1) }
    }

    /// The little-endian number of `size` bytes at `index`; the caller has checked the range.
    func littleEndian(at index: Int, size: Int) -> Int {
        self[index..<index + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Whether these ASCII characters are at `index`.
    func holds(_ text: StaticString, at index: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index >= 0, index + length <= count else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(self[index..<index + length]) }
    }
}
