import TensorCore

/// A pass of planning that trades a little arithmetic for much memory: what the forward pass computed
/// element by element for a kernel, such as a normalised and rectified feature map, is computed again
/// when the backward pass wants it, rather than held until then (Chen et al. 2016, "Training Deep Nets
/// with Sublinear Memory Cost", https://arxiv.org/abs/1604.06174, for element-wise operations alone).
///
/// This is done where what it is computed from is held anyway, as convolutions' results are for the
/// derivatives of batch normalisation: then the copy costs one pass over memory, and the first one's
/// place is free all the time between.
struct Rematerialization {
    private(set) var nodes: [Graph.Node]
    private(set) var inputs: [Int]
    private(set) var outputs: [Int]
    private(set) var epilogues: [Int: Epilogue]
    /// For the second copies: not before this level, where their first reader is.
    private(set) var floors: [Int: Int] = [:]

    /// Smaller tensors are not worth a pass.
    private static let leastBytes = 2 << 20
    /// How many levels must lie between the forward pass's readers and the backward pass's.
    private static let leastGap = 6
    /// The most large tensors that are read to compute one again, and the most operations it takes.
    private static let mostInputs = 3, mostOperations = 40

    /// What is computed twice: who reads the second copy, and at which level the first of them is.
    private struct Copy {
        var readers: [Int]
        var firstLevel: Int
    }

    /// Nothing is computed twice.
    init(plain graph: EpilogueFusion) {
        nodes = graph.nodes
        inputs = graph.inputs
        outputs = graph.outputs
        epilogues = graph.epilogues
    }

    /// What pays is computed twice.
    init(_ graph: EpilogueFusion) {
        nodes = graph.nodes
        inputs = graph.inputs
        outputs = graph.outputs
        epilogues = graph.epilogues
        let analysis = FusionPlanner(
            nodes: nodes, outputs: outputs, merging: true, floors: [:], isGrouping: false)
        let copies = Self.choose(analysis)
        if !copies.isEmpty { insert(copies, analysis) }
    }

    // MARK: What is worth it

    /// Chosen nodes with their second copies.
    private static func choose(_ analysis: FusionPlanner) -> [Int: Copy] {
        let reading = ReadingLevels(analysis)
        var copies: [Int: Copy] = [:]
        for (index, node) in analysis.nodes.enumerated() {
            guard analysis.isElementwise(index), analysis.isStored[index],
                !analysis.outputs.contains(index), node.dtype == .float32,
                node.elementCount * node.dtype.byteCount >= leastBytes,
                let copy = split(analysis.users[index], reading),
                isCheap(index, analysis, copies, reading, until: copy.firstLevel)
            else { continue }
            copies[index] = copy
        }
        return copies
    }

    /// The levels at which nodes are read. What is not stored reads when its own readers are computed.
    private struct ReadingLevels {
        private let analysis: FusionPlanner
        /// For each node, from its first to its last reading.
        private(set) var ofNode: [ClosedRange<Int>?]

        init(_ analysis: FusionPlanner) {
            self.analysis = analysis
            ofNode = [ClosedRange<Int>?](repeating: nil, count: analysis.nodes.count)
            for index in analysis.nodes.indices.reversed() {
                var range: ClosedRange<Int>?
                if analysis.outputs.contains(index) { range = analysis.level[index]...Int.max }
                for user in analysis.users[index] {
                    guard let other = by(user) else { continue }
                    range =
                        min(
                            range?.lowerBound ?? .max, other.lowerBound)...max(
                            range?.upperBound ?? 0, other.upperBound)
                }
                ofNode[index] = range
            }
        }

        /// When this node reads its operands.
        func by(_ user: Int) -> ClosedRange<Int>? {
            if case .reshape = analysis.nodes[user].op { return ofNode[user] }
            if analysis.isElementwise(user) && !analysis.isStored[user] { return ofNode[user] }
            return analysis.level[user]...analysis.level[user]
        }
    }

    /// Readers in two parts with the widest gap between them; nil if that is narrow.
    private static func split(_ users: [Int], _ reading: ReadingLevels) -> Copy? {
        let readers = users.compactMap { user in reading.by(user).map { (user: user, range: $0) } }
        guard readers.count == users.count else { return nil }
        let sorted = readers.sorted { $0.range.lowerBound < $1.range.lowerBound }
        guard var last = sorted.first?.range.upperBound else { return nil }
        var (widest, place) = (0, 0)
        for (index, reader) in sorted.enumerated().dropFirst() {
            // An output is read for ever.
            if last == .max { break }
            if reader.range.lowerBound - last > widest {
                (widest, place) = (reader.range.lowerBound - last, index)
            }
            last = max(last, reader.range.upperBound)
        }
        guard widest >= leastGap else { return nil }
        return Copy(
            readers: sorted[place...].map(\.user), firstLevel: sorted[place].range.lowerBound)
    }

    /// Whether the node can be computed again at a level from little, all of which is there.
    private static func isCheap(
        _ root: Int, _ analysis: FusionPlanner, _ copies: [Int: Copy],
        _ reading: ReadingLevels, until level: Int
    ) -> Bool {
        let large = analysis.nodes[root].elementCount / 8
        var (operations, inputs) = (0, 0)
        var seen: Set<Int> = [root]
        var stack = [root]
        while let index = stack.popLast() {
            if index == root || isRecomputed(index, analysis, copies) {
                operations += 1
                guard operations <= mostOperations else { return false }
                if case .broadcast = analysis.nodes[index].op {
                    // What is repeated was complete before, and is small.
                    guard analysis.nodes[analysis.nodes[index].operands[0]].elementCount <= large
                    else { return false }
                    continue
                }
                for operand in analysis.nodes[index].operands
                where seen.insert(operand).inserted {
                    stack.append(operand)
                }
                continue
            }
            let source = analysis.storage(index)
            guard analysis.nodes[source].elementCount > large else { continue }
            inputs += 1
            guard inputs <= mostInputs else { return false }
            if case .input = analysis.nodes[source].op { continue }
            // It is held until then by somebody who reads it, and is not made anew itself.
            guard copies[source] == nil, reading.ofNode[source]?.upperBound ?? 0 >= level else {
                return false
            }
        }
        return true
    }

    /// Whether a second copy of something computes this node itself rather than reading it.
    private static func isRecomputed(
        _ index: Int, _ analysis: FusionPlanner, _ copies: [Int: Copy]
    ) -> Bool {
        analysis.isElementwise(index) && (!analysis.isStored[index] || copies[index] != nil)
    }

    // MARK: Second copies

    /// Puts each second copy, with all that it computes, before its first reader.
    private mutating func insert(_ copies: [Int: Copy], _ analysis: FusionPlanner) {
        var before: [Int: [Int]] = [:]
        for (node, copy) in copies {
            if let first = copy.readers.min() { before[first, default: []].append(node) }
        }
        let old = nodes
        var place = [Int](repeating: -1, count: old.count)
        var second: [Int: Int] = [:]
        var secondReaders: [Int: Set<Int>] = [:]
        for (node, copy) in copies {
            for reader in copy.readers { secondReaders[reader, default: []].insert(node) }
        }
        var moved: [Int: Epilogue] = [:]
        nodes = []
        for (index, node) in old.enumerated() {
            for chosen in (before[index] ?? []).sorted() {
                let made = append(chosen, old, place, analysis, copies)
                second[chosen] = made
                floors[made] = max((copies[chosen]?.firstLevel ?? 0) - 1, 0)
            }
            place[index] = nodes.count
            if let epilogue = epilogues[index] { moved[nodes.count] = epilogue }
            let turned = secondReaders[index] ?? []
            var own = node
            own.operands = node.operands.map { operand in
                turned.contains(operand) ? second[operand] ?? place[operand] : place[operand]
            }
            nodes.append(own)
        }
        epilogues = moved
        inputs = inputs.map { place[$0] }
        outputs = outputs.map { place[$0] }
    }

    /// Appends a copy of a node and of all that has to be computed for it. Answers its place.
    private mutating func append(
        _ root: Int, _ old: [Graph.Node], _ place: [Int], _ analysis: FusionPlanner,
        _ copies: [Int: Copy]
    ) -> Int {
        var made: [Int: Int] = [:]
        func operands(_ index: Int) -> [Int] {
            if case .broadcast = old[index].op { return [] }
            return old[index].operands.filter {
                Self.isRecomputed($0, analysis, copies)
            }
        }
        var stack = [root]
        while let index = stack.last {
            let missing = operands(index).filter { made[$0] == nil }
            if !missing.isEmpty {
                stack += missing
                continue
            }
            stack.removeLast()
            if made[index] != nil { continue }
            var node = old[index]
            node.operands = node.operands.map { made[$0] ?? place[$0] }
            made[index] = nodes.count
            nodes.append(node)
        }
        return made[root] ?? place[root]
    }
}
