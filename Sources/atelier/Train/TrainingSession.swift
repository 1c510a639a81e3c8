import Datasets
import Imaging
import Networks
import Runs
import Synchronization
import TensorCore
import Training
import Viewer

/// One stretch of training a run: data in, events out to the log, the samples, the checkpoints, the
/// progress line and the window.
final class TrainingSession {
    /// How a session ended.
    enum Ending: String {
        case finished, interrupted, stopped
    }

    private let run: RunFolder
    private let configuration: RunConfiguration
    /// The pictures that are trained on.
    private let dataset: PictureDataset
    private let dataThreads: Int
    private var training: GuardedTraining<AnyGenerator, AnyDiscriminator>
    private var health: HealthReporter
    private var watch: RunWatch
    /// The trainer's state after the last step; the trainer itself is busy while it tells of one.
    private var current: GANState
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
    /// Steps done before this session.
    private let firstStep: Int
    private var unpublished: [MetricPoint] = []

    init(
        run: RunFolder, configuration: RunConfiguration, dataset: PictureDataset, state: GANState,
        seconds: Double, progress: ProgressReporter, dataThreads: Int, feed: LiveFeed?
    ) throws {
        self.run = run
        self.configuration = configuration
        let parts = HeldOutPart.split(dataset, configuration)
        self.dataset = parts.training
        watch = try RunWatch(
            run, configuration, dataset: dataset, training: parts.training, heldOut: parts.heldOut)
        self.dataThreads = dataThreads
        self.progress = progress
        self.feed = feed
        self.seconds = seconds
        current = state
        training = GuardedTraining(try configuration.trainer(from: state)) {
            try TrainingSession.lastGood(run, configuration)
        }
        health = HealthReporter(run, parts.training, seed: configuration.training.seed)
        log = try MetricsLog(path: run.metricsPath)
        events = try EventFileWriter(
            folder: run.path, resumingAfter: run.hasEvents ? state.step : nil)
        store = CheckpointStore(
            folder: run.checkpointsFolder, keeping: configuration.cadence.checkpointsKept)
        remote = RemoteControl(RunControlReader(run))
        lastCheckpointStep = state.step > 0 ? state.step : -1
        firstStep = state.step
        lastStepEnd = clock.now
        sampleTimer.reset(at: seconds)
        checkpointTimer.reset(at: seconds)
    }

    /// What training goes back to: the newest sound checkpoint, or the very beginning.
    private static func lastGood(
        _ run: RunFolder, _ configuration: RunConfiguration
    ) throws -> GANState? {
        guard let found = try run.checkpoints.latestIfAny() else {
            return try CheckpointBridge.initialState(configuration)
        }
        return try CheckpointBridge.state(configuration, from: found.checkpoint).state
    }

    /// Steps done; to be asked before and after training, not meanwhile.
    var step: Int { current.step }

    /// The number of steps after which training ends.
    private var totalSteps: Int? { configuration.cadence.steps }

    /// Trains to the end of the run, or until asked to stop; saves at the end.
    func train() throws -> Ending {
        let stream = BatchStream(
            dataset, batchSize: configuration.training.batchSize,
            key: RandomKey(seed: configuration.training.seed).folded("data"),
            startingAt: current.dataPosition, augmentation: configuration.data.augmentation,
            threadCount: dataThreads)
        let batches = stream.lazy.map { batch in
            TrainingBatch(
                pictures: Tensor(uint8: batch.pixels, shape: batch.shape),
                labels: batch.labels.map { Tensor(int32: $0, shape: [$0.count]) },
                position: batch.nextPosition)
        }
        do {
            try writeStatus(.running, force: true)
            if current.step == 0 { try drawSamples(current) }
            lastStepEnd = clock.now
            var ending = Ending.finished
            if !isOver(current) {
                try training.run(batches, until: totalSteps ?? .max, sampling: nil) {
                    event, state in
                    switch event {
                    case .stepped(let report): return try self.observe(report, state, &ending)
                    case .health(let message): try self.health.take(message, &self.progress)
                    case .rolledBack(let event): try self.goBack(event, to: state)
                    case .sampled: break
                    }
                    return .more
                }
            }
            try finish(ending)
            return ending
        } catch {
            try? fail(error, stream.failure)
            throw described(error, stream.failure)
        }
    }

    // MARK: Each step

    private func observe(
        _ report: StepReport, _ state: GANState, _ ending: inout Ending
    ) throws -> TrainingDirective {
        current = state
        let now = clock.now
        let elapsed = (now - lastStepEnd).inSeconds
        lastStepEnd = now
        seconds += elapsed
        speed.add(seconds: elapsed, images: configuration.picturesPerStep)
        let isEnd = isOver(state)
        let watched = try watch.look(at: state, isEnd: isEnd, &health, &progress)
        if report.step % configuration.cadence.logEvery == 0 || report.step == 1 || isEnd
            || !watched.isEmpty
        {
            try writeLog(report, watched)
        }
        var stop = isEnd
        if Interruption.isRequested {
            (ending, stop) = (.interrupted, true)
        } else if try remote.shouldStop(whilePaused: { try self.pause(state) }) {
            (ending, stop) = (.stopped, true)
        }
        if isDue(configuration.cadence.sampleEvery, &sampleTimer, state.step) || stop {
            try drawSamples(state)
        }
        let isTime = isDue(configuration.cadence.checkpointEvery, &checkpointTimer, state.step)
        // What was measured is kept: it may be the best.
        if isTime || watch.isMeasured(state.step), !stop { try save(state) }
        if progress.isDue(isLast: stop) {
            progress.show(
                .init(
                    report: report, totalSteps: totalSteps, imagesPerSecond: speed.imagesPerSecond,
                    secondsLeft: secondsLeft(state), warnings: health.warnings))
        }
        try writeStatus(.running, force: false)
        // Drawing and saving are not training time.
        lastStepEnd = clock.now
        return stop ? .stop : .more
    }

    private func isOver(_ state: GANState) -> Bool {
        if let totalSteps, state.step >= totalSteps { return true }
        if let minutes = configuration.cadence.minutes, seconds >= minutes * 60 { return true }
        return false
    }

    private func isDue(_ interval: Int?, _ timer: inout GrowingInterval, _ step: Int) -> Bool {
        if let interval { return step % interval == 0 }
        return timer.isDue(at: seconds)
    }

    private func secondsLeft(_ state: GANState) -> Double? {
        if let minutes = configuration.cadence.minutes { return minutes * 60 - seconds }
        guard let totalSteps, speed.imagesPerSecond > 0 else { return nil }
        return Double((totalSteps - state.step) * configuration.picturesPerStep)
            / speed.imagesPerSecond
    }

    private func pause(_ state: GANState) throws {
        progress.say("paused at step \(state.step)")
        try writeStatus(.paused, force: true)
    }

    /// Takes the run's folder back to where training goes on, and says so.
    private func goBack(_ event: RollBack, to state: GANState) throws {
        try log.synchronize()
        try events.synchronize()
        try run.rewind(to: event.to)
        log = try MetricsLog(path: run.metricsPath)
        events = try EventFileWriter(folder: run.path, resumingAfter: event.to)
        watch.forget()
        current = state
        lastCheckpointStep = event.to > 0 ? event.to : -1
        try health.take(event, &progress)
        lastStepEnd = clock.now
    }

    // MARK: What is written

    private func writeLog(_ report: StepReport, _ watched: [String: Double]) throws {
        var values = report.values.mapValues { Double($0) }.merging(watched) { $1 }
        values["images_per_second"] = speed.imagesPerSecond
        if configuration.discriminatorAugmentation == .ada {
            values["augmentation"] = current.augmentationProbability(configuration.training)
        }
        let record = MetricsRecord(
            step: report.step, images: report.samplesSeen, values: values)
        try log.append(record)
        try events.append(record)
        if feed != nil { unpublished.append(MetricPoint(step: report.step, values: values)) }
    }

    private func drawSamples(_ state: GANState) throws {
        let plan = SampleLayout(configuration)
        let report = state.sample(
            plan.count, seed: configuration.training.seed, labels: plan.labels,
            scoredInPacksOf: configuration.objective.packing)
        let grid = SamplePictures.grid(report, columns: plan.columns)
        try health.look(at: report, &progress)
        var provenance = Provenance()
        provenance.step = state.step
        provenance.details["grid"] = SampleGridText.text(report, columns: plan.columns)
        provenance.details[SampleGridText.scoresName] = SampleGridText.text(scores: report.scores)
        provenance.details["run"] = run.name
        provenance.details["run-seed"] = "\(configuration.training.seed)"
        try PNGFile.write(
            grid, to: run.snapshotPath(step: state.step), text: provenance.texts, compression: .fast
        )
        try events.append(
            png: PNGFile.encode(grid, compression: .fast), tag: "samples", width: grid.width,
            height: grid.height,
            channelCount: 3, step: state.step)
        guard let feed else { return }
        let geometry = SamplePictures.geometry(
            count: report.count, width: report.width, height: report.height, columns: plan.columns)
        let frame = SampleFrame(
            step: state.step, pixels: grid, geometry: geometry, scores: report.scores,
            rowTitles: SampleLayout.rowTitles(configuration, of: geometry))
        feed.publish(ViewerUpdate(frames: [frame], snapshots: run.snapshotReferences))
    }

    private func save(_ state: GANState) throws {
        guard state.step != lastCheckpointStep else { return }
        // The log up to here must be on disk before the checkpoint that vouches for it.
        try log.synchronize()
        try events.synchronize()
        let tensors = CheckpointBridge.storedTensors(of: state)
        if let (name, value) = CheckpointBridge.firstNonFinite(tensors) {
            throw TrainingError.nonFinite(step: state.step, name: name, value: value)
        }
        let score = try watch.score(state)
        try store.save(
            tensors,
            CheckpointMetadata(
                step: state.step, images: state.samplesSeen, score: score?.value,
                metric: score?.metric, configuration: configuration,
                state: RunState(counters: state.counters, seconds: seconds)))
        lastCheckpointStep = state.step
    }

    private func writeStatus(_ phase: RunStatus.State, force: Bool, message: String? = nil) throws {
        if !force, let lastStatus, clock.now - lastStatus < .milliseconds(500) { return }
        lastStatus = clock.now
        let state = current
        try run.write(
            RunStatus(
                state: phase, step: state.step, totalSteps: totalSteps, images: state.samplesSeen,
                imagesPerSecond: speed.imagesPerSecond, secondsLeft: secondsLeft(state),
                seconds: seconds, message: message))
        feed?.publish(
            ViewerUpdate(
                progress: RunProgress(
                    state: phase.viewerState(message), step: state.step, totalSteps: totalSteps,
                    images: state.samplesSeen, imagesPerSecond: speed.imagesPerSecond,
                    elapsed: seconds, remaining: secondsLeft(state)), metrics: unpublished))
        unpublished.removeAll(keepingCapacity: true)
    }

    // MARK: The end

    private func finish(_ ending: Ending) throws {
        let state = current
        try save(state)
        progress.endLine()
        if ending == .finished && state.step > firstStep {
            try watch.lookAtLast(state, run, &health, &progress)
        }
        try writeStatus(ending == .finished ? .finished : .stopped, force: true)
    }

    private func fail(_ error: any Error, _ failure: DatasetError?) throws {
        progress.endLine()
        try writeStatus(.failed, force: true, message: "\(described(error, failure))")
    }

    /// What went wrong, and what to do.
    private func described(_ error: any Error, _ failure: DatasetError?) -> any Error {
        switch error {
        case TrainingError.nonFinite(let step, let name, let value):
            let last =
                store.steps.last.map { "the last good checkpoint is \(store.path(step: $0))" }
                ?? "there is no checkpoint yet"
            return Failure(
                "training stopped at step \(step): \(name) became \(value); \(last). Try a lower --lr "
                    + "(half of \(configuration.training.generatorLearningRate)), a larger --batch, or "
                    + "--precision f32; then train anew or with --resume \(run.path)")
        case TrainingError.diverged(let step, let cause, let advice):
            let last =
                store.steps.last.map { "the last checkpoint is \(store.path(step: $0))" }
                ?? "there is no checkpoint yet"
            return Failure(
                "training stopped at step \(step): \(cause); \(last). \(advice): --lr, --gamma, "
                    + "--clip and --batch set them")
        case TrainingError.outOfData:
            return Failure(failure.map { "\($0)" } ?? "the data ended")
        default: return error
        }
    }
}

extension RunStatus.State {
    /// The state in the window's terms.
    func viewerState(_ message: String?) -> Viewer.RunState {
        switch self {
        case .running: .running
        case .paused: .paused
        case .finished: .finished
        case .stopped: .stopped
        case .failed: .failed(message ?? "unknown reason")
        }
    }
}
