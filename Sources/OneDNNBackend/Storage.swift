/// Memory that a plan writes and reads, by number.
struct StorageID: Hashable {
    var index: Int
}

/// Where a storage's memory comes from.
enum StorageSource {
    /// A buffer handed to `execute`, by its place among the inputs.
    case input(Int)
    /// A buffer made for an output of the graph, by its place among the plan's output buffers.
    case output(Int)
    /// A place in the arena.
    case arena
}

/// A piece of memory and the stretch of steps in which it holds something.
struct Storage {
    var byteCount: Int
    var source: StorageSource
    var firstStep = Int.max
    var lastStep = -1
    var offset = 0
    /// The storage whose place this one takes over, when it can be computed in place: one in the arena
    /// for one in the arena, a donated input for an output.
    var takesOver: StorageID?
}

/// Gives storages places in one arena so that those that live at the same time do not overlap.
struct ArenaPlanner {
    /// Cache lines do not straddle storages.
    private static let alignment = 64

    /// Storages that are computed one in the place of the other, or a single one: from the first's birth
    /// to the last's death.
    private struct Life {
        /// The storage that the others follow.
        var owner: Int
        var first: Int
        var last: Int
        var size: Int

        func meets(_ other: Life) -> Bool { first <= other.last && other.first <= last }
    }

    private var lives: [Life] = []
    /// For each storage, the first of its chain.
    private let owner: [Int]

    init(_ storages: [Storage]) {
        owner = storages.indices.map { index in
            var first = index
            while let before = storages[first].takesOver { first = before.index }
            return first
        }
        var known: [Int: Life] = [:]
        for (index, storage) in storages.enumerated() {
            guard case .arena = storage.source, storage.lastStep >= 0 else { continue }
            let size = (storage.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
            var life =
                known[owner[index]]
                ?? Life(
                    owner: owner[index], first: storage.firstStep, last: storage.lastStep,
                    size: size)
            life.first = min(life.first, storage.firstStep)
            life.last = max(life.last, storage.lastStep)
            life.size = max(life.size, size)
            known[owner[index]] = life
        }
        lives = known.values.sorted { $0.owner < $1.owner }
    }

    /// The most bytes that are alive at one step: no arena can be smaller.
    func lowerBound() -> Int {
        var change: [Int: Int] = [:]
        for life in lives {
            change[life.first, default: 0] += life.size
            change[life.last + 1, default: 0] -= life.size
        }
        var (held, most) = (0, 0)
        for (_, difference) in change.sorted(by: { $0.key < $1.key }) {
            held += difference
            most = max(most, held)
        }
        return most
    }

    /// Sets the offsets; answers the size of the arena.
    ///
    /// Several orders are tried, each with every life at the lowest place that is free while it lasts,
    /// until one is as small as can be.
    func place(_ storages: inout [Storage]) -> Int {
        let bound = lowerBound()
        var best: (size: Int, offsets: [Int: Int])?
        func area(_ life: Life) -> Int { life.size * (life.last - life.first + 1) }
        let orders: [(Life, Life) -> Bool] = [
            { ($1.size, $0.owner) < ($0.size, $1.owner) },
            { (area($1), $0.owner) < (area($0), $1.owner) },
            { ($1.last - $1.first, $0.owner) < ($0.last - $0.first, $1.owner) },
            { ($0.first, $1.size, $0.owner) < ($1.first, $0.size, $1.owner) },
        ]
        for order in orders {
            let found = place(in: lives.sorted(by: order))
            if found.size < best?.size ?? .max { best = found }
            if best?.size == bound { break }
        }
        guard let best else { return 0 }
        for index in storages.indices {
            if let offset = best.offsets[owner[index]] { storages[index].offset = offset }
        }
        return best.size
    }

    private func place(in order: [Life]) -> (size: Int, offsets: [Int: Int]) {
        var placed: [(life: Life, offset: Int)] = []
        var offsets: [Int: Int] = [:]
        var size = 0
        for life in order {
            let neighbours = placed.filter { $0.life.meets(life) }.sorted { $0.offset < $1.offset }
            var offset = 0
            for neighbour in neighbours {
                if offset + life.size <= neighbour.offset { break }
                offset = max(offset, neighbour.offset + neighbour.life.size)
            }
            placed.append((life, offset))
            offsets[life.owner] = offset
            size = max(size, offset + life.size)
        }
        return (size, offsets)
    }
}
