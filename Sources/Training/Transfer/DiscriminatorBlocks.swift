public import TensorCore

/// The blocks of a network, in the order of its tensors: for a discriminator, from the picture up.
///
/// For FreezeD: Mo, Cho and Shin 2020, "Freeze the Discriminator: a Simple Baseline for Fine-Tuning GANs",
/// https://arxiv.org/abs/2002.10964. When a trained discriminator learns another data set, its lowest
/// blocks, which know edges and textures, stay as they are.
public struct DiscriminatorBlocks: Sendable, Hashable {
    /// One block.
    public struct Block: Sendable, Hashable {
        /// What all its tensors' names begin with, such as `blocks.0.`; a normalisation counts with
        /// the layer before it, and then there are several.
        public var prefixes: [String]
        /// Its tensors, buffers included.
        public var names: [String]
    }

    /// The blocks, the lowest first.
    public let blocks: [Block]

    /// The blocks of a network.
    ///
    /// A block is what shares a name up to its first number (`blocks.0.`, `main.2.`), or, where there is
    /// none, its first part (`stem.`). One without any weight of two axes or more (a normalisation
    /// beside its convolution) belongs to the block before it.
    public init(of network: some Module) {
        var found: [(prefix: String, names: [String], hasWeight: Bool)] = []
        for (name, tensor) in network.namedTensors() {
            let prefix = Self.prefix(of: name)
            if found.last?.prefix != prefix { found.append((prefix, [], false)) }
            found[found.count - 1].names.append(name)
            if tensor.rank >= 2 { found[found.count - 1].hasWeight = true }
        }
        var blocks: [Block] = []
        for (prefix, names, hasWeight) in found {
            if hasWeight || blocks.isEmpty {
                blocks.append(Block(prefixes: [prefix], names: names))
            } else {
                blocks[blocks.count - 1].prefixes.append(prefix)
                blocks[blocks.count - 1].names += names
            }
        }
        self.blocks = blocks
    }

    /// The names of all tensors, buffers included, of the lowest blocks: those that stay frozen.
    ///
    /// - Parameter count: How many blocks; 0 for none, and at most one less than there are.
    public func frozenNames(lowest count: Int) -> Set<String> {
        if let problem = problem(freezing: count) {
            preconditionFailure("[DiscriminatorBlocks] \(problem)")
        }
        return Set(blocks.prefix(count).flatMap(\.names))
    }

    /// Why so many blocks cannot be frozen, in words; nil if they can.
    public func problem(freezing count: Int) -> String? {
        (0..<max(1, blocks.count)).contains(count)
            ? nil
            : "expected 0 to \(max(0, blocks.count - 1)) frozen blocks of \(blocks.count), got \(count)"
    }

    /// Puts frozen tensors back to what they were: after an optimizer's update, or after running
    /// statistics moved.
    public static func hold<M: Module>(
        _ frozen: Set<String>, of module: inout M, as before: M
    ) {
        guard !frozen.isEmpty else { return }
        let old = Dictionary(
            before.namedTensors().filter { frozen.contains($0.name) }.map { ($0.name, $0.tensor) },
            uniquingKeysWith: { first, _ in first })
        module.mapTensors { name, tensor in old[name] ?? tensor }
    }

    /// The name up to its first part that is a number, or its first part, with the dot.
    private static func prefix(of name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let number = parts.firstIndex { part in !part.isEmpty && part.allSatisfy(\.isNumber) }
        let count = number.map { $0 + 1 } ?? 1
        return parts.prefix(count).joined(separator: ".") + (count < parts.count ? "." : "")
    }
}
