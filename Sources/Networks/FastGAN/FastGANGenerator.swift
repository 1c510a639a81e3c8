import Layers
public import TensorCore

/// The generator: a transposed convolution to the base, blocks that double the side, in turn of two
/// rounds with noise and of one, and skip-layer excitation of the large features by the small.
///
/// Liu et al. 2021, https://arxiv.org/abs/2101.04775. The authors' also gives a 128x128 picture to the
/// discriminator; here the discriminator shrinks the picture itself.
public struct FastGANGenerator: GeneratorNetwork {
    /// The sizes.
    public let configuration: FastGANConfiguration
    /// The transposed convolution, as the linear layer that it is: `[base H, base W, 2 C]` features.
    private var first: SpectralNorm<Linear>
    private var firstNormalization: BatchNorm
    private var blocks: [FastGANUpBlock]
    /// By the level that is excited, ascending.
    private var excitations: [FastGANExcitation]
    private var picture: SpectralNorm<Conv2d>

    /// A generator whose weights begin as the authors': normal with standard deviation 0.02.
    public init(_ configuration: FastGANConfiguration, key: RandomKey) {
        if let problem = configuration.problem {
            preconditionFailure("[FastGANGenerator] \(problem)")
        }
        self.configuration = configuration
        let maker = FastGANMaker(configuration)
        let base = configuration.side(0)
        let channels = (0...configuration.levels).map { configuration.channels($0) }
        let features = 2 * channels[0]
        first = SpectralNorm(
            Linear(
                inputFeatures: configuration.latentSize,
                outputFeatures: base.height * base.width * features, hasBias: false,
                initializer: .normal(standardDeviation: 0.02), key: key.folded("first")),
            isActive: configuration.normalizesSpectrum, key: key.folded("first"))
        firstNormalization = maker.normalization(features, key: key.folded("first.norm"))
        blocks = (1...configuration.levels).map { level in
            FastGANUpBlock(
                maker, from: channels[level - 1], to: channels[level],
                rounds: level % 2 == 1 ? 2 : 1, key: key.folded("up.\(level)"))
        }
        excitations = configuration.excitations.sorted { $0.key < $1.key }.map { level, source in
            FastGANExcitation(
                maker, from: channels[source], to: channels[level], base: base,
                key: key.folded("excite.\(level)"))
        }
        picture = maker.convolution(
            channels[configuration.levels], configuration.picture.channels, kernel: 3, padding: 1,
            key: key.folded("picture"))
    }

    /// How many numbers a latent vector has.
    public var latentSize: Int { configuration.latentSize }
    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }

    /// Pictures `[N, H, W, C]` in -1 ... 1 from latents `[N, latentSize]`; the context's key gives the
    /// noise, and without one there is none.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        precondition(
            latents.rank == 2 && latents.shape[1] == latentSize,
            "[FastGANGenerator] expected latents [N, \(latentSize)], got \(latents.shape)")
        let base = configuration.side(0)
        let begin = first.normalized(training: context.training)(latents)
            .reshaped([latents.shape[0], base.height, base.width, 2 * configuration.channels(0)])
        var features = [
            gatedLinearUnit(firstNormalization(begin, training: context.training))
        ]
        let sources = configuration.excitations.sorted { $0.key < $1.key }
        for index in blocks.indices {
            let level = index + 1
            var x = blocks[index](features[index], context, name: "up.\(level)")
            if let place = sources.firstIndex(where: { $0.key == level }) {
                x = excitations[place](
                    x, by: features[sources[place].value], training: context.training)
            }
            features.append(x)
        }
        let convolution = picture.normalized(training: context.training)
        return convolution(features[configuration.levels]).tanh()
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        first.forEachTensor(under: path + "first.", body)
        firstNormalization.forEachTensor(under: path + "first.norm.", body)
        for i in blocks.indices { blocks[i].forEachTensor(under: path + "up.\(i + 1).", body) }
        let levels = configuration.excitations.keys.sorted()
        for (i, level) in levels.enumerated() {
            excitations[i].forEachTensor(under: path + "excite.\(level).", body)
        }
        picture.forEachTensor(under: path + "picture.", body)
    }
}
