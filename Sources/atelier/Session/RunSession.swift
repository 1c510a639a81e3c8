import Imaging
import Runs
import TensorCore
import Training
import Viewer

/// One stretch of training: events out to the log, the samples, the checkpoints, the progress line and the
/// window.
///
/// A number that is not finite takes the run back to its last checkpoint once, with half the learning rate;
/// the second time training stops and says what to do.
final class RunSession<Subject: RunSubject> {
    private let run: RunFolder
    private var subject: Subject
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
    private var lastMeasures: (step: Int, measures: RunMeasures)?
    private var unpublished: [MetricPoint] = []

    init(
        run: RunFolder, subject: Subject, seconds: Double, progress: ProgressReporter,
        feed: LiveFeed?
    ) throws {
        self.run = run
        self.subject = subject
        self.progress = progress
        self.feed = feed
        self.seconds = seconds
        let step = subject.step
        log = try MetricsLog(path: run.metricsPath)
        events = try EventFileWriter(folder: run.path, resumingAfter: run.hasEvents ? step : nil)
        store = CheckpointStore(
            folder: run.checkpointsFolder, keeping: subject.cadence.checkpointsKept)
        remote = RemoteControl(RunControlReader(run))
        lastCheckpointStep = step > 0 ? step : -1
        lastCheckpointSeconds = seconds
        lastStepEnd = clock.now
        sampleTimer.reset(at: seconds)
        checkpointTimer.reset(at: seconds)
    }

    /// Steps done.
    var step: Int { subject.step }

    /// The number of steps after which training ends.
    private var totalSteps: Int? { subject.cadence.steps }

    /// Trains to the end of the run, or until asked to stop; saves at the end.
    func train() throws -> RunEnding {
        do {
            try writeStatus(.running, force: true)
            if step == 0 { try drawSamples() }
            lastStepEnd = clock.now
            var ending = RunEnding.finished
            var isOver = isOver()
            while !isOver {
                do {
                    isOver = try observe(try subject.advance(), &ending)
                } catch TrainingError.nonFinite(let step, let name, let value)
                    where subject.rollBacks == 0
                {
                    try goBack("\(name) became \(value) at step \(step)")
                }
            }
            try save()
            progress.endLine()
            try writeStatus(ending == .finished ? .finished : .stopped, force: true)
            return ending
        } catch {
            let described = described(error)
            progress.endLine()
            // What went wrong first is what is said, whether or not the folder can be written.
            try? writeStatus(.failed, force: true, message: "\(described)")
            throw described
        }
    }

    // MARK: Each step

    /// Does what is due after a step. Answers whether training is over.
    private func observe(_ report: StepReport, _ ending: inout RunEnding) throws -> Bool {
        let now = clock.now
        let elapsed = (now - lastStepEnd).inSeconds
        lastStepEnd = now
        seconds += elapsed
        speed.add(seconds: elapsed, images: subject.batchSize)
        var stop = isOver()
        if Interruption.isRequested {
            (ending, stop) = (.interrupted, true)
        } else if try remote.shouldStop(whilePaused: { try self.pause() }) {
            (ending, stop) = (.stopped, true)
        }
        let isMeasured = report.step % subject.measureInterval == 0
        let measures = isMeasured ? measured() : nil
        if isMeasured || stop || report.step == 1 || report.step % subject.cadence.logEvery == 0 {
            try writeLog(report, measures?.values ?? [:])
        }
        if let measures { say(measures) }
        if isDue(subject.cadence.sampleEvery, &sampleTimer) || stop { try drawSamples() }
        if !stop, isCheckpointDue(measures) { try save() }
        if progress.isDue(isLast: stop) {
            progress.show(
                .init(
                    report: report, totalSteps: totalSteps, imagesPerSecond: speed.imagesPerSecond,
                    secondsLeft: secondsLeft(), lossText: subject.lossText(report)))
        }
        try writeStatus(.running, force: false)
        // Measuring, drawing and saving are not training time.
        lastStepEnd = clock.now
        return stop
    }

    private func isOver() -> Bool {
        if let totalSteps, step >= totalSteps { return true }
        if let minutes = subject.cadence.minutes, seconds >= minutes * 60 { return true }
        return false
    }

    private func isDue(_ interval: Int?, _ timer: inout GrowingInterval) -> Bool {
        if let interval { return step % interval == 0 }
        return timer.isDue(at: seconds)
    }

    /// Checkpoints come by time, or in steps; and soon after pictures were better than ever.
    private func isCheckpointDue(_ measures: RunMeasures?) -> Bool {
        if isDue(subject.cadence.checkpointEvery, &checkpointTimer) { return true }
        guard subject.cadence.checkpointEvery == nil, let measures,
            seconds - lastCheckpointSeconds >= max(20, 0.01 * seconds)
        else { return false }
        return store.best.map { measures.score < $0.score } ?? true
    }

    private func secondsLeft() -> Double? {
        if let minutes = subject.cadence.minutes { return minutes * 60 - seconds }
        guard let totalSteps, speed.imagesPerSecond > 0 else { return nil }
        return Double((totalSteps - step) * subject.batchSize) / speed.imagesPerSecond
    }

    private func pause() throws {
        progress.say("paused at step \(step)")
        try writeStatus(.paused, force: true)
    }

    /// Takes the run back to its last checkpoint, or to its beginning, and says so.
    private func goBack(_ cause: String) throws {
        try log.synchronize()
        try events.synchronize()
        let found = try store.latestIfAny()
        for refusal in found?.refused ?? [] { Console.error("atelier: passing over \(refusal)") }
        try subject.goBack(to: found?.checkpoint)
        try run.rewind(to: step)
        log = try MetricsLog(path: run.metricsPath)
        events = try EventFileWriter(folder: run.path, resumingAfter: step)
        lastMeasures = nil
        unpublished.removeAll()
        lastCheckpointStep = step > 0 ? step : -1
        let rate = subject.learningRate
        progress.say("\(cause): back to step \(step), with half the learning rate, \(rate)")
        progress.event(
            "rolled_back",
            ["to": .integer(step), "cause": .string(cause), "learning_rate": .number(rate)])
        lastStepEnd = clock.now
    }

    // MARK: What is written

    /// The measures of the networks as they are: taken once a step.
    private func measured() -> RunMeasures {
        if let lastMeasures, lastMeasures.step == step { return lastMeasures.measures }
        let measures = subject.measure()
        lastMeasures = (step, measures)
        return measures
    }

    private func say(_ measures: RunMeasures) {
        let texts = measures.values.sorted { $0.key < $1.key }.map { name, value in
            "\(name) \(Readable.fixed(value, 4))"
        }
        progress.say("step \(step), held out: \(texts.joined(separator: "  "))")
        progress.event(
            "measured",
            measures.values.mapValues { .number($0) }.merging(["step": .integer(step)]) { $1 })
    }

    private func writeLog(_ report: StepReport, _ measures: [String: Double]) throws {
        var values = report.values.mapValues { Double($0) }.merging(measures) { $1 }
        values["images_per_second"] = speed.imagesPerSecond
        values["learning_rate"] = subject.learningRate
        let record = MetricsRecord(
            step: report.step, images: report.samplesSeen, values: values)
        try log.append(record)
        try events.append(record)
        if feed != nil { unpublished.append(MetricPoint(step: report.step, values: values)) }
    }

    private func drawSamples() throws {
        let (grid, geometry) = subject.samples()
        var provenance = Provenance()
        provenance.step = step
        provenance.details["grid"] = geometry.text
        provenance.details["run"] = run.name
        provenance.details["run-seed"] = "\(subject.seed)"
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
        let tensors = subject.tensors()
        if let (name, value) = CheckpointBridge.firstNonFinite(tensors) {
            throw TrainingError.nonFinite(step: step, name: name, value: value)
        }
        try store.save(
            tensors,
            CheckpointMetadata(
                step: step, images: subject.images,
                score: measures.score.isFinite ? measures.score : nil,
                configuration: subject.settings, state: subject.record(seconds: seconds)))
        lastCheckpointStep = step
        lastCheckpointSeconds = seconds
    }

    private func writeStatus(_ phase: RunStatus.State, force: Bool, message: String? = nil) throws {
        if !force, let lastStatus, clock.now - lastStatus < .milliseconds(500) { return }
        lastStatus = clock.now
        try run.write(
            RunStatus(
                state: phase, step: step, totalSteps: totalSteps, images: subject.images,
                imagesPerSecond: speed.imagesPerSecond, secondsLeft: secondsLeft(),
                seconds: seconds, message: message))
        feed?.publish(
            ViewerUpdate(
                progress: RunProgress(
                    state: phase.viewerState(message), step: step, totalSteps: totalSteps,
                    images: subject.images, imagesPerSecond: speed.imagesPerSecond,
                    elapsed: seconds, remaining: secondsLeft()), metrics: unpublished))
        unpublished.removeAll(keepingCapacity: true)
    }

    /// What went wrong, and what to do.
    private func described(_ error: any Error) -> any Error {
        switch error {
        case TrainingError.nonFinite(let step, let name, let value):
            let last =
                store.steps.last.map { "the last good checkpoint is \(store.path(step: $0))" }
                ?? "there is no checkpoint yet"
            return Failure(
                "training stopped at step \(step): \(name) became \(value)"
                    + (subject.rollBacks > 0 ? " again, after going back once" : "")
                    + "; \(last). Go on with --resume \(run.path) and a lower --lr (half of "
                    + "\(subject.learningRate)), or --precision f32")
        case TrainingError.outOfData:
            return Failure(subject.dataFailure.map { "\($0)" } ?? "the data ended")
        default: return error
        }
    }
}
