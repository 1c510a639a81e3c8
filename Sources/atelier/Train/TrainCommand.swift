import ArgumentParser
import Networks
import Runs
import Training

/// `atelier train`.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gan", abstract: "Train a GAN on your pictures (what train does by itself).",
        discussion: """
            DATA is a folder of PNG, JPEG or WebP pictures (sub-folders are fine), a ZIP of them, \
            a folder of MNIST IDX files or of CIFAR binary files. Everything goes into a run \
            folder: samples, numbers, checkpoints. Ctrl-C finishes the step, saves, and says how \
            to go on.

              atelier train photos                     20 minutes at a fitting size
              atelier train photos --size 64 --minutes 60 --view
              atelier train photos --size 96x64 --steps 20000 --out runs/wide
              atelier train --resume runs/photos-001   goes on where it stopped
              atelier train --resume runs/photos-001 --minutes 120

            What do you want? --preset quick shows something in minutes; balanced holds on \
            whatever the data is, and is the one for anything that matters; quality takes many \
            hours; few-shot learns from a hundred pictures. A preset is nothing but other \
            options: --dry-run prints them, with gamma and the schedules worked out from the \
            size of the pictures, the batch and the length, and trains nothing. Any of them can \
            be given beside it.

              atelier train photos --preset balanced --minutes 120
              atelier train photos --preset few-shot --dry-run
              atelier train flowers --classes --family sngan      sub-folders are classes
              atelier train cats --init-from runs/dogs-001 --freeze-d 2

            While it trains, Atelier watches: when the discriminator wins, the generator \
            collapses or numbers explode, it says so and what to do about it. When a number is \
            no longer finite, it goes back to the last checkpoint once, with half the learning \
            rate; the second time it stops and says why. When the discriminator tells pictures \
            that it trained on from others (--held-out), or the generator's pictures are copies \
            of them, it says that too; RUN/neighbours has made pictures beside the nearest real \
            ones.

            How good are the pictures? --metrics-every measures them while training goes on, by \
            FID, KID, precision, recall and more: with few pictures trust KID, and compare \
            figures only where network and counts are the same. The checkpoint with the best \
            figure is kept; 'atelier generate RUN --best' makes pictures with it. Without a \
            feature network the best is chosen by the sliced Wasserstein distance of pixels. \
            Measuring is not counted as training time.

              atelier train mnist --metrics-every 1000 --metrics-features mnist.safetensors
              atelier train photos --augment gentle --preview-augmentation seen.png
            """)

    @Argument(help: "The pictures. Left out with --resume.")
    var data: String?
    @Option(help: "The folder of the new run (runs/NAME-001 and so on unless given).")
    var out: String?
    @Option(help: "Go on with this run; data and settings come from it.")
    var resume: String?

    @OptionGroup(title: "Length") var length: LengthOptions
    @OptionGroup(title: "Pictures") var pictures: PictureOptions
    @OptionGroup(title: "Network and training") var training: TrainingOptions
    @OptionGroup(title: "The game") var game: GameOptions
    @OptionGroup(title: "Watching") var watching: WatchOptions
    @OptionGroup(title: "Running") var running: RunningOptions

    func validate() throws {
        switch (data, resume) {
        case (nil, nil):
            throw ValidationError("name a folder of pictures, or a run with --resume")
        case (.some, .some):
            throw ValidationError("--resume takes its data from the run: leave DATA out")
        default: break
        }
        if resume != nil && out != nil {
            throw ValidationError("--resume goes on inside its run: leave --out out")
        }
        let fixed: [(String, Bool)] = [
            ("--size", pictures.size != nil), ("--channels", pictures.channels != nil),
            ("--crop", pictures.crop != nil), ("--augment", pictures.augment != nil),
            ("--batch", training.batch != nil), ("--width", training.width != nil),
            ("--seed", training.seed != nil), ("--classes", pictures.classes),
            ("--class-head", pictures.classHead != nil),
            ("--preset", training.preset != nil), ("--family", training.family != nil),
            ("--loss", game.loss != nil), ("--gamma", game.gamma != nil),
            ("--penalty-every", game.penaltyEvery != nil),
            ("--d-steps", game.dSteps != nil), ("--accumulate", game.accumulate != nil),
            ("--discriminator-augment", game.discriminatorAugment != nil),
            ("--packing", game.packing != nil), ("--init-from", game.initFrom != nil),
            ("--freeze-d", game.freezeD != nil), ("--dry-run", game.dryRun),
            ("--held-out", watching.heldOut != nil),
            ("--preview-augmentation", watching.previewAugmentation != nil),
        ]
        if resume != nil, let (name, _) = fixed.first(where: { $0.1 }) {
            throw ValidationError("--resume keeps the settings of its run: leave \(name) out")
        }
        if running.quiet && running.json {
            throw ValidationError("--quiet and --json contradict each other: give one")
        }
        if pictures.classes, let packing = game.packing, packing > 1 {
            throw ValidationError(
                "--packing \(packing) and --classes contradict each other: a pack has no class")
        }
        try watching.check(isResuming: resume != nil)
        if watching.previewAugmentation != nil && game.dryRun {
            throw ValidationError(
                "--preview-augmentation and --dry-run both train nothing: give one")
        }
        if pictures.classHead != nil && !pictures.classes {
            throw ValidationError("--class-head goes with --classes: leave it out, or add that")
        }
        try validateNumbers()
        if let problem = plan.problem { throw ValidationError(problem) }
    }

    /// What was said about networks and training.
    private var plan: TrainingPlan {
        TrainingPlan(
            length: length, training: training, game: game, hasClasses: pictures.classes)
    }

    private func validateNumbers() throws {
        if [length.steps != nil, length.minutes != nil, length.kimg != nil].filter({ $0 }).count > 1
        {
            throw ValidationError("give one of --steps, --minutes and --kimg")
        }
        let positive: [(String, Double?)] = [
            ("--steps", length.steps.map(Double.init)), ("--minutes", length.minutes),
            ("--kimg", length.kimg), ("--lr", training.lr), ("--d-lr", training.dLr),
            ("--clip", game.clip),
            ("--width", training.width.map(Double.init)),
            ("--checkpoint-every", running.checkpointEvery.map(Double.init)),
            ("--sample-every", running.sampleEvery.map(Double.init)),
            ("--keep", running.keep.map(Double.init)),
            ("--threads", running.threads.map(Double.init)),
        ]
        for (name, value) in positive {
            if let value, !(value > 0 && value.isFinite) {
                throw ValidationError("\(name) \(value): expected a positive number")
            }
        }
        if let threads = running.threads, threads > 1024 {
            throw ValidationError("--threads \(threads): expected 1 to 1024")
        }
        let longest = Double(Int32.max)
        if let steps = length.steps, Double(steps) > longest {
            throw ValidationError("--steps \(steps): expected at most \(Int32.max)")
        }
        if let kimg = length.kimg, kimg * 1000 / Double(training.batch ?? 64) > longest {
            throw ValidationError("--kimg \(kimg): expected at most \(Int32.max) steps of it")
        }
        if let minutes = length.minutes, minutes > 1e9 {
            throw ValidationError("--minutes \(minutes): expected at most 1e9")
        }
        if let width = training.width, width > RunConfiguration.mostChannels {
            throw ValidationError(
                "--width \(width): expected 1 to \(RunConfiguration.mostChannels)")
        }
        if let batch = training.batch, !(2...4096).contains(batch) {
            throw ValidationError("--batch \(batch): expected 2 to 4096")
        }
        if let gamma = game.gamma, !(0...1e9).contains(gamma) {
            throw ValidationError("--gamma \(gamma): expected 0 to 1e9")
        }
        let whole: [(String, Int?, ClosedRange<Int>)] = [
            ("--penalty-every", game.penaltyEvery, 1...1024), ("--d-steps", game.dSteps, 1...64),
            ("--accumulate", game.accumulate, 1...4096),
            ("--packing", game.packing, 1...16), ("--freeze-d", game.freezeD, 0...1000),
        ]
        for (name, value, range) in whole {
            if let value, !range.contains(value) {
                throw ValidationError(
                    "\(name) \(value): expected \(range.lowerBound) to \(range.upperBound)")
            }
        }
        if let size = pictures.size, game.initFrom == nil,
            let problem = plan.family(nil).problem(
                with: PictureShape(height: size.height, width: size.width, channels: 3))
        {
            throw ValidationError("--size \(size.defaultValueDescription): \(problem)")
        }
    }

    func run() throws {
        try reportingFailures {
            Interruption.install()
            try Engine.start(threads: running.threads)
            var progress = ProgressReporter(
                style: ProgressReporter.style(quiet: running.quiet, json: running.json))
            if let resume {
                let job = try TrainingJob.resuming(
                    resume, length, training, game, running, watching, &progress)
                try job.run(progress: progress, view: running.view)
                return
            }
            if let path = watching.previewAugmentation {
                try WritableTarget.check(path, option: "--preview-augmentation")
            }
            let beginning = try TrainingJob.Beginning(
                data ?? "", plan, pictures, running, &progress, watching: watching)
            if let path = watching.previewAugmentation {
                let words = try AugmentationSheet(beginning.configuration, beginning.dataset)
                    .write(to: path)
                progress.say(words)
                progress.event("preview", ["path": .string(path), "shows": .string(words)])
                return
            }
            if game.dryRun {
                beginning.describe(progress)
                return
            }
            let job = try beginning.job(out: out, &progress)
            try job.run(progress: progress, view: running.view)
        }
    }
}
