import Layers
import TensorCore

// Huang, Gokaslan, Kuleshov and Tompkin 2024, "The GAN is dead; long live the GAN! A Modern Baseline
// GAN", https://arxiv.org/abs/2501.05441: residual blocks of grouped convolutions between wider 1x1
// convolutions, no normalisation, fix-up initialisation, bilinear resampling.
//
// Departures: the learned base is as large as the picture's shape asks for, not always 4x4, widths are
// free, so that small machines can train it, and resampling repeats the edge where the authors' code pads
// with zeros.

/// The sizes of an R3GAN.
public struct R3GANConfiguration: Sendable, Hashable, Codable {
    /// The pictures. Both sides are a small base times the same power of two.
    public var picture: PictureShape
    /// How many numbers a latent vector has; the paper's is 64.
    public var latentSize: Int
    /// Channels next to the picture; they double toward the base.
    public var width: Int
    /// The most channels that a stage has; the paper's is 768.
    public var maximumWidth: Int
    /// Blocks in a stage; the paper's is 2.
    public var blocks: Int
    /// By what a block's inner convolutions are wider; the paper's is 2.
    public var expansion: Int
    /// Channels in a group of the 3x3 convolutions; the paper's is 16.
    public var groupSize: Int
    /// How many classes the networks tell apart; 0 for none.
    public var classCount: Int
    /// How many numbers a class becomes, where there are classes.
    public var embeddingSize: Int

    /// Sizes; those of the paper's largest networks unless given, but for the width.
    public init(
        picture: PictureShape, latentSize: Int = 64, width: Int = 96, maximumWidth: Int = 768,
        blocks: Int = 2, expansion: Int = 2, groupSize: Int = 16, classCount: Int = 0,
        embeddingSize: Int = 64
    ) {
        self.picture = picture
        self.latentSize = latentSize
        self.width = width
        self.maximumWidth = maximumWidth
        self.blocks = blocks
        self.expansion = expansion
        self.groupSize = groupSize
        self.classCount = classCount
        self.embeddingSize = embeddingSize
    }

    /// Why no R3GAN makes such pictures, if none does: the rule is that of a DCGAN.
    public static func problem(with picture: PictureShape) -> String? {
        DCGANConfiguration.problem(with: picture)
    }

    /// What is wrong with the sizes, in words; nil if there is such a network.
    public var problem: String? { problem(isJudge: false) }

    /// A discriminator may judge packs of pictures, which have many channels.
    func problem(isJudge: Bool) -> String? {
        let problem =
            isJudge
            ? DCGANConfiguration.problem(judging: picture) : Self.problem(with: picture)
        if let problem { return problem }
        let sizes = [
            ("latent size", latentSize), ("width", width), ("maximum width", maximumWidth),
            ("number of blocks", blocks), ("expansion", expansion), ("group size", groupSize),
            ("embedding size", embeddingSize),
        ]
        if let (name, size) = sizes.first(where: { $0.1 < 1 }) {
            return "expected a \(name) of 1 or more, got \(size)"
        }
        if classCount < 0 { return "expected 0 classes or more, got \(classCount)" }
        if let channels = channels.first(where: { $0 * expansion % groupSize != 0 }) {
            return "expected widths that split into groups of \(groupSize), got "
                + "\(channels * expansion) = \(channels) x \(expansion)"
        }
        return nil
    }

    /// How often the side doubles.
    var doublings: Int { DCGANConfiguration.doublings(picture) }

    /// The side of the smallest features.
    var base: (height: Int, width: Int) {
        (picture.height >> doublings, picture.width >> doublings)
    }

    /// Channels of each stage, from the picture's side on: doubled up to the most.
    var channels: [Int] { (0...doublings).map { min(width << $0, max(width, maximumWidth)) } }

    /// What the first two weights of a block are scaled by: one block's output then has a variance that
    /// no depth blows up. Zhang et al. 2019, "Fixup Initialization", https://arxiv.org/abs/1901.09321:
    /// `L^(-1 / (2m - 2))` with `m = 3` layers in each of `L` blocks.
    var blockGain: Double {
        let count = Double(blocks * (doublings + 1))
        return 1 / count.squareRoot().squareRoot()
    }
}

/// `x + conv1x1(f(conv3x3 in groups(f(conv1x1(x)))))`, wider inside; `f` leaky ReLU after a bias.
struct R3GANBlock: Module {
    static let slope = 0.2
    /// Keeps the variance through a leaky ReLU.
    static let gain = (2 / (1 + slope * slope)).squareRoot()

    var first: Conv2d
    var second: Conv2d
    var third: Conv2d

    init(_ configuration: R3GANConfiguration, channels: Int, key: RandomKey) {
        let inner = channels * configuration.expansion
        let begin = Initializer.heNormal(gain: Self.gain * configuration.blockGain)
        first = Conv2d(
            inputChannels: channels, outputChannels: inner, kernelSize: 1, initializer: begin,
            key: key.folded("first"))
        second = Conv2d(
            inputChannels: inner, outputChannels: inner, kernelSize: 3, padding: 1,
            groups: inner / configuration.groupSize, initializer: begin, key: key.folded("second"))
        // A block begins as nothing but its shortcut.
        third = Conv2d(
            inputChannels: inner, outputChannels: channels, kernelSize: 1, hasBias: false,
            initializer: .constant(0), key: key.folded("third"))
        first.bias = .zeros([inner])
        second.bias = .zeros([inner])
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let inner = second(first(x).leakyRelu(slope: Self.slope)).leakyRelu(slope: Self.slope)
        return x + third(inner)
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        first.forEachTensor(under: path + "first.", body)
        second.forEachTensor(under: path + "second.", body)
        third.forEachTensor(under: path + "third.", body)
    }
}

/// A stage's blocks, and the 1x1 convolution to the next stage's channels where they differ.
struct R3GANStage: Module {
    var blocks: [R3GANBlock]
    var transition: Conv2d?

    /// - Parameters:
    ///   - configuration: The sizes.
    ///   - channels: Of the blocks.
    ///   - inputs: Of the transition's input, if the stage has one.
    ///   - outputs: Of the transition's output.
    ///   - key: What weights are drawn from.
    init(
        _ configuration: R3GANConfiguration, channels: Int, inputs: Int, outputs: Int,
        key: RandomKey
    ) {
        blocks = (0..<configuration.blocks).map {
            R3GANBlock(configuration, channels: channels, key: key.folded(UInt64($0)))
        }
        guard inputs != outputs else { return }
        transition = Conv2d(
            inputChannels: inputs, outputChannels: outputs, kernelSize: 1, hasBias: false,
            initializer: .heNormal(gain: 1), key: key.folded("transition"))
    }

    /// The blocks.
    func refined(_ x: Tensor) -> Tensor { blocks.reduce(x) { $1($0) } }

    /// Twice the side, `[N, 2H, 2W, O]`. Channels are changed at the smaller side: it is the same, as a
    /// 1x1 convolution without bias and a resampling of each channel change places.
    func enlarged(_ x: Tensor) -> Tensor {
        let y = transition.map { $0(x) } ?? x
        return resized2d(y, .bilinear, height: 2 * y.shape[1], width: 2 * y.shape[2])
    }

    /// Half the side, `[N, H/2, W/2, O]`.
    func shrunk(_ x: Tensor) -> Tensor {
        let y = bilinearHalved(x)
        return transition.map { $0(y) } ?? y
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        transition?.forEachTensor(under: path + "transition.", body)
        for i in blocks.indices { blocks[i].forEachTensor(under: path + "blocks.\(i).", body) }
    }
}

/// Pictures `[N, H, W, C]` of half the side, smoothed by `[1, 3, 3, 1] / 8` along each axis: a quarter of
/// the adjoint of bilinear enlargement, so that a constant stays itself up to the edge.
func bilinearHalved(_ x: Tensor) -> Tensor {
    let (height, width) = (x.shape[1], x.shape[2])
    // The adjoint is linear: at which picture the enlargement is differentiated does not matter, and the
    // enlargement itself is never computed.
    let small = Tensor.zeros([x.shape[0], height / 2, width / 2, x.shape[3]])
    let large = resized2d(small, .bilinear, height: height, width: width)
    return gradients(of: large, seed: x, at: [small])[0] * 0.25
}
