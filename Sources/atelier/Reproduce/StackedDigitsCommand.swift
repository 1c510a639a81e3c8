import ArgumentParser
import Datasets
import Metrics
import Reproduction
import TensorCore

/// `atelier reproduce stacked-mnist`.
struct StackedDigitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stacked-mnist",
        abstract: "The 1000 modes of three stacked digits (PacGAN, table 2).",
        discussion: """
            Trains a classifier of digits first, kept beside the table. Methods: DCGAN, PacDCGAN2, \
            'RpGAN + R1 + R2', and on request R3GAN. A trial that was stopped goes on after its last \
            step.

              atelier reproduce stacked-mnist --data mnist --out stacked
              atelier reproduce stacked-mnist --data mnist --method R3GAN
              atelier reproduce stacked-mnist --quick
            """)

    @OptionGroup var options: ReproduceOptions
    @Option(help: "The folder of MNIST's files; with --quick drawn digits unless given.")
    var data: String?
    @Option(help: "Channels of the networks next to the picture.") var width = 32
    @Option(help: "Pictures in a batch.") var batch = 64

    func validate() throws {
        if data == nil && !options.quick {
            throw ValidationError("--data is missing: expected the folder of MNIST's files")
        }
        if !(1...1024).contains(width) {
            throw ValidationError("--width \(width): expected 1 to 1024")
        }
        if !(2...4096).contains(batch) || batch % 2 != 0 {
            throw ValidationError("--batch \(batch): expected an even number of 2 to 4096")
        }
    }

    func run() throws {
        try reportingFailures {
            let methods = try chosenMethods()
            if let problem = methods.lazy.compactMap(\.problem).first { throw Failure(problem) }
            try options.begin()
            let (digits, test) = try pictures()
            let classifier = try TableClassifier.open(
                "digits", training: digits, test: test, flips: false, options)
            try trials(methods, StackedDigits(digits), classifier)
        }
    }

    private func chosenMethods() throws -> [PictureMethod] {
        let steps = options.steps ?? 10_000
        let usual = PictureMethod.stackedDigits(width: width, steps: steps, batch: batch)
        let r3gan = PictureMethod.stackedDigitsR3GAN(width: width, steps: steps, batch: batch)
        let methods =
            options.methods.isEmpty
            ? usual : try options.chosen(usual + [r3gan]) { $0.name }
        return options.quick ? methods.map { $0.quick(steps: options.steps ?? 6) } : methods
    }

    private func pictures() throws -> (training: PictureSet, test: PictureSet) {
        let shape = StackedDigits.digitShape
        guard let data else {
            let key = RandomKey(seed: options.seed).folded("digits")
            return (
                .drawnDigits(400, key: key.folded("training")),
                .drawnDigits(100, key: key.folded("test"))
            )
        }
        return (
            try TablePictures.open(data, shape: shape, split: .train, needsClasses: true),
            try TablePictures.open(data, shape: shape, split: .test, needsClasses: true)
        )
    }

    private func trials(
        _ methods: [PictureMethod], _ digits: StackedDigits, _ classifier: TableClassifier.Trained
    ) throws {
        let samples = options.quick ? 400 : StackedDigitsProtocol.sampleCount
        let reader = DigitReader(classifier.network)
        let percent = Readable.fixed(classifier.accuracy * 100, 2)
        var run = try TableRun(
            "stacked-mnist",
            table: .stackedDigits(
                methods: methods,
                reader:
                    "digits are read by a small residual network that is right on \(percent) % of "
                    + "the test part" + (data == nil ? "; the digits are drawn, not MNIST's" : ""),
                samples: samples),
            methods: methods.map(\.name),
            settings: methods.map {
                PictureRun.Settings(method: $0, samples: samples, judge: percent)
            },
            trials: 1, options: options)
        try run.run { place, trial, seed, progress in
            let stem = "stacked-mnist-\(FileStem.of(methods[place].name))-\(trial + 1)"
            let new = PictureTrial(methods[place], seed: seed, source: digits.source)
            guard let done = try PictureRun.train(new, stem: stem, options, &progress) else {
                return nil
            }
            let pictures = done.trial.pictures(samples)
            try PictureRun.draw(pictures, of: done.trial, stem: stem, options)
            let result = try reader.measure(pictures)
            return TrialOutcome(
                figures: ReproductionTable.figures(result), seconds: done.seconds,
                statePath: done.statePath)
        }
    }
}
