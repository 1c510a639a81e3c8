public import Networks

/// That training went back to an earlier state.
public struct RollBack: Sendable, Hashable, Codable {
    /// After how many steps something went wrong.
    public var from: Int
    /// To how many steps training went back.
    public var to: Int
    /// What went wrong.
    public var cause: HealthMessage
    /// By what learning rates are multiplied from now on.
    public var learningRateScale: Double
}

/// Training that is watched. When a number is no longer finite or explodes, it goes back to the last good
/// state with half the learning rates, once in the life of a run; the second time it stops and says why.
///
/// How often a run went back, and its learning rates since, are part of the state and so of checkpoints.
public struct GuardedTraining<G: GeneratorNetwork, D: DiscriminatorNetwork>: Sendable {
    /// The state of the training.
    public typealias State = AdversarialState<G, D>

    /// How often a run may go back.
    public static var mostRollBacks: Int { 1 }

    /// The trainer.
    public private(set) var trainer: AdversarialTrainer<G, D>
    /// What watches it.
    public private(set) var monitor: HealthMonitor
    /// Every so many steps the state is remembered as one to go back to.
    public let anchorInterval: Int
    /// For how many steps it has to be well before it counts as good.
    public let anchorPatience: Int
    private let lastGood: (@Sendable () throws -> State?)?
    private var anchor: State?

    /// A trainer, watched.
    ///
    /// - Parameters:
    ///   - trainer: The trainer.
    ///   - monitor: What watches it.
    ///   - anchorInterval: Every so many steps the state is remembered; it costs as much memory as the
    ///     networks and their optimizers.
    ///   - anchorPatience: For how many steps it has to be well before it counts as good.
    ///   - lastGood: Where a good state comes from instead, such as the last checkpoint: nothing is
    ///     remembered then. Where it answers nil, training cannot go back.
    public init(
        _ trainer: AdversarialTrainer<G, D>, monitor: HealthMonitor = HealthMonitor(),
        anchorInterval: Int = 200, anchorPatience: Int = 20,
        lastGood: (@Sendable () throws -> State?)? = nil
    ) {
        precondition(
            anchorInterval > 0 && anchorPatience >= 0,
            "[GuardedTraining] expected a positive interval and a patience from 0 on, got "
                + "\(anchorInterval) and \(anchorPatience)")
        self.trainer = trainer
        self.monitor = monitor
        self.anchorInterval = anchorInterval
        self.anchorPatience = anchorPatience
        self.lastGood = lastGood
        anchor = lastGood == nil ? trainer.state : nil
    }

    /// Takes note of something that only the caller knows, such as the statistics of samples, and
    /// answers what is to be said.
    public mutating func observe(
        _ body: (inout HealthMonitor) -> [HealthMessage]
    ) -> [HealthMessage] {
        body(&monitor)
    }

    /// Does steps as `AdversarialTrainer.run` does, and tells the observer of health as well.
    ///
    /// After going back, the batches go on where they were: the next one is another than before.
    ///
    /// - Throws: `TrainingError.diverged` the second time that something goes wrong; the state is then as
    ///   the last step left it, and not one to keep; `TrainingError.outOfData`; what the observer and `lastGood` throw.
    public mutating func run(
        _ batches: some Sequence<TrainingBatch>, until steps: Int,
        sampling: AdversarialTrainer<G, D>.Sampling?,
        observer: AdversarialTrainer<G, D>.Observer
    ) throws {
        var iterator = batches.makeIterator()
        while let cause = try stretch(&iterator, until: steps, sampling, observer) {
            let from = cause.step
            let good = try lastGood.map { try $0() } ?? anchor
            guard trainer.state.rollBacks < Self.mostRollBacks, let good else {
                throw TrainingError.diverged(
                    step: from,
                    cause: trainer.state.rollBacks == 0
                        ? "\(cause.happening), and there is no earlier state to go back to"
                        : "\(cause.happening), for the second time, with learning rates already at "
                            + "\(trainer.state.learningRateScale) of what was asked for",
                    advice: cause.advice)
            }
            trainer.rollBack(to: good, learningRates: 0.5)
            monitor.forget()
            anchor = lastGood == nil ? trainer.state : nil
            let event = RollBack(
                from: from, to: good.step, cause: cause,
                learningRateScale: trainer.state.learningRateScale)
            if try observer(.rolledBack(event), trainer.state) == .stop { return }
        }
    }

    /// Trains until the end, or until something goes wrong; answers what.
    private mutating func stretch(
        _ iterator: inout some IteratorProtocol<TrainingBatch>, until steps: Int,
        _ sampling: AdversarialTrainer<G, D>.Sampling?,
        _ observer: AdversarialTrainer<G, D>.Observer
    ) throws -> HealthMessage? {
        var (watch, anchor) = (monitor, anchor)
        var candidate: State?
        var cause: HealthMessage?
        let (interval, patience) = (anchorInterval, anchorPatience)
        let remembers = lastGood == nil
        defer {
            monitor = watch
            self.anchor = anchor
        }
        do {
            try trainer.run(from: &iterator, until: steps, sampling: sampling) { event, state in
                // The last pictures of an exploded network are of no use.
                if cause != nil { return .stop }
                guard case .stepped(let report) = event else { return try observer(event, state) }
                var directive = try observer(event, state)
                for message in watch.observe(report) {
                    if try observer(.health(message), state) == .stop { directive = .stop }
                    if message.kind == .explosion && message.severity == .critical {
                        cause = message
                    }
                }
                if cause != nil { return .stop }
                if remembers {
                    if let good = candidate, state.step - good.step >= patience {
                        (anchor, candidate) = (good, nil)
                    }
                    if state.step % interval == 0 { candidate = state }
                }
                return directive
            }
        } catch TrainingError.nonFinite(let step, let name, let value) {
            let message = HealthMessage.nonFinite(step: step, name: name, value: value)
            if try observer(.health(message), trainer.state) == .stop { return nil }
            return message
        }
        return cause
    }
}
