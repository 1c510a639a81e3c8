public import TensorCore

// Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer 2016, "SqueezeNet: AlexNet-level accuracy with 50x
// fewer parameters and < 0.5 MB model size", https://arxiv.org/abs/1602.07360.
//
// Tensors carry the names of the authors' Caffe network: `conv1.weight`, `fire2/squeeze1x1.weight`, ...

/// SqueezeNet 1.0 with given weights, for features and ImageNet's class logits.
public struct SqueezeNet: Sendable {
    /// Features of a picture: channels of the last fire module.
    public static let featureCount = 512
    /// ImageNet's classes.
    public static let classCount = 1000
    /// The side that the weights were made for.
    public static let side = 227
    /// The least side that leaves a pixel at the end.
    public static let smallestSide = 29

    /// Fire modules: inputs, squeezed channels, channels of each of the two expansions.
    private static let fires: [(number: Int, inputs: Int, squeezed: Int, expanded: Int)] = [
        (2, 96, 16, 64), (3, 128, 16, 64), (4, 128, 32, 128), (5, 256, 32, 128),
        (6, 256, 48, 192), (7, 384, 48, 192), (8, 384, 64, 256), (9, 512, 64, 256),
    ]
    /// What is taken from blue, green and red.
    private static let mean: [Float] = [104, 117, 123]

    private struct Convolution: Sendable {
        let weight: Tensor, bias: Tensor
        let parameters: Convolution2dParameters

        func callAsFunction(_ x: Tensor) -> Tensor { (conv2d(x, weight, parameters) + bias).relu() }
    }

    private let convolutions: [String: Convolution]

    /// A network with the weights of a table.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(_ table: WeightTable) throws(WeightError) {
        try table.check("SqueezeNet 1.0", needs: Self.needs)
        var convolutions: [String: Convolution] = [:]
        for (name, shape) in Self.needs where shape.count == 4 {
            let layer = String(name.dropLast(".weight".count))
            convolutions[layer] = Convolution(
                weight: table.convolutionWeight(name), bias: table[layer + ".bias"],
                parameters: Convolution2dParameters(
                    stride: layer == "conv1" ? 2 : 1, padding: shape[2] == 3 ? 1 : 0))
        }
        self.convolutions = convolutions
        evaluate(convolutions.values.map(\.weight))
    }

    /// The name and shape of every tensor that the weights must have.
    public static var needs: [(name: String, shape: [Int])] {
        var list: [(name: String, shape: [Int])] = []
        func add(_ name: String, _ shape: [Int]) {
            list.append((name + ".weight", shape))
            list.append((name + ".bias", [shape[0]]))
        }
        add("conv1", [96, 3, 7, 7])
        for fire in fires {
            add("fire\(fire.number)/squeeze1x1", [fire.squeezed, fire.inputs, 1, 1])
            add("fire\(fire.number)/expand1x1", [fire.expanded, fire.squeezed, 1, 1])
            add("fire\(fire.number)/expand3x3", [fire.expanded, fire.squeezed, 3, 3])
        }
        add("conv10", [classCount, 512, 1, 1])
        return list
    }

    /// Features `[N, 512]` and logits `[N, 1000]` of pictures `[N, H, W, 3]`, RGB, 0 ... 255, with
    /// sides of 29 or more (227 is what the weights expect).
    public func callAsFunction(_ pictures: Tensor) -> (features: Tensor, logits: Tensor) {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == 3
                && min(pictures.shape[1], pictures.shape[2]) >= Self.smallestSide,
            "[SqueezeNet] expected pictures [N, H, W, 3] with sides of \(Self.smallestSide) or more, "
                + "got \(pictures.shape)")
        var x = layer(
            "conv1", pictures.reversed(axes: [3]) - Tensor(Self.mean, shape: [1, 1, 1, 3]))
        x = halved(x)
        for fire in Self.fires {
            let name = "fire\(fire.number)"
            let squeezed = layer(name + "/squeeze1x1", x)
            x = concatenate(
                [
                    layer(name + "/expand1x1", squeezed), layer(name + "/expand3x3", squeezed),
                ], axis: 3)
            if fire.number == 4 || fire.number == 8 { x = halved(x) }
        }
        return (x.mean(axes: [1, 2]), layer("conv10", x).mean(axes: [1, 2]))
    }

    private func layer(_ name: String, _ x: Tensor) -> Tensor {
        guard let convolution = convolutions[name] else {
            preconditionFailure("[SqueezeNet] no layer named \(name)")
        }
        return convolution(x)
    }

    /// The largest of 3x3 in steps of two, where a window may hang over the end (Caffe's ceil mode).
    private func halved(_ x: Tensor) -> Tensor {
        var window = Pool2dParameters(kernel: 3, stride: 2)
        window.paddingBottom = (x.shape[1] - 3) % 2
        window.paddingRight = (x.shape[2] - 3) % 2
        return maxPool2d(x, window)
    }
}
