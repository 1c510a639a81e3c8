import Files
import Glibc
import Imaging

/// What a viewer may ask of training.
public enum RunRequest: String, Codable, Sendable {
    /// Wait after the step in work.
    case pause
    /// Go on.
    case resume
    /// Finish the step, save, end.
    case stop
}

struct ControlFile: Codable {
    var request: RunRequest
    var process: Int
    var time: Double
}

extension RunFolder {
    /// Asks something of the process that trains this run. It answers by its status.
    public func request(_ request: RunRequest) throws(RunError) {
        let file = ControlFile(request: request, process: Int(getpid()), time: WallClock.now)
        try JSONCoding.write(file, to: controlPath)
    }

    /// Asks training to go on, if the last request was to pause, read by it yet or not. A request to
    /// stop stays.
    public func releasePause() throws(RunError) {
        guard FilePaths.exists(controlPath),
            let last = try? JSONCoding.read(ControlFile.self, from: controlPath),
            last.request == .pause
        else { return }
        try request(.resume)
    }
}

/// The training side of the requests: asked every step, at the cost of one system call.
public struct RunControlReader {
    private let path: String
    private var seen: FileIdentity?

    /// Begins to listen. Requests from before, meant for another process, are removed. Call it with
    /// the lock held.
    public init(_ run: RunFolder) {
        path = run.controlPath
        unlink(path)
    }

    /// The newest request since the last call; nil where there is none. A file that is not a
    /// request is passed over.
    public mutating func poll() -> RunRequest? {
        guard let identity = FileIdentity(path: path), identity != seen else { return nil }
        seen = identity
        return (try? JSONCoding.read(ControlFile.self, from: path))?.request
    }
}

/// What changes when a file is replaced or grows.
struct FileIdentity: Equatable {
    var device: UInt
    var inode: UInt
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    /// The identity of the file at the path now; nil where there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }

    /// Whether both are the same file, changed or not.
    func isSameFile(as other: FileIdentity) -> Bool {
        device == other.device && inode == other.inode
    }
}
