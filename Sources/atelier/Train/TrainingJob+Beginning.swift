import Datasets
import Imaging
import Networks
import Runs
import TensorCore
import Training

extension TrainingJob {
    /// A run that is not begun yet: the data is open, and everything is chosen.
    struct Beginning {
        let configuration: RunConfiguration
        /// All pictures, those that are held out too.
        let dataset: PictureDataset

        /// Opens the data, and chooses what was not said.
        ///
        /// - Throws: A failure if the data cannot be read, or options do not fit it or each other.
        init(
            _ data: String, _ plan: TrainingPlan, _ pictures: TrainCommand.PictureOptions,
            _ running: TrainCommand.RunningOptions, _ progress: inout ProgressReporter,
            watching: TrainCommand.WatchOptions? = nil
        ) throws {
            let path = TrainingJob.absolutePath(data)
            let source = try PictureSources.open(path: path)
            TrainingJob.report(source, &progress)
            let start = try plan.source()
            let size = pictures.size ?? TrainingJob.fittingSize(source)
            let prepared = PictureDatasetConfiguration(
                height: size.height, width: size.width, channels: pictures.channels ?? .automatic,
                crop: pictures.crop ?? .centre, requiresLabels: pictures.classes)
            dataset = try PictureDataset(source, prepared, report: TrainingJob.warnBroken)
            if pictures.classes && dataset.classNames.count < 2 {
                throw Failure(
                    "--classes: expected two classes or more in \(path), found "
                        + "\(dataset.classNames.count); put each class into a sub-folder of its own, "
                        + "add a labels.csv, or leave --classes out")
            }
            let networks = try plan.networks(
                start,
                picture: PictureShape(
                    height: size.height, width: size.width,
                    channels: dataset.format.channelCount),
                classCount: pictures.classes ? dataset.classNames.count : 0,
                head: pictures.classHead)
            var configuration = RunConfiguration(
                data: .init(
                    path: path, pictures: prepared,
                    augmentation: (pictures.augment ?? .none).pipeline,
                    classNames: dataset.classNames, count: dataset.count),
                networks: networks, training: AdversarialConfiguration(),
                cadence: .init(
                    steps: nil, minutes: nil, checkpointEvery: nil, sampleEvery: nil, logEvery: 10,
                    checkpointsKept: 3, sampleCount: 64))
            plan.complete(&configuration, start)
            configuration.setLength(plan.length, otherwiseMinutes: TrainingJob.usualMinutes)
            configuration.apply(plan.training, plan.game, running)
            configuration.data.heldOut = try HeldOutPart.share(
                asked: watching?.heldOut, of: dataset.count)
            if let watching { configuration.apply(watching) }
            let lines = try MetricsPlan.complete(&configuration, pictureCount: dataset.count)
            for line in lines { progress.say(line) }
            if let problem = configuration.problem { throw Failure(problem) }
            try configuration.freeze(lowest: plan.game.freezeD ?? 0)
            try configuration.checkMemory()
            self.configuration = configuration
        }

        /// Makes the run's folder, the networks, and begins.
        func job(out: String?, _ progress: inout ProgressReporter) throws -> TrainingJob {
            var transfer: TransferReport?
            // Before there is a folder: what cannot begin leaves nothing behind.
            let state = try CheckpointBridge.initialState(configuration) { transfer = $0 }
            let name = configuration.data.path.split(separator: "/").last.map(String.init) ?? "run"
            let stem = name.split(separator: ".").first.map(String.init) ?? name
            let run = try RunFolder.create(
                at: out ?? RunFolder.freePath(name: stem), configuration: configuration)
            let lock = try run.lock()
            progress.event(
                "run",
                [
                    "run": .string(run.path), "step": .integer(0),
                    "pictures": .integer(dataset.count),
                ])
            if let transfer {
                for line in transfer.lines { progress.say(line) }
                progress.event(
                    "transfer",
                    [
                        "from": .string(transfer.path),
                        "lines": .array(transfer.lines.map { .string($0) }),
                    ])
            }
            let heldOut = HeldOutPart.split(dataset, configuration).heldOut
                .map { ", \($0.count) of them held out" }
            progress.say(
                "training \(configuration.summary) (\(dataset.count) pictures\(heldOut ?? "")) into "
                    + "\(run.path)")
            return TrainingJob(
                run: run, lock: lock, configuration: configuration, dataset: dataset, state: state,
                seconds: 0)
        }

        /// Says what would be trained: options that stand for it, and what was worked out.
        func describe(_ progress: ProgressReporter) {
            let networks = configuration.networks
            let key = RandomKey(seed: 0)
            let (made, judged) = (
                networks.makeGenerator(key: key).parameterCount,
                networks.makeDiscriminator(key: key, packing: configuration.objective.packing)
                    .parameterCount
            )
            if progress.style == .json {
                progress.event(
                    "plan",
                    [
                        "options": .array(configuration.optionLines.map { .string($0) }),
                        "worked_out": .array(configuration.scheduleLines.map { .string($0) }),
                        "generator_parameters": .integer(made),
                        "discriminator_parameters": .integer(judged),
                        "pictures": .integer(dataset.count),
                    ])
                return
            }
            let intent = configuration.preset.map { "--preset \($0.rawValue) stands for\n" } ?? ""
            Console.print(
                intent + configuration.optionLines.map { "  \($0)" }.joined(separator: "\n"))
            Console.print("worked out from pictures, batch and length")
            for line in configuration.scheduleLines { Console.print("  \(line)") }
            if let heldOut = HeldOutPart.split(dataset, configuration).heldOut {
                Console.print("  held out from training: \(heldOut.count) pictures")
            }
            Console.print(
                "\(configuration.summary): \(dataset.count) pictures"
                    + (networks.classCount > 0 ? " of \(networks.classCount) classes" : "")
                    + "; \(made) weights in the generator, \(judged) in the discriminator")
        }
    }
}

extension RunConfiguration {
    /// Freezes the discriminator's lowest blocks: Mo et al. 2020, "Freeze the Discriminator",
    /// https://arxiv.org/abs/2002.10964.
    ///
    /// - Throws: A failure if there are not so many.
    mutating func freeze(lowest count: Int) throws {
        guard count > 0 else { return }
        let discriminator = CheckpointBridge.unevaluatedState(self).discriminator
        let blocks = DiscriminatorBlocks(of: discriminator)
        if let problem = blocks.problem(freezing: count) {
            throw Failure("--freeze-d \(count): \(problem)")
        }
        let names = blocks.frozenNames(lowest: count)
        training.frozen = discriminator.namedTensors(.parameter).map(\.name)
            .filter { names.contains($0) }.map { "discriminator." + $0 }
    }
}
