import TensorCore

/// One pass over memory: element-wise nodes of one shape, computed tile by tile, some of them
/// stored, some reduced.
struct FusionGroup {
    /// The iteration space.
    var shape: [Int]
    /// The element-wise nodes that are stored.
    var stored: [Int] = []
    /// The reductions of element-wise nodes; all over the same axes.
    var reductions: [Int] = []
}

/// The second pass of planning: which element-wise nodes are computed together, which are stored,
/// and which are computed again where they are needed.
///
/// Every node has a level: one more than its operands' where a whole operand must be there before
/// the node can start (convolutions, reductions, broadcasts of computed values), the same level
/// otherwise. What is on one level never waits for one another, so groups of one shape on one level
/// may be merged freely; they are where they share what they read.
struct FusionPlanner {
    let nodes: [Graph.Node]
    let outputs: Set<Int>
    private let merging: Bool
    private(set) var users: [[Int]]
    private(set) var level: [Int]
    /// Nodes whose values are in memory: inputs, kernels' results, reductions, stored nodes.
    private(set) var isStored: [Bool]
    private(set) var groups: [FusionGroup] = []

    /// A node is computed again rather than stored while that takes no more than this.
    private static let recomputeCost = 8
    /// Shapes up to this size are merged even when they share nothing: a pass has a fixed cost.
    private static let smallShape = 2048

    /// - Parameters:
    ///   - nodes: The graph's nodes.
    ///   - outputs: Those that are wanted.
    ///   - merging: Whether nodes share passes; without, each operation has one of its own.
    ///   - floors: Nodes that stand on a higher level than they need to.
    ///   - isGrouping: Off finds levels and what is stored alone.
    init(
        nodes: [Graph.Node], outputs: [Int], merging: Bool, floors: [Int: Int] = [:],
        isGrouping: Bool = true
    ) {
        self.nodes = nodes
        self.merging = merging
        self.outputs = Set(outputs)
        users = [[Int]](repeating: [], count: nodes.count)
        level = [Int](repeating: 0, count: nodes.count)
        isStored = [Bool](repeating: false, count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for operand in Set(node.operands) { users[operand].append(index) }
        }
        findLevels(floors)
        findStored()
        if !isGrouping { return }
        formGroups()
        if merging { storeShared() }
    }

    /// Whether the node is computed inside fused passes.
    func isElementwise(_ index: Int) -> Bool {
        switch nodes[index].op {
        case .full, .iota, .unary, .binary, .compare, .select, .cast, .broadcast: true
        default: false
        }
    }

    /// The node whose memory holds this node's elements.
    func storage(_ index: Int) -> Int {
        var index = index
        while case .reshape = nodes[index].op { index = nodes[index].operands[0] }
        return index
    }

    private mutating func findLevels(_ floors: [Int: Int]) {
        for (index, node) in nodes.enumerated() {
            let below = max(node.operands.map { level[$0] }.max() ?? 0, floors[index] ?? 0)
            switch node.op {
            case .input: level[index] = 0
            case .broadcast, .reshape:
                let source = storage(node.operands[0])
                level[index] = below + (isElementwise(source) ? 1 : 0)
            default: level[index] = isElementwise(index) ? below : below + 1
            }
        }
    }

    /// Whether a pass reads or makes the node without work.
    private func isView(_ index: Int) -> Bool {
        switch nodes[index].op {
        case .full, .iota, .broadcast: true
        default: false
        }
    }

    private mutating func findStored() {
        for index in nodes.indices {
            if !isElementwise(index) {
                if case .reshape = nodes[index].op { continue }
                isStored[index] = true
                continue
            }
            let needed =
                outputs.contains(index) || (!merging && !isView(index))
                || users[index].contains { user in
                    if case .broadcast = nodes[user].op { return true }
                    if case .reduce = nodes[user].op { return false }
                    return !isElementwise(user)
                }
            if needed { isStored[index] = true }
        }
    }

    // MARK: Groups

    private struct GroupKey: Hashable {
        var shape: [Int]
        var level: Int
    }

    /// A stored element-wise node or a reduction, before merging.
    private struct Seed {
        var node: Int
        var isReduction: Bool
        var root: Int
        var inputs: Set<Int>
        var axes: [Int]
    }

    private mutating func formGroups() {
        var seeds: [GroupKey: [Seed]] = [:]
        var order: [GroupKey] = []
        for index in nodes.indices {
            var seed = Seed(node: index, isReduction: false, root: index, inputs: [], axes: [])
            if case .reduce(_, let axes) = nodes[index].op {
                seed.isReduction = true
                seed.root = nodes[index].operands[0]
                seed.axes = axes
            } else if !isElementwise(index) || !isStored[index] {
                continue
            }
            seed.inputs = largeInputs(of: seed.root)
            let key = GroupKey(
                shape: nodes[seed.root].shape,
                level: seed.isReduction ? level[index] - 1 : level[index])
            if seeds[key] == nil { order.append(key) }
            seeds[key, default: []].append(seed)
        }
        for key in order {
            for cluster in clusters(
                seeds[key] ?? [], isSmall: key.shape.reduce(1, *) <= Self.smallShape)
            {
                var group = FusionGroup(shape: key.shape)
                for seed in cluster {
                    if seed.isReduction {
                        group.reductions.append(seed.node)
                    } else {
                        group.stored.append(seed.node)
                    }
                }
                groups.append(group)
            }
        }
    }

    /// Seeds that read something in common, and reduce over the same axes if they reduce.
    private func clusters(_ seeds: [Seed], isSmall: Bool) -> [[Seed]] {
        if !merging { return seeds.map { [$0] } }
        var result: [(seeds: [Seed], inputs: Set<Int>, axes: [Int]?)] = []
        for seed in seeds {
            let axes: [Int]? = seed.isReduction ? seed.axes : nil
            let match = result.indices.filter {
                (isSmall || !result[$0].inputs.isDisjoint(with: seed.inputs))
                    && (axes == nil || result[$0].axes == nil || result[$0].axes == axes)
            }
            guard let first = match.first else {
                result.append(([seed], seed.inputs.union([seed.root]), axes))
                continue
            }
            result[first].seeds.append(seed)
            result[first].inputs.formUnion(seed.inputs.union([seed.root]))
            result[first].axes = result[first].axes ?? axes
            for other in match.dropFirst().reversed()
            where result[other].axes == nil || result[first].axes == nil
                || result[other].axes == result[first].axes
            {
                result[first].seeds += result[other].seeds
                result[first].inputs.formUnion(result[other].inputs)
                result[first].axes = result[first].axes ?? result[other].axes
                result.remove(at: other)
            }
        }
        return result.map { $0.seeds.sorted { $0.node < $1.node } }
    }

    /// The stored nodes of the root's own size that computing it reads (itself left out).
    private func largeInputs(of root: Int) -> Set<Int> {
        var result: Set<Int> = []
        var seen: Set<Int> = [root]
        var stack = [root]
        while let index = stack.popLast() {
            if index != root && isInMemory(index) {
                result.insert(storage(index))
                continue
            }
            if !isElementwise(index) {
                result.insert(storage(index))
                continue
            }
            if case .broadcast = nodes[index].op { continue }
            for operand in nodes[index].operands where seen.insert(operand).inserted {
                stack.append(operand)
            }
        }
        return result
    }

    /// Whether the node's elements can be read from memory.
    func isInMemory(_ index: Int) -> Bool { isStored[storage(index)] }

    // MARK: Sharing between groups

    /// Nodes that several groups would compute are stored by the first where that is cheaper.
    private mutating func storeShared() {
        var groupsOfNode: [Int: [Int]] = [:]
        for (g, group) in groups.enumerated() {
            for node in virtualNodes(of: group) { groupsOfNode[node, default: []].append(g) }
        }
        // From the results down, so that what a newly stored node alone needs is not stored too.
        for node in groupsOfNode.keys.sorted(by: >) {
            guard let homes = groupsOfNode[node], homes.count > 1, !isStored[node] else { continue }
            if case .full = nodes[node].op { continue }
            if case .broadcast = nodes[node].op { continue }
            // Groups that read a user of this node from memory by now do not need it any more.
            let needing = homes.filter { virtualNodes(of: groups[$0]).contains(node) }
            guard needing.count > 1, isWorthStoring(node) else { continue }
            isStored[node] = true
            if let home = needing.first(where: {
                level[groups[$0].anyNode(nodes)] == level[node]
                    && groups[$0].shape == nodes[node].shape
            }) {
                groups[home].stored.append(node)
            } else {
                groups.append(FusionGroup(shape: nodes[node].shape, stored: [node]))
            }
        }
    }

    /// The nodes that a group computes: what its results need, down to what is in memory.
    private func virtualNodes(of group: FusionGroup) -> Set<Int> {
        let roots = group.stored + group.reductions.map { nodes[$0].operands[0] }
        var result: Set<Int> = []
        var stack = roots
        let own = Set(group.stored)
        while let index = stack.popLast() {
            guard isElementwise(index), own.contains(index) || !isStored[index],
                result.insert(index).inserted
            else { continue }
            if case .broadcast = nodes[index].op { continue }
            stack += nodes[index].operands
        }
        return result
    }

    private func isWorthStoring(_ node: Int) -> Bool {
        if largeInputs(of: node).count > 2 { return true }
        var cost = 0
        var seen: Set<Int> = [node]
        var stack = [node]
        while let index = stack.popLast() {
            guard isElementwise(index), index == node || !isStored[index] else { continue }
            cost += instructionCost(nodes[index].op)
            if cost > Self.recomputeCost { return true }
            if case .broadcast = nodes[index].op { continue }
            for operand in nodes[index].operands where seen.insert(operand).inserted {
                stack.append(operand)
            }
        }
        return false
    }

    private func instructionCost(_ op: Op) -> Int {
        switch op {
        case .full, .iota, .broadcast: 0
        case .unary(let function):
            switch function {
            case .exp, .log, .tanh, .sigmoid, .softplus, .erf, .sin, .cos: 10
            default: 1
            }
        case .binary(.power): 20
        case .binary(.divide): 2
        default: 1
        }
    }
}

extension FusionGroup {
    /// A node whose level is the group's.
    func anyNode(_ nodes: [Graph.Node]) -> Int {
        stored.first ?? nodes[reductions[0]].operands[0]
    }
}
