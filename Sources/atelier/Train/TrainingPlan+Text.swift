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
                + (networks.classHead.map { " --class-head \($0.rawValue)" } ?? "")
        ]
        var game = "--loss \(LossChoice(objective).rawValue)"
        if !LossChoice(objective).holdsSlope {
            game += " --gamma \(Readable.short(objective.r1?.gamma.value(0) ?? 0))"
        }
        if let interval = objective.r1?.interval, interval > 1 {
            game += " --penalty-every \(interval)"
        }
        lines.append(game + " --d-steps \(objective.discriminatorSteps)")
        var rates = "--lr \(Readable.exact(training.generatorLearningRate))"
        if training.discriminatorLearningRate != training.generatorLearningRate {
            rates += " --d-lr \(Readable.exact(training.discriminatorLearningRate))"
        }
        if let clip = training.gradientClip { rates += " --clip \(Readable.exact(clip))" }
        lines.append(rates + " --precision \(training.precision == .bfloat16 ? "bf16" : "f32")")
        var view = "--discriminator-augment \(discriminatorAugmentation.rawValue)"
        if objective.packing > 1 { view += " --packing \(objective.packing)" }
        if training.microBatches > 1 { view += " --accumulate \(training.microBatches)" }
        lines.append(view + " --seed \(training.seed)")
        if let every = cadence.metricsEvery {
            var watch = "--metrics-every \(every)"
            if let path = cadence.metricsFeatures {
                watch += " --metrics-features \(Provenance.command([path]))"
            }
            if let samples = cadence.metricsSamples { watch += " --metrics-samples \(samples)" }
            if let key = cadence.bestBy { watch += " --best-by \(key)" }
            lines.append(watch)
        }
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
            lines.append(
                "path lengths: weight \(Readable.short(path.weight)), every \(path.interval) steps")
        }
        if case .constant(1) = training.learningRateFactor {
        } else {
            lines.append(
                "learning rate: "
                    + Self.words(
                        training.learningRateFactor.scaled(by: training.generatorLearningRate)))
        }
        lines.append(
            "Adam: beta1 \(Readable.exact(training.beta1)), beta2 "
                + (training.beta2Schedule.map { Self.words($0) } ?? Readable.exact(training.beta2)))
        if let halfLife = training.averageHalfLife {
            lines.append(
                "average of the generator: half-life "
                    + Self.words(halfLife, unit: " thousand pictures"))
        } else {
            lines.append(
                "average of the generator: \(Readable.exact(training.averageDecay)) of it kept a step"
            )
        }
        switch (discriminatorAugmentation, training.augmentationProbability) {
        case (.ada, .scheduled(let schedule)):
            lines.append("ada: probability \(Self.words(schedule))")
        case (.ada, .adaptive(let control)):
            lines.append(
                "ada: probability adapts to r = \(Readable.short(control.target)), from 0 to 1 in "
                    + "\(Readable.short(control.kimg)) thousand pictures at the fastest")
        default: break
        }
        if !training.frozen.isEmpty {
            lines.append("frozen: \(training.frozen.joined(separator: ", "))")
        }
        return lines
    }

    /// A schedule as a person would tell it.
    ///
    /// - Parameter unit: What its values are of, with a space before it.
    private static func words(_ schedule: Schedule, unit: String = "") -> String {
        switch schedule {
        case .constant(let value): return Readable.short(value) + unit
        case .linear(let from, let to, let kimg), .cosine(let from, let to, let kimg):
            let (first, last) = (Readable.short(from), Readable.short(to))
            if first == last { return first + unit }
            return "from \(first) to \(last)\(unit) within the first \(Readable.short(kimg)) "
                + "thousand pictures, then constant"
        }
    }
}

extension Readable {
    /// A number as people write it: four digits that mean something, no point where none is needed.
    static func short(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        let size = Swift.abs(value)
        var (digits, scale) = (0, 1.0)
        while size * scale < 1000 && digits < 10 { (digits, scale) = (digits + 1, scale * 10) }
        // Decays are told apart by how much they lack to 1.
        if size > 0.999 && size < 1 { digits = 8 }
        let text = trimmed(fixed(value, digits))
        return text == "0" ? "\(value)" : text
    }

    /// A number as people write it, with every digit that it has.
    static func exact(_ value: Double) -> String {
        let text = short(value)
        return Double(text) == value ? text : trimmed("\(value)")
    }

    /// Without zeros after the point that say nothing.
    private static func trimmed(_ text: String) -> String {
        guard text.contains("."), !text.contains("e") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
