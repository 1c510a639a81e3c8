import Glibc
public import Networks

// The schedules of Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern Baseline GAN",
// https://arxiv.org/abs/2501.05441, as a function of the pictures. The paper gives numbers for each data
// set: gamma 2 -> 0.2 for FFHQ at 64x64 and 150 -> 15 at 256x256, both with batches of 256; learning rates
// 2e-4 -> 5e-5, beta2 0.9 -> 0.99, half-life of the average 0 -> 500 thousand pictures and augmentation
// 0 -> 0.3, all along half a cosine in the first 20 million pictures. They agree with the authors'
// presets, https://github.com/brownvc/R3GAN, which have gamma 0.05 for CIFAR-10 (batches of 512) and 0.5 for
// ImageNet at 32x32 (4096): what is worked out below for 32x32 lies between the two.

/// The numbers that R3GAN's training goes by, worked out from pictures, batch and length.
public struct R3GANNumbers: Sendable, Hashable, Codable {
    /// Of R1 and R2 alike.
    public var gamma: Schedule
    /// Of both networks.
    public var learningRate: Schedule
    /// Adam's decay of second moments; that of first moments is 0.
    public var beta2: Schedule
    /// Of the averaged generator, in thousand pictures.
    public var averageHalfLife: Schedule
    /// The probability of augmentation.
    public var augmentation: Schedule

    /// Numbers for pictures of a size.
    ///
    /// Between and beyond the paper's sizes gamma follows the power of the side that joins them,
    /// `2 (side / 64)^3.11`. It grows as the batch shrinks, `(256 / batch)^(1/4)`: so do the paper's numbers
    /// between FFHQ (256) and ImageNet (4096) at 64x64. The burn-in is the paper's, or four fifths of the
    /// training if that is shorter, and the half-life shrinks with it.
    ///
    /// - Parameters:
    ///   - picture: The pictures; of sides that differ, the geometric mean counts.
    ///   - batchSize: Pictures in a batch.
    ///   - kimg: How long training is to last, in thousand pictures.
    public init(picture: PictureShape, batchSize: Int, kimg: Double) {
        precondition(
            batchSize > 0 && kimg > 0,
            "[R3GANNumbers] expected a batch and a length above 0, got \(batchSize) and \(kimg)")
        let side = (Double(picture.height) * Double(picture.width)).squareRoot()
        let first = 2 * pow(side / 64, log(75) / log(4)) * pow(256 / Double(batchSize), 0.25)
        let burnIn = min(20_000, 0.8 * kimg)
        gamma = .cosine(from: first, to: first / 10, kimg: burnIn)
        learningRate = .cosine(from: 2e-4, to: 5e-5, kimg: burnIn)
        beta2 = .cosine(from: 0.9, to: 0.99, kimg: burnIn)
        averageHalfLife = .cosine(from: 0, to: burnIn / 40, kimg: burnIn)
        augmentation = .cosine(from: 0, to: 0.3, kimg: burnIn)
    }

    /// What is minimised: relativistic pairs with R1 and R2 in every step.
    public var objective: AdversarialObjective {
        AdversarialObjective(
            loss: .relativistic, r1: .init(gamma: gamma), r2: .init(gamma: gamma))
    }

    /// Puts the numbers into a configuration. Pairs are of one class.
    public func apply(to configuration: inout AdversarialConfiguration) {
        // Rates are a base times a factor, so that a lower rate asked for scales the whole schedule.
        let base = learningRate.value(0)
        configuration.generatorLearningRate = base
        configuration.discriminatorLearningRate = base
        configuration.schedule = .constant
        configuration.learningRateFactor = learningRate.scaled(by: 1 / base)
        configuration.beta1 = 0
        configuration.beta2Schedule = beta2
        configuration.averageHalfLife = averageHalfLife
        configuration.augmentationProbability = .scheduled(augmentation)
        configuration.fakeLabels = .paired
    }
}

extension Schedule {
    /// The same schedule with all values multiplied.
    public func scaled(by factor: Double) -> Schedule {
        switch self {
        case .constant(let value): .constant(value * factor)
        case .linear(let from, let to, let kimg):
            .linear(from: from * factor, to: to * factor, kimg: kimg)
        case .cosine(let from, let to, let kimg):
            .cosine(from: from * factor, to: to * factor, kimg: kimg)
        }
    }
}
