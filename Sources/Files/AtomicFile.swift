import Glibc

/// Writes files that are there whole or not at all: to a temporary name in the same folder, flushed
/// to the disk, renamed over the target, and the folder flushed too. After a crash or a full disk
/// the old file is still there, unharmed.
///
/// ```swift
/// try AtomicFile.write(bytes, to: "run/config.json")       // all at once
///
/// let file = try AtomicFile(path: "run/grid.png")          // piece by piece
/// try file.append(header)
/// try file.append(body)
/// try file.commit()                                        // nothing is at the path before this
/// ```
/// A file that is not committed is removed when the last reference to it goes.
public final class AtomicFile {
    /// The path that `commit()` will fill; of a symbolic link, the file that it points at.
    public let path: String
    /// Bytes appended so far.
    public private(set) var count = 0

    private let temporaryPath: String
    private var descriptor: Int32
    /// How the names of temporary files end; they begin with a dot.
    package static let temporarySuffix = ".atelier-tmp"

    /// Opens a temporary file beside `path`, readable and writable as the user's umask says.
    ///
    /// - Throws: `FileError` if the folder is missing, read-only, not permitted or full, or if `path`
    ///   is there and is not a regular file.
    public init(path: String) throws(FileError) {
        let target = try Self.resolve(path)
        let (folder, name) = Self.split(target)
        var generator = SystemRandomNumberGenerator()
        let unique = String(generator.next() & 0xffff_ffff, radix: 36)
        // A name has at most 255 bytes, however many characters they make.
        var stem = Substring(name)
        while stem.utf8.count > 80 { stem.removeLast() }
        let temporary = "\(folder)/.\(stem).\(getpid())-\(unique)\(Self.temporarySuffix)"
        let opened = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard opened >= 0 else {
            throw FileError(path: folder, operation: "create a file in", errno: errno)
        }
        self.path = target
        temporaryPath = temporary
        descriptor = opened
    }

    deinit { abort() }

    /// Appends bytes at the end.
    ///
    /// - Throws: `FileError`, for instance `.noSpace`; the temporary file is then already removed.
    public func append(_ bytes: [UInt8]) throws(FileError) {
        try append(bytes.span.bytes)
    }

    /// Appends bytes at the end.
    ///
    /// - Throws: `FileError`, for instance `.noSpace`; the temporary file is then already removed.
    public func append(_ bytes: RawSpan) throws(FileError) {
        try write(bytes, at: count)
        count += bytes.byteCount
    }

    /// Replaces bytes that were appended before: for headers whose sizes are known last.
    ///
    /// - Throws: `FileError`; the temporary file is then already removed.
    public func overwrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        precondition(
            offset >= 0 && offset + bytes.count <= count,
            "[AtomicFile.overwrite] expected a range inside 0..<\(count), got "
                + "\(offset)..<\(offset + bytes.count)")
        try write(bytes.span.bytes, at: offset)
    }

    /// Flushes the file to the disk and gives it its name, replacing what was there.
    ///
    /// - Throws: `FileError`; the file that was there before is then still there.
    public func commit() throws(FileError) {
        requireOpen("commit")
        guard fsync(descriptor) == 0 else { throw failure("flush") }
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0, rename(temporaryPath, path) == 0 else {
            let error = FileError(path: path, operation: "write", errno: errno)
            unlink(temporaryPath)
            throw error
        }
        try Self.flushFolder(Self.split(path).folder)
    }

    /// Removes the temporary file; whatever was at `path` stays. Does nothing after `commit()`.
    public func abort() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        unlink(temporaryPath)
    }

    /// Writes a whole file at once.
    ///
    /// - Throws: `FileError`; the file that was there before is then still there.
    public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let file = try AtomicFile(path: path)
        try file.append(bytes)
        try file.commit()
    }

    /// Writes a whole text file at once, as UTF-8.
    ///
    /// - Throws: `FileError`; the file that was there before is then still there.
    public static func write(_ text: String, to path: String) throws(FileError) {
        try write(Array(text.utf8), to: path)
    }

    /// Flushes a folder's entries to the disk, so that a rename or removal in it outlives a crash.
    ///
    /// - Throws: `FileError` if the folder cannot be opened or the disk fails.
    public static func flushFolder(_ folder: String) throws(FileError) {
        let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw FileError(path: folder, operation: "open", errno: errno) }
        defer { close(opened) }
        // Some file systems (FUSE, network shares) cannot flush a folder and say EINVAL.
        guard fsync(opened) == 0 || errno == EINVAL else {
            throw FileError(path: folder, operation: "flush", errno: errno)
        }
    }

    /// Removes the temporary files that processes which are no more left in a folder.
    ///
    /// - Returns: how many were removed. A folder that cannot be listed counts as having none.
    @discardableResult
    public static func removeLeftovers(inFolder folder: String) -> Int {
        guard let names = try? Folder.names(in: folder) else { return 0 }
        let leftovers = names.filter { name in
            guard name.hasPrefix("."), name.hasSuffix(temporarySuffix) else { return false }
            let stem = name.dropLast(temporarySuffix.count)
            guard let owner = stem.split(separator: ".").last?.split(separator: "-").first,
                let process = pid_t(owner)
            else { return false }
            return kill(process, 0) != 0 && errno == ESRCH
        }
        return leftovers.count { unlink("\(folder)/\($0)") == 0 }
    }

    private func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        requireOpen("append")
        let failed = bytes.withUnsafeBytes { buffer -> Bool in
            var done = 0
            while done < buffer.count {
                let written = pwrite(
                    descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done,
                    off_t(offset + done))
                if written < 0 && errno == EINTR { continue }
                if written <= 0 { return true }
                done += written
            }
            return false
        }
        if failed { throw failure("write") }
    }

    private func failure(_ operation: String) -> FileError {
        let error = FileError(path: path, operation: operation, errno: errno)
        abort()
        return error
    }

    private func requireOpen(_ function: String) {
        precondition(
            descriptor >= 0,
            "[AtomicFile.\(function)] expected an open file, got one that was committed, aborted or "
                + "failed: \(path)")
    }

    /// Follows a symbolic link, so that the link survives and its target is replaced.
    private static func resolve(_ path: String) throws(FileError) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else {
            // A path that is not there yet is the usual case; the folder is checked by `open`.
            if errno == ENOENT, !path.isEmpty, !path.hasSuffix("/") { return path }
            throw FileError(path: path, operation: "write", errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, operation: "write", reason: .notARegularFile)
        }
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }
}
