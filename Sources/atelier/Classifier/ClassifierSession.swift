import Datasets
import Glibc
import Networks
import Runs
import TensorCore
import Training

/// A training of a classifier: data in memory, numbers, what is said meanwhile.
struct ClassifierSession {
    private let out: String
    private let name: String
    private let training: PictureDataset
    private let test: LabelledPictures
    private let digest: String
    private let numbers: ClassifierConfiguration
    private let sizes: SmallClassifierConfiguration
    private var meter: ClassifierMeter

    /// Opens the data and measures it.
    init(_ command: ClassifierTrainCommand) throws {
        out = command.out
        meter = ClassifierMeter(
            style: ProgressReporter.style(quiet: command.quiet, json: command.json))
        let opened = try ClassifierData.open(command.data, size: command.size, split: .train)
        let shape = PictureShape(
            height: opened.height, width: opened.width, channels: opened.format.channelCount)
        let heldOut: PictureDataset
        if let path = command.test {
            (training, heldOut) = (
                opened, try ClassifierData.open(path, shape: shape, split: .test)
            )
        } else if [.idx, .cifar].contains(opened.source.kind),
            let part = try Self.testPart(command.data, shape)
        {
            (training, heldOut) = (opened, part)
        } else {
            (training, heldOut) = opened.split(
                holdingOut: 0.1, key: RandomKey(seed: command.seed).folded("test"))
        }
        let data = try LabelledPictures(training)
        digest = data.digest(shape)
        test = try LabelledPictures(heldOut, classNames: training.classNames)
        numbers = command.numbers(pictures: data.count)
        sizes = SmallClassifierConfiguration(
            picture: shape, classCount: training.classNames.count, width: command.width)
        if let problem = SmallClassifierConfiguration.problem(with: sizes) {
            throw Failure("\(command.data): \(problem)")
        }
        name = String(command.data.split(separator: "/").last ?? "data")
        for note in training.source.notes + training.notes { meter.say(note) }
    }

    /// The test part of MNIST's or CIFAR's files; nil where there is none.
    private static func testPart(_ path: String, _ shape: PictureShape) throws -> PictureDataset? {
        do {
            return try ClassifierData.open(path, shape: shape, split: .test)
        } catch let error as DatasetError where error.kind == .noUsablePicture {
            return nil
        }
    }

    /// Trains, measures and writes.
    mutating func train() throws {
        meter.say(
            "training on \(training.count) pictures of \(sizes.picture) in \(sizes.classCount) classes, "
                + "\(numbers.steps) steps of \(numbers.batchSize); testing on \(test.count)")
        let stream = BatchStream(
            training, batchSize: numbers.batchSize,
            key: RandomKey(seed: numbers.seed).folded("batches"))
        let batches = stream.lazy.map { batch in
            TrainingBatch(
                pictures: Tensor(uint8: batch.pixels, shape: batch.shape),
                labels: batch.labels.map { Tensor(int32: $0, shape: [$0.count]) },
                position: batch.nextPosition)
        }
        var trainer = ClassifierTrainer(sizes, configuration: numbers)
        let stepsAnEpoch = max(1, training.count / numbers.batchSize)
        do {
            try trainer.run(batches) { report, state in
                meter.show(report)
                if report.step % stepsAnEpoch == 0 && report.step < report.steps {
                    meter.tested(report, evaluation(state.average.average))
                }
                return Interruption.isRequested ? .stop : .more
            }
        } catch TrainingError.outOfData {
            throw stream.failure.map { Failure("\($0)") } ?? Failure("the pictures ended")
        } catch TrainingError.nonFinite(let step, let name, let value) {
            throw Failure(
                "the \(name) of step \(step) is \(value): nothing was written; give a lower --lr "
                    + "than \(numbers.learningRate)")
        }
        guard !Interruption.isRequested else {
            throw Failure(
                "stopped at step \(trainer.state.step) of \(numbers.steps): nothing was written")
        }
        try finish(trainer.state)
    }

    private func evaluation(_ network: SmallClassifier) -> ClassifierEvaluation {
        ClassifierEvaluation(network, pictures: test.bytes, labels: test.labels)
    }

    private mutating func finish(_ state: ClassifierState) throws {
        let network = state.average.average
        let result = evaluation(network)
        try ClassifierFile.save(
            network,
            ClassifierRecord(
                network: sizes, classNames: training.classNames, dataName: name,
                dataDigest: digest, trainingCount: training.count, accuracy: result.accuracy,
                testCount: result.count, steps: state.step, seed: numbers.seed), to: out)
        meter.finished(result, out: out)
    }
}

/// What is said while a classifier trains.
struct ClassifierMeter {
    private var progress: ProgressReporter
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?
    private var hasOpenLine = false

    init(style: ProgressReporter.Style) {
        progress = ProgressReporter(style: style)
        start = clock.now
    }

    private var seconds: Double { (clock.now - start) / .seconds(1) }

    /// A sentence for people.
    mutating func say(_ text: String) {
        if hasOpenLine { Console.error("") }
        hasOpenLine = false
        progress.say(text)
    }

    /// A step, now and then.
    mutating func show(_ report: ClassifierReport) {
        let isLast = report.step == report.steps
        let pause: Duration = progress.style == .terminal ? .milliseconds(200) : .seconds(10)
        if let lastShown, !isLast, clock.now - lastShown < pause { return }
        lastShown = clock.now
        let rate = Double(report.samplesSeen) / max(seconds, 1e-9)
        let left = seconds / Double(report.step) * Double(report.steps - report.step)
        let line =
            "step \(report.step)/\(report.steps)  \(Readable.count(rate)) images/s  loss "
            + "\(Readable.fixed(Double(report.loss), 3))  right in batch "
            + "\(Readable.fixed(Double(report.accuracy) * 100, 1)) %  "
            + "\(Readable.duration(left)) left"
        switch progress.style {
        case .quiet: break
        case .terminal:
            Console.redraw(line)
            hasOpenLine = true
        case .lines: Console.error(line)
        case .json:
            progress.event(
                "step",
                [
                    "step": .integer(report.step), "steps": .integer(report.steps),
                    "loss": .number(Double(report.loss)),
                    "batch_accuracy": .number(Double(report.accuracy)),
                    "images_per_s": .number(rate), "seconds_left": .number(left),
                ])
        }
    }

    /// The accuracy after an epoch.
    mutating func tested(_ report: ClassifierReport, _ result: ClassifierEvaluation) {
        say(
            "after \(report.samplesSeen) pictures: \(Self.percent(result)) of \(result.count) test "
                + "pictures right")
        progress.event(
            "test",
            [
                "step": .integer(report.step), "accuracy": .number(result.accuracy),
                "pictures": .integer(result.count),
            ])
    }

    /// The end.
    mutating func finished(_ result: ClassifierEvaluation, out: String) {
        say(
            "\(Self.percent(result)) of \(result.count) test pictures right after "
                + "\(Readable.duration(seconds)); wrote \(out)")
        progress.event(
            "end",
            [
                "accuracy": .number(result.accuracy), "pictures": .integer(result.count),
                "seconds": .number(seconds), "file": .string(out),
            ])
    }

    private static func percent(_ result: ClassifierEvaluation) -> String {
        Readable.fixed(result.accuracy * 100, 2) + " %"
    }
}

/// A file that will be written at the end of long work.
enum WritableTarget {
    /// Refuses a path that cannot be written, before the work begins.
    static func check(_ path: String) throws {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw Failure("\(path): expected the name of a file to write, found a folder")
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let parent = parts.joined(separator: "/")
        let folder = parts.isEmpty ? "." : parent.isEmpty ? "/" : parent
        guard access(folder, W_OK) == 0 else {
            throw Failure(
                "\(path): cannot be written, since the folder \(folder) "
                    + "\(String(cString: strerror(errno)).lowercased()); make it, or choose "
                    + "another --out")
        }
    }
}
