import Networks
import Optimizers
public import TensorCore
import Training

/// One step of a non-saturating GAN on residual networks of 3x3 convolutions, with the R1 penalty on real
/// pictures in every step: Mescheder et al. 2018, "Which Training Methods for GANs do actually Converge?",
/// https://arxiv.org/abs/1801.04406; gamma 10, Adam with rate 1e-4 and betas 0 and 0.99.
public struct R1Workload: Workload {
    /// Pictures in a batch, their side, channels next to the picture.
    public let sizes: WorkloadSizes
    private var generator: ResidualGANGenerator
    private var discriminator: ResidualGANDiscriminator
    private var generatorOptimizer: Adam
    private var discriminatorOptimizer: Adam
    private let pictures: Tensor
    private var keys = StepKeys("r1")

    /// Networks with fresh weights.
    public init(sizes: WorkloadSizes) {
        self.sizes = sizes
        let networks = ResidualGANConfiguration(
            picture: PictureShape(height: sizes.size, width: sizes.size, channels: 3),
            width: sizes.width)
        let key = RandomKey(seed: 0)
        generator = ResidualGANGenerator(networks, key: key.folded("generator"))
        discriminator = ResidualGANDiscriminator(networks, key: key.folded("discriminator"))
        generatorOptimizer = Adam(for: generator, beta1: 0, beta2: 0.99)
        discriminatorOptimizer = Adam(for: discriminator, beta1: 0, beta2: 0.99)
        pictures = fixedPictures([sizes.batch, sizes.size, sizes.size, 3], "r1")
        evaluate(state.map(\.tensor))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        generator.forEachTensor(under: path + "generator.", body)
        discriminator.forEachTensor(under: path + "discriminator.", body)
        generatorOptimizer.forEachTensor(under: path + "generator_optimizer.", body)
        discriminatorOptimizer.forEachTensor(under: path + "discriminator_optimizer.", body)
    }

    /// Both losses; the discriminator's with its penalty.
    public mutating func step() -> [(name: String, tensor: Tensor)] {
        let latents = Tensor.normal([sizes.batch, generator.latentSize], key: keys.next())
        var g = Traced(generator)
        let made = g.network(latents, training: true)
        var d = Traced(discriminator)
        let judged = pictures.stoppingGradient()
        let real = d.network(judged, training: true)
        let fake = d.network(stopGradient(made), training: true)
        let discriminatorLoss =
            nonSaturatingDiscriminatorLoss(real: real, fake: fake)
            + 5 * squaredSlopes(of: real, at: judged).mean()
        discriminatorOptimizer.update(
            &discriminator, d.gradients(of: discriminatorLoss), learningRate: 1e-4)
        let generatorLoss = nonSaturatingGeneratorLoss(fake: discriminator(made, training: true))
        generatorOptimizer.update(&generator, g.gradients(of: generatorLoss), learningRate: 1e-4)
        return [("d_loss", discriminatorLoss), ("g_loss", generatorLoss)]
    }
}
