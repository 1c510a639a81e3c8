import Files
import Glibc
import Imaging

/// The right to train a run: one process at a time has it, and loses it when it ends, however it
/// ends.
public final class RunLock: Sendable {
    private let descriptor: Int32

    fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}

extension RunFolder {
    /// Takes the lock, which is held until the answer is gone.
    ///
    /// - Throws: ``RunError/locked(path:process:)`` where another process has it.
    public func lock() throws(RunError) -> RunLock {
        let descriptor = Glibc.open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .file(FileError(path: path, operation: "create a file in", errno: errno))
        }
        // A viewer that asks `isTraining` holds the lock for a moment: try again for a while.
        for _ in 0..<20 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                let text = "\(getpid())\n"
                // The number is for messages only, so a full disk is no reason to stop here.
                _ = ftruncate(descriptor, 0)
                _ = pwrite(descriptor, text, text.utf8.count, 0)
                return RunLock(descriptor: descriptor)
            }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            usleep(10_000)
        }
        let reason = errno
        close(descriptor)
        guard reason == EWOULDBLOCK || reason == EINTR else {
            throw .file(FileError(path: lockPath, operation: "lock", errno: reason))
        }
        let holder = (try? FilePaths.read(lockPath, limit: 64)).flatMap {
            Int(String(decoding: $0, as: UTF8.self).trimmingNewline)
        }
        throw .locked(path: path, process: holder)
    }

    /// Whether a process is training the run now.
    public var isTraining: Bool {
        let descriptor = Glibc.open(lockPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}

extension String {
    fileprivate var trimmingNewline: Substring { prefix { $0 != "\n" } }
}
