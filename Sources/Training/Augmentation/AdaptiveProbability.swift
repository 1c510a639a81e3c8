public import TensorCore

/// What is done to everything that the discriminator sees, real and made alike, on the way in:
/// differentiable, so that the generator learns through it.
///
/// Gets pictures `[N, H, W, C]` in -1 ... 1, the key from which every random choice of this call follows,
/// and the probability (a scalar tensor, 0 ... 1) with which things are done; answers pictures of the
/// same shape.
public typealias PictureAugmentation =
    @Sendable (_ pictures: Tensor, _ key: RandomKey, _ probability: Tensor) -> Tensor

/// With what probability pictures are augmented.
public enum AugmentationProbability: Sendable, Hashable, Codable {
    /// By the pictures seen, or constant.
    case scheduled(Schedule)
    /// By how far the discriminator overfits.
    case adaptive(AdaptiveProbability)
}

/// The controller of adaptive discriminator augmentation: Karras et al. 2020, "Training Generative
/// Adversarial Networks with Limited Data", https://arxiv.org/abs/2006.06676, section 3.
///
/// The heuristic is the mean sign of the discriminator's logits of real pictures, `r`, over a few steps:
/// above the target the discriminator is too sure of the training set and the probability rises by a
/// fixed amount, below it falls.
public struct AdaptiveProbability: Sendable, Hashable, Codable {
    /// Which `r` is aimed at; the paper's is 0.6.
    public var target: Double
    /// After how many steps the probability moves; the paper's is 4.
    public var interval: Int
    /// Within how many thousand real pictures the probability can go from 0 to 1; the paper's is 500.
    public var kimg: Double
    /// The probability never exceeds this; beyond 0.8 augmentations leak into the samples.
    public var limit: Double

    /// The paper's numbers unless given.
    public init(
        target: Double = 0.6, interval: Int = 4, kimg: Double = 500, limit: Double = 0.8
    ) {
        precondition(
            interval > 0 && kimg > 0 && (0...1).contains(limit),
            "[AdaptiveProbability] expected a positive interval and length and a limit in 0...1, got "
                + "\(interval), \(kimg) and \(limit)")
        self.target = target
        self.interval = interval
        self.kimg = kimg
        self.limit = limit
    }
}

/// Where the controller stands: part of the training state, and so of checkpoints.
public struct AdaptiveProbabilityState: Sendable, Hashable, Codable {
    /// The probability of the next step.
    public var probability = 0.0
    /// The sum of mean signs since the last adjustment.
    public var signSum = 0.0
    /// Steps since the last adjustment.
    public var stepCount = 0
    /// Real pictures since the last adjustment.
    public var sampleCount = 0

    /// No augmentation yet.
    public init() {}

    /// Takes note of a step, and moves the probability when it is time.
    ///
    /// - Parameters:
    ///   - meanSign: The mean sign of the logits of this step's real pictures.
    ///   - samples: How many real pictures the step saw.
    ///   - controller: The controller's numbers.
    public mutating func observe(meanSign: Double, samples: Int, _ controller: AdaptiveProbability)
    {
        signSum += meanSign
        stepCount += 1
        sampleCount += samples
        guard stepCount >= controller.interval else { return }
        let excess = signSum / Double(stepCount) - controller.target
        let amount = Double(sampleCount) / (controller.kimg * 1000)
        let moved = probability + (excess > 0 ? amount : excess < 0 ? -amount : 0)
        probability = min(max(moved, 0), controller.limit)
        (signSum, stepCount, sampleCount) = (0, 0, 0)
    }
}
