import Layers
public import TensorCore

// Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image
// Recognition", https://arxiv.org/abs/1409.1556.
//
// Tensors carry torchvision's names (`features.0.weight`, ...).

/// The convolutional layers of a VGG network, for the features that perceptual losses and style
/// transfer compare.
public struct VGG: Module {
    /// How many layers with weights the whole network has.
    public enum Depth: Int, Sendable, Hashable, Codable {
        /// Two convolutions in the first two blocks, three in the others.
        case sixteen = 16
        /// Two convolutions in the first two blocks, four in the others.
        case nineteen = 19

        /// Convolutions in each of the five blocks.
        var convolutionCounts: [Int] { self == .sixteen ? [2, 2, 3, 3, 3] : [2, 2, 4, 4, 4] }
    }

    /// What stands between blocks.
    public enum Pooling: String, Sendable, Hashable, Codable {
        /// The largest of 2x2.
        case maximum
        /// The mean of 2x2, which Gatys et al. found to give slightly smoother pictures.
        case average
    }

    /// The place of a rectified convolution: `relu1_1` is the first of the first block.
    public struct Activation: Sendable, Hashable, Comparable, CustomStringConvertible {
        /// The block, 1 to 5.
        public var block: Int
        /// The convolution within its block, from 1 on.
        public var convolution: Int

        /// `reluB_C`.
        public static func relu(_ block: Int, _ convolution: Int) -> Activation {
            Activation(block: block, convolution: convolution)
        }

        /// Whether one place comes before another.
        public static func < (a: Activation, b: Activation) -> Bool {
            (a.block, a.convolution) < (b.block, b.convolution)
        }

        /// `relu1_1`.
        public var description: String { "relu\(block)_\(convolution)" }
    }

    /// How many layers with weights the whole network has.
    public let depth: Depth
    /// What stands between blocks.
    public let pooling: Pooling
    private var convolutions: [(place: Activation, layer: Conv2d)]

    /// The layers of a network whose weights begin as He et al. 2015 have it.
    ///
    /// - Parameters:
    ///   - depth: How many layers with weights the whole network has.
    ///   - width: Channels of the first block, doubled by each until eight times; the paper's is 64.
    ///   - last: The last activation that will be asked for; what comes after is left out. All
    ///     layers unless given.
    ///   - pooling: What stands between blocks.
    ///   - key: What the weights are drawn from.
    public init(
        depth: Depth = .nineteen, width: Int = 64, through last: Activation? = nil,
        pooling: Pooling = .maximum, key: RandomKey
    ) {
        self.depth = depth
        self.pooling = pooling
        convolutions = []
        var channels = 3
        for (index, count) in depth.convolutionCounts.enumerated() {
            for convolution in 1...count {
                let place = Activation.relu(index + 1, convolution)
                if let last, last < place { break }
                let outputs = width << min(index, 3)
                convolutions.append(
                    (
                        place,
                        Conv2d(
                            inputChannels: channels, outputChannels: outputs, kernelSize: 3,
                            padding: 1, initializer: .heNormal(),
                            key: key.folded("\(place)"))
                    ))
                channels = outputs
            }
        }
        precondition(
            last.map { $0 == convolutions.last?.place } ?? true,
            "[VGG] expected an activation of VGG-\(depth.rawValue), got "
                + "\(last.map { "\($0)" } ?? "none")")
    }

    /// The activations asked for, `[N, H', W', C]` each, in the order asked for.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, 3]`, RGB. Weights from torchvision expect values in 0 ... 1, less
    ///     `(0.485, 0.456, 0.406)`, divided by `(0.229, 0.224, 0.225)`.
    ///   - places: The activations wanted.
    public func callAsFunction(_ pictures: Tensor, at places: [Activation]) -> [Tensor] {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == 3,
            "[VGG] expected pictures [N, H, W, 3], got \(pictures.shape)")
        var found: [Activation: Tensor] = [:]
        var x = pictures
        for (place, layer) in convolutions {
            if place.convolution == 1 && place.block > 1 {
                precondition(
                    min(x.shape[1], x.shape[2]) >= 2,
                    "[VGG] expected sides of \(1 << (place.block - 1)) or more for \(place), got "
                        + "\(pictures.shape)")
                let window = Pool2dParameters(kernel: 2)
                x = pooling == .maximum ? maxPool2d(x, window) : averagePool2d(x, window)
            }
            x = layer(x).relu()
            found[place] = x
            if let last = places.max(), place >= last { break }
        }
        return places.map { place in
            guard let tensor = found[place] else {
                preconditionFailure(
                    "[VGG] expected activations up to "
                        + "\(convolutions.last.map { "\($0.place)" } ?? "none"), got \(place)")
            }
            return tensor
        }
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in convolutions.indices {
            // In a sequence of layers: convolution and ReLU, a pooling layer after each block.
            let place = 2 * i + convolutions[i].place.block - 1
            convolutions[i].layer.forEachTensor(under: path + "features.\(place).", body)
        }
    }
}
