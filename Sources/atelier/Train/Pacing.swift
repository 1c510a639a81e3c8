import Glibc
import Runs

/// Recent speed, smoothed.
struct SpeedMeter {
    private var smoothed: Double?
    private var count = 0

    /// Takes a step into account.
    mutating func add(seconds: Double, images: Int) {
        guard seconds > 0 else { return }
        count += 1
        // The first step is planned as well as run, and says nothing about the others.
        guard count > 1 else { return }
        let pace = seconds / Double(images)
        let weight = max(0.02, 1 / Double(count))
        smoothed = smoothed.map { $0 + (pace - $0) * weight } ?? pace
    }

    /// Real pictures a second.
    var imagesPerSecond: Double { smoothed.map { 1 / $0 } ?? 0 }
}

/// Something that is due at growing intervals: often at first, when much happens, and rarely in long
/// runs.
struct GrowingInterval {
    /// The shortest interval, in seconds.
    let least: Double
    /// The interval's share of the time so far.
    let share: Double
    private var last = 0.0

    init(least: Double, share: Double) {
        self.least = least
        self.share = share
    }

    /// Begins counting at a time.
    mutating func reset(at seconds: Double) { last = seconds }

    /// Whether it is due; if so, counting begins again.
    mutating func isDue(at seconds: Double) -> Bool {
        guard seconds - last >= max(least, share * seconds) else { return false }
        last = seconds
        return true
    }
}

/// What a window in this or another process asks of the training.
final class RemoteControl {
    private var reader: RunControlReader
    private var isPaused = false

    init(_ reader: RunControlReader) { self.reader = reader }

    /// Looks at requests after a step; waits while paused. Answers whether to stop.
    func shouldStop(whilePaused: () throws -> Void) throws -> Bool {
        var wasAnnounced = false
        repeat {
            switch reader.poll() {
            case .pause: isPaused = true
            case .resume: isPaused = false
            case .stop: return true
            case nil: break
            }
            if Interruption.isRequested { return false }
            if isPaused {
                if !wasAnnounced { try whilePaused() }
                wasAnnounced = true
                usleep(100_000)
            }
        } while isPaused
        return false
    }
}

extension Duration {
    /// As seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
