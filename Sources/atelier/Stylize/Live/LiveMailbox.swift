import Foundation
import Imaging

/// Frames on their way from whoever reads them to whoever styles them.
///
/// Where frames may be left out there is room for one, and a newer one takes its place; else the reader
/// waits until there is room.
final class LiveMailbox: @unchecked Sendable {
    /// A frame, and how many were left out before it.
    struct Item {
        var frame: Y4MFrame
        var skipped: Int
    }

    /// What there is to take.
    enum Delivery {
        case frame(Item)
        case nothing
        /// There will be no more, and why, if that was not foreseen.
        case ended((any Error)?)
    }

    private static let room = 2
    private let dropsFrames: Bool
    private let condition = NSCondition()
    private var items: [Item] = []
    private var ending: Delivery?
    private var isClosed = false

    init(dropsFrames: Bool) { self.dropsFrames = dropsFrames }

    /// Puts a frame in.
    ///
    /// - Returns: False if nobody wants frames any more.
    func put(_ frame: Y4MFrame) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        if dropsFrames {
            let skipped = items.last.map { $0.skipped + 1 } ?? 0
            items = [Item(frame: frame, skipped: skipped)]
        } else {
            while items.count >= Self.room && !isClosed { condition.wait() }
            items.append(Item(frame: frame, skipped: 0))
        }
        condition.broadcast()
        return !isClosed
    }

    /// Says that there will be no more frames.
    func end(_ failure: (any Error)?) {
        condition.lock()
        ending = .ended(failure)
        condition.broadcast()
        condition.unlock()
    }

    /// Says that nobody wants frames any more.
    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    /// What waits is not counted as left out: it came while the picture stood still.
    func forgetSkipped() {
        condition.lock()
        for place in items.indices { items[place].skipped = 0 }
        condition.unlock()
    }

    /// The next frame; waits a moment for one.
    func take() -> Delivery {
        condition.lock()
        defer { condition.unlock() }
        if items.isEmpty && ending == nil {
            _ = condition.wait(until: Date() + 0.03)
        }
        if !items.isEmpty {
            condition.broadcast()
            return .frame(items.removeFirst())
        }
        return ending ?? .nothing
    }
}
