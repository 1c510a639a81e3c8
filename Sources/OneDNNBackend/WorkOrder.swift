/// Puts kernels and passes in order, so that operands come first and little memory is in use at a time.
///
/// Three orders are tried, and the one with the lowest peak is taken:
/// - as the graph has them;
/// - by the tensors that wait longest (activations that the backward pass needs again): one after the
///   other is finished, nearest first, so that one branch's activations are gone before the next branch
///   makes its own;
/// - always what adds least.
struct WorkOrder {
    private let graph: WorkGraph
    /// For each stored node in the arena, who reads it.
    private var readers: [Int: [Int]] = [:]
    /// For each item, the bytes that its results take.
    private let made: [Int]

    init(_ graph: WorkGraph) {
        self.graph = graph
        for (index, item) in graph.items.enumerated() {
            for node in item.reads where graph.arenaBytes[node] != nil {
                readers[node, default: []].append(index)
            }
        }
        made = graph.items.map { $0.writes.reduce(0) { $0 + (graph.arenaBytes[$1] ?? 0) } }
    }

    /// The best order, as indices of the graph's items; nil if some wait for each other.
    func best() -> [Int]? {
        guard let plain = plainOrder() else { return nil }
        var best = plain
        var lowest = peak(of: plain)
        for other in [finishingOrder(after: plain), thriftyOrder(after: plain)] {
            let peak = peak(of: other)
            // Not for a little: neighbours in the graph are neighbours in the caches too.
            if peak < lowest - lowest / 50 { (best, lowest) = (other, peak) }
        }
        return best
    }

    /// The most bytes of the arena that hold something at one time.
    func peak(of order: [Int]) -> Int {
        var progress = Progress(self)
        for index in order { progress.run(index) }
        return progress.peak
    }

    // MARK: The orders

    /// As the graph has them.
    private func plainOrder() -> [Int]? {
        var waiting = graph.before.map(\.count)
        var ready = Heap(graph.items.indices.filter { waiting[$0] == 0 }) {
            graph.items[$0].priority
        }
        var result: [Int] = []
        while let next = ready.pop() {
            result.append(next)
            for user in graph.after[next] {
                waiting[user] -= 1
                if waiting[user] == 0 { ready.push(user) }
            }
        }
        return result.count == graph.items.count ? result : nil
    }

    /// Always the one that adds least to what is held.
    private func thriftyOrder(after plain: [Int]) -> [Int] {
        var progress = Progress(self)
        var ready = plain.filter { progress.isReady($0) }
        let rank = ranks(plain)
        while !ready.isEmpty {
            var best = 0
            var least = progress.growth(ready[0])
            for place in ready.indices.dropFirst() {
                let growth = progress.growth(ready[place])
                if (growth, rank[ready[place]]) < (least, rank[ready[best]]) {
                    (best, least) = (place, growth)
                }
            }
            let next = ready.remove(at: best)
            progress.run(next)
            ready += graph.after[next].filter { progress.isReady($0) }
        }
        return progress.order
    }

    /// Finishes what waits longest, nearest first; what frees memory is done as soon as it can be.
    private func finishingOrder(after plain: [Int]) -> [Int] {
        let rank = ranks(plain)
        let needs = ancestors(plain)
        var targets = finishers(plain)
        var cost = targets.map { target in
            plain.reduce(0) { needs[target].contains($1) ? $0 + made[$1] : $0 }
        }
        var progress = Progress(self)
        func run(_ index: Int) {
            var queue = [index]
            while let next = queue.popLast() {
                progress.run(next)
                for place in targets.indices where needs[targets[place]].contains(next) {
                    cost[place] -= made[next]
                }
                for user in graph.after[next].sorted(by: { rank[$0] > rank[$1] })
                where progress.isReady(user) && progress.growth(user) <= 0 && !queue.contains(user)
                {
                    queue.append(user)
                }
            }
        }
        while !targets.isEmpty {
            let next = targets.indices.min {
                (cost[$0], rank[targets[$0]]) < (cost[$1], rank[targets[$1]])
            }
            guard let next else { break }
            let target = targets[next]
            for index in plain where needs[target].contains(index) && !progress.isDone[index] {
                run(index)
            }
            targets.remove(at: next)
            cost.remove(at: next)
        }
        for index in plain where !progress.isDone[index] { run(index) }
        return progress.order
    }

    private func ranks(_ plain: [Int]) -> [Int] {
        var rank = [Int](repeating: 0, count: plain.count)
        for (place, index) in plain.enumerated() { rank[index] = place }
        return rank
    }

    /// The last readers of large tensors that are read more than once.
    private func finishers(_ plain: [Int]) -> [Int] {
        var depth = [Int](repeating: 0, count: plain.count)
        for index in plain {
            depth[index] = (graph.before[index].map { depth[$0] }.max() ?? -1) + 1
        }
        let large = (graph.arenaBytes.values.max() ?? 0) / 64
        var result: Set<Int> = []
        for (node, users) in readers where users.count > 1 && graph.arenaBytes[node] ?? 0 > large {
            if let last = users.max(by: { (depth[$0], $0) < (depth[$1], $1) }) {
                result.insert(last)
            }
        }
        return result.sorted()
    }

    /// For each item, itself and all that must come before it.
    private func ancestors(_ plain: [Int]) -> [BitSet] {
        var result = [BitSet](repeating: BitSet(count: plain.count), count: plain.count)
        for index in plain {
            var own = BitSet(count: plain.count)
            own.insert(index)
            for other in graph.before[index] { own.formUnion(result[other]) }
            result[index] = own
        }
        return result
    }
}

extension WorkOrder {
    /// What has been done so far, and what is held in memory.
    private struct Progress {
        private(set) var order: [Int] = []
        private(set) var isDone: [Bool]
        private(set) var peak = 0
        private var held = 0
        private var waiting: [Int]
        private var unread: [Int: Int]
        private let graph: WorkGraph
        private let made: [Int]

        init(_ order: WorkOrder) {
            graph = order.graph
            made = order.made
            isDone = [Bool](repeating: false, count: graph.items.count)
            waiting = graph.before.map(\.count)
            unread = order.readers.mapValues(\.count)
        }

        func isReady(_ index: Int) -> Bool { waiting[index] == 0 && !isDone[index] }

        /// The bytes that are held more once the item is done; negative when it frees more.
        func growth(_ index: Int) -> Int { made[index] - freed(index) }

        private func freed(_ index: Int) -> Int {
            graph.items[index].reads.reduce(0) {
                unread[$1] == 1 ? $0 + (graph.arenaBytes[$1] ?? 0) : $0
            }
        }

        /// Results that are computed where an operand was need no memory of their own.
        private func madeInPlace(_ index: Int) -> Int {
            var olds = graph.items[index].wholeReads.filter { unread[$0] == 1 }
            var bytes = 0
            for node in graph.items[index].wholeWrites {
                guard let size = graph.arenaBytes[node],
                    let match = olds.firstIndex(where: { graph.arenaBytes[$0] == size })
                else { continue }
                olds.remove(at: match)
                bytes += size
            }
            return bytes
        }

        mutating func run(_ index: Int) {
            peak = max(peak, held + made[index] - madeInPlace(index))
            held += growth(index)
            for node in graph.items[index].reads { unread[node]? -= 1 }
            isDone[index] = true
            order.append(index)
            for user in graph.after[index] { waiting[user] -= 1 }
        }
    }
}
