import Layers
public import TensorCore

// Radford, Metz and Chintala 2016, "Unsupervised Representation Learning with Deep Convolutional
// Generative Adversarial Networks", https://arxiv.org/abs/1511.06434.
//
// Tensors carry the names that PyTorch's DCGAN example gives them (`main.0.weight`, ...).

/// The sizes of a DCGAN.
public struct DCGANConfiguration: Sendable, Hashable, Codable {
    /// The pictures. Both sides are a small base times the same power of two.
    public var picture: PictureShape
    /// How many numbers a latent vector has.
    public var latentSize: Int
    /// Channels next to the picture; they double toward the latent vector.
    public var width: Int
    /// The most channels that a layer has.
    public var maximumWidth: Int
    /// How many classes there are; 0 for none.
    public var classCount: Int
    /// How the discriminator takes them into account.
    public var head: ClassHead

    /// Sizes; the paper's own unless given.
    public init(
        picture: PictureShape, latentSize: Int = 100, width: Int = 64, maximumWidth: Int = .max,
        classCount: Int = 0, head: ClassHead = .projection
    ) {
        self.picture = picture
        self.latentSize = latentSize
        self.width = width
        self.maximumWidth = maximumWidth
        self.classCount = classCount
        self.head = head
    }

    /// Sizes from a file; files of the time before there were classes have none.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            picture: try values.decode(PictureShape.self, forKey: .picture),
            latentSize: try values.decode(Int.self, forKey: .latentSize),
            width: try values.decode(Int.self, forKey: .width),
            maximumWidth: try values.decode(Int.self, forKey: .maximumWidth),
            classCount: try values.decodeIfPresent(Int.self, forKey: .classCount) ?? 0,
            head: try values.decodeIfPresent(ClassHead.self, forKey: .head) ?? .projection)
    }

    /// Why no DCGAN makes such pictures, if none does.
    public static func problem(with picture: PictureShape) -> String? {
        if !(1...4).contains(picture.channels) {
            return "expected 1 to 4 channels, got \(picture.channels)"
        }
        return problem(judging: picture)
    }

    /// Why no discriminator judges such pictures, if none does: packs of pictures have many channels.
    static func problem(judging picture: PictureShape) -> String? {
        let sides = [picture.height, picture.width]
        if picture.channels < 1 {
            return "expected a positive number of channels, got \(picture.channels)"
        }
        if sides.contains(where: { $0 < 16 || $0 > 256 }) {
            return "expected sides from 16 to 256, got \(picture.width)x\(picture.height)"
        }
        if doublings(picture) < 2 {
            return
                "expected sides that are a power of two times a base of 4 to 15, such as 32, 48, 64 "
                + "or 96x64, got \(picture.width)x\(picture.height)"
        }
        return nil
    }

    /// How often the side doubles between the base and the picture.
    static func doublings(_ picture: PictureShape) -> Int {
        var (height, width, count) = (picture.height, picture.width, 0)
        while height % 2 == 0, width % 2 == 0, height / 2 >= 4, width / 2 >= 4 {
            height /= 2
            width /= 2
            count += 1
        }
        return max(height, width) <= 15 ? count : 0
    }

    /// The channels of the layer whose side is the picture's divided by `2^level`, from 1 on.
    func channels(_ level: Int) -> Int { min(width << (level - 1), maximumWidth) }
}

/// The generator: transposed convolutions with batch normalisation and ReLU, tanh at the end.
///
/// With classes, the first normalisation has a scale and a shift of each class's own, as in Miyato and
/// Koyama 2018, "cGANs with Projection Discriminator", https://arxiv.org/abs/1802.05637, and the shifts
/// differ from the beginning, as far as the features themselves do. Measured on MNIST: a vector of the
/// class beside the latent one does for the variance that normalisation keeps up, so that latents fall
/// silent and each class becomes one picture; shifts of all layers, alike at first, let a class be marked
/// where nobody sees it, and the digit be any.
public struct DCGANGenerator: GeneratorNetwork {
    /// The sizes.
    public let configuration: DCGANConfiguration
    private var convolutions: [ConvTransposed2d]
    private var normalizations: [ClassNorm]

    /// A generator whose weights begin as in the paper: normal with standard deviation 0.02.
    public init(_ configuration: DCGANConfiguration, key: RandomKey) {
        if let problem = DCGANConfiguration.problem(with: configuration.picture) {
            preconditionFailure("[DCGANGenerator] \(problem)")
        }
        self.configuration = configuration
        let levels = DCGANConfiguration.doublings(configuration.picture)
        let base = (
            height: configuration.picture.height >> levels,
            width: configuration.picture.width >> levels
        )
        let begin = Initializer.normal(standardDeviation: 0.02)
        convolutions = [
            ConvTransposed2d(
                inputChannels: configuration.latentSize,
                outputChannels: configuration.channels(levels),
                kernelSize: base, hasBias: false, initializer: begin, key: key.folded(0))
        ]
        normalizations = []
        for level in stride(from: levels, through: 1, by: -1) {
            let (inputs, outputs) = (
                configuration.channels(level),
                level == 1 ? configuration.picture.channels : configuration.channels(level - 1)
            )
            normalizations.append(
                ClassNorm(
                    features: inputs, classCount: level == levels ? configuration.classCount : 0,
                    weightInitializer: .normal(mean: 1, standardDeviation: 0.02), classSpread: 1,
                    key: key.folded(UInt64(100 + level))))
            convolutions.append(
                ConvTransposed2d(
                    inputChannels: inputs, outputChannels: outputs, kernelSize: 4, stride: 2,
                    padding: 1, hasBias: false, initializer: begin, key: key.folded(UInt64(level))))
        }
    }

    /// How many numbers a latent vector has.
    public var latentSize: Int { configuration.latentSize }
    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }
    /// How many classes it tells apart.
    public var classCount: Int { configuration.classCount }

    /// Pictures `[N, H, W, C]` in -1 ... 1 from latents `[N, latentSize]`; with classes, of those that
    /// the context's labels name.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        precondition(
            latents.rank == 2 && latents.shape[1] == latentSize,
            "[DCGANGenerator] expected latents [N, \(latentSize)], got \(latents.shape)")
        var x = convolutions[0](latents.reshaped([latents.shape[0], 1, 1, latentSize]))
        for i in normalizations.indices {
            x = normalizations[i](x, context, "DCGANGenerator").relu()
            x = convolutions[i + 1](x)
        }
        return x.tanh()
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in convolutions.indices {
            convolutions[i].forEachTensor(under: path + "main.\(3 * i).", body)
            if i < normalizations.count {
                normalizations[i].forEachTensor(under: path + "main.\(3 * i + 1).", body)
            }
        }
    }
}

/// The discriminator: convolutions with stride 2, batch normalisation and leaky ReLU.
///
/// With classes, the sums of the last features over all places are what a projection or an auxiliary
/// classifier sees.
public struct DCGANDiscriminator: DiscriminatorNetwork {
    /// The sizes.
    public let configuration: DCGANConfiguration
    private var convolutions: [Conv2d]
    /// One for each convolution but the first and the last; none where a loss forbids it.
    private var normalizations: [BatchNorm]
    private var classes: ClassHeads

    /// A discriminator whose weights begin as in the paper: normal with standard deviation 0.02.
    ///
    /// - Parameters:
    ///   - configuration: The sizes.
    ///   - normalizes: Off leaves batch normalisation out, as WGAN-GP asks.
    ///   - key: What the weights are drawn from.
    public init(_ configuration: DCGANConfiguration, normalizes: Bool = true, key: RandomKey) {
        if let problem = DCGANConfiguration.problem(judging: configuration.picture) {
            preconditionFailure("[DCGANDiscriminator] \(problem)")
        }
        self.configuration = configuration
        let levels = DCGANConfiguration.doublings(configuration.picture)
        let begin = Initializer.normal(standardDeviation: 0.02)
        convolutions = []
        normalizations = []
        for level in 1...levels {
            convolutions.append(
                Conv2d(
                    inputChannels: level == 1
                        ? configuration.picture.channels : configuration.channels(level - 1),
                    outputChannels: configuration.channels(level), kernelSize: 4, stride: 2,
                    padding: 1, hasBias: false, initializer: begin, key: key.folded(UInt64(level))))
            if level > 1 && normalizes {
                normalizations.append(
                    BatchNorm(
                        features: configuration.channels(level),
                        weightInitializer: .normal(mean: 1, standardDeviation: 0.02),
                        key: key.folded(UInt64(100 + level))))
            }
        }
        convolutions.append(
            Conv2d(
                inputChannels: configuration.channels(levels), outputChannels: 1,
                kernelSize: (
                    configuration.picture.height >> levels, configuration.picture.width >> levels
                ), hasBias: false, initializer: begin, key: key.folded(0)))
        classes = ClassHeads(
            configuration.head, classCount: configuration.classCount,
            features: configuration.channels(levels), isSpectrallyNormalized: false,
            initializer: begin, "DCGANDiscriminator", key: key)
    }

    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }
    /// How many classes it tells apart.
    public var classCount: Int { configuration.classCount }

    /// What it says of pictures `[N, H, W, C]` in -1 ... 1; with a projection, as pictures of the classes
    /// that the context's labels name.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        var x = pictures
        for i in convolutions.indices.dropLast() {
            x = convolutions[i](x)
            if i > 0 && !normalizations.isEmpty {
                x = normalizations[i - 1](x, training: context.training)
            }
            x = x.leakyRelu(slope: 0.2)
        }
        let logits = convolutions[convolutions.count - 1](x).reshaped([pictures.shape[0]])
        return classes.verdict(logits, features: x.sum(axes: [1, 2]), context)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        // In a sequence of layers: convolution, activation, then three layers a level.
        let stride = normalizations.isEmpty ? 2 : 3
        for i in convolutions.indices {
            let place = i == 0 ? 0 : 2 + (i - 1) * stride
            convolutions[i].forEachTensor(under: path + "main.\(place).", body)
            if i > 0 && i - 1 < normalizations.count {
                normalizations[i - 1].forEachTensor(under: path + "main.\(place + 1).", body)
            }
        }
        classes.forEachTensor(under: path, body)
    }
}
