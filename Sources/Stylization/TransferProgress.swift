/// How far a feed-forward transfer has come.
public struct TransferProgress: Sendable, Hashable {
    /// Tiles that are done, over all passes.
    public var done: Int
    /// Tiles in all.
    public var total: Int
}

/// Counts tiles, and asks whoever watches whether to go on.
struct TileCounter {
    private var done = 0
    private let total: Int
    private let observe: (TransferProgress) -> Bool

    init(total: Int, observe: @escaping (TransferProgress) -> Bool) {
        self.total = total
        self.observe = observe
    }

    /// A tile is done.
    ///
    /// - Throws: `interrupted` if the watcher wants no more.
    mutating func count() throws(StylizationError) {
        done += 1
        if !observe(TransferProgress(done: done, total: total)) && done < total {
            throw .interrupted
        }
    }
}
