import Networks
import Runs
import Training

/// From options to settings: what was not said is the preset's, then the family's, then worked out.
struct TrainingPlan {
    let length: TrainCommand.LengthOptions
    let training: TrainCommand.TrainingOptions
    let game: TrainCommand.GameOptions
    /// Whether classes are asked for: a discriminator without a hold on its slope lets itself be deceived
    /// about them, by marks that nobody sees.
    var hasClasses = false

    private var usualPreset: TrainingPreset { hasClasses ? .balanced : .usual }

    /// The checkpoint that weights are taken from, and what it was trained as.
    struct Source {
        var start: RunConfiguration.Start
        var networks: NetworkConfiguration
    }

    /// The preset; none where a family was asked for by itself, or weights are taken from a run.
    func preset(_ source: Source?) -> TrainingPreset? {
        training.preset ?? (training.family == nil && source == nil ? usualPreset : nil)
    }

    /// The family.
    func family(_ source: Source?) -> GANFamily {
        training.family ?? training.preset?.family ?? source?.networks.family
            ?? usualPreset.family
    }

    /// Pictures in a batch.
    func batch(_ source: Source?) -> Int {
        training.batch ?? preset(source)?.batch ?? FamilyNumbers.usualBatch(family(source))
    }

    /// Opens what `--init-from` names: a run's newest sound checkpoint, or a checkpoint.
    func source() throws -> Source? {
        guard let path = game.initFrom else { return nil }
        let checkpoint =
            RunFolder.isRun(path)
            ? try RunFolder.open(path).checkpoints.latest().checkpoint : try Checkpoint(path: path)
        let kind = try RunKind(of: checkpoint)
        guard kind.group == .gan else {
            throw Failure(
                "--init-from \(path): expected a GAN to begin with, found a run of \(kind.name)")
        }
        let settings = try checkpoint.configuration(RunConfiguration.self)
        try settings.check(path: checkpoint.path)
        return Source(
            start: .init(
                path: TrainingJob.absolutePath(checkpoint.path), digest: checkpoint.digest),
            networks: settings.networks)
    }

    /// The networks, for pictures of a shape.
    func networks(
        _ source: Source?, picture: PictureShape, classCount: Int, head: ClassHead?
    ) throws -> NetworkConfiguration {
        let family = self.family(source)
        if classCount > 0 && !family.takesClasses {
            throw Failure(
                "--classes: a \(family.title) has no classes; choose --family stylegan2 (with few "
                    + "pictures, and --discriminator-augment diffaugment), sngan, r3gan or dcgan")
        }
        if let head, !family.classHeads.contains(head) {
            throw Failure(
                "--class-head \(head.rawValue): a \(family.title) takes classes in its own way; leave it out, "
                    + "or choose --family dcgan, sngan or sagan")
        }
        if let problem = family.problem(with: picture) {
            throw Failure("--size \(picture.width)x\(picture.height): \(problem)")
        }
        var width = training.width ?? training.preset?.width
        // What weights are taken from has the sizes that they fit.
        if let source, source.networks.family == family {
            width = width ?? source.networks.width
        }
        if training.family == nil { width = width ?? preset(source)?.width }
        return NetworkConfiguration(
            family, picture: picture, width: width, mostChannels: RunConfiguration.mostChannels,
            classCount: classCount, head: head)
    }

    /// Fills in everything that is about the game, once data, networks and cadence are known.
    func complete(_ settings: inout RunConfiguration, _ source: Source?) {
        let family = settings.family
        settings.preset = training.preset ?? self.preset(source)
        settings.start = source?.start
        settings.training.batchSize = batch(source)
        settings.training.seed = training.seed ?? 0
        settings.discriminatorAugmentation =
            game.discriminatorAugment ?? self.preset(source)?.view
            ?? (family == .fastgan ? .diffaugment : .none)
        let numbers = FamilyNumbers(
            family: family, picture: settings.networks.picture, batchSize: batch(source),
            kimg: expectedKimg(settings))
        numbers.apply(to: &settings)
        // A preset's game is made for its own networks.
        let preset = self.preset(source).flatMap { $0.family == family ? $0 : nil }
        if let loss = game.loss ?? preset?.loss { numbers.apply(loss, to: &settings) }
        if let gamma = game.gamma { numbers.apply(gamma: gamma, to: &settings) }
        if let interval = game.penaltyEvery ?? preset?.penaltyInterval {
            numbers.apply(penaltyInterval: interval, to: &settings)
        }
        numbers.applyAugmentation(isAsked: game.discriminatorAugment != nil, to: &settings)
        settings.objective.discriminatorSteps =
            game.dSteps ?? settings.objective.discriminatorSteps
        settings.objective.packing = game.packing ?? 1
        settings.training.microBatches = game.accumulate ?? 1
        // Lazy regularisers take steps of their own, for which Adam makes up.
        settings.training.discriminatorLazyInterval = settings.objective.r1
            .flatMap { $0.interval > 1 ? $0.interval : nil }
        settings.training.generatorLazyInterval = settings.objective.pathLength
            .flatMap { $0.interval > 1 ? $0.interval : nil }
    }

    /// How long training is to last, in thousand pictures: what schedules go by.
    private func expectedKimg(_ settings: RunConfiguration) -> Double {
        if let kimg = length.kimg { return kimg }
        if let steps = length.steps {
            return Double(steps) * Double(settings.training.batchSize) / 1000
        }
        let minutes = length.minutes ?? TrainingJob.usualMinutes
        return max(1, minutes * 60 * FamilyNumbers.usualSpeed(settings.networks) / 1000)
    }

    /// What of the options contradicts itself, in words, as far as can be told before data is opened.
    var problem: String? {
        if game.freezeD ?? 0 > 0 && game.initFrom == nil {
            return "--freeze-d goes with --init-from: blocks that know nothing yet cannot stay as "
                + "they are"
        }
        if game.gamma != nil, let loss = game.loss, loss.holdsSlope {
            return
                "--gamma weighs R1 and R2, and --loss \(loss.rawValue) holds the discriminator's "
                + "slope by itself: give one of them"
        }
        // Whose family it is, only the checkpoint tells.
        guard game.initFrom == nil || training.family != nil || training.preset != nil else {
            return nil
        }
        let (family, batch) = (self.family(nil), self.batch(nil))
        let part = batch / (game.accumulate ?? 1)
        if let count = game.accumulate, batch % count != 0 {
            return "--accumulate \(count) does not split a batch of \(batch) evenly"
        }
        if let packing = game.packing, packing > 1 {
            if !family.takesPacks {
                return "--packing \(packing): the discriminator of a \(family.title) judges single "
                    + "pictures; choose --family dcgan, sngan, sagan or r3gan"
            }
            if part % packing != 0 {
                return "--packing \(packing) does not split batches of \(part) evenly"
            }
        }
        return nil
    }
}
