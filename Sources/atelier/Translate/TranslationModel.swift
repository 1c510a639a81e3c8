import Datasets
import Networks
import Runs
import TensorCore
import Training

/// A trained network that makes pictures from pictures.
struct TranslationModel {
    /// What it was trained as.
    let configuration: TranslationRunConfiguration
    /// The network.
    let generator: TranslationGenerator
    /// Which way it translates.
    let direction: TranslationDirection
    /// The checkpoint's first digits of its digest.
    let digest: String
    /// Steps that it was trained for.
    let step: Int
    /// The checkpoint's file.
    let path: String

    /// Opens a run, or a checkpoint file.
    init(_ path: String, _ choice: CheckpointChoice, _ direction: TranslationDirection?) throws {
        let checkpoint: Checkpoint
        if RunFolder.isRun(path) {
            let run = try RunFolder.open(path)
            try RunKind(of: run).expect(.translation, path)
            let settings = try run.configuration(TranslationRunConfiguration.self)
            try settings.check(path: run.configurationPath)
            let store = run.checkpoints
            switch choice {
            case .best:
                // A run that was stopped before its first measure has only its newest.
                checkpoint =
                    try store.best.map { try store.open(step: $0.step) }
                    ?? store.latest().checkpoint
            case .last: checkpoint = try store.latest().checkpoint
            case .step(let step):
                guard store.steps.contains(step) else {
                    let steps = store.steps.map(String.init).joined(separator: ", ")
                    throw Failure(
                        "\(path) has no checkpoint of step \(step); there are: "
                            + (steps.isEmpty ? "none" : steps))
                }
                checkpoint = try store.open(step: step)
            }
        } else {
            checkpoint = try Checkpoint(path: path)
        }
        try RunKind(of: checkpoint).expect(.translation, path)
        configuration = try checkpoint.configuration(TranslationRunConfiguration.self)
        try configuration.check(path: checkpoint.path)
        let prefix: String
        switch configuration.method {
        case .pix2pix:
            if direction != nil {
                throw Failure(
                    "--direction: a pix2pix run translates one way, "
                        + (configuration.data.isReversed ? "B to A" : "A to B")
                        + " as it was trained; leave it out")
            }
            self.direction = .aToB
            prefix = "generator."
        case .cyclegan:
            self.direction = direction ?? .aToB
            prefix = self.direction == .aToB ? "generators.a_to_b." : "generators.b_to_a."
        }
        var generator = TranslationGenerator(configuration.generator, key: RandomKey(seed: 0))
        try CheckpointBridge.load(&generator, from: checkpoint.file, prefix: prefix)
        self.generator = generator
        digest = checkpoint.shortDigest
        step = checkpoint.step
        self.path = checkpoint.path
    }

    /// How the run's own pairs are taken apart.
    ///
    /// - Throws: A failure where a single picture is no pair.
    func pairs() throws -> PairTaker {
        guard configuration.method == .pix2pix else {
            throw Failure("--paired: a cyclegan run has no pairs; leave it out")
        }
        switch configuration.data.training {
        case .sideBySide:
            return PairTaker(maker: nil, isReversed: configuration.data.isReversed)
        case .made(_, let maker):
            return PairTaker(maker: maker, isReversed: configuration.data.isReversed)
        case .folders:
            throw Failure(
                "--paired: the pairs of this run lie in two folders; give the inputs as IN and the "
                    + "others with --targets")
        }
    }
}
