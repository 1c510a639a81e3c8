import ArgumentParser
import Training

/// Options that trainings of one style and of any style share.
enum StyleTrainingOptions {
    struct Length: ParsableArguments {
        @Option(help: "Train so many steps in all.") var steps: Int?
        @Option(help: "Train so many minutes in all (20 unless told otherwise).")
        var minutes: Double?
    }

    struct Objective: ParsableArguments {
        @Option(help: "How much the content counts (1).") var contentWeight: Double?
        @Option(help: "How much the style counts (10).") var styleWeight: Double?
        @Option(help: "How much smoothness counts (1).") var smoothness: Double?
        @Option(
            help:
                "The network that judges, a file, or a folder of them (ATELIER_WEIGHTS, or Atelier's own)."
        )
        var weights: String?
    }

    struct Training: ParsableArguments {
        @Option(help: "Pictures in a batch (4; adain 8).") var batch: Int?
        @Option(help: "The learning rate (0.001).") var lr: Double?
        @Option(help: "From which every random number follows (0).") var seed: UInt64?
        @Option(help: "bf16 rounds products where the machine gains by it (f32).")
        var precision: PrecisionChoice?
        @Option(
            help:
                "At the end, or with --resume of a run that is over, write the network alone: half precision, .safetensors."
        )
        var export: String?
        @Flag(help: "Print what would be trained, and train nothing.") var dryRun = false
    }
}

/// What is checked in the same way for both.
struct StyleTrainingArguments {
    /// The paintings: a picture, or a folder.
    let paintings: String?
    let content: String?
    let out: String?
    let resume: String?
    let size: Int?
    let length: StyleTrainingOptions.Length
    let objective: StyleTrainingOptions.Objective
    let training: StyleTrainingOptions.Training
    let running: TrainCommand.RunningOptions

    /// Refuses what contradicts itself, before anything is opened.
    ///
    /// - Parameters:
    ///   - name: The option that names paintings.
    ///   - fixed: Options of one of them alone that a run keeps, and whether they were given.
    ///   - numbers: Options of one of them alone, and what they must be within.
    func validate(
        paintingsOption name: String, fixed: [(String, Bool)],
        numbers: [(String, Double?, ClosedRange<Double>)]
    ) throws {
        let own: [(String, Bool)] =
            [
                (name, paintings != nil), ("--content", content != nil), ("--size", size != nil),
                ("--content-weight", objective.contentWeight != nil),
                ("--style-weight", objective.styleWeight != nil),
                ("--smoothness", objective.smoothness != nil),
                ("--weights", objective.weights != nil), ("--batch", training.batch != nil),
                ("--seed", training.seed != nil), ("--dry-run", training.dryRun),
            ] + fixed
        if resume != nil {
            if out != nil {
                throw ValidationError("--resume goes on inside its run: leave --out out")
            }
            if let (option, _) = own.first(where: { $0.1 }) {
                throw ValidationError("--resume keeps the settings of its run: leave \(option) out")
            }
        } else if paintings == nil || content == nil {
            throw ValidationError(
                "give \(name) and --content with pictures, or a run with --resume")
        }
        if running.quiet && running.json {
            throw ValidationError("--quiet and --json contradict each other: give one")
        }
        if length.steps != nil && length.minutes != nil {
            throw ValidationError("give one of --steps and --minutes")
        }
        try Self.check(
            numbers + [
                ("--steps", length.steps.map(Double.init), 1...Double(Int32.max)),
                ("--minutes", length.minutes, 1e-3...1e9),
                ("--size", size.map(Double.init), 32...1024),
                ("--content-weight", objective.contentWeight, 0...1e9),
                ("--style-weight", objective.styleWeight, 0...1e9),
                ("--smoothness", objective.smoothness, 0...1e9),
                ("--batch", training.batch.map(Double.init), 1...256),
                ("--lr", training.lr, 1e-12...100),
                ("--checkpoint-every", running.checkpointEvery.map(Double.init), 1...1e12),
                ("--sample-every", running.sampleEvery.map(Double.init), 1...1e12),
                ("--keep", running.keep.map(Double.init), 1...1e6),
                ("--threads", running.threads.map(Double.init), 1...1024),
            ])
        if let export, !export.lowercased().hasSuffix(".safetensors") {
            throw ValidationError("--export \(export): expected a name that ends in .safetensors")
        }
        if let size, size % 8 != 0 {
            throw ValidationError("--size \(size): expected a multiple of 8")
        }
    }

    private static func check(_ numbers: [(String, Double?, ClosedRange<Double>)]) throws {
        func text(_ number: Double) -> String {
            number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        }
        for (name, value, range) in numbers {
            if let value, !range.contains(value) {
                throw ValidationError(
                    "\(name) \(text(value)): expected \(text(range.lowerBound)) to "
                        + "\(text(range.upperBound))")
            }
        }
    }

    // MARK: What follows

    /// Where the network is written to in the end.
    var export: String? { training.export }

    /// The numbers of each step.
    func steps(_ usual: TranslationSteps) -> TranslationSteps {
        var steps = usual
        steps.batchSize = training.batch ?? steps.batchSize
        steps.learningRate = training.lr ?? steps.learningRate
        steps.seed = training.seed ?? steps.seed
        steps.precision = training.precision?.precision ?? steps.precision
        return steps
    }

    /// The weights of the loss.
    var weights: PerceptualConfiguration {
        var weights = PerceptualConfiguration()
        weights.contentWeight = objective.contentWeight ?? weights.contentWeight
        weights.styleWeight = objective.styleWeight ?? weights.styleWeight
        weights.smoothness = objective.smoothness ?? weights.smoothness
        return weights
    }

    /// When things are written.
    var cadence: RunConfiguration.Cadence {
        var cadence = RunConfiguration.Cadence(
            steps: nil, minutes: nil, checkpointEvery: running.checkpointEvery,
            sampleEvery: running.sampleEvery, logEvery: 10, checkpointsKept: running.keep ?? 3,
            sampleCount: 4)
        cadence.setLength(length, otherwiseMinutes: TrainingJob.usualMinutes)
        return cadence
    }
}

extension RunConfiguration.Cadence {
    /// Sets how long a run goes on, where something was said about it.
    mutating func setLength(
        _ length: StyleTrainingOptions.Length, otherwiseMinutes: Double?
    ) {
        if let count = length.steps {
            (steps, minutes) = (count, nil)
        } else if let time = length.minutes ?? otherwiseMinutes {
            (steps, minutes) = (nil, time)
        }
    }
}
