import ArgumentParser
import Datasets
import Metrics
import Networks
import Reproduction
import TensorCore

/// `atelier reproduce few-shot`.
struct FewShotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "few-shot",
        abstract: "A hundred pictures, with and without DiffAugment and ADA.",
        discussion: """
            One network on one folder, by the distance of its samples to the training pictures, as \
            in the papers. Figures depend on the feature network, whose name stands beside them.

              atelier reproduce few-shot --data flowers_100shot/daisy --features squeezenet.safetensors
              atelier reproduce few-shot --quick
            """)

    @OptionGroup var options: ReproduceOptions
    @Option(help: "The pictures; with --quick drawn digits unless given.") var data: String?
    @Option(help: "Weights of a feature network; with --quick one of random weights unless given.")
    var features: String?
    @Option(help: "The side of the pictures.") var size = 64
    @Option(help: "Channels of the networks next to the picture.") var width = 32
    @Option(help: "Pictures in a batch.") var batch = 16

    func validate() throws {
        if !options.quick && (data == nil || features == nil) {
            throw ValidationError(
                "\(data == nil ? "--data" : "--features") is missing: expected pictures and the weights "
                    + "of a feature network")
        }
        if !(16...256).contains(size) {
            throw ValidationError("--size \(size): expected 16 to 256")
        }
        if !(1...1024).contains(width) {
            throw ValidationError("--width \(width): expected 1 to 1024")
        }
        if !(2...4096).contains(batch) {
            throw ValidationError("--batch \(batch): expected 2 to 4096")
        }
    }

    func run() throws {
        try reportingFailures {
            let side = options.quick ? min(size, 32) : size
            let shape = PictureShape(height: side, width: side, channels: 3)
            let all = PictureMethod.fewShot(
                shape, width: width, steps: options.steps ?? 8000, batch: batch)
            let chosen = try options.chosen(all) { $0.name }
            let methods =
                options.quick ? chosen.map { $0.quick(steps: options.steps ?? 4) } : chosen
            if let problem = methods.lazy.compactMap(\.problem).first { throw Failure(problem) }
            try options.begin()
            let key = RandomKey(seed: options.seed).folded("stand-ins")
            let pictures =
                try data.map {
                    try TablePictures.open($0, shape: shape, split: .all, needsClasses: false)
                } ?? .drawnDigits(40, shape: shape, key: key)
            let network: any FeatureNetwork =
                try features.map { try FeatureNetworkFile.open($0) }
                ?? ClassifierFeatures(
                    SmallClassifier(.init(picture: shape, classCount: 10, width: 8), key: key),
                    name: "of random weights")
            try DistanceTable(
                name: "few-shot-\(side)",
                title: "Few-shot: \(pictures.count) pictures of \(shape)", methods: methods,
                judge: try DistanceJudge(network, reals: pictures),
                samples: options.quick ? 60 : 5000, trials: options.quick ? 1 : 3,
                notes: [
                    "Distances are to the training pictures themselves, as the papers have it for data "
                        + "of this size: compare rows, not tables."
                ]
            ).run(on: pictures, options)
        }
    }
}

/// `atelier reproduce fashion`.
struct FashionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fashion", abstract: "DCGAN on Fashion-MNIST, by the project's own metric.",
        discussion: """
            Our side of a comparison at equal networks and equally many pictures seen. Pictures are \
            resized from 28x28 to 32x32.

              atelier reproduce fashion --data fashion_mnist --out fashion
              atelier reproduce fashion --quick
            """)

    @OptionGroup var options: ReproduceOptions
    @OptionGroup var comparison: ComparisonOptions

    func run() throws {
        try reportingFailures {
            try comparison.run(
                "fashion", title: "Fashion-MNIST: DCGAN", channels: 1, flips: true, options)
        }
    }
}

/// `atelier reproduce cifar`.
struct CIFARCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cifar", abstract: "DCGAN on CIFAR-10, by the project's own metric.",
        discussion: """
            Our side of a comparison at equal networks and equally many pictures seen.

              atelier reproduce cifar --data cifar/train --test cifar/test --out cifar
              atelier reproduce cifar --quick
            """)

    @OptionGroup var options: ReproduceOptions
    @OptionGroup var comparison: ComparisonOptions

    func run() throws {
        try reportingFailures {
            try comparison.run(
                "cifar", title: "CIFAR-10: DCGAN", channels: 3, flips: true, options)
        }
    }
}

/// What the comparisons of DCGANs have in common.
struct ComparisonOptions: ParsableArguments {
    @Option(help: "Pictures with classes; with --quick drawn digits unless given.")
    var data: String?
    @Option(help: "Pictures to compare with (the test part of --data).") var test: String?
    @Option(help: "Channels of the networks next to the picture.") var width = 64
    @Option(help: "Pictures in a batch.") var batch = 64

    func validate() throws {
        if !(1...1024).contains(width) {
            throw ValidationError("--width \(width): expected 1 to 1024")
        }
        if !(2...4096).contains(batch) {
            throw ValidationError("--batch \(batch): expected 2 to 4096")
        }
    }

    /// Makes the table.
    func run(
        _ name: String, title: String, channels: Int, flips: Bool, _ options: ReproduceOptions
    ) throws {
        if data == nil && !options.quick {
            throw ValidationError("--data is missing: expected pictures with classes")
        }
        let shape = PictureShape(height: 32, width: 32, channels: channels)
        let usual = PictureMethod.comparison(
            shape, width: width, steps: options.steps ?? 8000, batch: batch)
        let chosen = try options.chosen([usual]) { $0.name }
        let methods = options.quick ? chosen.map { $0.quick(steps: options.steps ?? 6) } : chosen
        try options.begin()
        let (training, reals) = try pictures(shape, options)
        let classifier = try TableClassifier.open(
            name, training: training, test: reals, flips: flips, options)
        let percent = Readable.fixed(classifier.accuracy * 100, 2)
        try DistanceTable(
            name: name, title: title, methods: methods,
            judge: try DistanceJudge(
                ClassifierFeatures(classifier.network, name: name), reals: reals),
            samples: options.quick ? 100 : 10_000, trials: options.quick ? 1 : 3,
            notes: [
                "The feature network is the project's own classifier, right on \(percent) % of the test "
                    + "pictures; real pictures are the test part.",
                "The other side of the comparison, PyTorch's DCGAN on the same data by the same metric, "
                    + "is no part of this command.",
            ]
        ).run(on: training, options)
    }

    private func pictures(
        _ shape: PictureShape, _ options: ReproduceOptions
    ) throws -> (training: PictureSet, test: PictureSet) {
        guard let data else {
            let key = RandomKey(seed: options.seed).folded("stand-ins")
            return (
                .drawnDigits(200, shape: shape, key: key.folded("training")),
                .drawnDigits(100, shape: shape, key: key.folded("test"))
            )
        }
        return (
            try TablePictures.open(data, shape: shape, split: .train, needsClasses: true),
            try TablePictures.open(test ?? data, shape: shape, split: .test, needsClasses: true)
        )
    }
}

/// A table of distances to real pictures.
private struct DistanceTable {
    var name: String
    var title: String
    var methods: [PictureMethod]
    var judge: DistanceJudge
    var samples: Int
    var trials: Int
    var notes: [String]

    /// Trains every method and judges it.
    func run(on pictures: PictureSet, _ options: ReproduceOptions) throws {
        var run = try TableRun(
            name,
            table: .distances(
                title: title, methods: methods, judge: judge, samples: samples, notes: notes),
            methods: methods.map(\.name),
            settings: methods.map {
                PictureRun.Settings(method: $0, samples: samples, judge: judge.featureName)
            },
            trials: trials, options: options)
        try run.run { place, trial, seed, progress in
            let stem = "\(name)-\(FileStem.of(methods[place].name))-\(trial + 1)"
            let new = PictureTrial(methods[place], seed: seed, pictures: pictures)
            guard let done = try PictureRun.train(new, stem: stem, options, &progress) else {
                return nil
            }
            let made = done.trial.pictures(samples)
            try PictureRun.draw(made, of: done.trial, stem: stem, options)
            let (frechet, kernel) = try judge.measure(made, shape: methods[place].picture)
            return TrialOutcome(
                figures: ReproductionTable.figures(frechet, kernel), seconds: done.seconds,
                statePath: done.statePath)
        }
    }
}
