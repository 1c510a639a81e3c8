import Networks
import Optimizers
public import TensorCore
import Training

/// One step (discriminator on real pictures, on made ones, generator) of DCGAN: Radford et al. 2016,
/// "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
/// https://arxiv.org/abs/1511.06434; Adam with rate 2e-4 and betas 0.5 and 0.999.
public struct DCGANWorkload: Workload {
    /// Pictures in a batch, their side, channels next to the picture.
    public let sizes: WorkloadSizes
    private var generator: DCGANGenerator
    private var discriminator: DCGANDiscriminator
    private var generatorOptimizer: Adam
    private var discriminatorOptimizer: Adam
    private let pictures: Tensor
    private var keys = StepKeys("dcgan")

    /// Networks with fresh weights.
    public init(sizes: WorkloadSizes) {
        self.sizes = sizes
        let networks = DCGANConfiguration(
            picture: PictureShape(height: sizes.size, width: sizes.size, channels: 3),
            width: sizes.width)
        let key = RandomKey(seed: 0)
        generator = DCGANGenerator(networks, key: key.folded("generator"))
        discriminator = DCGANDiscriminator(networks, key: key.folded("discriminator"))
        generatorOptimizer = Adam(for: generator, beta1: 0.5)
        discriminatorOptimizer = Adam(for: discriminator, beta1: 0.5)
        pictures = fixedPictures([sizes.batch, sizes.size, sizes.size, 3], "dcgan")
        evaluate(state.map(\.tensor))
    }

    /// Both networks and their optimizers.
    public var state: [(name: String, tensor: Tensor)] {
        named(
            ("generator", generator), ("discriminator", discriminator),
            ("generator_optimizer", generatorOptimizer),
            ("discriminator_optimizer", discriminatorOptimizer))
    }

    /// Both losses.
    public mutating func step() -> [(name: String, tensor: Tensor)] {
        let latents = Tensor.normal([sizes.batch, generator.latentSize], key: keys.next())
        var g = Traced(generator)
        let made = g.network(latents, training: true)
        var d = Traced(discriminator)
        let discriminatorLoss = nonSaturatingDiscriminatorLoss(
            real: d.network(pictures, training: true),
            fake: d.network(stopGradient(made), training: true))
        let slopes = d.gradients(of: discriminatorLoss)
        // The traced copies hold the new running statistics.
        discriminator = d.network
        discriminatorOptimizer.update(&discriminator, slopes, learningRate: 2e-4)
        let generatorLoss = nonSaturatingGeneratorLoss(fake: discriminator(made, training: true))
        generator = g.network
        generatorOptimizer.update(
            &generator, g.gradients(of: generatorLoss), learningRate: 2e-4)
        return [("d_loss", discriminatorLoss), ("g_loss", generatorLoss)]
    }
}
