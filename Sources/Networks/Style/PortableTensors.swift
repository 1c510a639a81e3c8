import Layers
public import TensorCore

extension Module {
    /// The tensors under their names as weight files of this field hold them: those of convolutions
    /// `[O, C, KH, KW]`, which are `[O, KH, KW, C]` in memory.
    ///
    /// For modules all of whose tensors of rank 4 are weights of convolutions. Nothing is computed yet.
    public var portableTensors: [(name: String, tensor: Tensor)] {
        namedTensors().map { name, tensor in
            (name, tensor.rank == 4 ? tensor.transposed([0, 3, 1, 2]) : tensor)
        }
    }

    /// Replaces every tensor by that of its name in a table that holds them as ``portableTensors`` has
    /// them.
    ///
    /// - Parameters:
    ///   - table: The weights.
    ///   - network: What this is, for the message.
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    mutating func load(_ table: WeightTable, as network: String) throws(WeightError) {
        try table.check(
            network,
            needs: namedTensors().map { name, tensor in
                let shape = tensor.shape
                return (
                    name,
                    shape.count == 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
                )
            })
        mapTensors { name, tensor in
            tensor.rank == 4 ? table.convolutionWeight(name) : table[name]
        }
        evaluate(namedTensors().map(\.tensor))
    }
}

extension WeightTable {
    /// Those whose names begin with something, under the rest of their names.
    public func part(_ prefix: String) -> WeightTable {
        WeightTable(
            origin: origin,
            tensors: Dictionary(
                uniqueKeysWithValues: tensorsByName.filter { $0.key.hasPrefix(prefix) }
                    .map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    }

    /// The lengths of a convolution's weight `[O, C, KH, KW]`, where it is there, is of rank 4, and has
    /// no more channels than any network of this field.
    func channels(of name: String) -> (outputs: Int, inputs: Int)? {
        guard let shape = shape(of: name), shape.count == 4,
            (1...4096).contains(shape[0]), (1...4096).contains(shape[1])
        else { return nil }
        return (shape[0], shape[1])
    }
}
