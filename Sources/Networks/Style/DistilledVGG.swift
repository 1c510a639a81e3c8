public import TensorCore

// Wang, Li, Hu, Yang and Hsu 2020, "Collaborative Distillation for Ultra-Resolution Universal Style
// Transfer", https://arxiv.org/abs/2003.08436: VGG-19's beginning with a quarter of its channels, and
// decoders that turn its features into pictures again, for the whitening and colouring transform of Li
// et al. 2017.
//
// Tensors carry the authors' names: `conv0` turns RGB into what VGG expects, `conv31` is conv3_1;
// `conv31_aux`, where it is there, is left alone. A `model.` before every name is taken as well.

/// The beginning of VGG-19 with fewer channels, up to the first activation of its last block.
public struct DistilledVGGEncoder: Sendable {
    /// The last block, 1 to 4: the encoder ends at `relu<level>_1`.
    public let level: Int
    /// The names of the activations, first to last.
    public let activationNames: [String]
    private let colours: FixedConvolution
    private let layers: [(place: VGGPlace, layer: FixedConvolution)]

    /// An encoder with the weights of a table; how deep and how wide it is, the table says.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(_ table: WeightTable) throws(WeightError) {
        let prefix = table.shape(of: "model.conv0.weight") == nil ? "" : "model."
        level =
            (1...4).last { table.shape(of: "\(prefix)conv\($0)1.weight") != nil } ?? 1
        let places = VGGPlace.through(level)
        var needs = [(prefix + "conv0.weight", [3, 3, 1, 1]), (prefix + "conv0.bias", [3])]
        var channels = 3
        for place in places {
            let name = prefix + place.layer
            let outputs = table.shape(of: name + ".weight")?.first ?? 0
            needs += [(name + ".weight", [outputs, channels, 3, 3]), (name + ".bias", [outputs])]
            channels = outputs
        }
        try table.check("the beginning of a distilled VGG-19", needs: needs)
        colours = FixedConvolution(table, prefix + "conv0")
        layers = places.map { ($0, FixedConvolution(table, prefix + $0.layer)) }
        activationNames = places.map(\.activation)
        evaluate([colours.weight] + layers.map(\.layer.weight))
    }

    /// Channels of the last activation.
    public var featureCount: Int { layers[layers.count - 1].layer.weight.shape[0] }

    /// How many pixels along each axis a cell of the last activation stands for.
    public var featureStride: Int { 1 << (level - 1) }

    /// The last activation, `[N, H / stride, W / stride, C]`, of pictures `[N, H, W, 3]`, RGB, 0 ... 1,
    /// with sides of at least twice the stride.
    public func callAsFunction(_ pictures: Tensor) -> Tensor {
        activations(of: pictures, at: Array(activationNames.suffix(1)))[0]
    }

    /// The activations asked for, `[N, H', W', C]` each, in the order asked for.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, 3]`, RGB, 0 ... 1.
    ///   - names: Of ``activationNames``.
    public func activations(of pictures: Tensor, at names: [String]) -> [Tensor] {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == 3
                && min(pictures.shape[1], pictures.shape[2]) >= 2 * featureStride,
            "[DistilledVGGEncoder] expected pictures [N, H, W, 3] with sides of \(2 * featureStride) "
                + "or more, got \(pictures.shape)")
        var found: [String: Tensor] = [:]
        var x = colours(pictures)
        for (place, layer) in layers {
            if place.number == 1 && place.block > 1 {
                x = maxPool2d(x, Pool2dParameters(kernel: 2))
            }
            x = layer(x).relu()
            found[place.activation] = x
        }
        return names.map { name in
            guard let tensor = found[name] else {
                preconditionFailure(
                    "[DistilledVGGEncoder] expected one of \(activationNames), got \(name)")
            }
            return tensor
        }
    }
}

/// What turns the last activation of a ``DistilledVGGEncoder`` into a picture again: its layers in
/// reverse, with nearest upsampling for pooling.
public struct DistilledVGGDecoder: Sendable {
    /// The block whose first activation it takes.
    public let level: Int
    private let layers: [(place: VGGPlace, layer: FixedConvolution)]

    /// A decoder with the weights of a table.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(_ table: WeightTable) throws(WeightError) {
        let prefix = table.shape(of: "model.conv11.weight") == nil ? "" : "model."
        level =
            (1...4).last { table.shape(of: "\(prefix)conv\($0)1.weight") != nil } ?? 1
        let places = Array(VGGPlace.through(level).reversed())
        var needs: [(name: String, shape: [Int])] = []
        var channels = table.shape(of: prefix + places[0].layer + ".weight")?.dropFirst().first ?? 0
        for place in places {
            let name = prefix + place.layer
            let outputs =
                place.layer == "conv11" ? 3 : table.shape(of: name + ".weight")?.first ?? 0
            needs += [(name + ".weight", [outputs, channels, 3, 3]), (name + ".bias", [outputs])]
            channels = outputs
        }
        try table.check("the decoder of a distilled VGG-19", needs: needs)
        layers = places.map { ($0, FixedConvolution(table, prefix + $0.layer)) }
        evaluate(layers.map(\.layer.weight))
    }

    /// Channels of the features it takes.
    public var featureCount: Int { layers[0].layer.weight.shape[3] }

    /// Pictures `[N, H, W, 3]`, RGB, 0 or more and about 1 at most, of features
    /// `[N, H / stride, W / stride, C]`.
    public func callAsFunction(_ features: Tensor) -> Tensor {
        precondition(
            features.rank == 4 && features.shape[3] == featureCount
                && min(features.shape[1], features.shape[2]) >= 2,
            "[DistilledVGGDecoder] expected features [N, H, W, \(featureCount)] with sides of 2 or "
                + "more, got \(features.shape)")
        return layers.reduce(features) { x, step in
            let y = step.layer(x).relu()
            guard step.place.number == 1 && step.place.block > 1 else { return y }
            return resized2d(y, .nearest, height: 2 * y.shape[1], width: 2 * y.shape[2])
        }
    }
}
