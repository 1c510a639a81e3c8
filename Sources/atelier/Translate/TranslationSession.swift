import Datasets
import Imaging
import Runs
import TensorCore
import Training
import Viewer

/// One stretch of training a translation: data in, events out to the log, the samples, the checkpoints,
/// the progress line and the window.
final class TranslationSession {
    /// How a session ended.
    enum Ending: String {
        case finished, interrupted, stopped
    }

    private let run: RunFolder
    private let configuration: TranslationRunConfiguration
    private let data: TranslationData
    private let heldOut: HeldOutPictures
    private var training: GuardedTranslation
    private var health: HealthReporter
    private var progress: ProgressReporter
    private let feed: LiveFeed?
    private let remote: RemoteControl

    private var log: MetricsLog
    private var events: EventFileWriter
    private let store: CheckpointStore
    private let clock = ContinuousClock()
    private var seconds: Double
    private var lastStepEnd: ContinuousClock.Instant
    private var speed = SpeedMeter()
    private var sampleTimer = GrowingInterval(least: 5, share: 0.02)
    private var checkpointTimer = GrowingInterval(least: 60, share: 0.05)
    private var lastStatus: ContinuousClock.Instant?
    private var lastCheckpointStep: Int
    private var lastCheckpointSeconds: Double
    private var lastMeasures: (step: Int, measures: HeldOutPictures.Measures)?
    private var unpublished: [MetricPoint] = []

    init(
        run: RunFolder, configuration: TranslationRunConfiguration, data: TranslationData,
        features: TranslationFeatures?, state: any TranslationState, seconds: Double,
        progress: ProgressReporter, feed: LiveFeed?
    ) throws {
        self.run = run
        self.configuration = configuration
        self.data = data
        self.progress = progress
        self.feed = feed
        self.seconds = seconds
        heldOut = try HeldOutPictures(data, configuration, features)
        training = GuardedTranslation(from: state) {
            configuration.trainer(from: $0)
        } lastGood: {
            // The newest sound checkpoint, or the very beginning.
            try run.checkpoints.latestIfAny().map {
                try configuration.state(from: $0.checkpoint).state
            } ?? configuration.initialState()
        }
        health = HealthReporter(run, nil, seed: configuration.steps.seed)
        let step = state.counters.step
        log = try MetricsLog(path: run.metricsPath)
        events = try EventFileWriter(folder: run.path, resumingAfter: run.hasEvents ? step : nil)
        store = CheckpointStore(
            folder: run.checkpointsFolder, keeping: configuration.cadence.checkpointsKept)
        remote = RemoteControl(RunControlReader(run))
        lastCheckpointStep = step > 0 ? step : -1
        lastCheckpointSeconds = seconds
        lastStepEnd = clock.now
        sampleTimer.reset(at: seconds)
        checkpointTimer.reset(at: seconds)
    }

    private var counters: TranslationCounters { training.state.counters }

    /// Steps done.
    var step: Int { counters.step }

    /// The number of steps after which training ends.
    private var totalSteps: Int? { configuration.cadence.steps }

    /// In steps: every epoch, but no more often than measuring pays.
    private var measureInterval: Int {
        let epoch = configuration.stepsPerEpoch
        return epoch * max(1, (50 + epoch - 1) / epoch)
    }

    /// Trains to the end of the run, or until asked to stop; saves at the end.
    func train() throws -> Ending {
        let steps = configuration.steps
        let stream = data.stream(
            batchSize: steps.batchSize, seed: steps.seed, startingAt: counters.dataPosition)
        do {
            try writeStatus(.running, force: true)
            if step == 0 { try drawSamples() }
            lastStepEnd = clock.now
            var ending = Ending.finished
            var isOver = isOver()
            let batches = stream.makeIterator()
            while !isOver {
                guard let batch = batches.next() else {
                    throw TrainingError.outOfData(step: step)
                }
                let outcome = try training.step(
                    TranslationBatch(
                        inputs: Tensor(uint8: batch.inputs, shape: batch.shape),
                        targets: Tensor(uint8: batch.targets, shape: batch.shape),
                        position: batch.nextPosition))
                switch outcome {
                case .stepped(let report): isOver = try observe(report, &ending)
                case .rolledBack(let event): try goBack(event)
                }
            }
            try save()
            progress.endLine()
            try writeStatus(ending == .finished ? .finished : .stopped, force: true)
            return ending
        } catch {
            let described = described(error, stream.failure)
            progress.endLine()
            // What went wrong first is what is said, whether or not the folder can be written.
            try? writeStatus(.failed, force: true, message: "\(described)")
            throw described
        }
    }

    // MARK: Each step

    /// Does what is due after a step. Answers whether training is over.
    private func observe(_ report: StepReport, _ ending: inout Ending) throws -> Bool {
        let now = clock.now
        let elapsed = (now - lastStepEnd).inSeconds
        lastStepEnd = now
        seconds += elapsed
        speed.add(seconds: elapsed, images: configuration.steps.batchSize)
        let isEnd = isOver()
        var stop = isEnd
        if Interruption.isRequested {
            (ending, stop) = (.interrupted, true)
        } else if try remote.shouldStop(whilePaused: { try self.pause() }) {
            (ending, stop) = (.stopped, true)
        }
        let isMeasured = report.step % measureInterval == 0
        let measures = isMeasured ? measured() : nil
        if isMeasured || stop || report.step == 1
            || report.step % configuration.cadence.logEvery == 0
        {
            try writeLog(report, measures?.values ?? [:])
        }
        if let measures { try say(measures) }
        if isDue(configuration.cadence.sampleEvery, &sampleTimer) || stop { try drawSamples() }
        if !stop, try isCheckpointDue(measures) { try save() }
        if progress.isDue(isLast: stop) {
            progress.show(
                .init(
                    report: report, totalSteps: totalSteps, imagesPerSecond: speed.imagesPerSecond,
                    secondsLeft: secondsLeft(), lossText: Self.lossText(report)))
        }
        try writeStatus(.running, force: false)
        // Measuring, drawing and saving are not training time.
        lastStepEnd = clock.now
        return stop
    }

    /// Takes the run's folder back to where training goes on, and says so.
    private func goBack(_ event: RollBack) throws {
        try log.synchronize()
        try events.synchronize()
        try run.rewind(to: event.to)
        log = try MetricsLog(path: run.metricsPath)
        events = try EventFileWriter(folder: run.path, resumingAfter: event.to)
        lastMeasures = nil
        lastCheckpointStep = event.to > 0 ? event.to : -1
        progress.endLine()
        try health.take(event.cause, &progress)
        try health.take(event, &progress)
        lastStepEnd = clock.now
    }

    private static func lossText(_ report: StepReport) -> String {
        let names = [
            ("d_loss", "D"), ("g_adversarial", "G"), ("l1", "L1"), ("cycle", "cycle"),
            ("identity", "identity"),
        ]
        return "loss "
            + names.compactMap { key, name in
                report.values[key].map { "\(name) \(Readable.fixed(Double($0), 3))" }
            }.joined(separator: " ")
    }

    private func isOver() -> Bool {
        if let totalSteps, step >= totalSteps { return true }
        if let minutes = configuration.cadence.minutes, seconds >= minutes * 60 { return true }
        return false
    }

    private func isDue(_ interval: Int?, _ timer: inout GrowingInterval) -> Bool {
        if let interval { return step % interval == 0 }
        return timer.isDue(at: seconds)
    }

    /// Checkpoints come by time, or in steps; and soon after pictures were better than ever.
    private func isCheckpointDue(_ measures: HeldOutPictures.Measures?) throws -> Bool {
        if isDue(configuration.cadence.checkpointEvery, &checkpointTimer) { return true }
        guard configuration.cadence.checkpointEvery == nil, let measures,
            seconds - lastCheckpointSeconds >= max(20, 0.01 * seconds)
        else { return false }
        return store.best.map { $0.metric != measures.metric || measures.score < $0.score } ?? true
    }

    private func secondsLeft() -> Double? {
        if let minutes = configuration.cadence.minutes { return minutes * 60 - seconds }
        guard let totalSteps, speed.imagesPerSecond > 0 else { return nil }
        return Double((totalSteps - step) * configuration.steps.batchSize) / speed.imagesPerSecond
    }

    private func pause() throws {
        progress.say("paused at step \(step)")
        try writeStatus(.paused, force: true)
    }

    // MARK: What is written

    /// The measures of the networks as they are: taken once a step.
    private func measured() -> HeldOutPictures.Measures {
        if let lastMeasures, lastMeasures.step == step { return lastMeasures.measures }
        let measures = heldOut.measure(training.state)
        if let problem = measures.problem {
            progress.say("step \(step): features cannot be compared: \(problem)")
        }
        lastMeasures = (step, measures)
        return measures
    }

    private func say(_ measures: HeldOutPictures.Measures) throws {
        let texts = measures.values.sorted { $0.key < $1.key }.map { name, value in
            "\(name) \(Readable.fixed(value, name.hasSuffix("psnr") ? 2 : 4))"
        }
        progress.say("step \(step), held out: \(texts.joined(separator: "  "))")
        progress.event(
            "measured",
            measures.values.mapValues { .number($0) }.merging(["step": .integer(step)]) { $1 })
    }

    private func writeLog(_ report: StepReport, _ measures: [String: Double]) throws {
        var values = report.values.mapValues { Double($0) }.merging(measures) { $1 }
        values["images_per_second"] = speed.imagesPerSecond
        values["learning_rate"] =
            configuration.steps.rate(at: report.step - 1) * counters.learningRateScale
        let record = MetricsRecord(
            step: report.step, images: report.samplesSeen, values: values)
        try log.append(record)
        try events.append(record)
        if feed != nil { unpublished.append(MetricPoint(step: report.step, values: values)) }
    }

    private func drawSamples() throws {
        let (grid, geometry) = heldOut.samples(
            training.state, count: configuration.cadence.sampleCount)
        var provenance = Provenance()
        provenance.step = step
        provenance.details["grid"] = geometry.text
        provenance.details["run"] = run.name
        provenance.details["run-seed"] = "\(configuration.steps.seed)"
        try PNGFile.write(
            grid, to: run.snapshotPath(step: step), text: provenance.texts, compression: .fast)
        try events.append(
            png: PNGFile.encode(grid, compression: .fast), tag: "samples", width: grid.width,
            height: grid.height, channelCount: 3, step: step)
        guard let feed else { return }
        feed.publish(
            ViewerUpdate(
                frames: [SampleFrame(step: step, pixels: grid, geometry: geometry)],
                snapshots: run.snapshotReferences))
    }

    private func save() throws {
        guard step != lastCheckpointStep else { return }
        let measures = measured()
        // The log up to here must be on disk before the checkpoint that vouches for it.
        try log.synchronize()
        try events.synchronize()
        let tensors = CheckpointBridge.storedTensors(of: training.state)
        if let (name, value) = CheckpointBridge.firstNonFinite(tensors) {
            throw TrainingError.nonFinite(step: step, name: name, value: value)
        }
        try store.save(
            tensors,
            CheckpointMetadata(
                step: step, images: counters.samplesSeen, score: measures.score,
                metric: measures.metric, configuration: configuration,
                state: TranslationRunState(counters: counters, seconds: seconds)))
        lastCheckpointStep = step
        lastCheckpointSeconds = seconds
    }

    private func writeStatus(_ phase: RunStatus.State, force: Bool, message: String? = nil) throws {
        if !force, let lastStatus, clock.now - lastStatus < .milliseconds(500) { return }
        lastStatus = clock.now
        try run.write(
            RunStatus(
                state: phase, step: step, totalSteps: totalSteps, images: counters.samplesSeen,
                imagesPerSecond: speed.imagesPerSecond, secondsLeft: secondsLeft(),
                seconds: seconds, message: message))
        feed?.publish(
            ViewerUpdate(
                progress: RunProgress(
                    state: phase.viewerState(message), step: step, totalSteps: totalSteps,
                    images: counters.samplesSeen, imagesPerSecond: speed.imagesPerSecond,
                    elapsed: seconds, remaining: secondsLeft()), metrics: unpublished))
        unpublished.removeAll(keepingCapacity: true)
    }

    /// What went wrong, and what to do.
    private func described(_ error: any Error, _ failure: DatasetError?) -> any Error {
        switch error {
        case TrainingError.nonFinite(let step, let name, let value):
            let last =
                store.steps.last.map { "the last good checkpoint is \(store.path(step: $0))" }
                ?? "there is no checkpoint yet"
            return Failure(
                "training stopped at step \(step): \(name) became \(value); \(last). Go on with "
                    + "--resume \(run.path) and a lower --lr (half of "
                    + "\(configuration.steps.learningRate)), or --precision f32")
        case TrainingError.diverged(let step, let cause, let advice):
            let last =
                store.steps.last.map { "the last good checkpoint is \(store.path(step: $0))" }
                ?? "there is no checkpoint yet"
            return Failure(
                "training stopped at step \(step): \(cause); \(last). \(advice); go on with "
                    + "--resume \(run.path) --lr \(configuration.steps.learningRate / 10)")
        case TrainingError.outOfData:
            return Failure(failure.map { "\($0)" } ?? "the data ended")
        default: return error
        }
    }
}
