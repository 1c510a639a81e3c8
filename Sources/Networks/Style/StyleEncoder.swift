import Layers
public import TensorCore

// Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
// https://arxiv.org/abs/1409.1556: the beginning of VGG-19. Thin, as in Wang, Li, Hu, Yang and Hsu
// 2020, "Collaborative Distillation for Ultra-Resolution Universal Style Transfer",
// https://arxiv.org/abs/2003.08436, whose names of tensors it keeps: a file with its tensors is one of
// ``DistilledVGGEncoder``.

/// A perceptual network that can be trained: VGG-19's layout up to conv4_1 with few channels, mirrored
/// edges, ReLU and 2x2 maxima, no normalisation.
public struct StyleEncoder: Module {
    /// The names of the activations that styles are told by, first to last.
    public static let styleActivations = ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]
    /// How many pixels along each axis a cell of the last activation stands for; both sides of pictures
    /// are multiples of it where all activations are to fit each other.
    public static let featureStride = 8
    /// The least side of pictures.
    public static let smallestSide = 16
    /// The channels of each block unless given: a quarter of VGG-19's.
    public static let defaultWidths = [16, 32, 64, 128]

    /// Channels of the blocks, first to last.
    public let widths: [Int]
    /// 1x1, fixed: from 0 ... 1 to numbers that are about as often above zero as below.
    private var colours: Conv2d
    private var layers: [Conv2d]
    private let places = VGGPlace.through(4)

    /// A network to be trained.
    ///
    /// - Parameters:
    ///   - key: What the weights are drawn from (He et al. 2015).
    ///   - widths: Channels of the four blocks.
    public init(key: RandomKey, widths: [Int] = defaultWidths) {
        precondition(
            widths.count == 4 && widths.allSatisfy { (1...4096).contains($0) },
            "[StyleEncoder] expected four widths of 1 to 4096, got \(widths)")
        self.widths = widths
        colours = Conv2d(
            inputChannels: 3, outputChannels: 3, kernelSize: 1, initializer: .constant(0), key: key)
        colours.weight = Tensor([4, 0, 0, 0, 4, 0, 0, 0, 4], shape: [3, 1, 1, 3])
        colours.bias = Tensor([-2, -2, -2])
        var channels = 3
        layers = places.map { place in
            defer { channels = widths[place.block - 1] }
            var layer = Conv2d(
                inputChannels: channels, outputChannels: widths[place.block - 1], kernelSize: 3,
                initializer: .heNormal(), key: key.folded(place.layer))
            layer.bias = .zeros([widths[place.block - 1]])
            return layer
        }
    }

    /// A network with the weights of a table, under the names and in the layout of
    /// ``DistilledVGGEncoder``'s files (a `model.` before every name is taken as well).
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(_ table: WeightTable) throws(WeightError) {
        let table = table.shape(of: "model.conv0.weight") == nil ? table : table.part("model.")
        let widths = (1...4).map { block in
            table.channels(of: "conv\(block)1.weight")?.outputs ?? Self.defaultWidths[block - 1]
        }
        self.init(key: RandomKey(seed: 0), widths: widths)
        try load(table, as: "a perceptual network (VGG-19's layout up to conv4_1)")
    }

    /// The names of all activations, first to last.
    public var activationNames: [String] { places.map(\.activation) }

    /// The activations asked for, `[N, H', W', C]` each, in the order asked for.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, 3]`, RGB, 0 ... 1, sides of 16 or more.
    ///   - names: Of ``activationNames``; nothing beyond the last of them is computed.
    public func activations(
        of pictures: Tensor, at names: [String] = styleActivations
    ) -> [Tensor] {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == 3
                && min(pictures.shape[1], pictures.shape[2]) >= Self.smallestSide,
            "[StyleEncoder] expected pictures [N, H, W, 3] with sides of \(Self.smallestSide) or "
                + "more, got \(pictures.shape)")
        var found: [String: Tensor] = [:]
        var x = colours(pictures)
        for (place, layer) in zip(places, layers) {
            if place.number == 1 && place.block > 1 {
                x = maxPool2d(x, Pool2dParameters(kernel: 2))
            }
            x = layer(x.reflectionPadded2d(1)).relu()
            found[place.activation] = x
        }
        return names.map { name in
            guard let tensor = found[name] else {
                preconditionFailure(
                    "[StyleEncoder] expected one of \(activationNames), got \(name)")
            }
            return tensor
        }
    }

    /// Visits every tensor under its dotted name, always in the same order. The map of colours is
    /// fixed: a buffer.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        colours.forEachTensor(under: path + "conv0.") { name, tensor, _ in
            body(name, &tensor, .buffer)
        }
        for (i, place) in places.enumerated() {
            layers[i].forEachTensor(under: path + place.layer + ".", body)
        }
    }
}
