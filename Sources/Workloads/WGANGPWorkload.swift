import Networks
import Optimizers
public import TensorCore
import Training

/// One critic step with gradient penalty (double backward) and one generator step of WGAN-GP: Gulrajani
/// et al. 2017, "Improved Training of Wasserstein GANs", https://arxiv.org/abs/1704.00028; on the
/// networks of DCGAN without batch normalisation in the critic, Adam with rate 1e-4 and betas 0 and 0.9.
public struct WGANGPWorkload: Workload {
    /// Pictures in a batch, their side, channels next to the picture.
    public let sizes: WorkloadSizes
    private var generator: DCGANGenerator
    private var critic: DCGANDiscriminator
    private var generatorOptimizer: Adam
    private var criticOptimizer: Adam
    private var pictures: Tensor
    private var keys = StepKeys("wgangp")

    /// Networks with fresh weights.
    public init(sizes: WorkloadSizes) {
        self.sizes = sizes
        let networks = DCGANConfiguration(
            picture: PictureShape(height: sizes.size, width: sizes.size, channels: 3),
            width: sizes.width)
        let key = RandomKey(seed: 0)
        generator = DCGANGenerator(networks, key: key.folded("generator"))
        critic = DCGANDiscriminator(networks, normalizes: false, key: key.folded("critic"))
        generatorOptimizer = Adam(for: generator, beta1: 0, beta2: 0.9)
        criticOptimizer = Adam(for: critic, beta1: 0, beta2: 0.9)
        pictures = fixedPictures([sizes.batch, sizes.size, sizes.size, 3], "wgangp")
        evaluate(state.map(\.tensor))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        generator.forEachTensor(under: path + "generator.", body)
        critic.forEachTensor(under: path + "critic.", body)
        generatorOptimizer.forEachTensor(under: path + "generator_optimizer.", body)
        criticOptimizer.forEachTensor(under: path + "critic_optimizer.", body)
    }

    /// Both losses; the critic's with its penalty.
    public mutating func step() -> [(name: String, tensor: Tensor)] {
        let key = keys.next()
        let latents = Tensor.normal(
            [sizes.batch, generator.latentSize], key: key.folded("latents"))
        let shares = Tensor.uniform([sizes.batch, 1, 1, 1], key: key.folded("shares"))
        var g = Traced(generator)
        let made = g.network(latents, training: true)
        // The critic's step must not lead back to the generator: its new weights are used below.
        let fixed = stopGradient(made)
        var c = Traced(critic)
        let ofFake = c.network(fixed, training: true)
        let ofReal = c.network(pictures, training: true)
        let loss =
            wassersteinDiscriminatorLoss(real: ofReal, fake: ofFake)
            + 10 * penalty(&c.network, fixed, shares)
        criticOptimizer.update(&critic, c.gradients(of: loss), learningRate: 1e-4)
        let generatorLoss = wassersteinGeneratorLoss(fake: critic(made, training: true))
        generator = g.network
        generatorOptimizer.update(
            &generator, g.gradients(of: generatorLoss), learningRate: 1e-4)
        return [("d_loss", loss), ("g_loss", generatorLoss)]
    }

    /// The mean of `(|slope| - 1)^2`, the critic's slopes at points between real and made pictures.
    private func penalty(
        _ critic: inout DCGANDiscriminator, _ made: Tensor, _ shares: Tensor
    ) -> Tensor {
        slopePenalty(
            at: mixedPictures(real: pictures, fake: made, shares: shares), floor: 0
        ) { critic($0, training: true) }
    }
}
