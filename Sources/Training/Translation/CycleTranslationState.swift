public import Networks
public import Optimizers
public import TensorCore

/// The networks that translate, one each way.
public struct TranslationPair: Module {
    /// Makes pictures of kind B from kind A.
    public var aToB: TranslationGenerator
    /// Makes pictures of kind A from kind B.
    public var bToA: TranslationGenerator

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        aToB.forEachTensor(under: path + "a_to_b.", body)
        bToA.forEachTensor(under: path + "b_to_a.", body)
    }
}

/// The judges of pictures of both kinds.
public struct TranslationJudges: Module {
    /// Tells pictures of kind A from made ones.
    public var a: PatchDiscriminator
    /// Tells pictures of kind B from made ones.
    public var b: PatchDiscriminator

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        a.forEachTensor(under: path + "a.", body)
        b.forEachTensor(under: path + "b.", body)
    }
}

/// Everything that CycleGAN carries from step to step.
public struct CycleTranslationState: TranslationState {
    /// The networks that translate.
    public var generators: TranslationPair
    /// The judges.
    public var discriminators: TranslationJudges
    /// The optimizer of both generators.
    public var generatorOptimizer: Adam
    /// The optimizer of both discriminators.
    public var discriminatorOptimizer: Adam
    /// Made pictures of kind A.
    public var poolA: PicturePool
    /// Made pictures of kind B.
    public var poolB: PicturePool
    private var numbers = TranslationCounters()

    /// The state before the first step; nothing is evaluated yet.
    public init(_ configuration: CycleTranslationConfiguration) {
        let steps = configuration.steps
        let key = RandomKey(seed: steps.seed)
        func generator(_ name: String) -> TranslationGenerator {
            TranslationGenerator(configuration.generator, key: key.folded(name))
        }
        func judge(_ name: String) -> PatchDiscriminator {
            PatchDiscriminator(
                inputChannels: 3, width: configuration.discriminatorWidth,
                reach: configuration.reach, normalization: configuration.normalization,
                key: key.folded(name))
        }
        func pool() -> PicturePool {
            PicturePool(
                capacity: configuration.poolSize, height: configuration.height,
                width: configuration.width, channels: 3)
        }
        generators = TranslationPair(aToB: generator("a to b"), bToA: generator("b to a"))
        discriminators = TranslationJudges(a: judge("judge a"), b: judge("judge b"))
        generatorOptimizer = Adam(for: generators, beta1: steps.beta1, beta2: steps.beta2)
        discriminatorOptimizer = Adam(for: discriminators, beta1: steps.beta1, beta2: steps.beta2)
        poolA = pool()
        poolB = pool()
    }

    /// The numbers beside the tensors.
    public var counters: TranslationCounters {
        get {
            var result = numbers
            result.poolCounts = [poolA.count, poolB.count]
            return result
        }
        set {
            numbers = newValue
            generatorOptimizer.step = newValue.step
            discriminatorOptimizer.step = newValue.step
            let counts = newValue.poolCounts
            poolA.count = counts.isEmpty ? 0 : min(max(0, counts[0]), poolA.pictures.count)
            poolB.count = counts.count < 2 ? 0 : min(max(0, counts[1]), poolB.pictures.count)
        }
    }

    /// The network that translates one way.
    public func generator(_ direction: TranslationDirection) -> TranslationGenerator? {
        direction == .aToB ? generators.aToB : generators.bToA
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        generators.forEachTensor(under: path + "generators.", body)
        discriminators.forEachTensor(under: path + "discriminators.", body)
        generatorOptimizer.forEachTensor(under: path + "generator_optimizer.", body)
        discriminatorOptimizer.forEachTensor(under: path + "discriminator_optimizer.", body)
        poolA.forEachTensor(under: path + "pool_a.", body)
        poolB.forEachTensor(under: path + "pool_b.", body)
    }
}
