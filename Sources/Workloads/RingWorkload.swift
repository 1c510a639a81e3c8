import Networks
import Optimizers
public import TensorCore
import Training

/// One step (discriminator, then generator) of a GAN of perceptrons on eight Gaussians on a circle:
/// so small that it measures what a step costs beside arithmetic.
///
/// Goodfellow et al. 2014, "Generative Adversarial Networks", https://arxiv.org/abs/1406.2661; Adam with
/// rate 1e-3 and betas 0.5 and 0.999.
public struct RingWorkload: Workload {
    /// Points in a batch, two coordinates, features of the hidden layers.
    public let sizes: WorkloadSizes
    private var generator: MultilayerPerceptron
    private var discriminator: MultilayerPerceptron
    private var generatorOptimizer: Adam
    private var discriminatorOptimizer: Adam
    private let points: Tensor
    private var keys = StepKeys("ring")

    /// Networks with fresh weights.
    public init(sizes: WorkloadSizes) {
        precondition(sizes.size == 2, "[RingWorkload] expected points of 2 numbers, got \(sizes.size)")
        self.sizes = sizes
        let (width, key) = (sizes.width, RandomKey(seed: 0))
        generator = MultilayerPerceptron(
            features: [2, width, width, 2], key: key.folded("generator"))
        discriminator = MultilayerPerceptron(
            features: [2, width, width, 1], key: key.folded("discriminator"))
        generatorOptimizer = Adam(for: generator, beta1: 0.5)
        discriminatorOptimizer = Adam(for: discriminator, beta1: 0.5)
        points = Self.points(sizes.batch, key: key.folded("points"))
        evaluate(state.map(\.tensor))
    }

    /// Points of eight Gaussians with standard deviation 0.02 on the unit circle, `[N, 2]`.
    private static func points(_ count: Int, key: RandomKey) -> Tensor {
        let turn = (Tensor.uniform([count, 1], key: key.folded("mode")) * 8).floor() * (.pi / 4)
        let centres = concatenate([turn.cos(), turn.sin()], axis: 1)
        let points = centres + Tensor.normal([count, 2], key: key.folded("noise")) * 0.02
        evaluate(points)
        return points
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
        let latents = Tensor.normal([sizes.batch, 2], key: keys.next())
        let g = Traced(generator)
        let made = g.network(latents)
        let d = Traced(discriminator)
        let discriminatorLoss = nonSaturatingDiscriminatorLoss(
            real: d.network(points), fake: d.network(stopGradient(made)))
        discriminatorOptimizer.update(
            &discriminator, d.gradients(of: discriminatorLoss), learningRate: 1e-3)
        let generatorLoss = nonSaturatingGeneratorLoss(fake: discriminator(made))
        generatorOptimizer.update(&generator, g.gradients(of: generatorLoss), learningRate: 1e-3)
        return [("d_loss", discriminatorLoss), ("g_loss", generatorLoss)]
    }
}
