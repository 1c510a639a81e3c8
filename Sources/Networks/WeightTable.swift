public import TensorCore

/// The weights of a network that others trained, by name, in the layout of their file.
///
/// Networks know no files: whoever reads one hands its tensors over in such a table.
public struct WeightTable: Sendable {
    /// Where the weights are from, for messages: a path.
    public let origin: String
    let tensorsByName: [String: Tensor]

    /// A table of given tensors.
    public init(origin: String, tensors: [String: Tensor]) {
        self.origin = origin
        tensorsByName = tensors
    }

    /// What is there, sorted.
    public var names: [String] { tensorsByName.keys.sorted() }

    /// Checks that everything a network needs is there, before anything is computed.
    ///
    /// - Parameters:
    ///   - network: The network's name, for the message.
    ///   - shapes: The name and shape of each tensor. Others may be there as well.
    /// - Throws: `WeightError` that lists what is missing and what has another shape or type.
    public func check(_ network: String, needs shapes: [(name: String, shape: [Int])])
        throws(WeightError)
    {
        var error = WeightError(origin: origin, network: network)
        for (name, shape) in shapes {
            guard let tensor = tensorsByName[name] else {
                error.missing.append(name)
                continue
            }
            if tensor.shape != shape || tensor.dtype != .float32 {
                error.unfit.append(
                    "\(name) is \(tensor.dtype) \(tensor.shape), expected float32 \(shape)")
            }
        }
        if !error.missing.isEmpty || !error.unfit.isEmpty { throw error }
    }

    /// A tensor that ``check(_:needs:)`` found.
    subscript(name: String) -> Tensor {
        guard let tensor = tensorsByName[name] else {
            preconditionFailure("[WeightTable] expected \(name) to have been checked")
        }
        return tensor
    }

    /// A tensor that ``check(_:needs:)`` found.
    public func tensor(named name: String) -> Tensor { self[name] }

    /// The shape of a tensor; nil where it is not there.
    func shape(of name: String) -> [Int]? { tensorsByName[name]?.shape }

    /// The weight of a convolution, from `[O, C, KH, KW]` to `[O, KH, KW, C]`.
    func convolutionWeight(_ name: String) -> Tensor { self[name].transposed([0, 2, 3, 1]) }
}

/// Why weights do not fit a network.
public struct WeightError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where the weights are from.
    public var origin: String
    /// The network.
    public var network: String
    /// The names that are not there, in the network's order.
    public var missing: [String] = []
    /// What is there with another shape or type, in words.
    public var unfit: [String] = []

    /// Weights from somewhere that do not fit a network.
    public init(
        origin: String, network: String, missing: [String] = [], unfit: [String] = []
    ) {
        self.origin = origin
        self.network = network
        self.missing = missing
        self.unfit = unfit
    }

    /// One line: what is wrong, with all that is missing up to a dozen names, and what to do.
    public var description: String {
        func list(_ items: [String]) -> String {
            let rest = items.count > 12 ? " and \(items.count - 12) more" : ""
            return items.prefix(12).joined(separator: ", ") + rest
        }
        var parts: [String] = []
        if !missing.isEmpty {
            parts.append("\(missing.count) tensors are missing: \(list(missing))")
        }
        if !unfit.isEmpty { parts.append(list(unfit)) }
        return
            "\(origin) does not fit \(network): \(parts.joined(separator: "; ")); give a file with "
            + "this network's weights under these names"
    }
}
