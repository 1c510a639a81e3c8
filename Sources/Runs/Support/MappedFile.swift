#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The bytes of a file, mapped read-only. The file must not be cut short in place while mapped (what
/// Atelier writes is replaced by renaming, so a mapping keeps the file it was made of).
final class MappedFile: Sendable {
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
    let count: Int

    /// The bytes; valid while this object lives.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Maps the file at `path`, which must be a regular file.
    init(path: String) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(path: path, action: "open") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError(path: path, action: "read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(
                path: path, action: "open", code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        count = Int(status.st_size)
        guard count > 0 else {
            base = nil
            return
        }
        let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw SystemError(path: path, action: "map") }
        base = address
    }

    deinit { if let base { munmap(base, count) } }
}
