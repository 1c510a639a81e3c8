public import Metrics
import Networks
import Optimizers
import TensorCore
public import Training

/// One training on a mixture of Gaussians from one seed, and what became of it.
public struct MixtureTrial: Sendable {
    private typealias Trainer =
        AdversarialTrainer<
            PointGenerator, GainedDiscriminator<PackedDiscriminator<PointDiscriminator>>
        >

    /// What is learned and judged.
    public let data: GaussianMixtureProtocol
    /// How it is learned.
    public let method: MixtureMethod
    /// From which every random number follows.
    public let seed: UInt64
    private var trainer: Trainer
    private let key: RandomKey

    /// A trial before its first step.
    public init(_ data: GaussianMixtureProtocol, _ method: MixtureMethod, seed: UInt64) {
        if let problem = method.problem { preconditionFailure("[MixtureTrial] \(problem)") }
        self.data = data
        self.method = method
        self.seed = seed
        let key = RandomKey(seed: seed)
        self.key = key
        var training = method.training
        training.seed = seed
        var judge = method.networks
        judge.dimensions *= method.objective.packing
        let state = AdversarialState(
            generator: PointGenerator(method.networks, key: key.folded("generator")),
            discriminator: GainedDiscriminator(
                PackedDiscriminator(
                    PointDiscriminator(judge, key: key.folded("discriminator")),
                    pack: method.objective.packing),
                gain: method.judgeGain),
            configuration: training)
        trainer = Trainer(
            state: state, phases: AdversarialPhase.table(for: method.objective),
            configuration: training)
    }

    /// Steps done.
    public var step: Int { trainer.state.step }
    /// Whether there is no step left.
    public var isDone: Bool { step >= method.steps }

    /// Does steps, each on fresh points.
    ///
    /// - Parameters:
    ///   - count: How many at most.
    ///   - observer: Sees each step's report.
    /// - Throws: `TrainingError` when a number is not finite.
    public mutating func advance(_ count: Int, observer: (StepReport) -> Void = { _ in }) throws {
        let last = min(method.steps, step + count)
        while step < last { observer(try trainer.step(batches())) }
    }

    /// Fresh points for a step: the same for every method with as large a batch.
    private func batches() -> [TrainingBatch] {
        let size = method.training.batchSize
        let count = trainer.batchesPerStep
        let key = key.folded("points").folded(UInt64(step))
        return (0..<count).map { turn in
            TrainingBatch(
                pictures: Tensor(
                    data.points(size, key: turn == 0 ? key : key.folded(UInt64(turn))),
                    shape: [size, 1, 1, 2]),
                position: (step * count + turn + 1) * size)
        }
    }

    /// Points from the generator as it is now, `[count, 2]` row-major.
    public func samples(_ count: Int) -> [Float] {
        var generator =
            method.judgesAverage
            ? trainer.state.average.average : trainer.state.generator
        let latents = Tensor.normal(
            [count, generator.latentSize], key: key.folded("judged samples"))
        return generator(latents, training: false).floats()
    }

    /// Judges as many samples as the protocol asks for.
    ///
    /// - Throws: `FeatureError` for samples that are not finite.
    public func measure() throws(FeatureError) -> GaussianMixtureProtocol.Result {
        try data.measure(FeatureMatrix(samples(data.sampleCount), featureCount: 2))
    }
}
