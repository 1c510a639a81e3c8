import Files
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
        do throws(FileError) {
            (descriptor, size) = try BoundedFile.open(path)
        } catch {
            throw DatasetError(error)
        }
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
        // What is really there bounds the memory, not what a header asked for.
        let wanted = max(0, min(count, size - offset))
        do throws(FileError) {
            return try BoundedFile.read(descriptor, path: path, at: offset, count: wanted)
        } catch {
            throw DatasetError(error)
        }
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
    /// A file or folder that cannot be read.
    init(_ error: FileError) {
        switch error.reason {
        case .notFound: self = .system(path: error.path, ENOENT)
        case .permissionDenied: self = .system(path: error.path, EACCES)
        case .readOnlyFileSystem: self = .system(path: error.path, EROFS)
        case .noSpace: self = .system(path: error.path, ENOSPC)
        case .notARegularFile:
            self.init(.unreadable, path: error.path, "expected a regular file")
        case .tooLarge(let size, let limit):
            self.init(
                .tooLarge, path: error.path, "expected at most \(limit) bytes, found \(size)")
        case .system(let code): self = .system(path: error.path, code)
        }
    }

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
