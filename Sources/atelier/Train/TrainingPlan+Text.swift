import Networks
import Runs
import TensorCore
import Training

extension RunConfiguration {
    /// The options that the settings stand for, a group a line: what `--dry-run` prints.
    var optionLines: [String] {
        let picture = networks.picture
        let size =
            picture.width == picture.height
            ? "\(picture.width)" : "\(picture.width)x\(picture.height)"
        var lines = [
            "--family \(family.rawValue) --width \(networks.width) --size \(size) "
                + "--batch \(training.batchSize)"
                + (networks.classCount > 0 ? " --classes" : "")
        ]
        var game = "--loss \(LossChoice(objective).rawValue)"
        if !LossChoice(objective).holdsSlope {
            game += " --gamma \(Self.short(objective.r1?.gamma.value(0) ?? 0))"
        }
        if let interval = objective.r1?.interval, interval > 1 {
            game += " --penalty-every \(interval)"
        }
        lines.append(game + " --d-steps \(objective.discriminatorSteps)")
        var rates = "--lr \(training.generatorLearningRate)"
        if training.discriminatorLearningRate != training.generatorLearningRate {
            rates += " --d-lr \(training.discriminatorLearningRate)"
        }
        if let clip = training.gradientClip { rates += " --clip \(clip)" }
        lines.append(rates + " --precision \(training.precision == .bfloat16 ? "bf16" : "f32")")
        var view = "--discriminator-augment \(discriminatorAugmentation.rawValue)"
        if objective.packing > 1 { view += " --packing \(objective.packing)" }
        if training.microBatches > 1 { view += " --accumulate \(training.microBatches)" }
        lines.append(view + " --seed \(training.seed)")
        if let start {
            lines.append("--init-from \(Provenance.command([start.path]))")
        }
        return lines
    }

    /// What was worked out, a line each, in words.
    var scheduleLines: [String] {
        var lines: [String] = []
        for (name, penalty) in [("R1", objective.r1), ("R2", objective.r2)] {
            guard let penalty else { continue }
            let pace = penalty.interval == 1 ? "every step" : "every \(penalty.interval) steps"
            lines.append("\(name): gamma \(Self.words(penalty.gamma)), \(pace)")
        }
        if let path = objective.pathLength {
            lines.append("path lengths: weight \(path.weight), every \(path.interval) steps")
        }
        if case .constant(1) = training.learningRateFactor {
        } else {
            lines.append(
                "learning rate: "
                    + Self.words(
                        training.learningRateFactor.scaled(by: training.generatorLearningRate)))
        }
        lines.append(
            "Adam: beta1 \(training.beta1), beta2 "
                + (training.beta2Schedule.map(Self.words) ?? "\(training.beta2)"))
        if let halfLife = training.averageHalfLife {
            lines.append("average of the generator: half-life \(Self.words(halfLife)) kimg")
        } else {
            lines.append("average of the generator: \(training.averageDecay) kept a step")
        }
        switch (discriminatorAugmentation, training.augmentationProbability) {
        case (.ada, .scheduled(let schedule)):
            lines.append("ada: probability \(Self.words(schedule))")
        case (.ada, .adaptive(let control)):
            lines.append(
                "ada: probability adapts to r = \(control.target), 0 to 1 in "
                    + "\(Self.short(control.kimg)) kimg at most")
        default: break
        }
        if !training.frozen.isEmpty {
            lines.append("frozen: \(training.frozen.joined(separator: ", "))")
        }
        return lines
    }

    private static func words(_ schedule: Schedule) -> String {
        switch schedule {
        case .constant(let value): short(value)
        case .linear(let from, let to, let kimg), .cosine(let from, let to, let kimg):
            "\(short(from)) to \(short(to)) within \(short(kimg)) kimg"
        }
    }

    /// Four digits that mean something.
    private static func short(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return "\(value)" }
        var scale = 1.0
        while Swift.abs(value) * scale < 1000 && scale < 1e12 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && Swift.abs(rounded) < 1e15
            ? "\(Int(rounded))" : "\(rounded)"
    }
}
