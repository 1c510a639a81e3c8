import Datasets
import Networks
import Runs
import TensorCore
import Training
import Viewer

/// A translation run that is ready to train: folder locked, data open, networks made or loaded.
struct TranslationJob {
    let run: RunFolder
    let lock: RunLock
    let configuration: TranslationRunConfiguration
    let data: TranslationData
    let features: TranslationFeatures?
    let state: any TranslationState
    let seconds: Double

    /// Does what a command line asks for: begins a run or goes on with one.
    ///
    /// - Parameter settings: Works out the settings of a new run.
    static func run(
        _ arguments: TranslationArguments, _ method: TranslationMethod,
        settings: () throws -> TranslationRunConfiguration
    ) throws {
        let running = arguments.running
        Interruption.install()
        try Engine.start(threads: running.threads)
        var progress = ProgressReporter(
            style: ProgressReporter.style(quiet: running.quiet, json: running.json))
        let job: TranslationJob
        if let path = arguments.resume {
            job = try resuming(path, method, arguments, &progress)
        } else {
            guard let begun = try beginning(try settings(), arguments, &progress) else { return }
            job = begun
        }
        try job.train(progress: progress, view: running.view)
    }

    // MARK: Beginning

    /// A new run; nil where nothing is to be trained.
    private static func beginning(
        _ settings: TranslationRunConfiguration, _ arguments: TranslationArguments,
        _ progress: inout ProgressReporter
    ) throws -> TranslationJob? {
        var configuration = settings
        if let problem = configuration.problem { throw Failure(problem) }
        var notes: [String] = []
        let data = try TranslationData(
            configuration.data, configuration.method, seed: configuration.steps.seed
        ) { notes.append($0) }
        for note in notes { progress.say(note) }
        configuration.data.count = data.count
        configuration.setLength(arguments.length, otherwiseMinutes: TrainingJob.usualMinutes)
        if let problem = configuration.problem { throw Failure(problem) }
        let features = try configuration.openFeatures()
        if arguments.training.dryRun {
            describe(configuration, data, progress)
            return nil
        }
        let state = configuration.initialState()
        let paths = configuration.data.training.paths
        let name = paths[0].split(separator: "/").last.map(String.init) ?? "run"
        let stem = name.split(separator: ".").first.map(String.init) ?? name
        let run = try RunFolder.create(
            at: arguments.out ?? RunFolder.freePath(name: stem), configuration: configuration)
        let lock = try run.lock()
        progress.event(
            "run",
            [
                "run": .string(run.path), "step": .integer(0), "pictures": .integer(data.count),
            ])
        progress.say("training \(configuration.summary) (\(data.text)) into \(run.path)")
        if let features {
            progress.say(
                "held-out pictures are compared by \(features.names.joined(separator: ", ")) as well"
            )
        }
        return TranslationJob(
            run: run, lock: lock, configuration: configuration, data: data, features: features,
            state: state, seconds: 0)
    }

    private static func describe(
        _ configuration: TranslationRunConfiguration, _ data: TranslationData,
        _ progress: ProgressReporter
    ) {
        let state = configuration.unevaluatedState
        let count = state.generator(.aToB)?.parameterCount ?? 0
        if progress.style == .json {
            progress.event(
                "plan",
                [
                    "lines": .array(configuration.planLines.map { .string($0) }),
                    "generator_parameters": .integer(count), "pictures": .integer(data.count),
                ])
            return
        }
        for line in configuration.planLines { Console.print(line) }
        Console.print("\(data.text); \(count) weights in a generator")
    }

    /// Opens a run that is there, at its newest sound checkpoint.
    private static func resuming(
        _ path: String, _ method: TranslationMethod, _ arguments: TranslationArguments,
        _ progress: inout ProgressReporter
    ) throws -> TranslationJob {
        let run = try RunFolder.open(path)
        try RunKind(of: run).expect(.translation, path, for: .training)
        let lock = try run.lock()
        var configuration = try run.configuration(TranslationRunConfiguration.self)
        try configuration.check(path: run.configurationPath)
        guard configuration.method == method else {
            throw Failure(
                "\(path) is a run of \(configuration.method.rawValue): go on with 'atelier train "
                    + "\(configuration.method.rawValue) --resume \(path)'")
        }
        configuration.setLength(arguments.length, otherwiseMinutes: nil)
        configuration.apply(arguments.training, arguments.running)
        if let features = arguments.features { configuration.features = features }
        if let problem = configuration.problem { throw Failure(problem) }
        var notes: [String] = []
        let data = try TranslationData(
            configuration.data, configuration.method, seed: configuration.steps.seed
        ) { notes.append($0) }
        for note in notes { progress.say(note) }
        if data.count != configuration.data.count {
            Console.error(
                "atelier: the data had \(configuration.data.count) pictures when the run began and "
                    + "has \(data.count) now: the order changes, and the run is no longer the one "
                    + "that its seed stands for")
        }
        let features = try configuration.openFeatures()
        // None where it stopped before its first checkpoint: the beginning is the same as ever.
        let newest = try run.checkpoints.latestIfAny()
        for refusal in newest?.refused ?? [] { Console.error("atelier: passing over \(refusal)") }
        let (state, seconds) =
            try newest.map { try configuration.state(from: $0.checkpoint) }
            ?? (state: configuration.initialState(), seconds: 0)
        let step = state.counters.step
        try run.rewind(to: step)
        // A kill may have come between a checkpoint and the note of whether it is the best.
        if step > 0 {
            let checkpoint = try run.checkpoints.open(step: step)
            if let score = checkpoint.score {
                try run.checkpoints.score(step: step, score, by: checkpoint.metric)
            }
        }
        progress.event(
            "run",
            [
                "run": .string(run.path), "step": .integer(step), "pictures": .integer(data.count),
            ])
        progress.say(
            "going on with \(run.path) at step \(step) (\(configuration.summary), \(data.text))")
        return TranslationJob(
            run: run, lock: lock, configuration: configuration, data: data, features: features,
            state: state, seconds: seconds)
    }

    // MARK: Running

    /// Trains; with a window, on a thread of its own.
    private func train(progress: ProgressReporter, view: Bool) throws {
        let feed = view ? LiveFeed() : nil
        let session = try TranslationSession(
            run: run, configuration: configuration, data: data, features: features, state: state,
            seconds: seconds, progress: progress, feed: feed)
        var ending: TranslationSession.Ending
        do {
            if let feed {
                ending = try WindowBeside.run(
                    run, showing: LiveSource(run, configuration.appearance, feed: feed)
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
        var progress = progress
        let quoted = Provenance.command([run.path])
        let next = "translate pictures with: atelier translate \(quoted) PICTURES -o out"
        progress.say(
            ending == .finished
                ? "done: \(run.path)\n\(next)"
                : "stopped and saved; go on with: atelier train \(configuration.method.rawValue) "
                    + "--resume \(quoted)\n\(next)")
        withExtendedLifetime(lock) {}
    }

    /// How a run ended, for scripts.
    private func endFields(_ session: TranslationSession, _ name: String) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "run": .string(run.path), "ending": .string(name), "step": .integer(session.step),
        ]
        if let step = run.checkpoints.steps.last {
            fields["checkpoint"] = .string(run.checkpoints.path(step: step))
        }
        return fields
    }
}
