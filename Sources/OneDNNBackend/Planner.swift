import TensorCore

/// How graphs are planned; the same options give the same plans and the same bits.
struct PlannerOptions {
    var threads: Int
    /// Whether element-wise nodes are computed in common passes; off for comparison in tests.
    var fusion: Bool
    /// Whether what is cheap is computed twice rather than held; off for comparison in tests.
    var rematerializes: Bool
}

/// What is computed in which passes, and in which order.
private struct Design {
    let graph: Rematerialization
    let fusion: FusionPlanner
    let works: WorkGraph
    let order: [Int]
    /// The most bytes of the arena that hold something at one time.
    let peak: Int

    init(_ graph: Rematerialization, _ source: Graph, merging: Bool) {
        self.graph = graph
        let donated = source.donatedInputs.map { graph.inputs[$0] }
        // Where merging makes two passes wait for each other: the plain plan.
        for merging in merging ? [true, false] : [false] {
            let fusion = FusionPlanner(
                nodes: graph.nodes, outputs: graph.outputs, merging: merging,
                floors: graph.floors)
            let works = WorkGraph(fusion, donated: donated)
            let orders = WorkOrder(works)
            guard let order = orders.best() else { continue }
            (self.fusion, self.works, self.order) = (fusion, works, order)
            peak = orders.peak(of: order)
            return
        }
        preconditionFailure("[evaluate] the graph has a cycle")
    }
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
    /// For each of these buffers, the place of the donated input whose memory it takes over.
    var donors: [Int?] {
        var result = [Int?](repeating: nil, count: outputByteCounts.count)
        for storage in storages {
            guard case .output(let place) = storage.source, let donor = storage.takesOver,
                case .input(let input) = storages[donor.index].source
            else { continue }
            result[place] = input
        }
        return result
    }
    private(set) var arenaByteCount = 0
    /// The most of the arena that holds something at one step.
    private(set) var liveByteCount = 0
    /// Weights and weight gradients in the layouts of primitives, all together.
    private(set) var packedByteCount = 0
    private(set) var scratchByteCount = 0

    private let options: PlannerOptions
    private let context: OneDNNContext
    private let graph: Rematerialization
    private let fusion: FusionPlanner
    private var storageOfNode: [Int: StorageID] = [:]
    private var packedWeights: [PackedKey: (storage: StorageID, lastUse: Int)] = [:]

    private struct PackedKey: Hashable {
        var weight: StorageID
        var layout: String
    }

    init(_ source: Graph, context: OneDNNContext, options: PlannerOptions) {
        self.options = options
        self.context = context
        let simplified = EpilogueFusion(GraphSimplifier(source), absorbing: options.fusion)
        var design = Design(Rematerialization(plain: simplified), source, merging: options.fusion)
        if options.rematerializes {
            let again = Rematerialization(simplified)
            if !again.floors.isEmpty {
                let other = Design(again, source, merging: options.fusion)
                // It has its price: not for a little.
                if other.peak < design.peak - design.peak / 16 { design = other }
            }
        }
        graph = design.graph
        fusion = design.fusion
        makeStorages()
        for index in design.order {
            switch design.works.items[index].work {
            case .node(let index): addKernel(index)
            case .group(let index): addGroup(fusion.groups[index])
            }
        }
        findLifetimes()
        takeOver(design.works.takeovers)
        let arena = ArenaPlanner(storages)
        arenaByteCount = arena.place(&storages)
        liveByteCount = arena.lowerBound()
        scratchByteCount = steps.map(\.scratchByteCount).max() ?? 0
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
            var packed: StorageID?
            if !primitive.packingIsIdentity {
                packed = addStorage(primitive.packedWeightByteCount, .arena)
                packedByteCount += primitive.packedWeightByteCount
            }
            steps += site.weightGradientSteps(primitive, packed: packed)
        case .transpose, .slice, .reverse, .concatenate, .pad, .gather, .scatterAdd, .argMax:
            steps.append(site.movementStep())
        default:
            steps.append(site.samplingStep())
        }
    }

    /// Packed weights up to this size are kept for later uses; larger ones only for near ones, since
    /// Winograd's are up to six times the plain ones and packing is cheap beside a product.
    private static let keptPacking = 1 << 20
    /// A use is near that comes within so many steps.
    private static let nearSteps = 8

    /// Weights in the layout of a primitive; packed once for all near uses that want the same.
    private mutating func packedWeights(_ primitive: ConvolutionPrimitive, plain: StorageID)
        -> StorageID
    {
        if primitive.packingIsIdentity { return plain }
        let key = PackedKey(weight: plain, layout: primitive.packingKey)
        if let found = packedWeights[key],
            primitive.packedWeightByteCount <= Self.keptPacking
                || steps.count - found.lastUse <= Self.nearSteps
        {
            packedWeights[key]?.lastUse = steps.count
            return found.storage
        }
        let packed = addStorage(primitive.packedWeightByteCount, .arena)
        packedWeights[key] = (packed, steps.count + 1)
        packedByteCount += primitive.packedWeightByteCount
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

    /// Lets outputs take the memory of donated inputs, as the order allows for.
    private mutating func takeOver(_ takeovers: [WorkGraph.Takeover]) {
        for pair in takeovers {
            let (output, input) = (storage(of: pair.output), storage(of: pair.input))
            guard storages[input.index].lastStep == storages[output.index].firstStep else {
                continue
            }
            storages[output.index].takesOver = input
        }
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
