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

    /// Sets the offsets; answers the size of the arena.
    static func place(_ storages: inout [Storage]) -> Int {
        // A chain of storages computed in place is placed as one, alive from the first's birth
        // to the last's death.
        let owner = storages.indices.map { index in
            var first = index
            while let before = storages[first].takesOver { first = before.index }
            return first
        }
        var births: [Int: (first: Int, last: Int, size: Int)] = [:]
        for index in storages.indices {
            guard case .arena = storages[index].source, storages[index].lastStep >= 0 else {
                continue
            }
            let own = storages[index]
            let size = (own.byteCount + alignment - 1) / alignment * alignment
            let known = births[owner[index]] ?? (own.firstStep, own.lastStep, size)
            births[owner[index]] = (
                min(known.first, own.firstStep), max(known.last, own.lastStep),
                max(known.size, size)
            )
        }
        // Largest first, each at the lowest place that is free while it lives.
        let order = births.sorted { ($1.value.size, $0.key) < ($0.value.size, $1.key) }
        var placed: [(first: Int, last: Int, offset: Int, end: Int)] = []
        var offsets: [Int: Int] = [:]
        var arenaSize = 0
        for (key, life) in order {
            let neighbours = placed.filter { $0.first <= life.last && life.first <= $0.last }
                .sorted { $0.offset < $1.offset }
            var offset = 0
            for neighbour in neighbours {
                if offset + life.size <= neighbour.offset { break }
                offset = max(offset, neighbour.end)
            }
            placed.append((life.first, life.last, offset, offset + life.size))
            offsets[key] = offset
            arenaSize = max(arenaSize, offset + life.size)
        }
        for index in storages.indices {
            if let offset = offsets[owner[index]] { storages[index].offset = offset }
        }
        return arenaSize
    }
}
