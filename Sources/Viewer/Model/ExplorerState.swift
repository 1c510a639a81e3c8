/// What the user can change while exploring a network.
package enum ExplorerAction: Sendable, Hashable {
    /// Go to a place on the way between the seeds, 0...1.
    case share(Double)
    /// Go on by a part of the way.
    case moveShare(Double)
    /// Set the truncation, 0...1.
    case truncation(Double)
    /// Change the truncation.
    case moveTruncation(Double)
    /// The seed of A so many on.
    case moveFirst(Int)
    /// The seed of B so many on.
    case moveSecond(Int)
    /// Two seeds that have not been seen.
    case newSeeds
    /// A for B.
    case swap
    /// The class so many on.
    case moveClass(Int)
    /// Take a layer's style from B, or no longer.
    case toggleLayer(Int)
    /// The same for all layers of a group.
    case toggleGroup(ExplorerDescription.Group)
}

/// What the window knows of the network that is explored.
package struct ExplorerState: Sendable {
    /// What the network lets one choose; nil until it is ready.
    package var description: ExplorerDescription?
    /// What the user wants to see.
    package var request = ExplorerRequest()
    /// The pictures that came last.
    package var frame: ViewerModel.Frame?
    /// What those pictures show.
    package var drawn: ExplorerRequest?
    /// What is being made.
    package var asked: ExplorerRequest?
    /// Why there is nothing to explore.
    package var failure: String?
    /// Whether the network is being read.
    package var isOpening = false
    /// Where on the way a drag of the picture began.
    var dragStart: Double?
    /// What could not be made: it is not asked for again.
    var refused: ExplorerRequest?

    /// Nothing asked yet.
    package init() {}

    /// Whether pictures of what is wanted are still to come.
    package var isBehind: Bool { description != nil && drawn != request && refused != request }

    /// The layers of a group.
    package func layers(of group: ExplorerDescription.Group) -> [Int] {
        let layers = description?.layers ?? []
        return layers.indices.filter { layers[$0].group == group }
    }

    /// Does what the user asked for.
    mutating func change(_ action: ExplorerAction) {
        func inside(_ value: Double) -> Double {
            // Whole percents, so that a place can be found again.
            (min(max(value, 0), 1) * 100).rounded() / 100
        }
        switch action {
        case .share(let value): request.share = inside(value)
        case .moveShare(let amount): request.share = inside(request.share + amount)
        case .truncation(let value): request.truncation = inside(value)
        case .moveTruncation(let amount):
            request.truncation = inside(request.truncation + amount)
        case .moveFirst(let amount): request.first = Self.moved(request.first, amount)
        case .moveSecond(let amount): request.second = Self.moved(request.second, amount)
        case .newSeeds:
            let base = max(request.first, request.second)
            (request.first, request.second) = (Self.scattered(base), Self.scattered(base &+ 1))
            if request.second == request.first {
                request.second = Self.moved(request.first, 1)
            }
        case .swap:
            (request.first, request.second) = (request.second, request.first)
            request.share = inside(1 - request.share)
        case .moveClass(let amount):
            let count = description?.classNames.count ?? 0
            if count > 0 { request.label = ((request.label + amount) % count + count) % count }
        case .toggleLayer(let index):
            guard description?.layers.indices.contains(index) == true else { return }
            request.mixedLayers.formSymmetricDifference([index])
        case .toggleGroup(let group):
            let layers = Set(layers(of: group))
            if layers.isSubset(of: request.mixedLayers) {
                request.mixedLayers.subtract(layers)
            } else {
                request.mixedLayers.formUnion(layers)
            }
        }
    }

    /// Takes in a network; what was wanted of another stays as far as this one has it.
    mutating func open(_ network: ExplorerDescription) {
        if description != network { drawn = nil }
        description = network
        (failure, refused) = (nil, nil)
        if !network.classNames.indices.contains(request.label) { request.label = 0 }
        request.mixedLayers.formIntersection(network.layers.indices)
    }

    private static func moved(_ seed: UInt64, _ amount: Int) -> UInt64 {
        amount >= 0 ? seed &+ UInt64(amount) : seed - min(seed, UInt64(amount.magnitude))
    }

    /// A seed below 10,000 that looks like chance: by a step of SplitMix64 (Steele et al. 2014, "Fast
    /// Splittable Pseudorandom Number Generators").
    private static func scattered(_ seed: UInt64) -> UInt64 {
        var bits = seed &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return (bits ^ (bits >> 31)) % 10_000
    }
}
