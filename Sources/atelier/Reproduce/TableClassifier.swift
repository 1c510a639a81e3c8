import Datasets
import Files
import Glibc
import Networks
import Reproduction
import TensorCore
import Training

/// The classifier by whose eyes a table judges: trained once, and kept beside the table.
enum TableClassifier {
    /// A classifier and how well it does on pictures that it was not trained on.
    struct Trained {
        var network: SmallClassifier
        var accuracy: Double
    }

    /// Reads the classifier of a table, or trains it and writes it.
    ///
    /// - Parameters:
    ///   - name: What it is trained on, as a file name.
    ///   - training: Pictures with classes.
    ///   - test: Pictures to measure the accuracy on.
    ///   - flips: Whether mirrored pictures are the same things.
    ///   - options: The folder, the seed, and whether it is to be quick.
    static func open(
        _ name: String, training: PictureSet, test: PictureSet, flips: Bool,
        _ options: ReproduceOptions
    ) throws -> Trained {
        let quick = options.quick ? "-quick" : ""
        let path = options.path("\(name)-classifier\(quick).safetensors")
        let digest = digest(training)
        if access(path, F_OK) == 0 {
            let (network, record) = try ClassifierFile.load(path)
            guard record.dataDigest == digest else {
                throw Failure(
                    "\(path): it was trained on other pictures; remove it, or give another --out")
            }
            return Trained(network: network, accuracy: record.accuracy)
        }
        var numbers = ClassifierConfiguration()
        let epochs = options.quick ? 2.0 : 8.0
        numbers.batchSize = options.quick ? 20 : 128
        numbers.steps = max(1, Int(epochs * Double(training.count) / Double(numbers.batchSize)))
        numbers.augmentation = TensorAugmentation(flips: flips, shift: 2)
        numbers.seed = options.seed
        if options.quick { numbers.averageDecay = 0.9 }
        var progress = TrialProgress(isQuiet: options.quiet)
        progress.begin("classifier of \(name)")
        let clock = ContinuousClock()
        let start = clock.now
        let network = try ClassifierLesson.learn(
            training, numbers: numbers, width: options.quick ? 8 : 16
        ) { report in
            progress.show(
                step: report.step, steps: report.steps,
                pace: (clock.now - start) / .seconds(1) / Double(report.step),
                "right in batch \(Readable.fixed(Double(report.accuracy) * 100, 1)) %")
            return Interruption.isRequested ? .stop : .more
        }
        guard let network else { throw Failure("stopped while training \(path)") }
        let result = ClassifierEvaluation(network, pictures: test.bytes, labels: test.labels)
        try ClassifierFile.save(
            network,
            ClassifierRecord(
                network: network.configuration, classNames: training.classNames, dataName: name,
                dataDigest: digest, trainingCount: training.count, accuracy: result.accuracy,
                testCount: result.count, steps: numbers.steps, seed: numbers.seed), to: path)
        progress.say(
            "classifier of \(name): \(Readable.fixed(result.accuracy * 100, 2)) % of \(result.count) test "
                + "pictures right; wrote \(path)")
        return Trained(network: network, accuracy: result.accuracy)
    }

    /// SHA-256 over shape, classes, labels and pixels.
    private static func digest(_ pictures: PictureSet) -> String {
        var hash = ContentDigest()
        let names = pictures.classNames.joined(separator: "\n")
        hash.update(Array("\(pictures.shape)\n\(names)\n".utf8))
        pictures.labels.withUnsafeBytes { hash.update($0) }
        hash.update(pictures.bytes)
        return hash.finish()
    }
}

/// Pictures of a table, in memory.
enum TablePictures {
    /// The pictures of a folder or of MNIST's or CIFAR's files.
    static func open(
        _ path: String, shape: PictureShape, split: SourceSplit, needsClasses: Bool
    ) throws -> PictureSet {
        let source = try PictureSources.open(path: path, options: .init(split: split))
        let dataset = try PictureDataset(
            source,
            .init(
                height: shape.height, width: shape.width,
                channels: shape.channels == 1 ? .grey : .rgb, requiresLabels: needsClasses)
        ) { Console.error("atelier: skipping \($0.name): \($0.reason)") }
        return try PictureSet(dataset)
    }
}
