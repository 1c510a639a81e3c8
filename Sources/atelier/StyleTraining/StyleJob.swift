import Imaging
import Networks
import Runs
import Stylization
import TensorCore
import Training
import Viewer

/// A run of style transfer that is ready to train: folder locked, data open, networks made or loaded.
struct StyleJob {
    private let run: RunFolder
    private let lock: RunLock
    private let configuration: StyleRunConfiguration
    private let data: StyleTrainingData
    /// Where the run goes on; nil at its beginning.
    private let checkpoint: Checkpoint?
    private let arguments: StyleTrainingArguments

    /// Does what a command line asks for: begins a run or goes on with one.
    ///
    /// - Parameter settings: Works out the settings of a new run, but for how many pictures there are
    ///   and what the network that judges calls itself.
    static func run(
        _ arguments: StyleTrainingArguments, _ kind: RunKind.StyleTraining,
        settings: () throws -> StyleRunConfiguration
    ) throws {
        let running = arguments.running
        Interruption.install()
        try Engine.start(threads: running.threads)
        var progress = ProgressReporter(
            style: ProgressReporter.style(quiet: running.quiet, json: running.json))
        let job: StyleJob
        if let path = arguments.resume {
            job = try resuming(path, kind, arguments, &progress)
        } else {
            guard let begun = try beginning(try settings(), arguments, &progress) else { return }
            job = begun
        }
        try job.train(progress: progress, view: running.view)
    }

    // MARK: Beginning

    /// A new run; nil where nothing is to be trained.
    private static func beginning(
        _ settings: StyleRunConfiguration, _ arguments: StyleTrainingArguments,
        _ progress: inout ProgressReporter
    ) throws -> StyleJob? {
        var configuration = settings
        if let problem = configuration.problem { throw Failure(problem) }
        switch configuration.game {
        case .style: configuration.features = try StyleJudge(path: configuration.features.path).file
        case .adain(var game):
            let file = try StyleEncoderFile(path: configuration.features.path)
            configuration.features = file.file
            game.decoder.featureWidths = file.encoder.widths
            configuration.game = .adain(game)
        }
        if let problem = configuration.problem { throw Failure(problem) }
        var notes: [String] = []
        let data = try StyleTrainingData(configuration.data, seed: configuration.steps.seed) {
            notes.append($0)
        }
        for note in notes { progress.say(note) }
        configuration.data.count = data.counts.contents
        configuration.data.paintingCount = data.counts.paintings
        if arguments.training.dryRun {
            if progress.style == .json {
                progress.event(
                    "plan",
                    ["lines": .array(configuration.planLines.map { .string($0) })])
            } else {
                for line in configuration.planLines { Console.print(line) }
            }
            return nil
        }
        let name = configuration.data.paintings.split(separator: "/").last.map(String.init) ?? "run"
        let stem = name.split(separator: ".").first.map(String.init) ?? name
        let run = try RunFolder.create(
            at: arguments.out ?? RunFolder.freePath(name: stem), configuration: configuration)
        let lock = try run.lock()
        announce(run, 0, data, &progress)
        progress.say(
            "training \(configuration.summary) (\(data.counts.contents) contents) into \(run.path)")
        return StyleJob(
            run: run, lock: lock, configuration: configuration, data: data, checkpoint: nil,
            arguments: arguments)
    }

    private static func announce(
        _ run: RunFolder, _ step: Int, _ data: StyleTrainingData, _ progress: inout ProgressReporter
    ) {
        progress.event(
            "run",
            [
                "run": .string(run.path), "step": .integer(step),
                "pictures": .integer(data.counts.contents),
            ])
    }

    /// Opens a run that is there, at its newest sound checkpoint.
    private static func resuming(
        _ path: String, _ kind: RunKind.StyleTraining, _ arguments: StyleTrainingArguments,
        _ progress: inout ProgressReporter
    ) throws -> StyleJob {
        let run = try RunFolder.open(path)
        let found = try RunKind(of: run)
        try found.expect(.style, path, for: .training)
        guard found == .style(kind) else {
            throw Failure(
                "\(path) is a run of \(found.name): go on with 'atelier train \(found.name) --resume "
                    + "\(Provenance.command([path]))'")
        }
        let lock = try run.lock()
        var configuration = try run.configuration(StyleRunConfiguration.self)
        try configuration.check(path: run.configurationPath)
        configuration.apply(arguments)
        if let problem = configuration.problem { throw Failure(problem) }
        var notes: [String] = []
        let data = try StyleTrainingData(configuration.data, seed: configuration.steps.seed) {
            notes.append($0)
        }
        for note in notes { progress.say(note) }
        if data.counts.contents != configuration.data.count
            || data.counts.paintings != configuration.data.paintingCount
        {
            Console.error(
                "atelier: there were \(configuration.data.count) contents and "
                    + "\(configuration.data.paintingCount) paintings when the run began, and there "
                    + "are \(data.counts.contents) and \(data.counts.paintings) now: the order "
                    + "changes, and the run is no longer the one that its seed stands for")
        }
        let newest = try run.checkpoints.latestIfAny()
        for refusal in newest?.refused ?? [] { Console.error("atelier: passing over \(refusal)") }
        let step = newest?.checkpoint.step ?? 0
        try run.rewind(to: step)
        // A kill may have come between a checkpoint and the note of whether it is the best.
        if let score = newest?.checkpoint.score { try run.checkpoints.score(step: step, score) }
        announce(run, step, data, &progress)
        progress.say("going on with \(run.path) at step \(step) (\(configuration.summary))")
        return StyleJob(
            run: run, lock: lock, configuration: configuration, data: data,
            checkpoint: newest?.checkpoint, arguments: arguments)
    }

    // MARK: Running

    /// Trains; with a window, on a thread of its own.
    private func train(progress: ProgressReporter, view: Bool) throws {
        switch configuration.game {
        case .style(let settings):
            let judge = try StyleJudge(path: configuration.features.path)
            try judge.file.check(configuration.features)
            let painting = try StyleJudge.painting(
                configuration.data, least: judge.network.smallestSide)
            let objective = PerceptualObjective(
                network: judge.network, painting: painting, configuration: settings.objective)
            try train(
                progress, view, fresh: { OneStyleState(settings) },
                trainer: {
                    OneStyleTrainer(state: $0, objective: objective, configuration: settings)
                })
        case .adain(let settings):
            let file = try StyleEncoderFile(path: configuration.features.path)
            try file.file.check(configuration.features)
            let pictures = data.heldOut.contents.cast(to: .float32) * (1.0 / 255)
            let encoder = file.encoder.normalized(on: pictures)
            try train(
                progress, view, fresh: { AnyStyleState(settings, encoder: encoder) },
                trainer: { AnyStyleTrainer(state: $0, configuration: settings) })
        }
    }

    private func train<Trainer: StylizationTrainer>(
        _ progress: ProgressReporter, _ view: Bool, fresh: @escaping () -> Trainer.State,
        trainer: (Trainer.State) -> Trainer
    ) throws {
        var state = fresh()
        var seconds = 0.0
        if let checkpoint {
            let record = try StyleRunState(of: checkpoint)
            try CheckpointBridge.load(&state, from: checkpoint.file)
            state.counters = record.counters
            // Who sets a rate means it.
            if arguments.training.lr != nil { state.counters.rollBacks = 0 }
            seconds = record.seconds
        } else {
            evaluate(state.namedTensors().map(\.tensor))
        }
        let feed = view ? LiveFeed() : nil
        let session = try RunSession(
            run: run, subject: StyleSubject(configuration, data, trainer(state), fresh: fresh),
            seconds: seconds, progress: progress, feed: feed)
        var ending: RunEnding
        do {
            if let feed {
                let appearance = RunAppearance.style(
                    configuration.training, summary: configuration.summary)
                ending = try WindowBeside.run(
                    run, showing: LiveSource(run, appearance, feed: feed)
                ) { try session.train() }
            } else {
                ending = try session.train()
            }
        } catch {
            progress.event(
                "end",
                endFields(session.step, "failed").merging(["message": .string("\(error)")]) { $1 })
            throw error
        }
        if Interruption.isRequested && ending == .finished { ending = .interrupted }
        progress.event("end", endFields(session.step, ending.rawValue))
        say(ending, progress)
        if let path = arguments.export {
            try StyleModelFile.export(run, to: path)
            var progress = progress
            progress.say("wrote \(path)")
        }
        withExtendedLifetime(lock) {}
    }

    private func say(_ ending: RunEnding, _ progress: ProgressReporter) {
        var progress = progress
        let quoted = Provenance.command([run.path])
        let painting = configuration.training == .adain ? "--style PAINTING " : ""
        let next =
            "give pictures the style with: atelier stylize PICTURES \(painting)--model \(quoted) -o out"
        progress.say(
            ending == .finished
                ? "done: \(run.path)\n\(next)"
                : "stopped and saved; go on with: atelier train --resume \(quoted)\n\(next)")
    }

    /// How a run ended, for scripts.
    private func endFields(_ step: Int, _ name: String) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "run": .string(run.path), "ending": .string(name), "step": .integer(step),
        ]
        if let step = run.checkpoints.steps.last {
            fields["checkpoint"] = .string(run.checkpoints.path(step: step))
        }
        return fields
    }
}

extension StyleRunConfiguration {
    /// Takes over what was said and may change while a run goes on.
    mutating func apply(_ arguments: StyleTrainingArguments) {
        cadence.setLength(arguments.length, otherwiseMinutes: nil)
        if let rate = arguments.training.lr { steps.learningRate = rate }
        if let precision = arguments.training.precision { steps.precision = precision.precision }
        let running = arguments.running
        cadence.checkpointEvery = running.checkpointEvery ?? cadence.checkpointEvery
        cadence.sampleEvery = running.sampleEvery ?? cadence.sampleEvery
        cadence.checkpointsKept = running.keep ?? cadence.checkpointsKept
    }
}
