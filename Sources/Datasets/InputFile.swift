import Glibc

/// A regular file open for reading at any offset, from several threads at once.
final class InputFile: Sendable {
    /// The path it was opened from.
    let path: String
    /// Bytes in the file when it was opened.
    let size: Int
    private let descriptor: Int32

    /// Opens a regular file. Anything else (a pipe, a device) is refused before it can block.
    init(path: String) throws(DatasetError) {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0 else { throw DatasetError.system(path: path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DatasetError(.unreadable, path: path, "expected a regular file")
        }
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw DatasetError.system(path: path, errno) }
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw DatasetError(.unreadable, path: path, "expected a regular file")
        }
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads exactly `count` bytes at an offset.
    func read(at offset: Int, count: Int) throws(DatasetError) -> [UInt8] {
        let bytes = try readUpTo(at: offset, count: count)
        guard bytes.count == count else {
            throw DatasetError(
                .damaged, path: path,
                "expected \(count) bytes at offset \(offset), found \(bytes.count)",
                advice: "the file is cut short: copy or download it again")
        }
        return bytes
    }

    /// Reads `count` bytes at an offset, or what there is up to the end.
    func readUpTo(at offset: Int, count: Int) throws(DatasetError) -> [UInt8] {
        var failure: Int32 = 0
        // What is really there bounds the memory, not what a header asked for.
        let wanted = max(0, min(count, size - offset))
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
            while filled < wanted {
                let got = pread(
                    descriptor, buffer.baseAddress! + filled, wanted - filled,
                    off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
        }
        if failure != 0 { throw DatasetError.system(path: path, failure) }
        return bytes
    }

    /// The whole file, refused beyond a bound.
    static func contents(of path: String, limit: Int) throws(DatasetError) -> [UInt8] {
        let file = try InputFile(path: path)
        guard file.size <= limit else {
            throw DatasetError(
                .tooLarge, path: path, "expected at most \(limit) bytes, found \(file.size)")
        }
        return try file.read(at: 0, count: file.size)
    }
}

extension DatasetError {
    /// The error of a system call.
    static func system(path: String, _ code: Int32) -> DatasetError {
        let reason = String(cString: strerror(code))
        switch code {
        case ENOENT, ENOTDIR:
            return DatasetError(.notFound, path: path, reason, advice: "check the path")
        case EACCES, EPERM:
            return DatasetError(
                .unreadable, path: path, reason, advice: "check the permissions of the file")
        default:
            return DatasetError(.unreadable, path: path, reason)
        }
    }
}
