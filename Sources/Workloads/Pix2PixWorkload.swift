import Networks
import Optimizers
public import TensorCore
import Training

/// One step of picture-to-picture translation, U-Net against a patch discriminator: Isola et al. 2017,
/// "Image-to-Image Translation with Conditional Adversarial Networks", https://arxiv.org/abs/1611.07004;
/// the discriminator's loss halved, the generator's with 100 times the mean absolute error, Adam with
/// rate 2e-4 and betas 0.5 and 0.999, no dropout.
public struct Pix2PixWorkload: Workload {
    /// Pictures in a batch, their side, channels next to the picture.
    public let sizes: WorkloadSizes
    private var generator: UNetGenerator
    private var discriminator: PatchDiscriminator
    private var generatorOptimizer: Adam
    private var discriminatorOptimizer: Adam
    private let sources: Tensor
    private let targets: Tensor

    /// Networks with fresh weights.
    public init(sizes: WorkloadSizes) {
        self.sizes = sizes
        let key = RandomKey(seed: 0)
        // Down to a single pixel.
        let levels = sizes.size.trailingZeroBitCount
        generator = UNetGenerator(
            UNetConfiguration(width: sizes.width, levels: levels), key: key.folded("generator"))
        discriminator = PatchDiscriminator(width: sizes.width, key: key.folded("discriminator"))
        generatorOptimizer = Adam(for: generator, beta1: 0.5)
        discriminatorOptimizer = Adam(for: discriminator, beta1: 0.5)
        let shape = [sizes.batch, sizes.size, sizes.size, 3]
        sources = fixedPictures(shape, "pix2pix sources")
        targets = fixedPictures(shape, "pix2pix targets")
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
        var g = Traced(generator)
        let made = g.network(sources, training: true)
        var d = Traced(discriminator)
        let fake = d.network(concatenate([sources, stopGradient(made)], axis: 3), training: true)
        let real = d.network(concatenate([sources, targets], axis: 3), training: true)
        let discriminatorLoss = 0.5 * nonSaturatingDiscriminatorLoss(real: real, fake: fake)
        let slopes = d.gradients(of: discriminatorLoss)
        // The traced copies hold the new running statistics.
        discriminator = d.network
        discriminatorOptimizer.update(&discriminator, slopes, learningRate: 2e-4)
        let judged = discriminator(concatenate([sources, made], axis: 3), training: true)
        let generatorLoss =
            nonSaturatingGeneratorLoss(fake: judged) + 100 * (made - targets).abs().mean()
        generator = g.network
        generatorOptimizer.update(&generator, g.gradients(of: generatorLoss), learningRate: 2e-4)
        return [("d_loss", discriminatorLoss), ("g_loss", generatorLoss)]
    }
}
