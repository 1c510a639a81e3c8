import Layers
public import TensorCore

// Isola, Zhu, Zhou and Efros 2017, "Image-to-Image Translation with Conditional Adversarial
// Networks", https://arxiv.org/abs/1611.07004.
//
// Tensors carry the names of the authors' PyTorch code (`model.0.weight`, ...; `net.0.weight`, ...
// where single pixels are judged).

/// How much of a picture a patch discriminator's single verdict looks at.
public enum PatchReach: Sendable, Hashable, Codable {
    /// One pixel: colours only.
    case pixel
    /// So many layers with stride 2: patches of 16, 34, 70, 142, 286 pixels for 1 to 5.
    case stridedLayers(Int)

    /// The side of a patch in pixels.
    public var side: Int {
        guard case .stridedLayers(let layers) = self else { return 1 }
        // Backwards through two 4x4 convolutions with stride 1 and the strided ones.
        return (0..<max(0, layers)).reduce(7) { side, _ in 2 * side + 2 }
    }
}

/// A discriminator that judges overlapping patches instead of whole pictures: 70x70 pixels each
/// with three strided layers.
///
/// 4x4 convolutions with stride 2, then two with stride 1; or three of 1x1, where single pixels are
/// judged. Normalisation (over the batch in the paper) on all but the first and the last; leaky ReLU. A conditional discriminator gets source and result as the channels of
/// one picture.
public struct PatchDiscriminator: Module {
    /// Channels of the pictures.
    public let inputChannels: Int
    private var convolutions: [Conv2d]
    /// Of all convolutions but the first and the last.
    private var normalizations: [FeatureNorm]
    private let isPixelwise: Bool

    /// A discriminator whose weights begin as in the paper: normal with standard deviation 0.02.
    ///
    /// - Parameters:
    ///   - inputChannels: Channels of the pictures: 6 for a source and its translation.
    ///   - width: Channels of the first layer; they double up to eight times.
    ///   - stridedLayers: How many layers have stride 2: 3 for patches of 70x70, 1 for 16x16, 5 for
    ///     286x286.
    ///   - key: What the weights are drawn from.
    public init(
        inputChannels: Int = 6, width: Int = 64, stridedLayers: Int = 3, key: RandomKey
    ) {
        self.init(
            inputChannels: inputChannels, width: width, reach: .stridedLayers(stridedLayers),
            normalization: .batch, key: key)
    }

    /// A discriminator whose weights begin as in the paper: normal with standard deviation 0.02.
    ///
    /// - Parameters:
    ///   - inputChannels: Channels of the pictures: 6 for a source and its translation.
    ///   - width: Channels of the first layer; they double up to eight times.
    ///   - reach: What a single verdict looks at.
    ///   - normalization: How features are normalised.
    ///   - key: What the weights are drawn from.
    public init(
        inputChannels: Int, width: Int, reach: PatchReach, normalization: FeatureNormalization,
        key: RandomKey
    ) {
        let (stridedLayers, isPixelwise) =
            switch reach {
            case .pixel: (1, true)
            case .stridedLayers(let layers): (layers, false)
            }
        precondition(
            inputChannels > 0 && width > 0 && stridedLayers > 0,
            "[PatchDiscriminator] expected positive channels, width and layers, got "
                + "\(inputChannels), \(width), \(stridedLayers)")
        self.inputChannels = inputChannels
        self.isPixelwise = isPixelwise
        let begin = Initializer.normal(standardDeviation: 0.02)
        func convolution(
            _ inputs: Int, _ outputs: Int, stride: Int, hasBias: Bool, _ key: RandomKey
        ) -> Conv2d {
            Conv2d(
                inputChannels: inputs, outputChannels: outputs, kernelSize: isPixelwise ? 1 : 4,
                stride: isPixelwise ? 1 : stride, padding: isPixelwise ? 0 : 1, hasBias: hasBias,
                initializer: begin, key: key)
        }
        convolutions = []
        normalizations = []
        var channels = inputChannels
        for layer in 0...stridedLayers {
            let outputs = width << min(layer, 3)
            convolutions.append(
                convolution(
                    channels, outputs, stride: layer < stridedLayers ? 2 : 1,
                    hasBias: layer == 0 || normalization != .batch, key.folded(UInt64(layer))))
            if layer > 0 {
                normalizations.append(
                    FeatureNorm(
                        normalization, features: outputs, deviation: 0.02,
                        key: key.folded(UInt64(100 + layer))))
            }
            channels = outputs
        }
        convolutions.append(
            convolution(channels, 1, stride: 1, hasBias: true, key.folded("last")))
    }

    /// Logits `[N, H', W', 1]`, one a patch, of pictures `[N, H, W, inputChannels]` in -1 ... 1:
    /// positive says real. 256x256 pictures have 30x30 patches.
    public mutating func callAsFunction(_ pictures: Tensor, training: Bool) -> Tensor {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == inputChannels,
            "[PatchDiscriminator] expected pictures [N, H, W, \(inputChannels)], got "
                + "\(pictures.shape)")
        var x = convolutions[0](pictures).leakyRelu(slope: 0.2)
        for i in normalizations.indices {
            x = normalizations[i](convolutions[i + 1](x), training: training)
                .leakyRelu(slope: 0.2)
        }
        return convolutions[convolutions.count - 1](x)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        // In a sequence of layers: convolution, activation, then three layers each.
        let path = path + (isPixelwise ? "net." : "model.")
        for i in convolutions.indices {
            let place = i == 0 ? 0 : 3 * i - 1
            convolutions[i].forEachTensor(under: path + "\(place).", body)
            if i > 0 && i - 1 < normalizations.count {
                normalizations[i - 1].forEachTensor(under: path + "\(place + 1).", body)
            }
        }
    }
}
