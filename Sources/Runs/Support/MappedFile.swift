import Files
import Glibc
import Imaging

/// The bytes of a file, mapped read-only. The file must not be cut short in place while mapped
/// (what Atelier writes is replaced by renaming, so a mapping keeps the file it was made of).
final class MappedFile: Sendable {
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
    let count: Int

    /// The bytes; valid while this object lives.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Maps the file at `path`, which must be a regular file.
    init(path: String) throws(FileError) {
        let (descriptor, size) = try BoundedFile.open(path)
        defer { close(descriptor) }
        count = size
        guard count > 0 else {
            base = nil
            return
        }
        let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else {
            throw FileError(path: path, operation: "map", errno: errno)
        }
        base = address
    }

    deinit { if let base { munmap(base, count) } }
}
