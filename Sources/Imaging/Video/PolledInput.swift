import Files
import Glibc

/// Bytes of a file, pipe or device, waited for in short turns, so that whoever waits can be called off.
final class PolledInput {
    /// What a search for the end of a line gives.
    enum Line {
        case line([UInt8])
        case tooLong
        /// There is no more; so many bytes came without the end of a line.
        case end(Int)
    }

    /// Whether it was called off.
    private(set) var isStopped = false
    /// Whether it is a file that stays.
    let isRegularFile: Bool
    private let path: String
    private let descriptor: Int32
    private let shouldStop: () -> Bool
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var unread = 0..<0
    private var isAtEnd = false

    /// A file or pipe by its path; `-` is standard input.
    init(path: String, shouldStop: @escaping () -> Bool) throws(FileError) {
        self.shouldStop = shouldStop
        if path == "-" {
            self.path = "standard input"
            descriptor = dup(STDIN_FILENO)
        } else {
            self.path = path
            // A pipe that nobody writes to yet must not hold this up beyond recall.
            descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
            }
        }
        guard descriptor >= 0 else {
            throw FileError(path: self.path, operation: "open", errno: errno)
        }
        var status = stat()
        let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
        isRegularFile = kind == S_IFREG
        if kind == S_IFDIR {
            close(descriptor)
            throw FileError(path: self.path, operation: "read", reason: .notARegularFile)
        }
    }

    deinit { close(descriptor) }

    /// The next bytes without taking them; fewer where the stream ends.
    func peek(_ count: Int) throws(FileError) -> [UInt8] {
        precondition(
            count <= buffer.count, "[PolledInput.peek] expected a few bytes, got \(count)")
        while unread.count < count, try refill() {}
        return Array(buffer[unread.prefix(count)])
    }

    /// So many bytes; fewer where the stream ends.
    func bytes(_ count: Int) throws(FileError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        let ready = min(count, unread.count)
        result.replaceSubrange(0..<ready, with: buffer[unread.prefix(ready)])
        unread = unread.dropFirst(ready)
        var done = ready
        while done < count {
            let more = try receive(into: &result, from: done)
            if more == 0 {
                result.removeLast(count - done)
                break
            }
            done += more
        }
        return result
    }

    /// Bytes up to the end of a line, which is taken and left out.
    func line(longest: Int) throws(FileError) -> Line {
        var seen = 0
        while true {
            if let end = buffer[unread.dropFirst(seen)].firstIndex(of: 10) {
                guard end - unread.lowerBound <= longest else { return .tooLong }
                let line = Array(buffer[unread.lowerBound..<end])
                unread = end + 1..<unread.upperBound
                return .line(line)
            }
            seen = unread.count
            if seen > longest { return .tooLong }
            guard try refill() else { return .end(seen) }
        }
    }

    /// Gets more behind what is unread; false at the end.
    private func refill() throws(FileError) -> Bool {
        if unread.lowerBound > 0 {
            let rest = Array(buffer[unread])
            buffer.replaceSubrange(0..<rest.count, with: rest)
            unread = 0..<rest.count
        }
        let more = try receive(into: &buffer, from: unread.upperBound)
        unread = 0..<unread.upperBound + more
        return more > 0
    }

    /// Waits for bytes and puts them into an array from a place on; 0 at the end, or when called off.
    private func receive(into array: inout [UInt8], from start: Int) throws(FileError) -> Int {
        while !isAtEnd {
            if shouldStop() {
                isStopped = true
                break
            }
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, 100)
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            let count = array.withUnsafeMutableBytes { bytes in
                read(
                    descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start)
            }
            if count > 0 { return count }
            if count == 0 {
                isAtEnd = true
            } else if errno != EINTR && errno != EAGAIN {
                throw FileError(path: path, operation: "read", errno: errno)
            }
        }
        return 0
    }
}
