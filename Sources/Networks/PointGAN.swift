import Layers
public import TensorCore

/// The sizes of a GAN of perceptrons for points in a plane or a space, as in the toy data of Metz et al.
/// 2017, "Unrolled Generative Adversarial Networks", https://arxiv.org/abs/1611.02163, and PacGAN,
/// https://arxiv.org/abs/1712.04086. A point is a picture of 1x1.
public struct PointGANConfiguration: Sendable, Hashable, Codable {
    /// Coordinates of a point.
    public var dimensions: Int
    /// How many numbers a latent vector has.
    public var latentSize: Int
    /// Features of hidden layers.
    public var width: Int
    /// Hidden layers of each network.
    public var layers: Int
    /// What points are multiplied by on their way out of the generator, and divided by on their way
    /// into the discriminator: how large the data is.
    public var scale: Double

    /// Sizes.
    public init(
        dimensions: Int = 2, latentSize: Int = 2, width: Int = 128, layers: Int = 3,
        scale: Double = 1
    ) {
        self.dimensions = dimensions
        self.latentSize = latentSize
        self.width = width
        self.layers = layers
        self.scale = scale
    }

    /// What is wrong with the sizes, in words; nil if there is such a network.
    public var problem: String? {
        let sizes = [
            ("number of dimensions", dimensions), ("latent size", latentSize), ("width", width),
            ("number of hidden layers", layers),
        ]
        if let (name, size) = sizes.first(where: { $0.1 < 1 }) {
            return "expected a \(name) of 1 or more, got \(size)"
        }
        return scale > 0 && scale.isFinite ? nil : "expected a scale above 0, got \(scale)"
    }

    /// What a point is as a picture.
    public var picture: PictureShape { PictureShape(height: 1, width: 1, channels: dimensions) }

    func checked(_ network: String) -> PointGANConfiguration {
        if let problem { preconditionFailure("[\(network)] \(problem)") }
        return self
    }

    func perceptron(inputs: Int, outputs: Int, key: RandomKey) -> MultilayerPerceptron {
        MultilayerPerceptron(
            features: [inputs] + [Int](repeating: width, count: layers) + [outputs],
            activation: .leakyRelu(slope: 0.2), key: key)
    }
}

/// Points from latents; they may lie anywhere.
public struct PointGenerator: GeneratorNetwork {
    /// The sizes.
    public let configuration: PointGANConfiguration
    private var perceptron: MultilayerPerceptron

    /// A generator with fresh weights.
    public init(_ configuration: PointGANConfiguration, key: RandomKey) {
        self.configuration = configuration.checked("PointGenerator")
        perceptron = configuration.perceptron(
            inputs: configuration.latentSize, outputs: configuration.dimensions, key: key)
    }

    /// How many numbers a latent vector has.
    public var latentSize: Int { configuration.latentSize }
    /// A point as a picture.
    public var pictureShape: PictureShape { configuration.picture }

    /// Points `[N, 1, 1, dimensions]` from latents `[N, latentSize]`.
    public mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor {
        precondition(
            latents.rank == 2 && latents.shape[1] == latentSize,
            "[PointGenerator] expected latents [N, \(latentSize)], got \(latents.shape)")
        let points = perceptron(latents) * configuration.scale
        return points.reshaped([latents.shape[0], 1, 1, configuration.dimensions])
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        perceptron.forEachTensor(under: path, body)
    }
}

/// Tells real points from made ones.
public struct PointDiscriminator: DiscriminatorNetwork {
    /// The sizes; the latent size has no say.
    public let configuration: PointGANConfiguration
    private var perceptron: MultilayerPerceptron

    /// A discriminator with fresh weights.
    ///
    /// - Parameters:
    ///   - configuration: The sizes.
    ///   - key: What the weights are drawn from.
    public init(_ configuration: PointGANConfiguration, key: RandomKey) {
        self.configuration = configuration.checked("PointDiscriminator")
        perceptron = configuration.perceptron(
            inputs: configuration.dimensions, outputs: 1, key: key)
    }

    /// A point as a picture.
    public var pictureShape: PictureShape { configuration.picture }

    /// Logits `[N]` of points `[N, 1, 1, dimensions]`.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        precondition(
            pictures.rank == 4 && pictures.shape[1] == 1 && pictures.shape[2] == 1,
            "[PointDiscriminator] expected points [N, 1, 1, \(configuration.dimensions)], got "
                + "\(pictures.shape)")
        let points = pictures.flattened(from: 1) * (1 / configuration.scale)
        return Verdict(logits: perceptron(points).reshaped([pictures.shape[0]]))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        perceptron.forEachTensor(under: path, body)
    }
}
