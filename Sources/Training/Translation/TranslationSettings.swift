public import Networks
public import TensorCore

/// Which way pictures are translated, where a run has two kinds of them, A and B.
public enum TranslationDirection: String, Sendable, Hashable, Codable, CaseIterable {
    /// Pictures of kind A to kind B.
    case aToB = "a-to-b"
    /// Pictures of kind B to kind A.
    case bToA = "b-to-a"

    /// The other way.
    public var reversed: TranslationDirection { self == .aToB ? .bToA : .aToB }
}

/// The game that generator and discriminator of a translation play.
public enum TranslationLoss: String, Sendable, Hashable, Codable, CaseIterable {
    /// The non-saturating loss, as in pix2pix.
    case vanilla
    /// Least squares, as in CycleGAN.
    case leastSquares = "least-squares"

    /// What the discriminator minimises: the mean of its losses of real and made pictures.
    func discriminator(real: Tensor, fake: Tensor) -> Tensor {
        switch self {
        case .vanilla: 0.5 * nonSaturatingDiscriminatorLoss(real: real, fake: fake)
        case .leastSquares: leastSquaresDiscriminatorLoss(real: real, fake: fake)
        }
    }

    /// What the generator minimises: `mean(-log s(fake))`, or `mean((fake - 1)^2)`, not halved, as
    /// in both papers' code.
    func generator(fake: Tensor) -> Tensor {
        switch self {
        case .vanilla: nonSaturatingGeneratorLoss(fake: fake)
        case .leastSquares: 2 * leastSquaresGeneratorLoss(fake: fake)
        }
    }
}

/// The numbers of a translation's steps. All of them go into a checkpoint.
public struct TranslationSteps: Sendable, Hashable, Codable {
    /// Pictures (of each kind) in a batch.
    public var batchSize = 1
    /// The learning rate of all networks.
    public var learningRate = 2e-4
    /// How it goes with the steps.
    public var schedule = LearningRateSchedule.constant
    /// Adam's decay of first moments.
    public var beta1 = 0.5
    /// Adam's decay of second moments.
    public var beta2 = 0.999
    /// From which every random number of the run follows.
    public var seed: UInt64 = 0
    /// What products may round their operands to.
    public var precision = ComputePrecision.float32

    /// The numbers of both papers.
    public init() {}

    /// What is wrong with the numbers, in words; nil if they can be trained with.
    public var problem: String? {
        if !(1...256).contains(batchSize) {
            return "expected a batch of 1 to 256, got \(batchSize)"
        }
        if !(learningRate > 0 && learningRate <= 100) {
            return "expected a learning rate above 0, got \(learningRate)"
        }
        for (name, decay) in [("beta1", beta1), ("beta2", beta2)] where !(0..<1).contains(decay) {
            return "expected \(name) in 0 ..< 1, got \(decay)"
        }
        if case .linearDecay(let start, let end) = schedule,
            !(0...Int(Int32.max)).contains(start) || !(0...Int(Int32.max)).contains(end)
        {
            return "expected a schedule within \(Int32.max) steps, got \(start) to \(end)"
        }
        return nil
    }

    /// The learning rate of a step (the first is step 0).
    public func rate(at step: Int) -> Double { learningRate * schedule.factor(step) }
}

/// What a translation's trainer learns from in one step.
public struct TranslationBatch: Sendable {
    /// uint8 `[N, H, W, 3]`: what is translated; pictures of kind A where there are no pairs.
    public var inputs: Tensor
    /// uint8 `[N, H, W, 3]`: what each becomes; pictures of kind B where there are no pairs.
    public var targets: Tensor
    /// How many samples the stream has given, this batch included: where to go on after it.
    public var position: Int

    /// A batch.
    public init(inputs: Tensor, targets: Tensor, position: Int) {
        precondition(
            inputs.rank == 4 && inputs.shape[3] == 3 && inputs.shape == targets.shape,
            "[TranslationBatch] expected inputs and targets [N, H, W, 3] alike, got \(inputs.shape) "
                + "and \(targets.shape)")
        self.inputs = inputs
        self.targets = targets
        self.position = position
    }
}

/// What a translation counts.
public struct TranslationCounters: Sendable, Hashable, Codable {
    /// Steps done.
    public var step = 0
    /// Pairs (or pictures of each kind) seen.
    public var samplesSeen = 0
    /// Samples that the data stream has given: where it goes on.
    public var dataPosition = 0
    /// How many pictures each pool holds.
    public var poolCounts: [Int] = []
    /// How often training went back to an earlier state; see ``GuardedTranslation``.
    public var rollBacks = 0
    /// By what the learning rate is multiplied since.
    public var learningRateScale = 1.0

    /// Nothing done yet.
    public init() {}

    /// Reads counters; those that were written before training could go back lack what came later.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        step = try values.decode(Int.self, forKey: .step)
        samplesSeen = try values.decode(Int.self, forKey: .samplesSeen)
        dataPosition = try values.decode(Int.self, forKey: .dataPosition)
        poolCounts = try values.decode([Int].self, forKey: .poolCounts)
        rollBacks = try values.decodeIfPresent(Int.self, forKey: .rollBacks) ?? 0
        learningRateScale =
            try values.decodeIfPresent(Double.self, forKey: .learningRateScale) ?? 1
    }

    /// What is wrong with counters from outside, in words.
    public var problem: String? {
        let range = 0...1 << 53
        if ![step, samplesSeen, dataPosition].allSatisfy(range.contains) {
            return "counts \(step), \(samplesSeen) and \(dataPosition)"
        }
        if !(0...1000).contains(rollBacks) { return "went back \(rollBacks) times" }
        return learningRateScale > 0 && learningRateScale <= 1
            ? nil : "scales the learning rate by \(learningRateScale)"
    }
}

/// Everything that a translation carries from step to step: what a checkpoint holds. Random numbers
/// follow from the seed and the step, and schedules from the step, so with these tensors and counters a
/// run goes on as if it had never stopped.
public protocol TranslationState: Module {
    /// The numbers beside the tensors.
    var counters: TranslationCounters { get set }
    /// The network that translates one way; nil where there is none.
    func generator(_ direction: TranslationDirection) -> TranslationGenerator?
}

/// Trains translation networks. Emits reports; never prints, saves or draws.
public protocol TranslationTrainer: Sendable {
    /// What it learns.
    associatedtype State: TranslationState
    /// What has been learned.
    var state: State { get }
    /// One step.
    ///
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    mutating func step(_ batch: TranslationBatch) throws -> StepReport
}
