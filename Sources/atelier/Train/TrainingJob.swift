import Datasets
import Glibc
import Imaging
import Networks
import OneDNNBackend
import Runs
import TensorCore
import Training
import Viewer

/// A run that is ready to train: folder locked, data open, networks made or loaded.
struct TrainingJob {
    let run: RunFolder
    let lock: RunLock
    let configuration: RunConfiguration
    let dataset: PictureDataset
    let state: GANState
    let seconds: Double

    /// Opens a run that is there, at its newest sound checkpoint.
    static func resuming(
        _ path: String, _ length: TrainCommand.LengthOptions,
        _ training: TrainCommand.TrainingOptions, _ game: TrainCommand.GameOptions,
        _ running: TrainCommand.RunningOptions, _ watching: TrainCommand.WatchOptions,
        _ progress: inout ProgressReporter
    ) throws -> TrainingJob {
        let run = try RunFolder.open(path)
        try RunKind(of: run).expect(.gan, path, for: .training)
        let lock = try run.lock()
        var configuration = try run.configuration(RunConfiguration.self)
        try configuration.check(path: run.configurationPath)
        // None where it stopped before its first checkpoint.
        let newest = try run.checkpoints.latestIfAny()
        // What a session before this one asked to be watched; settings that cannot be read ask nothing.
        if let last = try? newest?.checkpoint.configuration(RunConfiguration.self) {
            configuration.watch(as: last.cadence)
        }
        configuration.setLength(length, otherwiseMinutes: nil)
        configuration.apply(training, game, running)
        configuration.apply(watching)
        if let problem = configuration.problem { throw Failure(problem) }
        try configuration.checkMemory()
        let source = try PictureSources.open(path: configuration.data.path)
        report(source, &progress)
        let dataset = try PictureDataset(source, configuration.data.pictures, report: warnBroken)
        guard dataset.format.channelCount == configuration.networks.picture.channels else {
            throw Failure(
                "\(configuration.data.path) now has \(dataset.format.channelCount) channels, the run was "
                    + "trained on \(configuration.networks.picture.channels): give it the pictures it had"
            )
        }
        if let count = configuration.data.count, count != dataset.count {
            Console.error(
                "atelier: \(configuration.data.path) had \(count) pictures when the run began and has "
                    + "\(dataset.count) now: the order changes, and the run is no longer the one that "
                    + "its seed stands for")
        }
        if configuration.networks.classCount > 0,
            dataset.classNames != configuration.data.classNames
        {
            throw Failure(
                "\(configuration.data.path) now has the classes "
                    + "\(dataset.classNames.prefix(8).joined(separator: ", ")), the run was trained on "
                    + "\(configuration.data.classNames.prefix(8).joined(separator: ", ")): give it the "
                    + "pictures it had")
        }
        if watching.namesMetrics {
            let lines = try MetricsPlan.complete(&configuration, pictureCount: dataset.count)
            for line in lines { progress.say(line) }
        }
        // Without a checkpoint the beginning is the same as ever.
        let (state, seconds) =
            try newest.map { try CheckpointBridge.state(configuration, from: $0.checkpoint) }
            ?? (state: CheckpointBridge.initialState(configuration), seconds: 0)
        for refusal in newest?.refused ?? [] { Console.error("atelier: passing over \(refusal)") }
        try run.rewind(to: state.step)
        // A kill may have come between a checkpoint and the note of whether it is the best.
        if state.step > 0 {
            let checkpoint = try run.checkpoints.open(step: state.step)
            if let score = checkpoint.score {
                try run.checkpoints.score(step: state.step, score, by: checkpoint.metric)
            }
        }
        progress.event(
            "run",
            [
                "run": .string(run.path), "step": .integer(state.step),
                "pictures": .integer(dataset.count),
            ])
        progress.say(
            "going on with \(run.path) at step \(state.step) (\(configuration.summary), "
                + "\(dataset.count) pictures)")
        return TrainingJob(
            run: run, lock: lock, configuration: configuration, dataset: dataset, state: state,
            seconds: seconds)
    }

    // MARK: Running

    /// Trains; with a window, on a thread of its own.
    func run(progress: ProgressReporter, view: Bool, closesWindow: Bool = false) throws {
        let feed = view ? LiveFeed() : nil
        // With one core to spare nothing is gained by more: decoding is fast.
        let session = try TrainingSession(
            run: run, configuration: configuration, dataset: dataset, state: state,
            seconds: seconds,
            progress: progress, dataThreads: 1, feed: feed)
        var ending: TrainingSession.Ending
        do {
            if let feed {
                ending = try WindowBeside.run(
                    run, showing: LiveSource(run, configuration.appearance, feed: feed),
                    closesWindow: closesWindow
                ) { try session.train() }
            } else {
                ending = try session.train()
            }
        } catch {
            progress.event(
                "end",
                endFields(session, "failed").merging(["message": .string("\(error)")]) { $1 })
            throw error
        }
        if Interruption.isRequested && ending == .finished { ending = .interrupted }
        progress.event("end", endFields(session, ending.rawValue))
        say(ending, progress)
        withExtendedLifetime(lock) {}
    }

    /// How a run ended, for scripts.
    private func endFields(_ session: TrainingSession, _ name: String) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "run": .string(run.path), "ending": .string(name), "step": .integer(session.step),
        ]
        if let step = run.checkpoints.steps.last {
            fields["checkpoint"] = .string(run.checkpoints.path(step: step))
        }
        if let sheet = run.neighbourSheets.last { fields["neighbours"] = .string(sheet.path) }
        return fields
    }

    private func say(_ ending: TrainingSession.Ending, _ progress: ProgressReporter) {
        var progress = progress
        let next =
            "make pictures with: atelier generate \(Provenance.command([run.path])) --seeds 0-63 -o grid.png"
        switch ending {
        case .finished:
            let sheet = run.neighbourSheets.last.map {
                "made pictures beside the nearest real ones: \($0.path)\n"
            }
            progress.say("done: \(run.path)\n\(sheet ?? "")\(next)")
        case .interrupted, .stopped:
            progress.say(
                "stopped and saved; go on with: atelier train --resume "
                    + "\(Provenance.command([run.path]))\n\(next)")
        }
    }

    // MARK: Choices and words

    /// How long a run goes on unless told otherwise.
    static let usualMinutes = 20.0

    static func absolutePath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The side that fits most pictures, as `atelier dataset check` proposes it, up to 64: beyond that
    /// a machine without a GPU takes hours, which must be asked for.
    static func fittingSize(_ source: any PictureSource) -> PictureSize {
        let side = FittingSide.side(
            forShortSides: (0..<source.count).map { item in
                let header = source.header(of: item)
                return min(header.width, header.height)
            }, atMost: FittingSide.mostUnasked)
        return PictureSize(width: side, height: side)
    }

    static func report(_ source: any PictureSource, _ progress: inout ProgressReporter) {
        for note in source.notes { progress.say(note) }
        for refused in source.refused.prefix(5) {
            Console.error("atelier: skipping \(refused.name): \(refused.reason)")
        }
        if source.refused.count > 5 {
            Console.error(
                "atelier: and \(source.refused.count - 5) more; 'atelier dataset check' names them all"
            )
        }
    }

    static func warnBroken(_ refused: RefusedPicture) {
        Console.error("atelier: skipping \(refused.name): \(refused.reason)")
    }
}

extension RunConfiguration {
    /// Sets how long the run goes on, where something was said about it.
    mutating func setLength(
        _ length: TrainCommand.LengthOptions, otherwiseMinutes: Double?
    ) {
        let fromPictures = length.kimg.map {
            Int(($0 * 1000 / Double(picturesPerStep)).rounded(.up))
        }
        if let steps = length.steps ?? fromPictures {
            (cadence.steps, cadence.minutes) = (steps, nil)
        } else if let minutes = length.minutes ?? otherwiseMinutes {
            (cadence.steps, cadence.minutes) = (nil, minutes)
        }
    }

    /// Takes over what was said and may change while a run goes on.
    mutating func apply(
        _ options: TrainCommand.TrainingOptions, _ game: TrainCommand.GameOptions,
        _ running: TrainCommand.RunningOptions
    ) {
        if let rate = options.lr {
            training.generatorLearningRate = rate
            training.discriminatorLearningRate = rate
        }
        if let rate = options.dLr { training.discriminatorLearningRate = rate }
        if let clip = game.clip { training.gradientClip = clip }
        if let precision = options.precision { training.precision = precision.precision }
        cadence.checkpointEvery = running.checkpointEvery ?? cadence.checkpointEvery
        cadence.sampleEvery = running.sampleEvery ?? cadence.sampleEvery
        cadence.checkpointsKept = running.keep ?? cadence.checkpointsKept
    }
}
