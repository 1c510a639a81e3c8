public import ArgumentParser
public import Datasets
import Networks
import Runs
import Training

/// `atelier classifier`.
struct ClassifierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classifier",
        abstract: "Train a small network that tells classes apart, for metrics.",
        discussion: """
            For pictures of about 28x28 or 32x32 with classes. What it learns serves to measure \
            made pictures: how far they are from real ones, and whether every class is among them.

              atelier classifier train mnist --out mnist.safetensors
              atelier classifier test mnist.safetensors mnist
            """,
        subcommands: [ClassifierTrainCommand.self, ClassifierTestCommand.self])
}

/// `atelier classifier train`.
struct ClassifierTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a classifier.",
        discussion: """
            DATA is a folder of MNIST IDX files or CIFAR binary files, a folder with a sub-folder \
            for each class, or a ZIP of one. Accuracy is measured on pictures that were not \
            trained on: those of --test, else the test part of MNIST's or CIFAR's files, else a \
            tenth of the pictures, held out by name. The file holds the network as it is at the \
            end, class names, picture size, accuracy, a digest of the data, and the seed.

              atelier classifier train mnist --out mnist.safetensors
              atelier classifier train fashion_mnist --flip --out fashion.safetensors
              atelier classifier train cifar/train --test cifar/test --flip --epochs 20 \\
                --out cifar.safetensors
            """)

    @Argument(help: "Pictures with classes.") var data: String
    @Option(help: "Pictures to measure the accuracy on.") var test: String?
    @Option(help: "The file to write.") var out: String
    @Option(help: "How many times every picture is seen.") var epochs = 8.0
    @Option(help: "The side, or WIDTHxHEIGHT: 8 to 64 (the pictures' own, else 32).")
    var size: PictureSize?
    @Option(help: "Pictures in a batch.") var batch = 128
    @Option(help: "Channels of the first layer; an eighth of the features.") var width = 16
    @Option(help: "The highest learning rate.") var lr = 0.2
    @Option(help: "Shift pictures by so many pixels at most.") var shift = 2
    @Flag(help: "Mirror half of the pictures: for things, not for digits and letters.")
    var flip = false
    @Option(help: "From which every random number follows.") var seed: UInt64 = 0
    @Option(help: "bf16 rounds products where the machine gains by it.")
    var precision = PrecisionChoice.f32
    @Option(help: "Threads of the computation (all cores unless given).") var threads: Int?
    @Flag(help: "Say nothing but errors.") var quiet = false
    @Flag(help: "Print progress as JSON lines on standard output.") var json = false

    func validate() throws {
        if !(epochs > 0 && epochs <= 10_000) {
            throw ValidationError("--epochs \(epochs): expected more than 0, at most 10000")
        }
        if quiet && json {
            throw ValidationError("--quiet and --json contradict each other: give one")
        }
        let whole: [(String, Int, ClosedRange<Int>)] = [
            ("--batch", batch, 2...4096), ("--width", width, 1...128), ("--shift", shift, 0...32),
            ("--threads", threads ?? 1, 1...1024),
        ]
        for (name, value, range) in whole where !range.contains(value) {
            throw ValidationError(
                "\(name) \(value): expected \(range.lowerBound) to \(range.upperBound)")
        }
        if !(lr > 0 && lr.isFinite) {
            throw ValidationError("--lr \(lr): expected a positive number")
        }
        if let size, !(8...64).contains(size.width) || !(8...64).contains(size.height) {
            throw ValidationError(
                "--size \(size.defaultValueDescription): expected sides of 8 to 64")
        }
    }

    /// The numbers of a training on so many pictures.
    func numbers(pictures: Int) -> ClassifierConfiguration {
        var numbers = ClassifierConfiguration()
        numbers.batchSize = batch
        let steps = (epochs * Double(pictures) / Double(max(batch, 1))).rounded(.up)
        numbers.steps = max(1, Int(min(steps, Double(Int32.max))))
        numbers.learningRate = lr
        numbers.augmentation = TensorAugmentation(flips: flip, shift: shift)
        numbers.seed = seed
        numbers.precision = precision.precision
        return numbers
    }

    func run() throws {
        try reportingFailures {
            try WritableTarget.check(out)
            Interruption.install()
            try Engine.start(threads: threads)
            var session = try ClassifierSession(self)
            try session.train()
        }
    }
}

/// `atelier classifier test`.
struct ClassifierTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "How well a classifier tells the classes of pictures.",
        discussion: """
            Of MNIST's and CIFAR's files the test part is taken unless --part says otherwise.

              atelier classifier test mnist.safetensors mnist
              atelier classifier test cifar.safetensors cifar/test --json
            """)

    @Argument(help: "A classifier, from 'atelier classifier train'.") var weights: String
    @Argument(help: "Pictures with classes.") var data: String
    @Option(help: "Which part of MNIST's or CIFAR's files.") var part = SourceSplit.test
    @Option(help: "Threads of the computation (all cores unless given).") var threads: Int?
    @Flag(help: "The result as JSON on standard output.") var json = false

    private struct Result: Encodable {
        var accuracy: Double
        var right: Int
        var pictures: Int
        var classNames: [String]
        var confusion: [[Int]]
    }

    func run() throws {
        try reportingFailures {
            try Engine.start(threads: threads)
            let (network, record) = try ClassifierFile.load(weights)
            let dataset = try ClassifierData.open(
                data, shape: record.network.picture, split: part)
            let pictures = try LabelledPictures(dataset, classNames: record.classNames)
            let result = ClassifierEvaluation(
                network, pictures: pictures.bytes, labels: pictures.labels)
            if json {
                Console.print(
                    try JSONText.of(
                        Result(
                            accuracy: result.accuracy, right: result.rightCount,
                            pictures: result.count, classNames: record.classNames,
                            confusion: result.confusion)))
                return
            }
            Console.print(Self.text(result, record.classNames))
        }
    }

    /// A line a class, then all.
    private static func text(_ result: ClassifierEvaluation, _ names: [String]) -> String {
        let width = max(7, names.map(\.count).max() ?? 0)
        func line(_ name: String, _ share: Double?, _ count: Int, _ rest: String) -> String {
            let padded = name + String(repeating: " ", count: max(0, width - name.count))
            let percent = share.map { Readable.fixed($0 * 100, 2) + " %" } ?? "-"
            let space = String(repeating: " ", count: max(0, 9 - percent.count))
            return "\(padded) \(space)\(percent)  of \(count)\(rest)"
        }
        var lines = names.indices.map { number in
            let row = result.confusion[number]
            let wrong = row.indices.filter { $0 != number && row[$0] > 0 }
                .max { row[$0] < row[$1] }
            return line(
                names[number], result.accuracy(ofClass: number), row.reduce(0, +),
                wrong.map { "; \(row[$0]) taken for \(names[$0])" } ?? "")
        }
        lines.append(line("all", result.accuracy, result.count, ""))
        return lines.joined(separator: "\n")
    }
}

extension SourceSplit: ExpressibleByArgument {}
