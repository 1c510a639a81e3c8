import Datasets
import Foundation
import Imaging
import Networks
import Runs
import Stylization
import TensorCore
import Training

/// The work of `atelier train features`: pictures, a teacher, steps, and the file at the end.
struct FeaturesSession {
    private let command: FeaturesCommand
    private var progress: ProgressReporter
    private let teacher: PerceptualTeacher
    private let stream: BatchStream
    private let sampler: PatchSampler
    /// `[N, S, S, 3]`, of pictures that are not trained on.
    private let heldOut: Tensor
    private var record: FeaturesRecord
    private var trainer: DistillationTrainer
    private let clock = ContinuousClock()

    /// Held-out pictures that are measured at most.
    private static let mostHeldOut = 32
    /// Seconds between two states on the disk.
    private static let saveInterval = 120.0

    init(_ command: FeaturesCommand) throws {
        self.command = command
        var progress = ProgressReporter(
            style: ProgressReporter.style(quiet: command.quiet, json: command.json))
        let statePath = FeaturesState.path(beside: command.out)
        let saved = command.resume ? try FeaturesState.open(statePath) : nil
        let numbers = try saved?.record.configuration ?? command.numbers()
        let jitters = saved?.record.jitters ?? command.jitter
        sampler = PatchSampler(side: numbers.side)
        teacher = try Self.teacher(command.teacher)

        let data = try Self.pictures(command.data, side: sampler.pictureSide, &progress)
        let parts = data.split(
            holdingOut: 0.05, key: RandomKey(seed: numbers.seed).folded("held out"))
        let bytes = try parts.heldOut.pixels(
            of: Array(0..<min(Self.mostHeldOut, parts.heldOut.count)))
        let patches = sampler.bothPatches(of: bytes)
        let side = numbers.side
        heldOut = Tensor(uint8: patches, shape: [patches.count / (side * side * 3), side, side, 3])
        progress.say("reading \(data.count) pictures")
        guard
            let dataDigest = data.contentDigest(report: { _ in !Interruption.isRequested })
        else { throw Failure("stopped before the first step: nothing was written") }
        let fresh = FeaturesRecord(
            configuration: numbers, minutes: command.minutes, jitters: jitters, step: 0, seconds: 0,
            teacherDigest: try NetworkFile.digest(of: command.teacher), dataDigest: dataDigest)
        if let saved {
            try Self.checkSame(saved.record, fresh, statePath)
            record = saved.record
            trainer = DistillationTrainer(
                state: try FeaturesState.state(
                    saved.record, from: saved.file, teacherWidths: teacher.widths), numbers,
                teacher: teacher)
            progress.say("going on at step \(record.step)")
        } else {
            record = fresh
            trainer = DistillationTrainer(numbers, teacher: teacher, pictures: heldOut)
        }
        let jitter = Augmentation.colourJitter(
            brightness: 0.15, contrast: 0.15, saturation: 0.15, hue: 0.03)
        stream = BatchStream(
            parts.training, batchSize: numbers.batchSize,
            key: RandomKey(seed: numbers.seed).folded("batches"),
            startingAt: record.step * numbers.batchSize,
            augmentation: AugmentationPipeline(
                [.horizontalFlip(probability: 0.5)] + (jitters ? [jitter] : [])))
        self.progress = progress
    }

    private static func teacher(_ path: String) throws -> PerceptualTeacher {
        guard !StyleWeightFiles.isFolder(path) else {
            throw Failure("--teacher \(path): expected a file of weights, found a folder")
        }
        let network = try StyleWeightFiles(path).features()
        let names = StyleEncoder.styleActivations
        guard names.allSatisfy(network.activationNames.contains) else {
            throw Failure(
                "--teacher \(path): expected a network with \(names.joined(separator: ", ")), found "
                    + "\(network.name) up to \(network.activationNames.last ?? "nothing"); give a "
                    + "VGG-16, a VGG-19, or a distilled one's fourth encoder")
        }
        return PerceptualTeacher(name: network.name) { network.activations(of: $0, at: names) }
    }

    private static func pictures(
        _ paths: [String], side: Int, _ progress: inout ProgressReporter
    ) throws -> PictureDataset {
        let source = try JoinedSource(paths: paths)
        for note in source.notes { progress.say(note) }
        for refused in source.refused {
            progress.say("skipping \(refused.name): \(refused.reason)")
        }
        let data = try PictureDataset(
            source, .init(height: side, width: side, channels: .rgb, crop: .random)
        ) { Console.error("atelier: skipping \($0.name): \($0.reason)") }
        guard data.count >= 2 else {
            throw Failure(
                "\(source.path): expected two pictures or more (some are held out), found "
                    + "\(data.count)")
        }
        return data
    }

    private static func checkSame(
        _ saved: FeaturesRecord, _ found: FeaturesRecord, _ path: String
    ) throws {
        for (what, before, now) in [
            ("--teacher", saved.teacherDigest, found.teacherDigest),
            ("the pictures", saved.dataDigest, found.dataDigest),
        ] where before != now {
            throw Failure(
                "\(path): \(what) had the digest \(before.prefix(12)), now \(now.prefix(12)): give "
                    + "what the training began with, or begin anew without --resume")
        }
    }

    /// Trains to the end or to Ctrl-C.
    mutating func train() throws {
        let numbers = record.configuration
        progress.say(
            "learning from \(teacher.name): \(stream.dataset.count) pictures, batches of "
                + "\(numbers.batchSize) patches of \(numbers.side)x\(numbers.side), "
                + "\(trainer.state.pair.student.parameterCount) weights")
        do { try play() } catch TrainingError.nonFinite(let step, let name, let value) {
            throw Failure(
                "the \(name) of step \(step) is \(value): nothing was written after step "
                    + "\(record.step); begin anew with a lower --lr than \(numbers.learningRate)")
        }
        progress.endLine()
        if record.share < 1 {
            let path = FeaturesState.path(beside: command.out)
            try FeaturesState.save(trainer.state, record, to: path)
            throw Failure(
                "stopped at step \(record.step): the state is in \(path); --resume goes on")
        }
        try finish()
    }

    private mutating func play() throws {
        var speed = SpeedMeter()
        var last = clock.now
        var lastSave = record.seconds
        let key = RandomKey(seed: record.configuration.seed).folded("patches")
        let side = record.configuration.side
        let batches = stream.makeIterator()
        while record.share < 1 && !Interruption.isRequested {
            guard let batch = batches.next() else {
                throw stream.failure.map { Failure("\($0)") } ?? Failure("the pictures ended")
            }
            let patches = sampler.patches(
                of: batch.pixels, key: key.folded(UInt64(record.step)))
            let report = try trainer.step(
                Tensor(uint8: patches, shape: [batch.count, side, side, 3]), share: record.share)
            let seconds = (clock.now - last).inSeconds
            last = clock.now
            record.step = report.step
            record.seconds += seconds
            speed.add(seconds: seconds, images: batch.count)
            show(report, speed)
            if record.seconds - lastSave >= Self.saveInterval, record.share < 1 {
                lastSave = record.seconds
                try FeaturesState.save(
                    trainer.state, record, to: FeaturesState.path(beside: command.out))
                last = clock.now
            }
        }
    }

    private mutating func show(_ report: DistillationReport, _ speed: SpeedMeter) {
        guard progress.isDue(isLast: record.share >= 1) else { return }
        let numbers = record.configuration
        let errors = zip(StyleEncoder.styleActivations, report.errors)
        let left =
            record.share > 0 ? record.seconds / record.share * (1 - record.share) : nil
        var values = Dictionary(uniqueKeysWithValues: errors.map { ($0, $1) })
        values["loss"] = report.loss
        progress.show(
            .init(
                report: StepReport(
                    step: report.step, samplesSeen: report.step * numbers.batchSize,
                    values: values, seconds: 0),
                totalSteps: record.minutes == nil ? numbers.steps : nil,
                imagesPerSecond: speed.imagesPerSecond, secondsLeft: left,
                lossText: "error "
                    + errors.map { "\($0) \(Readable.fixed(Double($1), 3))" }
                    .joined(separator: " ")))
    }

    private mutating func finish() throws {
        let errors = zip(StyleEncoder.styleActivations, trainer.errors(on: heldOut)).map {
            ($0, $1)
        }
        let text = errors.map { "\($0) \(Readable.fixed($1, 4))" }.joined(separator: ", ")
        let numbers = record.configuration
        var metadata = [
            "format": "atelier features 1",
            "atelier.features.teacher": (command.teacher as NSString).lastPathComponent,
            "atelier.features.teacher_digest": record.teacherDigest,
            "atelier.features.data": command.data.map {
                (($0 as NSString).standardizingPath as NSString).lastPathComponent
            }.joined(separator: ", "),
            "atelier.features.data_digest": record.dataDigest,
            "atelier.features.steps": "\(record.step)",
            "atelier.features.seed": "\(numbers.seed)",
            "atelier.features.held_out_errors": text,
            "atelier.features.scales": trainer.state.scales.floats().map { "\($0)" }
                .joined(separator: ", "),
            "atelier.command": NetworkFile.command,
        ]
        metadata["atelier.features.minutes"] = record.minutes.map { "\($0)" }
        try NetworkFile.save(
            trainer.state.pair.student, metadata: metadata, isHalf: command.half, to: command.out)
        let state = FeaturesState.path(beside: command.out)
        if FileManager.default.fileExists(atPath: state) {
            try FileManager.default.removeItem(atPath: state)
        }
        progress.say(
            "held-out errors: \(text) after \(record.step) steps, "
                + "\(Readable.duration(record.seconds)); wrote \(command.out)")
        progress.event(
            "end",
            Dictionary(uniqueKeysWithValues: errors.map { ($0, JSONValue.number($1)) }).merging([
                "step": .integer(record.step), "seconds": .number(record.seconds),
                "file": .string(command.out),
            ]) { $1 })
    }
}
