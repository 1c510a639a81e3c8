import Files
import Glibc
import Imaging

/// Writes `metrics.jsonl`: a line a record, each handed to the system whole, so that a process that
/// is killed loses none and leaves at most one half-written line, which ``mend(_:keepingThrough:)``
/// takes away.
public final class MetricsLog {
    /// The file.
    public let path: String
    private let descriptor: Int32

    /// Opens the log for appending; it is made where it is missing. When a run goes on, mend it
    /// first.
    public init(path: String) throws(RunError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .file(FileError(path: path, operation: "write", errno: errno))
        }
    }

    deinit { close(descriptor) }

    /// Appends a record.
    public func append(_ record: MetricsRecord) throws(RunError) {
        let bytes = Array((record.line + "\n").utf8)
        try wrapping { () throws(FileError) in
            try FilePaths.writeAll(descriptor, bytes, path: path)
        }
    }

    /// Makes what was appended durable: before a checkpoint is saved, so that the log never ends
    /// before it.
    public func synchronize() throws(RunError) {
        guard fsync(descriptor) == 0 else {
            throw .file(FileError(path: path, operation: "flush", errno: errno))
        }
    }

    /// Cuts a log back to the records of steps up to `step`, so that the run can go on after that
    /// step with neither a gap nor a double; lines that are not records, such as a half-written
    /// last one, go too. The file is replaced as a whole, or left alone where nothing is to be
    /// done. Answers how many lines were taken away.
    @discardableResult
    public static func mend(_ path: String, keepingThrough step: Int) throws(RunError) -> Int {
        guard FilePaths.exists(path) else { return 0 }
        return try wrapping { () throws(FileError) in
            let file = try MappedFile(path: path)
            let kept = try AtomicFile(path: path)
            var removed = 0
            var start = 0
            let bytes = file.bytes
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
                let isWhole = end < bytes.count
                if isWhole, let record = MetricsRecord(line: bytes[start..<end]),
                    record.step <= step
                {
                    try kept.append(Array(bytes[start...end]))
                } else {
                    removed += 1
                }
                start = end + 1
            }
            if removed > 0 { try kept.commit() } else { kept.abort() }
            return removed
        }
    }
}

/// Follows a log that another process is writing.
public struct MetricsReader {
    /// What came since the last call.
    public struct Update: Equatable, Sendable {
        /// The new records, in order.
        public var records: [MetricsRecord] = []
        /// Whether the log was cut back or replaced since: forget everything from before; `records`
        /// then begins at the beginning.
        public var isRestart = false

        /// Nothing new.
        public init() {}
    }

    private let path: String
    private var identity: FileIdentity?
    private var offset = 0
    private var partial: [UInt8] = []
    /// No line of ours is nearly as long; more than this without a line feed is not kept.
    private static let maximumLineByteCount = 1 << 20
    private static let chunkByteCount = 1 << 18

    /// A reader at the beginning of the log, which need not be there yet.
    public init(path: String) { self.path = path }

    /// The records that were appended since the last call. A line still being written waits for its
    /// end; one that is not a record is passed over.
    public mutating func poll() -> Update {
        var update = Update()
        guard let now = FileIdentity(path: path) else { return update }
        if let before = identity, !now.isSameFile(as: before) || now.size < offset {
            update.isRestart = true
            offset = 0
            partial = []
        }
        identity = now
        guard now.size > offset else { return update }
        guard let descriptor = try? BoundedFile.open(path).descriptor else { return update }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: Self.chunkByteCount)
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(offset))
            guard count > 0 else { break }
            offset += count
            take(chunk[..<count], into: &update.records)
        }
        return update
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, into records: inout [MetricsRecord]) {
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            if let record = MetricsRecord(line: partial + rest[..<end]) { records.append(record) }
            partial = []
            rest = rest[(end + 1)...]
        }
        partial += rest
        if partial.count > Self.maximumLineByteCount { partial = [] }
    }
}
