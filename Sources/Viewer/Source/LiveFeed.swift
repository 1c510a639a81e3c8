import Synchronization

/// What a trainer in the same process tells the window: safe from any thread, never waits for it.
///
/// Curve points and messages queue up until the window takes them (the queue is bounded: beyond
/// `pointLimit` every second point is dropped); of progress, warnings, snapshot lists and frames only
/// the newest stays. A `ViewerSource` for a live run holds one and answers `poll` with `take()`.
public final class LiveFeed: Sendable {
    private struct Pending: ~Copyable {
        var update = ViewerUpdate()
        var isEmpty = true
    }

    private static let messageLimit = 20
    private let pointLimit: Int
    private let pending = Mutex(Pending())

    /// An empty feed that keeps at most `pointLimit` curve points for a window that does not ask.
    public init(pointLimit: Int = 16_384) {
        precondition(pointLimit > 1, "[LiveFeed] expected a limit above 1, got \(pointLimit)")
        self.pointLimit = pointLimit
    }

    /// Merges what is new into what the window has not taken yet.
    public func publish(_ update: ViewerUpdate) {
        pending.withLock { pending in
            pending.isEmpty = false
            if let run = update.run { pending.update.run = run }
            if let progress = update.progress { pending.update.progress = progress }
            if let snapshots = update.snapshots { pending.update.snapshots = snapshots }
            if let warnings = update.warnings { pending.update.warnings = warnings }
            for frame in update.frames {
                pending.update.frames.removeAll { $0.variant == frame.variant }
                pending.update.frames.append(frame)
            }
            pending.update.messages.append(contentsOf: update.messages)
            if pending.update.messages.count > Self.messageLimit {
                pending.update.messages.removeFirst(
                    pending.update.messages.count - Self.messageLimit)
            }
            pending.update.metrics.append(contentsOf: update.metrics)
            if pending.update.metrics.count > pointLimit {
                let points = pending.update.metrics
                pending.update.metrics = stride(from: 1, to: points.count, by: 2).map { points[$0] }
            }
        }
    }

    /// Everything that came since the last call, or nil.
    public func take() -> ViewerUpdate? {
        pending.withLock { pending in
            if pending.isEmpty { return nil }
            let update = pending.update
            pending.update = ViewerUpdate()
            pending.isEmpty = true
            return update
        }
    }
}
