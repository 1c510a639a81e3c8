package import Networks
import Optimizers
public import TensorCore

/// One critic step with gradient penalty (double backward) and one generator step of WGAN-GP: Gulrajani
/// et al. 2017, "Improved Training of Wasserstein GANs", https://arxiv.org/abs/1704.00028; on the
/// networks of DCGAN without batch normalisation in the critic, Adam with rate 1e-4 and betas 0 and 0.9.
public struct WGANGPWorkload: Workload {
    /// Pictures in a batch, their side, channels next to the picture.
    public let sizes: WorkloadSizes
    package var generator: DCGANGenerator
    package var critic: DCGANDiscriminator
    private var generatorOptimizer: Adam
    private var criticOptimizer: Adam
    package var pictures: Tensor
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

    /// Both networks and their optimizers.
    public var state: [(name: String, tensor: Tensor)] {
        named(
            ("generator", generator), ("critic", critic),
            ("generator_optimizer", generatorOptimizer), ("critic_optimizer", criticOptimizer))
    }

    /// Both losses.
    public mutating func step() -> [(name: String, tensor: Tensor)] {
        let key = keys.next()
        return step(
            latents: .normal([sizes.batch, generator.latentSize], key: key.folded("latents")),
            shares: .uniform([sizes.batch, 1, 1, 1], key: key.folded("shares")))
    }

    /// A step on given random numbers.
    ///
    /// - Parameters:
    ///   - latents: `[N, latentSize]`.
    ///   - shares: `[N, 1, 1, 1]` on 0 ... 1: how much of a real picture is in each point between.
    package mutating func step(latents: Tensor, shares: Tensor) -> [(name: String, tensor: Tensor)]
    {
        var g = Traced(generator)
        let made = g.network(latents, training: true)
        // The critic's step must not lead back to the generator: its new weights are used below.
        let fixed = stopGradient(made)
        var c = Traced(critic)
        let loss =
            c.network(fixed, training: true).mean() - c.network(pictures, training: true).mean()
            + 10 * penalty(&c.network, fixed, shares)
        criticOptimizer.update(&critic, c.gradients(of: loss), learningRate: 1e-4)
        let generatorLoss = -critic(made, training: true).mean()
        generator = g.network
        generatorOptimizer.update(
            &generator, g.gradients(of: generatorLoss), learningRate: 1e-4)
        return [("d_loss", loss), ("g_loss", generatorLoss)]
    }

    /// The mean of `(|slope| - 1)^2`, the critic's slopes at points between real and made pictures.
    private func penalty(
        _ critic: inout DCGANDiscriminator, _ made: Tensor, _ shares: Tensor
    ) -> Tensor {
        let between = (pictures * shares + made * (1 - shares)).stoppingGradient()
        let judged = critic(between, training: true).sum()
        let slopes = gradients(of: judged, at: [between])[0]
        return (slopes.square().sum(axes: [1, 2, 3]).sqrt() - 1).square().mean()
    }
}
