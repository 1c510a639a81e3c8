import TensorCore

/// How graphs are planned; the same options give the same plans and the same bits.
struct PlannerOptions {
    var threads: Int
    /// Whether element-wise nodes are computed in common passes; off for comparison in tests.
    var fusion: Bool
}

/// Turns a graph into a list of steps over storages.
struct Planner {
    private(set) var steps: [any Step] = []
    private(set) var storages: [Storage] = []
    /// For each input of the graph, its storage.
    private(set) var inputStorages: [StorageID] = []
    /// For each output of the graph, its storage.
    private(set) var outputStorages: [StorageID] = []
    /// The sizes of the buffers that an execution makes for outputs.
    private(set) var outputByteCounts: [Int] = []
    private(set) var arenaByteCount = 0
    private(set) var scratchByteCount = 0

    private let options: PlannerOptions
    private let context: OneDNNContext
    private let graph: EpilogueFusion
    private let fusion: FusionPlanner
    private var storageOfNode: [Int: StorageID] = [:]
    private var packedWeights: [PackedKey: StorageID] = [:]

    private struct PackedKey: Hashable {
        var weight: StorageID
        var layout: String
    }

    /// A kernel's node, or a fused pass: what is put in order before steps are made.
    private enum Work {
        case node(Int)
        case group(Int)
    }

    init(_ source: Graph, context: OneDNNContext, options: PlannerOptions) {
        self.options = options
        self.context = context
        graph = EpilogueFusion(GraphSimplifier(source), absorbing: options.fusion)
        var fusion = FusionPlanner(
            nodes: graph.nodes, outputs: graph.outputs, merging: options.fusion)
        var order = Self.order(graph.nodes, fusion)
        if order == nil {
            // Merging made two passes wait for each other: take the plain plan.
            fusion = FusionPlanner(nodes: graph.nodes, outputs: graph.outputs, merging: false)
            order = Self.order(graph.nodes, fusion)
        }
        guard let order else { preconditionFailure("[evaluate] the graph has a cycle") }
        self.fusion = fusion
        makeStorages()
        for work in order {
            switch work {
            case .node(let index): addKernel(index)
            case .group(let index): addGroup(fusion.groups[index])
            }
        }
        findLifetimes()
        arenaByteCount = ArenaPlanner.place(&storages)
        scratchByteCount = steps.map(\.scratchByteCount).max() ?? 0
    }

    // MARK: Order

    /// Kernels and passes so that operands come first, otherwise as the graph has them. Nil if that
    /// is impossible.
    private static func order(_ nodes: [Graph.Node], _ fusion: FusionPlanner) -> [Work]? {
        var works: [(work: Work, priority: Int, reads: Set<Int>)] = []
        var maker: [Int: Int] = [:]
        for (g, group) in fusion.groups.enumerated() {
            let program = FusedProgram(group, planner: fusion)
            for node in program.resultNodes { maker[node] = works.count }
            works.append((.group(g), program.resultNodes.min() ?? 0, Set(program.inputNodes)))
        }
        for (index, node) in nodes.enumerated() where !fusion.isElementwise(index) {
            switch node.op {
            case .input, .reshape, .reduce: continue
            default: break
            }
            maker[index] = works.count
            works.append((.node(index), index, Set(node.operands.map(fusion.storage))))
        }
        var waitsFor = works.map { work in Set(work.reads.compactMap { maker[$0] }) }
        var users = [[Int]](repeating: [], count: works.count)
        for (index, before) in waitsFor.enumerated() {
            for other in before { users[other].append(index) }
        }
        var ready = Heap(works.indices.filter { waitsFor[$0].isEmpty }) { works[$0].priority }
        var result: [Work] = []
        while let next = ready.pop() {
            result.append(works[next].work)
            for user in users[next] {
                waitsFor[user].remove(next)
                if waitsFor[user].isEmpty { ready.push(user) }
            }
        }
        return result.count == works.count ? result : nil
    }

    // MARK: Storages

    private mutating func makeStorages() {
        for (place, node) in graph.inputs.enumerated() {
            let storage = addStorage(byteCount(node), .input(place))
            storageOfNode[node] = storage
            inputStorages.append(storage)
        }
        for output in graph.outputs {
            let node = fusion.storage(output)
            if storageOfNode[node] == nil {
                storageOfNode[node] = addStorage(byteCount(node), .output(outputByteCounts.count))
                outputByteCounts.append(byteCount(node))
            }
            outputStorages.append(storage(of: node))
        }
        for index in graph.nodes.indices where fusion.isStored[index] && storageOfNode[index] == nil
        {
            storageOfNode[index] = addStorage(byteCount(index), .arena)
        }
    }

    private func byteCount(_ node: Int) -> Int {
        graph.nodes[node].elementCount * graph.nodes[node].dtype.byteCount
    }

    private mutating func addStorage(_ byteCount: Int, _ source: StorageSource) -> StorageID {
        storages.append(Storage(byteCount: byteCount, source: source))
        return StorageID(index: storages.count - 1)
    }

    private func storage(of node: Int) -> StorageID {
        guard let found = storageOfNode[fusion.storage(node)] else {
            preconditionFailure("[evaluate] node \(node) (\(graph.nodes[node].op)) was not stored")
        }
        return found
    }

    // MARK: Steps

    private mutating func addGroup(_ group: FusionGroup) {
        let program = FusedProgram(group, planner: fusion)
        let reads = program.inputNodes.map { storage(of: $0) }
        let writes = program.resultNodes.map { storage(of: $0) }
        let label =
            "fused \(group.shape): \(group.stored.count) stored, \(group.reductions.count) reduced"
        let step = FusedStep(
            program: program.make(), reads: reads, writes: writes, threads: options.threads,
            label: label)
        steps.append(step)
        passes[steps.count - 1] = (program.inputIsWhole, group.stored.count)
    }

    /// For the steps that are fused passes: which inputs are read whole, and how many of the results
    /// have the pass's shape.
    private var passes: [Int: (inputIsWhole: [Bool], storedCount: Int)] = [:]

    private mutating func addKernel(_ index: Int) {
        let node = graph.nodes[index]
        let site = KernelSite(
            node: node, operands: node.operands.map { graph.nodes[$0] },
            reads: node.operands.map { storage(of: $0) }, write: storage(of: index),
            epilogue: graph.epilogues[index] ?? Epilogue(), threads: options.threads)
        switch node.op {
        case .matmul:
            steps.append(site.matmulStep(context))
        case .conv2d, .conv2dInputGradient:
            let primitive = site.convolutionPrimitive(context)
            let weights = packedWeights(primitive, plain: site.reads[1])
            steps.append(site.convolutionStep(primitive, weights: weights))
        case .conv2dWeightGradient:
            let primitive = site.convolutionPrimitive(context)
            let packed =
                primitive.packingIsIdentity
                ? nil : addStorage(primitive.packedWeightByteCount, .arena)
            steps += site.weightGradientSteps(primitive, packed: packed)
        case .transpose, .slice, .reverse, .concatenate, .pad, .gather, .scatterAdd, .argMax:
            steps.append(site.movementStep())
        default:
            steps.append(site.samplingStep())
        }
    }

    /// Weights in the layout of a primitive; packed once for all that want the same.
    private mutating func packedWeights(_ primitive: ConvolutionPrimitive, plain: StorageID)
        -> StorageID
    {
        if primitive.packingIsIdentity { return plain }
        let key = PackedKey(weight: plain, layout: primitive.packingKey)
        if let found = packedWeights[key] { return found }
        let packed = addStorage(primitive.packedWeightByteCount, .arena)
        packedWeights[key] = packed
        steps.append(KernelSite.packStep(primitive, from: plain, to: packed))
        return packed
    }

    // MARK: Lifetimes

    private mutating func findLifetimes() {
        for (time, step) in steps.enumerated() {
            for storage in step.reads + step.writes {
                storages[storage.index].firstStep = min(storages[storage.index].firstStep, time)
                storages[storage.index].lastStep = max(storages[storage.index].lastStep, time)
            }
        }
        for (time, pass) in passes { takeOver(time, pass.inputIsWhole, pass.storedCount) }
    }

    /// Lets results of a pass take the memory of inputs that nobody reads afterwards.
    private mutating func takeOver(_ time: Int, _ inputIsWhole: [Bool], _ storedCount: Int) {
        let step = steps[time]
        var free: Set<StorageID> = []
        for (storage, isWhole) in zip(step.reads, inputIsWhole) {
            guard isWhole, case .arena = storages[storage.index].source,
                storages[storage.index].lastStep == time
            else { continue }
            free.insert(storage)
        }
        for (storage, isWhole) in zip(step.reads, inputIsWhole) where !isWhole {
            free.remove(storage)
        }
        for result in step.writes.prefix(storedCount) {
            guard case .arena = storages[result.index].source else { continue }
            let match = step.reads.first {
                free.contains($0)
                    && storages[$0.index].byteCount == storages[result.index].byteCount
            }
            guard let match else { continue }
            free.remove(match)
            storages[result.index].takesOver = match
        }
    }
}

/// A queue that gives the element with the lowest priority number first.
private struct Heap {
    private var elements: [Int]
    private let priority: (Int) -> Int

    init(_ elements: [Int], priority: @escaping (Int) -> Int) {
        self.elements = []
        self.priority = priority
        for element in elements { push(element) }
    }

    mutating func push(_ element: Int) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0, priority(elements[child]) < priority(elements[(child - 1) / 2]) {
            elements.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> Int? {
        guard let first = elements.first else { return nil }
        elements[0] = elements[elements.count - 1]
        elements.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < elements.count }
            guard let least = children.min(by: { priority(elements[$0]) < priority(elements[$1]) }),
                priority(elements[least]) < priority(elements[parent])
            else { return first }
            elements.swapAt(least, parent)
            parent = least
        }
    }
}
