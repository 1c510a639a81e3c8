import Datasets
import Imaging
import Networks
import Optimizers
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
            let part = try Self.testPart(beside: opened, command.data, shape)
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
    private static func testPart(
        beside training: PictureDataset, _ path: String, _ shape: PictureShape
    ) throws -> PictureDataset? {
        do {
            let part = try ClassifierData.open(path, shape: shape, split: .test)
            // A single file is opened as it is, whichever part is asked for.
            return part.name(of: 0) == training.name(of: 0) ? nil : part
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
