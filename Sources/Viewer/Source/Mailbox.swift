import Synchronization

/// A place for one value between two threads: the newest wins, and nobody waits.
///
/// The lock is held for a pointer's exchange only; what is replaced is freed outside it, on the
/// sender's side.
public final class Mailbox<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)

    /// An empty mailbox.
    public init() {}

    /// Puts a value in, in place of one that was not taken.
    /// - Returns: Whether a value was dropped for it.
    @discardableResult
    public func put(_ value: Value) -> Bool {
        let old = content.withLock { slot in
            let old = slot
            slot = value
            return old
        }
        return old != nil
    }

    /// Takes the value out, if there is one.
    public func take() -> Value? {
        content.withLock { slot in
            let value = slot
            slot = nil
            return value
        }
    }
}
