#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file that comes into being whole or not at all: written under a temporary name in the same folder,
/// flushed to the disk, and renamed to its own name.
///
/// A process that dies in between leaves a file named `.NAME.PID.tmp`, which ``removeLeftovers(in:)`` clears.
struct DurableFile: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private static let bufferByteCount = 1 << 20
    private static let suffix = ".tmp"

    /// Begins the file that is to stand at `path`.
    init(path: String) throws(SystemError) {
        self.path = path
        let (folder, name) = FilePaths.split(path)
        temporaryPath = FilePaths.join(folder, ".\(name).\(getpid())\(Self.suffix)")
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError(path: path, action: "write") }
    }

    deinit {
        // Not committed: an error was thrown on the way, and nothing half-written stays behind.
        if descriptor >= 0 {
            close(descriptor)
            unlink(temporaryPath)
        }
    }

    /// Appends bytes.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        if buffer.count + bytes.count <= Self.bufferByteCount {
            buffer.append(contentsOf: bytes)
            return
        }
        try flush()
        try writeThrough(bytes)
    }

    /// Appends bytes.
    mutating func write(_ bytes: [UInt8]) throws(SystemError) {
        try write(StoredBytes(copying: bytes))
    }

    /// Appends bytes.
    mutating func write(_ bytes: StoredBytes) throws(SystemError) {
        var failure: SystemError?
        bytes.withUnsafeBytes { pointer in
            do throws(SystemError) { try write(pointer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private mutating func flush() throws(SystemError) {
        guard !buffer.isEmpty else { return }
        let pending = buffer
        buffer.removeAll(keepingCapacity: true)
        let descriptor = descriptor
        let path = path
        let failure: SystemError? = pending.withUnsafeBytes {
            FilePaths.writeAll(descriptor, $0, path: path)
        }
        if let failure { throw failure }
    }

    private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        if let failure = FilePaths.writeAll(descriptor, bytes, path: path) { throw failure }
    }

    /// Makes the file durable and gives it its name.
    consuming func commit() throws(SystemError) {
        try flush()
        guard fsync(descriptor) == 0 else { throw SystemError(path: path, action: "write") }
        guard rename(temporaryPath, path) == 0 else { throw SystemError(path: path, action: "write") }
        close(descriptor)
        descriptor = -1
        try FilePaths.syncFolder(FilePaths.split(path).folder)
    }

    /// Writes a whole file at once.
    static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        var file = try DurableFile(path: path)
        try file.write(bytes)
        try file.commit()
    }

    /// Removes what dead processes left in a folder.
    static func removeLeftovers(in folder: String) {
        for name in FilePaths.contents(of: folder) where name.hasPrefix(".") && name.hasSuffix(suffix) {
            let owner = name.dropLast(suffix.count).split(separator: ".").last.flatMap { Int32($0) }
            guard let owner, kill(owner, 0) != 0, errno == ESRCH else { continue }
            unlink(FilePaths.join(folder, name))
        }
    }
}
