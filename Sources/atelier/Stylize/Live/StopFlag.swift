import Synchronization

/// Asks a thread to end.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether it was asked.
    var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Asks.
    func set() { flag.store(true, ordering: .releasing) }
}
