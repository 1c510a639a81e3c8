public import Networks
import Optimizers
import TensorCore
public import Training

/// A way to learn pictures: networks, what is minimised, augmentation and numbers.
public struct PictureMethod: Sendable, Hashable, Codable {
    /// The networks.
    public enum NetworkChoice: Sendable, Hashable, Codable {
        /// A DCGAN; the discriminator with or without batch normalisation.
        case dcgan(DCGANConfiguration, normalizesDiscriminator: Bool)
        /// An R3GAN.
        case r3gan(R3GANConfiguration)
        /// A FastGAN, whose discriminator judges no packs.
        case fastgan(FastGANConfiguration)
    }

    /// What is done to everything that the discriminator sees.
    public enum AugmentationChoice: Sendable, Hashable, Codable {
        /// Nothing.
        case none
        /// DiffAugment, always.
        case diffAugment(DiffAugment)
        /// The adaptive pipeline, with the training's probability.
        case adaptive(AdaptivePipeline)

        /// The augmentation as trainers take it.
        var function: PictureAugmentation? {
            switch self {
            case .none: nil
            case .diffAugment(let augment):
                { pictures, key, _ in augment(pictures, key: key) }
            case .adaptive(let pipeline):
                { pictures, key, probability in
                    pipeline(pictures, probability: probability, key: key)
                }
            }
        }
    }

    /// What the table calls it.
    public var name: String
    /// The networks.
    public var networks: NetworkChoice
    /// What is minimised, and how many pictures are judged together.
    public var objective: AdversarialObjective
    /// What the discriminator sees.
    public var augmentation: AugmentationChoice
    /// The numbers of the training; a trial sets the seed.
    public var training: AdversarialConfiguration
    /// Steps of a trial.
    public var steps: Int
    /// Whether the averaged generator is judged, else the generator as the last step left it.
    public var judgesAverage: Bool

    /// A method.
    public init(
        name: String, networks: NetworkChoice, objective: AdversarialObjective,
        augmentation: AugmentationChoice = .none, training: AdversarialConfiguration, steps: Int,
        judgesAverage: Bool
    ) {
        self.name = name
        self.networks = networks
        self.objective = objective
        self.augmentation = augmentation
        self.training = training
        self.steps = steps
        self.judgesAverage = judgesAverage
    }

    /// The size of the pictures.
    public var picture: PictureShape {
        switch networks {
        case .dcgan(let sizes, _): sizes.picture
        case .r3gan(let sizes): sizes.picture
        case .fastgan(let sizes): sizes.picture
        }
    }

    /// What is wrong with the numbers, in words; nil if there is such a trial.
    public var problem: String? {
        if steps < 1 { return "expected a step or more, got \(steps)" }
        let sizes: String? =
            switch networks {
            case .dcgan(let sizes, _): DCGANConfiguration.problem(with: sizes.picture)
            case .r3gan(let sizes): sizes.problem
            case .fastgan(let sizes):
                objective.packing > 1
                    ? "expected packs of one picture with FastGAN, got \(objective.packing)"
                    : sizes.problem
            }
        let batch = training.batchSize / max(1, training.microBatches)
        return sizes ?? training.problem ?? objective.problem(batchSize: batch, classCount: 0)
    }

    /// A training before its first step.
    public func begin(seed: UInt64) -> OpenTraining {
        if let problem { preconditionFailure("[PictureMethod.begin] \(problem)") }
        let key = RandomKey(seed: seed)
        let (ofGenerator, ofJudge) = (key.folded("generator"), key.folded("discriminator"))
        let pack = objective.packing
        switch networks {
        case .dcgan(let sizes, let normalizes):
            var judge = sizes
            judge.picture.channels *= pack
            return open(
                DCGANGenerator(sizes, key: ofGenerator),
                PackedDiscriminator(
                    DCGANDiscriminator(judge, normalizes: normalizes, key: ofJudge), pack: pack),
                seed)
        case .r3gan(let sizes):
            var judge = sizes
            judge.picture.channels *= pack
            return open(
                R3GANGenerator(sizes, key: ofGenerator),
                PackedDiscriminator(R3GANDiscriminator(judge, key: ofJudge), pack: pack), seed)
        case .fastgan(let sizes):
            return open(
                FastGANGenerator(sizes, key: ofGenerator),
                FastGANDiscriminator(sizes, key: ofJudge), seed)
        }
    }

    private func open<G: GeneratorNetwork, D: DiscriminatorNetwork>(
        _ generator: G, _ discriminator: D, _ seed: UInt64
    ) -> OpenTraining {
        var training = training
        training.seed = seed
        return OpenTraining(
            AdversarialTrainer(
                state: AdversarialState(
                    generator: generator, discriminator: discriminator, configuration: training),
                phases: AdversarialPhase.table(for: objective),
                augmentation: augmentation.function, configuration: training))
    }

    /// The method's numbers in a sentence.
    var sentence: String {
        let sizes =
            switch networks {
            case .dcgan(let sizes, let normalizes):
                "DCGAN of width \(sizes.width)"
                    + (normalizes ? "" : ", no batch normalisation in the discriminator")
            case .r3gan(let sizes): "R3GAN of widths \(sizes.width) to \(sizes.maximumWidth)"
            case .fastgan(let sizes): "FastGAN of width \(sizes.width)"
            }
        let penalty =
            objective.r1.map {
                ", R1\(objective.r2 == nil ? "" : " and R2") with gamma \($0.gamma.largest) to "
                    + "\($0.gamma.smallest)"
            } ?? ""
        return "\(name): \(sizes); \(objective.loss.rawValue) loss\(penalty), packs of "
            + "\(objective.packing); \(steps) steps of \(training.batchSize), learning rates "
            + "\(training.generatorLearningRate) and \(training.discriminatorLearningRate), factor "
            + "\(training.learningRateFactor.largest) to \(training.learningRateFactor.smallest); "
            + (judgesAverage ? "the averaged generator" : "the generator as it is") + " is judged."
    }

    /// The same method in few steps with narrow networks: to see that everything works, not how well.
    public func quick(steps: Int, width: Int = 8, batch: Int = 8) -> PictureMethod {
        var method = self
        let share =
            Double(steps) * Double(batch) / (Double(self.steps) * Double(training.batchSize))
        method.steps = steps
        switch networks {
        case .dcgan(var sizes, let normalizes):
            sizes.width = width
            sizes.latentSize = min(sizes.latentSize, 16)
            method.networks = .dcgan(sizes, normalizesDiscriminator: normalizes)
        case .r3gan(var sizes):
            sizes.width = width
            sizes.maximumWidth = width
            sizes.groupSize = width
            sizes.blocks = 1
            method.networks = .r3gan(sizes)
        case .fastgan(var sizes):
            sizes.width = width
            sizes.latentSize = min(sizes.latentSize, 16)
            method.networks = .fastgan(sizes)
        }
        method.training.batchSize = batch
        method.training.microBatches = 1
        method.training.learningRateFactor = training.learningRateFactor.stretched(by: share)
        method.training.beta2Schedule = training.beta2Schedule?.stretched(by: share)
        method.training.averageHalfLife = training.averageHalfLife?.stretched(by: share)
        if let r1 = objective.r1 { method.objective.r1?.gamma = r1.gamma.stretched(by: share) }
        if let r2 = objective.r2 { method.objective.r2?.gamma = r2.gamma.stretched(by: share) }
        return method
    }
}
