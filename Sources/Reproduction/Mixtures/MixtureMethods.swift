public import Metrics
public import Networks
import Training

extension MixtureMethod {
    /// The methods of a mixture's table, on equal networks for equally many steps: the plain game, the same
    /// with packs of 2, 3 and 4, and relativistic pairs with R1 and R2.
    ///
    /// - Parameters:
    ///   - data: The mixture.
    ///   - settings: The numbers.
    public static func all(
        for data: GaussianMixtureProtocol, _ settings: MixtureSettings
    ) -> [MixtureMethod] {
        let packs = [(1, "GAN"), (2, "PacGAN2"), (3, "PacGAN3"), (4, "PacGAN4")]
        return packs.map { plain($1, pack: $0, settings) } + [relativistic(settings)]
    }

    /// Goodfellow et al. 2014 by the non-saturating loss, with packs or without.
    private static func plain(
        _ name: String, pack: Int, _ settings: MixtureSettings
    ) -> MixtureMethod {
        var training = AdversarialConfiguration()
        training.batchSize = settings.batchSize
        training.generatorLearningRate = settings.plainLearningRate
        training.discriminatorLearningRate = settings.plainLearningRate
        training.beta1 = 0.5
        training.beta2 = 0.999
        return MixtureMethod(
            name: name, networks: settings.networks, objective: .init(packing: pack),
            training: training, steps: settings.steps, judgesAverage: false)
    }

    /// Huang et al. 2024, https://arxiv.org/abs/2501.05441: its loss and its kind of schedules.
    private static func relativistic(_ settings: MixtureSettings) -> MixtureMethod {
        let kimg = Double(settings.steps * settings.batchSize) / 1000
        let anneal = settings.annealedShare * kimg
        var training = AdversarialConfiguration()
        training.batchSize = settings.batchSize
        training.generatorLearningRate = settings.learningRate
        training.discriminatorLearningRate = settings.learningRate
        training.beta1 = 0
        training.beta2 = settings.beta2
        training.learningRateFactor = .cosine(
            from: 1, to: settings.finalLearningRateFactor, kimg: anneal)
        training.averageHalfLife = .linear(
            from: 0, to: settings.halfLifeShare * kimg, kimg: anneal)
        let gamma = AdversarialObjective.SlopePenalty(
            gamma: .cosine(
                from: settings.firstGamma, to: settings.lastGamma,
                kimg: settings.gammaShare * kimg))
        return MixtureMethod(
            name: "RpGAN + R1 + R2", networks: settings.networks, judgeGain: settings.judgeGain,
            objective: .init(loss: .relativistic, r1: gamma, r2: gamma), training: training,
            steps: settings.steps, judgesAverage: true)
    }
}

/// The numbers behind the methods of a mixture's table.
public struct MixtureSettings: Sendable, Hashable, Codable {
    /// The networks of every method.
    public var networks: PointGANConfiguration
    /// Points in a batch: a multiple of 12, so that packs of 2, 3 and 4 divide it.
    public var batchSize = 120
    /// Steps of a trial.
    public var steps = 30_000
    /// Of both networks, for the plain game and for packs; PacGAN's is 1e-4 to 1e-3.
    public var plainLearningRate = 1e-3
    /// Of both networks at first, for relativistic pairs.
    public var learningRate = 3e-3
    /// What the learning rate is multiplied by at the end.
    public var finalLearningRateFactor = 0.005
    /// Gamma of R1 and R2 at first: far above what fine detail bears, so that no mode is lost.
    public var firstGamma: Double
    /// Gamma of R1 and R2 at the end: small, so that the discriminator tells a standard deviation
    /// apart.
    public var lastGamma: Double
    /// Adam's decay of second moments, for relativistic pairs; that of first moments is 0.
    public var beta2 = 0.99
    /// The half-life of the averaged generator at the end, as a share of the training.
    public var halfLifeShare = 0.02
    /// In which share of the training gamma anneals: the discriminator is to be sharp while rates are
    /// still high.
    public var gammaShare = 0.5
    /// In which share of the training everything else anneals.
    public var annealedShare = 0.95
    /// By what the discriminator's inputs are multiplied for relativistic pairs.
    public var judgeGain: Double

    /// Numbers of a mixture.
    public init(
        networks: PointGANConfiguration, firstGamma: Double, lastGamma: Double, judgeGain: Double
    ) {
        self.networks = networks
        self.firstGamma = firstGamma
        self.lastGamma = lastGamma
        self.judgeGain = judgeGain
    }

    /// For the ring: modes 0.77 apart with a standard deviation of 0.01.
    ///
    /// The penalty bounds slopes by about `gamma^(-1/2)`: 11 at first, a change of logits by 9 between
    /// neighbours (with twice as much, a mode is lost in one trial of four); 1000 at the end, by 10
    /// within a standard deviation.
    public static var ring: MixtureSettings {
        var settings = MixtureSettings(
            networks: PointGANConfiguration(latentSize: 2, width: 64, layers: 4),
            firstGamma: 8e-3, lastGamma: 1e-6, judgeGain: 15)
        settings.gammaShare = 0.6
        return settings
    }

    /// For the grid: modes 2 apart with a standard deviation of 0.05. Gammas are larger than the data is
    /// against the ring: 25 modes get even shares only while the discriminator is smooth. With a quarter
    /// of the first one, modes were lost in one trial of ten.
    public static var grid: MixtureSettings {
        var settings = MixtureSettings(
            networks: PointGANConfiguration(latentSize: 2, width: 64, layers: 5, scale: 4),
            firstGamma: 2, lastGamma: 2e-4, judgeGain: 8)
        settings.learningRate = 2e-3
        settings.gammaShare = 0.6
        return settings
    }
}
