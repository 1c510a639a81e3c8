/// A translation that is watched: when a number is no longer finite, it goes back to the last good state
/// with half the learning rate, once in the life of a run; the second time it stops and says why.
///
/// How often a run went back, and its learning rate since, are part of its counters and so of
/// checkpoints.
public struct GuardedTranslation: Sendable {
    /// What came of a step.
    public enum Outcome: Sendable {
        /// It was done.
        case stepped(StepReport)
        /// Training went back instead.
        case rolledBack(RollBack)
    }

    /// How often a run may go back.
    public static let mostRollBacks = 1

    private var trainer: any TranslationTrainer
    private let makeTrainer: @Sendable (any TranslationState) -> any TranslationTrainer
    private let lastGood: @Sendable () throws -> (any TranslationState)?

    /// Training from a state, watched.
    ///
    /// - Parameters:
    ///   - state: Where it goes on.
    ///   - trainer: Makes a trainer that goes on from a state.
    ///   - lastGood: The state to go back to, such as that of the last checkpoint or of the very
    ///     beginning. Where it answers nil, training cannot go back.
    public init(
        from state: any TranslationState,
        trainer makeTrainer: @escaping @Sendable (any TranslationState) -> any TranslationTrainer,
        lastGood: @escaping @Sendable () throws -> (any TranslationState)?
    ) {
        self.makeTrainer = makeTrainer
        self.lastGood = lastGood
        trainer = makeTrainer(state)
    }

    /// What has been learned.
    public var state: any TranslationState { trainer.state }

    /// One step, or one back.
    ///
    /// After going back, batches go on where they were: the next one is another than that which went
    /// wrong.
    ///
    /// - Throws: `TrainingError.diverged` the second time that a number is not finite; what `lastGood`
    ///   throws.
    public mutating func step(_ batch: TranslationBatch) throws -> Outcome {
        do {
            return .stepped(try trainer.step(batch))
        } catch TrainingError.nonFinite(let step, let name, let value) {
            let cause = HealthMessage(
                step: step, kind: .nonFinite, severity: .critical,
                happening: "\(name) became \(value)", advice: Self.advice)
            let counters = trainer.state.counters
            guard counters.rollBacks < Self.mostRollBacks, var good = try lastGood() else {
                throw TrainingError.diverged(
                    step: step,
                    cause: counters.rollBacks == 0
                        ? "\(cause.happening), and there is no earlier state to go back to"
                        : "\(cause.happening), for the second time, with the learning rate already "
                            + "at \(counters.learningRateScale) of what was asked for",
                    advice: cause.advice)
            }
            good.counters.rollBacks = counters.rollBacks + 1
            good.counters.learningRateScale = counters.learningRateScale * 0.5
            trainer = makeTrainer(good)
            return .rolledBack(
                RollBack(
                    from: step, to: good.counters.step, cause: cause,
                    learningRateScale: good.counters.learningRateScale))
        }
    }

    private static let advice =
        "Lower the learning rate, use --precision f32, or a larger batch"
}
