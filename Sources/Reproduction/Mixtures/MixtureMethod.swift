public import Networks
public import Training

/// A way to learn a mixture of Gaussians: networks, what is minimised, and numbers.
public struct MixtureMethod: Sendable, Hashable, Codable {
    /// What the table calls it.
    public var name: String
    /// The networks; the discriminator of packs has as many times the coordinates.
    public var networks: PointGANConfiguration
    /// By what the discriminator's inputs are multiplied: above 1, fine detail is learned sooner.
    public var judgeGain: Double
    /// What is minimised, and how many points are judged together.
    public var objective: AdversarialObjective
    /// The numbers of the training; a trial sets the seed.
    public var training: AdversarialConfiguration
    /// Steps of a trial, each one of the discriminator and one of the generator.
    public var steps: Int
    /// Whether the averaged generator is judged, else the generator as the last step left it.
    public var judgesAverage: Bool

    /// A method.
    public init(
        name: String, networks: PointGANConfiguration, judgeGain: Double = 1,
        objective: AdversarialObjective, training: AdversarialConfiguration, steps: Int,
        judgesAverage: Bool
    ) {
        self.name = name
        self.networks = networks
        self.judgeGain = judgeGain
        self.objective = objective
        self.training = training
        self.steps = steps
        self.judgesAverage = judgesAverage
    }

    /// What is wrong with the numbers, in words; nil if there is such a trial.
    public var problem: String? {
        if steps < 1 { return "expected a step or more, got \(steps)" }
        if !(judgeGain > 0 && judgeGain.isFinite) {
            return "expected a gain of the discriminator's inputs above 0, got \(judgeGain)"
        }
        return networks.problem ?? training.problem
            ?? objective.problem(batchSize: training.batchSize, classCount: 0)
    }

    /// The same method, much shorter and smaller: to see that everything works, not how well.
    public func quick(steps: Int = 40) -> MixtureMethod {
        var method = self
        // What goes by the pictures seen has to end within the training.
        let share = Double(steps) / Double(self.steps) * 120 / Double(training.batchSize)
        method.steps = steps
        method.networks.width = min(networks.width, 32)
        // 120 splits into packs of 1 to 6.
        method.training.batchSize = 120
        method.training.learningRateFactor = training.learningRateFactor.stretched(by: share)
        method.training.beta2Schedule = training.beta2Schedule?.stretched(by: share)
        method.training.averageHalfLife = training.averageHalfLife?.stretched(by: share)
        if let r1 = objective.r1 { method.objective.r1?.gamma = r1.gamma.stretched(by: share) }
        if let r2 = objective.r2 { method.objective.r2?.gamma = r2.gamma.stretched(by: share) }
        return method
    }
}

extension Schedule {
    /// The same values in another time.
    func stretched(by factor: Double) -> Schedule {
        switch self {
        case .constant: self
        case .linear(let from, let to, let kimg): .linear(from: from, to: to, kimg: kimg * factor)
        case .cosine(let from, let to, let kimg): .cosine(from: from, to: to, kimg: kimg * factor)
        }
    }
}
