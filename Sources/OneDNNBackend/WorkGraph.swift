import TensorCore

/// A kernel's node or a fused pass: what is put in order before steps are made.
enum Work {
    case node(Int)
    case group(Int)
}

/// The kernels and passes of a plan, and who waits for whom.
struct WorkGraph {
    /// A kernel or pass with what it reads and writes.
    struct Item {
        var work: Work
        /// The position in the graph of its first result.
        var priority: Int
        /// The stored nodes that are read, ascending.
        var reads: [Int]
        /// The stored nodes that are written, ascending.
        var writes: [Int]
        /// Those of `reads` that are read whole and in order, and in no other way: a result of the same
        /// size may take their place.
        var wholeReads: [Int] = []
        /// Those of `writes` that have the pass's shape.
        var wholeWrites: [Int] = []
    }

    /// An output of the graph that takes the memory of a donated input.
    struct Takeover {
        var output: Int
        var input: Int
    }

    private(set) var items: [Item] = []
    /// For each item, those that come before it.
    private(set) var before: [Set<Int>]
    /// For each item, those that come after it, ascending.
    private(set) var after: [[Int]]
    /// Results to be computed in the memory of inputs; the order sees to it that they can be.
    private(set) var takeovers: [Takeover] = []
    /// For each stored node, the bytes that it has in the arena: none for inputs and outputs.
    private(set) var arenaBytes: [Int: Int] = [:]

    /// - Parameters:
    ///   - fusion: The passes.
    ///   - donated: The inputs (nodes) that may be written over.
    init(_ fusion: FusionPlanner, donated: [Int]) {
        for (g, group) in fusion.groups.enumerated() {
            let program = FusedProgram(group, planner: fusion)
            let ragged = Set(
                zip(program.inputNodes, program.inputIsWhole).filter { !$0.1 }.map(\.0))
            let reads = Set(program.inputNodes)
            items.append(
                Item(
                    work: .group(g), priority: program.resultNodes.min() ?? 0,
                    reads: reads.sorted(), writes: program.resultNodes.sorted(),
                    wholeReads: reads.subtracting(ragged).sorted(),
                    wholeWrites: group.stored.sorted()))
        }
        for (index, node) in fusion.nodes.enumerated() where !fusion.isElementwise(index) {
            switch node.op {
            case .input, .reshape, .reduce: continue
            default: break
            }
            items.append(
                Item(
                    work: .node(index), priority: index,
                    reads: Set(node.operands.map(fusion.storage)).sorted(), writes: [index]))
        }
        before = [Set<Int>](repeating: [], count: items.count)
        after = [[Int]](repeating: [], count: items.count)
        var maker: [Int: Int] = [:]
        for (index, item) in items.enumerated() {
            for node in item.writes { maker[node] = index }
        }
        for (index, item) in items.enumerated() {
            before[index] = Set(item.reads.compactMap { maker[$0] })
            for other in before[index].sorted() { after[other].append(index) }
        }
        let outputs = Set(fusion.outputs.map(fusion.storage))
        for item in items {
            for node in item.writes where !outputs.contains(node) {
                arenaBytes[node] =
                    fusion.nodes[node].elementCount * fusion.nodes[node].dtype.byteCount
            }
        }
        takeOver(donated.filter { !outputs.contains($0) }, outputs, fusion)
    }

    // MARK: Donated inputs

    /// Pairs outputs with donated inputs of the same pass and size. Whoever else reads such an input is
    /// made to come before the pass, where that is possible.
    private mutating func takeOver(
        _ donated: [Int], _ outputs: Set<Int>, _ fusion: FusionPlanner
    ) {
        func byteCount(_ node: Int) -> Int {
            fusion.nodes[node].elementCount * fusion.nodes[node].dtype.byteCount
        }
        var readers: [Int: [Int]] = [:]
        for (index, item) in items.enumerated() {
            for node in item.reads { readers[node, default: []].append(index) }
        }
        var taken: Set<Int> = []
        // What is read last is paired first.
        for index in items.indices.sorted(by: { items[$0].priority > items[$1].priority }) {
            let olds = items[index].wholeReads.filter(Set(donated).contains)
            if olds.isEmpty { continue }
            for output in items[index].wholeWrites where outputs.contains(output) {
                for old in olds where !taken.contains(old) && byteCount(old) == byteCount(output) {
                    let others = (readers[old] ?? []).filter { $0 != index }
                    guard put(others, before: index) else { continue }
                    taken.insert(old)
                    takeovers.append(Takeover(output: output, input: old))
                    break
                }
            }
        }
    }

    /// Makes some items come before another; false, and nothing is done, if one of them needs it.
    private mutating func put(_ others: [Int], before index: Int) -> Bool {
        let waiting = others.filter { !before[index].contains($0) }
        if waiting.isEmpty { return true }
        var seen: Set<Int> = [index]
        var stack = [index]
        while let next = stack.popLast() {
            for user in after[next] where seen.insert(user).inserted { stack.append(user) }
        }
        guard seen.isDisjoint(with: waiting) else { return false }
        for other in waiting {
            before[index].insert(other)
            after[other].append(index)
        }
        return true
    }
}
