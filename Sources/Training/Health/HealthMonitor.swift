/// Watches a training and says in words when it is unwell. A value: fed with each step's numbers and, now
/// and then, with statistics of samples and scores of held-out pictures; it looks at nothing itself.
///
/// A message comes when something begins, again after `limits.reminder` steps if it still holds, and as a
/// note when it is over.
public struct HealthMonitor: Sendable, Hashable, Codable {
    /// From where on a training is unwell.
    public var limits: HealthLimits
    private var gap = Smoothed()
    private var order = Smoothed()
    private var histories: [String: History] = [:]
    /// When each message that holds was said last.
    private var said: [HealthMessage.Kind: Int] = [:]

    /// A monitor that has seen nothing.
    public init(limits: HealthLimits = HealthLimits()) { self.limits = limits }

    /// What holds at the moment.
    public var holding: Set<HealthMessage.Kind> { Set(said.keys) }

    /// Forgets all numbers, as after going back to an earlier state.
    public mutating func forget() { self = HealthMonitor(limits: limits) }

    // MARK: Steps

    /// Takes note of a step's numbers: `d_real` and `d_fake`, `d_order`, all losses and gradients.
    public mutating func observe(_ report: StepReport) -> [HealthMessage] {
        observe(step: report.step, values: report.values)
    }

    /// Takes note of a step's numbers under their names.
    public mutating func observe(step: Int, values: [String: Float]) -> [HealthMessage] {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where !value.isFinite {
            return say(.nonFinite(step: step, name: name, value: value))
        }
        return explosions(step, values) + scores(step, values)
    }

    private mutating func explosions(_ step: Int, _ values: [String: Float]) -> [HealthMessage] {
        var worst: (name: String, value: Double, usual: Double)?
        for (name, value) in values.sorted(by: { $0.key < $1.key })
        where name.hasSuffix("_loss") || name.hasSuffix("_gradient") {
            let size = abs(Double(value))
            var history = histories[name] ?? History()
            if let usual = history.explodes(size, limits), worst.map({ $0.value < size }) ?? true {
                worst = (name, size, usual)
            }
            histories[name] = history
        }
        guard let worst else {
            return over(.explosion, step, "losses and gradients are calm again")
        }
        return say(
            HealthMessage(
                step: step, kind: .explosion, severity: .critical,
                happening: "\(worst.name) is \(rounded(worst.value))"
                    // Of a first number that is beyond all measure nothing else is usual.
                    + (worst.usual > 0 ? ", and was \(rounded(worst.usual)) as a rule" : "")
                    + ": training explodes",
                advice: HealthMessage.calmingAdvice))
    }

    private mutating func scores(_ step: Int, _ values: [String: Float]) -> [HealthMessage] {
        if let real = values["d_real"], let fake = values["d_fake"] {
            gap.add(Double(real - fake), window: limits.window)
        }
        if let share = values["d_order"] { order.add(Double(share), window: limits.window) }
        func isOver(_ value: Smoothed, _ limit: Double) -> Bool {
            value.count >= limits.window && value.value > limit
        }
        guard isOver(gap, limits.scoreGap) || isOver(order, limits.order) else {
            let stillNear =
                isOver(gap, 0.98 * limits.scoreGap) || isOver(order, 0.99 * limits.order)
            return stillNear
                ? []
                : over(.discriminatorWins, step, "the discriminator no longer wins without effort")
        }
        let detail =
            isOver(gap, limits.scoreGap)
            ? "it finds real pictures more real than made ones by \(rounded(gap.value)) of 1"
            : "it tells \(rounded(100 * order.value))% of pairs apart"
        return say(
            HealthMessage(
                step: step, kind: .discriminatorWins, severity: .warning,
                happening: "the discriminator wins: over \(limits.window) steps " + detail
                    + ", and the generator learns little from it",
                advice: "Lower the discriminator's learning rate, raise gamma of R1, or augment "
                    + "(DiffAugment, ADA) if there are few pictures"))
    }

    // MARK: Samples and held-out pictures

    /// Takes note of how different samples are from each other, and how different real pictures are.
    public mutating func observe(
        step: Int, samples: SampleStatistics, reals: SampleStatistics
    ) -> [HealthMessage] {
        guard reals.meanPairwiseDistance > 0 else { return [] }
        let share = samples.meanPairwiseDistance / reals.meanPairwiseDistance
        // A distance that is no number is no collapse: non-finite values are told of elsewhere.
        guard share < limits.distanceShare else {
            return over(.generatorCollapse, step, "samples differ from each other again")
        }
        let isLost = share < limits.lostDistanceShare
        return say(
            HealthMessage(
                step: step, kind: .generatorCollapse, severity: isLost ? .critical : .warning,
                happening: "the generator collapses: its pictures differ from each other by "
                    + "\(rounded(100 * share))% of what real ones do",
                advice: isLost
                    ? "Go back to an earlier checkpoint with a lower learning rate, relativistic "
                        + "pairs and R1 and R2"
                    : "Use relativistic pairs with R1 and R2, packing, or a lower learning rate"))
    }

    /// Takes note of the discriminator's mean logits of training pictures, of pictures held out from
    /// training, and of made ones: Karras et al. 2020, https://arxiv.org/abs/2006.06676, `r_v`.
    public mutating func observe(
        step: Int, training: Double, heldOut: Double, made: Double
    ) -> [HealthMessage] {
        guard training > made else { return [] }
        let share = (training - heldOut) / (training - made)
        guard share > limits.overfitting else {
            return over(.overfitting, step, "held-out pictures look as real as training pictures")
        }
        return say(
            HealthMessage(
                step: step, kind: .overfitting, severity: .warning,
                happening:
                    "the discriminator overfits: held-out pictures are \(rounded(100 * share))"
                    + "% of the way from training pictures to made ones",
                advice:
                    "Augment (DiffAugment, ADA), get more pictures, or stop at the best checkpoint"
            ))
    }

    /// Takes note of what the discriminator says of training pictures, of pictures held out from
    /// training, and of made ones. Differences that chance may have made say nothing.
    public mutating func observe(step: Int, scores: HeldOutScores) -> [HealthMessage] {
        guard scores.gap != nil else { return [] }
        guard scores.isClear else {
            return over(.overfitting, step, "held-out pictures look as real as training pictures")
        }
        return observe(
            step: step, training: scores.training, heldOut: scores.heldOut, made: scores.made)
    }

    /// Takes note of how many made pictures are copies of training pictures, as
    /// `TrainingCopies.measure(made:training:)` of Metrics counts them.
    ///
    /// - Parameters:
    ///   - copiedShare: The share of made pictures, 0 ... 1.
    ///   - usualShare: The share of training pictures that would be taken for copies of others.
    public mutating func observe(
        step: Int, copiedShare: Double, usualShare: Double
    ) -> [HealthMessage] {
        guard copiedShare - usualShare > limits.copiedShare else {
            return over(.memorisation, step, "samples are no longer copies of training pictures")
        }
        return say(
            HealthMessage(
                step: step, kind: .memorisation, severity: .warning,
                happening: "the generator repeats training pictures: \(rounded(100 * copiedShare))"
                    + "% of its pictures are nearer to one than half the way from that one to the "
                    + "next (of training pictures themselves \(rounded(100 * usualShare))%)",
                advice: "Look at the sheet of neighbours; get more pictures, augment (DiffAugment, "
                    + "ADA), take a smaller network, or an earlier checkpoint"))
    }

    // MARK: Saying things once

    private mutating func say(_ message: HealthMessage) -> [HealthMessage] {
        if let last = said[message.kind], message.step - last < limits.reminder { return [] }
        said[message.kind] = message.step
        return [message]
    }

    private mutating func over(
        _ kind: HealthMessage.Kind, _ step: Int, _ words: String
    ) -> [HealthMessage] {
        guard said.removeValue(forKey: kind) != nil else { return [] }
        return [HealthMessage(step: step, kind: kind, severity: .note, happening: words)]
    }
}

extension HealthMonitor {
    /// An exponential average that is a plain one until its window is full.
    private struct Smoothed: Sendable, Hashable, Codable {
        var value = 0.0
        var count = 0

        mutating func add(_ new: Double, window: Int) {
            count += 1
            value += (new - value) / Double(min(count, max(window, 1)))
        }
    }

    /// What a number has been of late.
    private struct History: Sendable, Hashable, Codable {
        var values: [Double] = []
        var next = 0
        var excesses = 0

        /// What the number usually is, if the new one is far beyond it; else it is remembered.
        mutating func explodes(_ size: Double, _ limits: HealthLimits) -> Double? {
            let usual = values.sorted()[safe: values.count / 2] ?? 0
            // Few numbers say little about what is usual.
            let factor = limits.explosionFactor * (values.count < 20 ? 3 : 1)
            let isFar = !values.isEmpty && size > factor * max(usual, 1)
            if isFar || size > limits.explosionLimit {
                excesses += 1
                return excesses >= limits.explosionPatience || size > limits.explosionLimit
                    ? usual : nil
            }
            excesses = 0
            if values.count < max(limits.medianWindow, 1) {
                values.append(size)
            } else {
                values[next % values.count] = size
                next = (next + 1) % values.count
            }
            return nil
        }
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? {
        indices.contains(index) ? self[index] : nil
    }
}

/// Three digits that mean something.
private func rounded(_ value: Double) -> String {
    let size = Swift.abs(value)
    if size == 0 || !value.isFinite { return "\(value)" }
    if size >= 1e5 {
        var (scaled, exponent) = (value, 0)
        while Swift.abs(scaled) >= 10 {
            scaled /= 10
            exponent += 1
        }
        return "\((scaled * 10).rounded() / 10)e\(exponent)"
    }
    let digits = size >= 100 ? 1.0 : size >= 10 ? 10 : size >= 1 ? 100 : 1000
    return "\((value * digits).rounded() / digits)"
}
