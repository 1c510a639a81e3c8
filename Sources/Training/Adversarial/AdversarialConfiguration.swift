import Glibc
public import TensorCore

/// The numbers of adversarial training. All of them go into a checkpoint.
///
/// What is missing in a file that was written before it existed has its default.
public struct AdversarialConfiguration: Sendable, Hashable, Codable {
    /// Pictures in a batch.
    public var batchSize = 64
    /// The generator's learning rate.
    public var generatorLearningRate = 2e-4
    /// The discriminator's learning rate.
    public var discriminatorLearningRate = 2e-4
    /// How both learning rates go with the steps.
    public var schedule = LearningRateSchedule.constant
    /// By what both learning rates are multiplied, by the pictures seen.
    public var learningRateFactor = Schedule.constant(1)
    /// Adam's decay of first moments.
    public var beta1 = 0.5
    /// Adam's decay of second moments.
    public var beta2 = 0.999
    /// Adam's decay of second moments, in place of `beta2`, where it changes.
    public var beta2Schedule: Schedule?
    /// How much of the averaged generator is kept in a step.
    public var averageDecay = 0.999
    /// In thousand pictures: after so many, half of the averaged generator is forgotten. In place of
    /// `averageDecay`, whatever the batch; 0 keeps nothing.
    public var averageHalfLife: Schedule?
    /// The greatest norm of all gradients of a player together; longer ones are shortened to it.
    public var gradientClip: Double?
    /// Whether steps report the norms of gradients, as `d_gradient` and `g_gradient`: one pass over
    /// them. Always so with `gradientClip`.
    public var measuresGradients = false
    /// Into how many parts a batch is split, one after the other, before a player moves: less memory,
    /// the same result where nothing (batch normalisation, noise, augmentation) looks at the whole batch.
    public var microBatches = 1
    /// Whether all phases of a step use the same latents, so that pictures are made once. Off, each
    /// phase draws its own, and memory for a whole batch of them is never needed.
    public var sharesLatents = true
    /// Which classes the generator is asked for.
    public var fakeLabels = FakeLabels.uniform
    /// With what probability the trainer's augmentation is done.
    public var augmentationProbability = AugmentationProbability.scheduled(.constant(1))
    /// Tensors that do not move in any phase, or whole layers, under their names in the state, such as
    /// `discriminator.main.0`. FreezeD: Mo et al. 2020, https://arxiv.org/abs/2002.10964.
    public var frozen: [String] = []
    /// The interval of the generator's lazy regulariser, for which rate and decays make up: Karras et
    /// al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", appendix B,
    /// https://arxiv.org/abs/1912.04958.
    public var generatorLazyInterval: Int?
    /// The interval of the discriminator's lazy regulariser, for which rate and decays make up.
    public var discriminatorLazyInterval: Int?
    /// From which every random number of the run follows.
    public var seed: UInt64 = 0
    /// What products may round their operands to.
    public var precision = ComputePrecision.float32

    /// The defaults of DCGAN.
    public init() {}

    /// Reads a configuration; what is missing has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func take<T: Decodable>(_ key: CodingKeys, _ target: inout T) throws {
            if let value = try values.decodeIfPresent(T.self, forKey: key) { target = value }
        }
        try take(.batchSize, &batchSize)
        try take(.generatorLearningRate, &generatorLearningRate)
        try take(.discriminatorLearningRate, &discriminatorLearningRate)
        try take(.schedule, &schedule)
        try take(.learningRateFactor, &learningRateFactor)
        try take(.beta1, &beta1)
        try take(.beta2, &beta2)
        beta2Schedule = try values.decodeIfPresent(Schedule.self, forKey: .beta2Schedule)
        try take(.averageDecay, &averageDecay)
        averageHalfLife = try values.decodeIfPresent(Schedule.self, forKey: .averageHalfLife)
        gradientClip = try values.decodeIfPresent(Double.self, forKey: .gradientClip)
        try take(.measuresGradients, &measuresGradients)
        try take(.microBatches, &microBatches)
        try take(.sharesLatents, &sharesLatents)
        try take(.fakeLabels, &fakeLabels)
        try take(.augmentationProbability, &augmentationProbability)
        try take(.frozen, &frozen)
        generatorLazyInterval = try values.decodeIfPresent(
            Int.self, forKey: .generatorLazyInterval)
        discriminatorLazyInterval = try values.decodeIfPresent(
            Int.self, forKey: .discriminatorLazyInterval)
        try take(.seed, &seed)
        try take(.precision, &precision)
    }
}

extension AdversarialConfiguration {
    /// What is wrong with the numbers, in words; nil if they can be trained with.
    public var problem: String? {
        if batchSize < 1 { return "expected a batch of 1 or more, got \(batchSize)" }
        if microBatches < 1 || batchSize % microBatches != 0 {
            return "expected micro-batches that split a batch of \(batchSize) evenly, got "
                + "\(microBatches)"
        }
        let rates = [generatorLearningRate, discriminatorLearningRate]
        if let rate = rates.first(where: { !($0 >= 0 && $0.isFinite) }) {
            return "expected learning rates from 0 on, got \(rate)"
        }
        if let clip = gradientClip, !(clip > 0) {
            return "expected a gradient norm above 0 to clip at, got \(clip)"
        }
        for (name, decay) in [("beta1", beta1), ("beta2", beta2)] where !(0..<1).contains(decay) {
            return "expected \(name) in 0 ..< 1, got \(decay)"
        }
        if let beta2Schedule, beta2Schedule.smallest < 0 || beta2Schedule.largest >= 1 {
            return "expected beta2 in 0 ..< 1 throughout, got \(beta2Schedule)"
        }
        if let averageHalfLife, averageHalfLife.smallest < 0 {
            return "expected a half-life from 0 on, got \(averageHalfLife)"
        }
        for interval in [generatorLazyInterval, discriminatorLazyInterval] {
            if let interval, interval < 1 {
                return "expected lazy intervals from 1 on, got \(interval)"
            }
        }
        let schedules: [Schedule?] = [learningRateFactor, beta2Schedule, averageHalfLife]
        return schedules.lazy.compactMap { $0?.problem }.first
    }

    /// How often a player moves without its regulariser, of all its moves: `k / (k + 1)`.
    func lazyShare(_ interval: Int?) -> Double {
        guard let interval, interval > 1 else { return 1 }
        return Double(interval) / Double(interval + 1)
    }

    /// The decay of the averaged generator after a batch, if it goes by a half-life.
    func scheduledAverageDecay(samplesSeen: Int, batch: Int) -> Double? {
        guard let halfLife = averageHalfLife?.value(samplesSeen) else { return nil }
        return halfLife > 0 ? pow(0.5, Double(batch) / (halfLife * 1000)) : 0
    }
}

extension ComputePrecision: Codable {}
