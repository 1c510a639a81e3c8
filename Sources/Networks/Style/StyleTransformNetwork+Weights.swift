import TensorCore

extension StyleTransformNetwork {
    /// A network with the weights of PyTorch's fast_neural_style example, whose pictures are in
    /// 0 ... 255; how wide it is and how many blocks it has, the table says.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(_ table: WeightTable) throws(WeightError) {
        let width = table.shape(of: "conv1.conv2d.weight")?.first ?? 32
        let blocks = (1...64).prefix { table.shape(of: "res\($0).conv1.conv2d.weight") != nil }
        self.init(
            StyleTransformConfiguration(
                width: max(width, 1), blockCount: blocks.isEmpty ? 5 : blocks.count, edge: .mirror,
                output: .linear),
            key: RandomKey(seed: 0))
        let needs = namedTensors().map { name, tensor in
            let shape = tensor.shape
            return (
                name: name,
                shape: shape.count == 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
            )
        }
        try table.check("a style transform network", needs: needs)
        mapTensors { name, tensor in
            tensor.rank == 4 ? table.convolutionWeight(name) : table[name]
        }
        evaluate(parameters)
    }

    /// A network of given choices with weights under the same names and in the same layout.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(
        _ configuration: StyleTransformConfiguration, _ table: WeightTable
    ) throws(WeightError) {
        self.init(configuration, key: RandomKey(seed: 0))
        try load(table, as: "a style transform network")
    }
}
