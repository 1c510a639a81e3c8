/// What an evaluated node was computed from, after its operands were let go of: enough to notice that a
/// derivative would miss a way through it.
///
/// The inputs of the evaluation that made it and of the evaluations before that, up to eight. That a
/// target was among them does not prove that the value depends on it: it is better to ask for a
/// `stopGradient` too often than to answer half a derivative.
final class Lineage: @unchecked Sendable {
    /// The inputs of one evaluation.
    private final class Generation {
        let inputs: [UInt64]
        let newest: UInt64

        init(_ inputs: [UInt64]) {
            self.inputs = inputs
            newest = inputs.max() ?? 0
        }
    }

    private static let mostGenerations = 8
    /// The latest first.
    private let generations: [Generation]

    /// The lineage of all that is computed from these inputs in one evaluation.
    init(inputs: [Node]) {
        var result = [Generation(inputs.map(\.id))]
        var known: Set<ObjectIdentifier> = []
        var seen: Set<ObjectIdentifier> = []
        var older: [Generation] = []
        for case let lineage? in inputs.map(\.lineage)
        where known.insert(ObjectIdentifier(lineage)).inserted {
            for generation in lineage.generations
            where seen.insert(ObjectIdentifier(generation)).inserted {
                older.append(generation)
            }
        }
        older.sort { $0.newest > $1.newest }
        result += older.prefix(Self.mostGenerations - 1)
        generations = result
    }

    /// Whether one of these nodes, the oldest of which has the number `oldest`, took part.
    func contains(anyOf targets: Set<UInt64>, oldest: UInt64) -> Bool {
        for generation in generations where generation.newest >= oldest {
            if generation.inputs.contains(where: targets.contains) { return true }
        }
        return false
    }
}
