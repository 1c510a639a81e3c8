public import Networks
import Optimizers
import TensorCore

// Zhu, Park, Isola and Efros 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
// Adversarial Networks", https://arxiv.org/abs/1703.10593.

/// The numbers of CycleGAN.
public struct CycleTranslationConfiguration: Sendable, Hashable, Codable {
    /// The networks that translate, one each way.
    public var generator: TranslationGeneratorConfiguration
    /// Rows and columns of the pictures: the pools hold such.
    public var height: Int, width: Int
    /// Channels of the discriminators' first layers.
    public var discriminatorWidth: Int
    /// What a verdict of a discriminator looks at.
    public var reach: PatchReach
    /// How the discriminators' features are normalised.
    public var normalization: FeatureNormalization
    /// The game.
    public var loss: TranslationLoss
    /// The weight of the way there and back; the paper's is 10.
    public var cycleWeight: Double
    /// The weight of leaving pictures of the other kind as they are, as a share of `cycleWeight`;
    /// 0 leaves it out. It keeps colours.
    public var identityWeight: Double
    /// How many made pictures each discriminator is shown again; the paper's is 50.
    public var poolSize: Int
    /// The numbers of each step.
    public var steps: TranslationSteps

    /// The paper's numbers unless given.
    public init(
        generator: TranslationGeneratorConfiguration, height: Int, width: Int,
        discriminatorWidth: Int = 64, reach: PatchReach = .stridedLayers(3),
        normalization: FeatureNormalization = .instance, loss: TranslationLoss = .leastSquares,
        cycleWeight: Double = 10, identityWeight: Double = 0.5, poolSize: Int = 50,
        steps: TranslationSteps = TranslationSteps()
    ) {
        self.generator = generator
        self.height = height
        self.width = width
        self.discriminatorWidth = discriminatorWidth
        self.reach = reach
        self.normalization = normalization
        self.loss = loss
        self.cycleWeight = cycleWeight
        self.identityWeight = identityWeight
        self.poolSize = poolSize
        self.steps = steps
    }

    /// What is wrong with the numbers, in words; nil if they can be trained with.
    public var problem: String? {
        if let problem = generator.problem ?? steps.problem ?? reach.problem { return problem }
        if !(1...256).contains(discriminatorWidth) {
            return "expected a discriminator's width of 1 to 256, got \(discriminatorWidth)"
        }
        if !(8...2048).contains(height) || !(8...2048).contains(width) {
            return "expected pictures of 8 to 2048 pixels a side, got \(width)x\(height)"
        }
        for weight in [cycleWeight, identityWeight] where !(0...1e6).contains(weight) {
            return "expected weights of losses in 0 ... 1e6, got \(weight)"
        }
        if poolSize != 0 && !(steps.batchSize...1000).contains(poolSize) {
            return "expected a pool of 0, or of the batch's \(steps.batchSize) to 1000 pictures, "
                + "got \(poolSize)"
        }
        return nil
    }
}

/// Trains CycleGAN: two networks that translate pictures of two kinds into each other, so that there
/// and back gives the picture again.
public struct CycleTranslationTrainer: TranslationTrainer {
    /// The numbers of the training.
    public let configuration: CycleTranslationConfiguration
    /// What has been learned.
    public private(set) var state: CycleTranslationState
    private let key: RandomKey

    /// A trainer that goes on from a state.
    public init(state: CycleTranslationState, configuration: CycleTranslationConfiguration) {
        if let problem = configuration.problem {
            preconditionFailure("[CycleTranslationTrainer] \(problem)")
        }
        self.configuration = configuration
        self.state = state
        key = RandomKey(seed: configuration.steps.seed).folded("training")
    }

    /// One step: both generators, then both discriminators on real pictures and the pools'.
    ///
    /// Reports `g_adversarial` and `d_loss` (sums over both ways), `cycle` and, where it counts,
    /// `identity`: mean absolute errors as a share of the range of colours, means of both ways.
    ///
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ batch: TranslationBatch) throws -> StepReport {
        let clock = ContinuousClock()
        let start = clock.now
        let numbers = configuration.steps
        let rate = numbers.rate(at: state.counters.step) * state.counters.learningRateScale
        let stepKey = key.folded(UInt64(state.counters.step))
        let a = networkPictures(batch.inputs)
        let b = networkPictures(batch.targets)
        var next = state
        var g = Traced(next.generators)
        var d = Traced(next.discriminators)
        let way = Way(&g.network, a: a, b: b, withIdentity: configuration.identityWeight > 0)
        let adversarial =
            configuration.loss.generator(fake: d.network.b(way.madeB, training: true))
            + configuration.loss.generator(fake: d.network.a(way.madeA, training: true))
        var generatorLoss = adversarial + configuration.cycleWeight * way.cycle
        if let identity = way.identity {
            let weight = configuration.cycleWeight * configuration.identityWeight
            generatorLoss = generatorLoss + weight * identity
        }
        let shownB = next.poolB.exchange(stopGradient(way.madeB), key: stepKey.folded("pool b"))
        let shownA = next.poolA.exchange(stopGradient(way.madeA), key: stepKey.folded("pool a"))
        let discriminatorLoss =
            configuration.loss.discriminator(
                real: d.network.b(b, training: true), fake: d.network.b(shownB, training: true))
            + configuration.loss.discriminator(
                real: d.network.a(a, training: true), fake: d.network.a(shownA, training: true))
        let slopes = g.gradients(of: generatorLoss)
        next.generators = g.network
        next.generatorOptimizer.update(&next.generators, slopes, learningRate: rate)
        let judges = d.gradients(of: discriminatorLoss)
        next.discriminators = d.network
        next.discriminatorOptimizer.update(&next.discriminators, judges, learningRate: rate)
        var counters = next.counters
        counters.step += 1
        counters.samplesSeen += batch.inputs.shape[0]
        counters.dataPosition = batch.position
        next.counters = counters
        var scalars = [
            ("d_loss", discriminatorLoss), ("g_adversarial", adversarial),
            ("cycle", 0.25 * way.cycle),
        ]
        if let identity = way.identity { scalars.append(("identity", 0.25 * identity)) }
        // No loss here needs a network as it is after its update.
        let values = try commitStep(
            &state, next, scalars.map { (name: $0.0, tensor: $0.1) }, step: counters.step,
            precision: numbers.precision
        ) { _ in true }
        return StepReport(
            step: counters.step, samplesSeen: counters.samplesSeen, values: values,
            seconds: (clock.now - start).inSeconds)
    }

    /// Pictures there and back, and how far off they come.
    private struct Way {
        let madeA: Tensor, madeB: Tensor
        /// The mean absolute errors of both ways there and back, added up.
        let cycle: Tensor
        /// The same of pictures that were of the other kind already.
        let identity: Tensor?

        init(_ networks: inout TranslationPair, a: Tensor, b: Tensor, withIdentity: Bool) {
            madeB = networks.aToB(a, training: true)
            madeA = networks.bToA(b, training: true)
            let backA = networks.bToA(madeB, training: true)
            let backB = networks.aToB(madeA, training: true)
            cycle = (backA - a).abs().mean() + (backB - b).abs().mean()
            identity =
                withIdentity
                ? (networks.aToB(b, training: true) - b).abs().mean()
                    + (networks.bToA(a, training: true) - a).abs().mean() : nil
        }
    }
}
