import Glibc
import Networks
import Training

/// The numbers that a family's paper trains with, worked out for pictures, batch and length.
struct FamilyNumbers {
    /// The family.
    let family: GANFamily
    /// The pictures.
    let picture: PictureShape
    /// Pictures in a batch.
    let batchSize: Int
    /// How long training is to last, in thousand pictures.
    let kimg: Double

    /// Pictures in a batch unless told otherwise.
    static func usualBatch(_ family: GANFamily) -> Int {
        switch family {
        case .dcgan, .sngan, .sagan: 64
        case .residual, .r3gan, .stylegan2: 32
        case .fastgan: 16
        }
    }

    /// R3GAN's schedules, which relativistic pairs take in every family.
    private var pairs: R3GANNumbers {
        R3GANNumbers(picture: picture, batchSize: batchSize, kimg: kimg)
    }

    /// Puts the paper's numbers into settings.
    func apply(to settings: inout RunConfiguration) {
        // Half-life of the average: a twentieth of the training so far, 10 thousand pictures at most, as
        // in StyleGAN2 (Karras et al. 2020, https://arxiv.org/abs/1912.04958). An average over a fixed
        // number of steps would show a short training as it was at its beginning; one that went by the
        // length asked for would change with it.
        settings.training.averageHalfLife = .linear(from: 0, to: 10, kimg: 200)
        switch family {
        case .dcgan:
            settings.objective = AdversarialObjective()
        case .residual:
            // Mescheder et al. 2018, https://arxiv.org/abs/1801.04406: R1 in every step.
            settings.objective = AdversarialObjective(r1: .init(gamma: .constant(10)))
            setRates(&settings, 1e-4, beta1: 0, beta2: 0.99)
        case .sngan:
            settings.objective = AdversarialObjective(loss: .hinge, discriminatorSteps: 5)
            setRates(&settings, 2e-4, beta1: 0, beta2: 0.9)
        case .sagan:
            settings.objective = AdversarialObjective(loss: .hinge)
            setRates(&settings, 1e-4, discriminator: 4e-4, beta1: 0, beta2: 0.9)
        case .r3gan:
            settings.objective = pairs.objective
            pairs.apply(to: &settings.training)
        case .stylegan2:
            settings.objective = AdversarialObjective(
                r1: .init(gamma: .constant(styleGamma), interval: 16),
                pathLength: .init(weight: 2, interval: 8))
            setRates(&settings, 2e-3, beta1: 0, beta2: 0.99)
        case .fastgan:
            settings.objective = AdversarialObjective(loss: .hinge)
            setRates(&settings, 2e-4, beta1: 0.5, beta2: 0.999)
        }
    }

    /// Puts another game into settings, with what it needs beside it.
    func apply(_ choice: LossChoice, to settings: inout RunConfiguration) {
        guard choice != LossChoice(settings.objective) else { return }
        var objective = settings.objective
        objective.loss = choice.loss
        (objective.gradientPenalty, objective.weightClip, objective.r2) = (nil, nil, nil)
        if choice == .relativistic {
            (objective.r1, objective.r2) = (pairs.objective.r1, pairs.objective.r2)
            settings.training.fakeLabels = .paired
        } else {
            // What is left of pairs would be half a game.
            if settings.objective.r2 != nil { objective.r1 = nil }
            settings.training.fakeLabels = .uniform
        }
        switch choice {
        case .wasserstein:
            // Arjovsky et al. 2017, https://arxiv.org/abs/1701.07875.
            (objective.weightClip, objective.r1, objective.discriminatorSteps) = (0.01, nil, 5)
        case .wganGP:
            // Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028.
            objective.gradientPenalty = .init(weight: 10, place: .between)
            (objective.r1, objective.discriminatorSteps) = (nil, 5)
            (settings.training.beta1, settings.training.beta2) = (0, 0.9)
        case .dragan:
            objective.gradientPenalty = .init(weight: 10, place: .aroundReal)
            objective.r1 = nil
        default: break
        }
        settings.objective = objective
    }

    /// Sets the weight of R1, and of R2 where there is one: falling to a tenth along R3GAN's burn-in with
    /// relativistic pairs, constant otherwise; 0 takes them away.
    func apply(gamma: Double, to settings: inout RunConfiguration) {
        guard gamma > 0 else {
            (settings.objective.r1, settings.objective.r2) = (nil, nil)
            return
        }
        guard settings.objective.loss == .relativistic else {
            settings.objective.r1 = .init(
                gamma: .constant(gamma), interval: settings.objective.r1?.interval ?? 1)
            return
        }
        let first = pairs.gamma.value(0)
        let schedule = pairs.gamma.scaled(by: gamma / first)
        (settings.objective.r1, settings.objective.r2) = (
            .init(gamma: schedule), .init(gamma: schedule)
        )
    }

    /// Takes R1 and R2, where there are any, every so many steps.
    func apply(penaltyInterval: Int, to settings: inout RunConfiguration) {
        settings.objective.r1?.interval = penaltyInterval
        settings.objective.r2?.interval = penaltyInterval
    }

    /// The probability with which the discriminator's view is augmented: R3GAN's schedule for an R3GAN
    /// unless it was asked to adapt; otherwise it adapts, over half of the training where that is
    /// shorter than the paper's 500 thousand pictures.
    func applyAugmentation(isAsked: Bool, to settings: inout RunConfiguration) {
        guard settings.discriminatorAugmentation == .ada, isAsked || family != .r3gan else {
            return
        }
        settings.training.augmentationProbability = .adaptive(
            AdaptiveProbability(kimg: min(500, max(10, kimg / 2))))
    }

    /// Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data",
    /// https://arxiv.org/abs/2006.06676: gamma from resolution and batch.
    private var styleGamma: Double {
        0.0002 * Double(picture.height) * Double(picture.width) / Double(batchSize)
    }

    private func setRates(
        _ settings: inout RunConfiguration, _ rate: Double, discriminator: Double? = nil,
        beta1: Double, beta2: Double
    ) {
        settings.training.generatorLearningRate = rate
        settings.training.discriminatorLearningRate = discriminator ?? rate
        settings.training.beta1 = beta1
        settings.training.beta2 = beta2
    }

    /// About how many pictures a second two cores train on: rough, and only the length of schedules goes
    /// by it where a length is given in minutes. It does not depend on the machine, so that equal
    /// commands are equal runs.
    static func usualSpeed(_ networks: NetworkConfiguration) -> Double {
        // Measured with 64x64 pictures and the family's usual width there, two cores of a 2021 server.
        let speed: Double =
            switch networks.family {
            case .dcgan: 260
            case .residual: 22
            case .sngan: 90
            case .sagan: 42
            case .r3gan: 10
            case .stylegan2: 22
            case .fastgan: 45
            }
        let measured = PictureShape(height: 64, width: 64, channels: 3)
        let usual = NetworkConfiguration.usualWidth(of: networks.family, for: measured)
        let area = Double(networks.picture.height * networks.picture.width)
        return speed * (4096 / area) * pow(Double(usual) / Double(max(1, networks.width)), 1.5)
    }
}
