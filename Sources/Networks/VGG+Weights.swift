import TensorCore

extension VGG {
    /// The layers up to an activation with the weights of a table under torchvision's names
    /// (`features.0.weight`, ...); the depth, where it is not given, is the table's.
    ///
    /// - Parameters:
    ///   - table: The weights, `[O, C, 3, 3]` each.
    ///   - last: The last activation that will be asked for.
    ///   - pooling: What stands between blocks.
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(
        _ table: WeightTable, through last: Activation = .relu(5, 1), pooling: Pooling = .maximum
    ) throws(WeightError) {
        // Of torchvision's two sequences, the third block's fourth convolution is only in VGG-19.
        let isDeeper = table.shape(of: "features.16.weight") != nil
        let width = table.shape(of: "features.0.weight")?.first ?? 64
        self.init(
            depth: isDeeper ? .nineteen : .sixteen, width: max(width, 1), through: last,
            pooling: pooling, key: RandomKey(seed: 0))
        let needs = namedTensors().map { name, tensor in
            let shape = tensor.shape
            return (
                name: name,
                shape: shape.count == 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
            )
        }
        try table.check("VGG-\(depth.rawValue) through \(last)", needs: needs)
        mapTensors { name, tensor in
            tensor.rank == 4 ? table.convolutionWeight(name) : table[name]
        }
        evaluate(parameters)
    }
}
