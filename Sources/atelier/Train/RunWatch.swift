import Datasets
import Metrics
import Runs
import Training

/// What is looked at while a run trains beside its own numbers: what the discriminator says of held-out
/// pictures, figures of the averaged generator, copies of training pictures.
struct RunWatch {
    /// After so long a measurement says how far it is.
    private static let patience = Duration.seconds(2)

    private let neighboursEvery: Int?
    private let heldOut: HeldOutWatch?
    private var scorer: CheckpointScorer
    private var measurer: RunMeasurer
    /// What was measured last, and after how many steps.
    private var measured: (step: Int, figures: RunMeasurer.Figures)?
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - dataset: All pictures.
    ///   - training: Those that are trained on.
    ///   - heldOut: The others, if there are any.
    init(
        _ run: RunFolder, _ configuration: RunConfiguration, dataset: PictureDataset,
        training: PictureDataset, heldOut: PictureDataset?
    ) throws {
        neighboursEvery = configuration.cadence.neighboursEvery
        self.heldOut = try HeldOutWatch(training, heldOut, configuration)
        scorer = CheckpointScorer(training, seed: configuration.training.seed)
        measurer = try RunMeasurer(run, configuration, dataset)
    }

    /// Whether the state after so many steps was measured, and so is to be kept.
    func isMeasured(_ step: Int) -> Bool { measured?.step == step }

    /// Forgets what was measured, as after going back.
    mutating func forget() { measured = nil }

    /// Looks at a state, where it is time to.
    ///
    /// - Parameters:
    ///   - isEnd: Whether training ends with it.
    ///   - health: Gets what the numbers say.
    /// - Returns: Numbers for the log, by name.
    mutating func look(
        at state: GANState, isEnd: Bool, _ health: inout HealthReporter,
        _ progress: inout ProgressReporter
    ) throws -> [String: Double] {
        var values: [String: Double] = [:]
        if let heldOut, heldOut.isDue(state.step) {
            let scores = heldOut.scores(state)
            values["d_logit_training"] = scores.training
            values["d_logit_held_out"] = scores.heldOut
            values["d_logit_made"] = scores.made
            if let gap = scores.gap { values["held_out_gap"] = gap }
            try health.look(at: scores, step: state.step, &progress)
        }
        var figures: RunMeasurer.Figures?
        if let plan = measurer.plan, isEnd || state.step % plan.interval == 0 {
            figures = try measure(state, &progress)
            for metric in figures?.metrics ?? [] { values["metric/\(metric.key)"] = metric.value }
        }
        let isAsked = neighboursEvery.map { state.step % $0 == 0 } ?? false
        if figures != nil || isAsked, let (copies, path) = try seek(state, figures, &progress) {
            values["copied_share"] = copies.copiedShare
            progress.event(
                "neighbours",
                [
                    "step": .integer(state.step), "path": .string(path),
                    "copied_share": .number(copies.copiedShare),
                    "usual_share": .number(copies.usualShare),
                ])
            try health.look(at: copies, step: state.step, &progress)
        }
        return values
    }

    /// Looks for copies when training is over and saved, unless that was just done. Nothing is logged:
    /// a run that goes on from here has the log of one that never stopped.
    mutating func lookAtLast(
        _ state: GANState, _ run: RunFolder, _ health: inout HealthReporter,
        _ progress: inout ProgressReporter
    ) throws {
        guard !run.neighbourSheets.contains(where: { $0.step == state.step }),
            let (copies, _) = try seek(state, nil, &progress)
        else { return }
        try health.look(at: copies, step: state.step, &progress)
    }

    /// The score of a checkpoint, and what it was measured by; nil where this state was not measured, but
    /// others are.
    mutating func score(_ state: GANState) throws -> (value: Double, metric: ScoreMetric?)? {
        guard measurer.plan != nil else { return (try scorer.score(state), nil) }
        guard let measured, measured.step == state.step else { return nil }
        return (measured.figures.score, measured.figures.metric)
    }

    // MARK: Measuring

    private mutating func measure(
        _ state: GANState, _ progress: inout ProgressReporter
    ) throws -> RunMeasurer.Figures? {
        progress.endLine()
        let start = clock.now
        var meter = progress.meter(patience: Self.patience)
        do {
            guard let figures = try measurer.measure(state, &meter) else { return nil }
            meter.end()
            measured = (state.step, figures)
            report(figures, state.step, (clock.now - start).inSeconds, &progress)
            return figures
        } catch let error as FeatureError {
            // A network that makes nothing measurable may do better later.
            meter.end()
            progress.say("step \(state.step): the metrics cannot be measured: \(error)")
            return nil
        } catch {
            guard Interruption.isRequested else { throw error }
            progress.say("step \(state.step): measuring the metrics was interrupted")
            return nil
        }
    }

    private mutating func seek(
        _ state: GANState, _ figures: RunMeasurer.Figures?, _ progress: inout ProgressReporter
    ) throws -> (copies: TrainingCopies, path: String)? {
        guard measurer.canSeekCopies, !Interruption.isRequested else { return nil }
        progress.endLine()
        var meter = progress.meter(patience: Self.patience)
        do {
            let (copies, path) = try measurer.seekCopies(state, figures, &meter)
            meter.end()
            return (copies, path)
        } catch let error as FeatureError {
            meter.end()
            progress.say("step \(state.step): copies cannot be looked for: \(error)")
            return nil
        } catch {
            guard Interruption.isRequested else { throw error }
            progress.say("step \(state.step): looking for copies was interrupted")
            return nil
        }
    }

    private func report(
        _ figures: RunMeasurer.Figures, _ step: Int, _ seconds: Double,
        _ progress: inout ProgressReporter
    ) {
        let words = figures.metrics.map { metric -> String in
            let error = metric.standardError.map { " ± \(Readable.short($0))" } ?? ""
            return "\(metric.name) \(Readable.short(metric.value))\(error)"
        }
        progress.say(
            "step \(step): \(words.joined(separator: ", ")) (\(figures.counts.made) made, "
                + "\(figures.counts.real) real pictures; \(Readable.duration(seconds)))")
        func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
        var fields: [String: JSONValue] = [
            "step": .integer(step), "score": number(figures.score),
            "score_metric": .string(figures.metric.name), "seconds": .number(seconds),
        ]
        for metric in figures.metrics { fields["metric/\(metric.key)"] = number(metric.value) }
        progress.event("metrics", fields)
    }
}
