import Files
import Glibc
import Imaging

/// What training is doing, as other processes see it in `status.json`.
public struct RunStatus: Codable, Equatable, Sendable {
    /// The phases of a run's life.
    public enum State: String, Codable, Sendable {
        case running
        case paused
        case finished
        case stopped
        case failed
    }

    /// The training process.
    public var process: Int
    /// The phase.
    public var state: State
    /// Steps done.
    public var step: Int
    /// Steps to do; nil where the end is set by time or not at all.
    public var totalSteps: Int?
    /// Real pictures shown.
    public var images: Int
    /// Real pictures shown a second, lately.
    public var imagesPerSecond: Double?
    /// Seconds to the end, as far as can be told.
    public var secondsLeft: Double?
    /// Seconds of training so far.
    public var seconds: Double?
    /// When this was written, in seconds since 1970.
    public var heartbeat: Double
    /// Why the run failed or stopped, in one line.
    public var message: String?

    /// The status of this process's training, now.
    public init(
        state: State, step: Int, totalSteps: Int? = nil, images: Int = 0,
        imagesPerSecond: Double? = nil, secondsLeft: Double? = nil, seconds: Double? = nil,
        message: String? = nil
    ) {
        process = Int(getpid())
        self.state = state
        self.step = step
        self.totalSteps = totalSteps
        self.images = images
        self.imagesPerSecond = imagesPerSecond
        self.secondsLeft = secondsLeft
        self.seconds = seconds
        heartbeat = WallClock.now
        self.message = message
    }

    /// The first number that no training writes, in words: the file is from outside.
    fileprivate var problem: String? {
        let whole = [("step", step), ("totalSteps", totalSteps ?? 0), ("images", images)]
        for (name, value) in whole where !RunFolder.counts.contains(value) {
            return "\(name) is \(value)"
        }
        let times = -1e12...1e12
        let numbers = [
            ("imagesPerSecond", imagesPerSecond ?? 0, 0...1e12),
            ("secondsLeft", secondsLeft ?? 0, times), ("seconds", seconds ?? 0, 0...1e12),
            ("heartbeat", heartbeat, 0...1e12),
        ]
        for (name, value, range) in numbers where !range.contains(value) {
            return "\(name) is \(value)"
        }
        return nil
    }

    /// Whether the words "running" or "paused" are those of a process that is gone.
    public func isStale(in run: RunFolder) -> Bool {
        (state == .running || state == .paused) && !run.isTraining
    }
}

extension RunFolder {
    /// Tells other processes what training is doing.
    public func write(_ status: RunStatus) throws(RunError) {
        try JSONCoding.write(status, to: statusPath)
    }

    /// What training said last; nil where it never did.
    public func status() throws(RunError) -> RunStatus? {
        guard FilePaths.exists(statusPath) else { return nil }
        let status = try JSONCoding.read(RunStatus.self, from: statusPath)
        if let problem = status.problem { throw .damaged(path: statusPath, reason: problem) }
        return status
    }

    /// What a run may count: whole numbers that a Double holds, so that arithmetic with numbers
    /// from a file does not overflow.
    static let counts = 0...1 << 53
}
