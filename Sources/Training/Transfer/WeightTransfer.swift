public import TensorCore

/// What came of copying tensors into a module by their names, as when training begins from a checkpoint
/// of another data set or size. Nothing is resized: what has another shape keeps its beginning.
public struct WeightTransfer: Sendable, Hashable {
    /// A tensor of which there is one of that name, but of another shape or type.
    public struct Mismatch: Sendable, Hashable {
        /// The name in the module.
        public var name: String
        /// What was offered, such as `float32 [64, 4, 4, 3]`.
        public var offered: String
        /// What the module has.
        public var expected: String
    }

    /// The tensors that were copied, in the module's order.
    public private(set) var matched: [String] = []
    /// Those that were not, because of their shape or type.
    public private(set) var otherShape: [Mismatch] = []
    /// Those of the module that were not offered.
    public private(set) var missing: [String] = []
    /// Those offered that the module has not, in their order.
    public private(set) var leftOver: [String] = []

    /// Copies tensors into a module.
    ///
    /// - Parameters:
    ///   - tensors: What is offered, under the names that the module uses. Of equal names the first
    ///     counts.
    ///   - module: What gets them; all that is not matched stays.
    public init<M: Module>(
        copying tensors: [(name: String, tensor: Tensor)], into module: inout M
    ) {
        let offered = Dictionary(
            tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        var known: Set<String> = []
        var (matched, otherShape, missing): ([String], [Mismatch], [String]) = ([], [], [])
        module.forEachTensor(under: "") { name, tensor, _ in
            known.insert(name)
            guard let found = offered[name] else { return missing.append(name) }
            guard found.shape == tensor.shape, found.dtype == tensor.dtype else {
                otherShape.append(
                    Mismatch(
                        name: name, offered: "\(found.dtype) \(found.shape)",
                        expected: "\(tensor.dtype) \(tensor.shape)"))
                return
            }
            tensor = found
            matched.append(name)
        }
        (self.matched, self.otherShape, self.missing) = (matched, otherShape, missing)
        leftOver = tensors.map(\.name).filter { !known.contains($0) }
    }

    /// Whether every tensor of the module was copied and none is left.
    public var isComplete: Bool { otherShape.isEmpty && missing.isEmpty && leftOver.isEmpty }

    /// What happened, in lines for a person: a count of what matched, and every name of what did not.
    public var summary: String {
        var lines = ["\(matched.count) tensors copied"]
        lines += otherShape.map {
            "another shape: \($0.name) is \($0.offered), needs \($0.expected)"
        }
        lines += missing.map { "missing: \($0)" }
        lines += leftOver.map { "left over: \($0)" }
        return lines.joined(separator: "\n")
    }
}
