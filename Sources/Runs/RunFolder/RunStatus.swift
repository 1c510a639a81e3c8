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
        return try JSONCoding.read(RunStatus.self, from: statusPath)
    }
}

/// The time of day.
enum WallClock {
    /// Seconds since 1970.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
