/// What adversarial training minimises: the game, and what holds it in bounds. With the networks it says
/// which phases a step has; see `AdversarialPhase.table(for:)`.
public struct AdversarialObjective: Sendable, Hashable, Codable {
    /// A zero-centred penalty on the slope of the discriminator.
    public struct SlopePenalty: Sendable, Hashable, Codable {
        /// Its weight: `gamma / 2 * mean(|slope|^2)`.
        public var gamma: Schedule
        /// In steps. 1: a part of the loss of every step. Otherwise a phase of its own every so many
        /// steps, with as many times the weight (a lazy regulariser).
        public var interval: Int

        /// A penalty.
        public init(gamma: Schedule, interval: Int = 1) {
            self.gamma = gamma
            self.interval = interval
        }
    }

    /// A one-centred penalty on the norm of the discriminator's slope.
    public struct NormPenalty: Sendable, Hashable, Codable {
        /// Where the slope is taken.
        public enum Place: String, Sendable, Hashable, Codable {
            /// Between real and made pictures: WGAN-GP.
            case between
            /// Around real pictures: DRAGAN.
            case aroundReal = "around-real"
        }

        /// Its weight; both papers' is 10.
        public var weight: Double
        /// Where the slope is taken.
        public var place: Place

        /// A penalty in every step.
        public init(weight: Double = 10, place: Place = .between) {
            self.weight = weight
            self.place = place
        }
    }

    /// The regulariser of StyleGAN2's generator.
    public struct PathLength: Sendable, Hashable, Codable {
        /// Its weight; the paper's is 2.
        public var weight: Double
        /// In steps; the paper's is 4.
        public var interval: Int
        /// Of a batch, what part it looks at: every `shrink`-th picture; the paper's is 2.
        public var shrink: Int

        /// The paper's numbers unless given.
        public init(weight: Double = 2, interval: Int = 4, shrink: Int = 2) {
            self.weight = weight
            self.interval = interval
            self.shrink = shrink
        }
    }

    /// The game.
    public var loss: AdversarialLoss
    /// The penalty at real pictures.
    public var r1: SlopePenalty?
    /// The penalty at made pictures.
    public var r2: SlopePenalty?
    /// The penalty of WGAN-GP or DRAGAN.
    public var gradientPenalty: NormPenalty?
    /// The path length regulariser, for generators with styles.
    public var pathLength: PathLength?
    /// LeCam's weight, 0.01 ... 0.3.
    public var leCam: Double?
    /// The weight of the class that the discriminator names (AC-GAN), where it names one.
    public var classWeight: Double
    /// The weight of the discriminator's supervision of itself, where it has one.
    public var auxiliaryWeight: Double
    /// Steps of the discriminator, each on a batch of its own, for one of the generator.
    public var discriminatorSteps: Int
    /// Pictures that the discriminator judges together (PacGAN); see `PackedDiscriminator`.
    public var packing: Int
    /// The bound of the discriminator's weights (Wasserstein with clipping).
    public var weightClip: Double?

    /// An objective; without more than the loss, the table of DCGAN.
    public init(
        loss: AdversarialLoss = .nonSaturating, r1: SlopePenalty? = nil, r2: SlopePenalty? = nil,
        gradientPenalty: NormPenalty? = nil, pathLength: PathLength? = nil, leCam: Double? = nil,
        classWeight: Double = 1, auxiliaryWeight: Double = 1, discriminatorSteps: Int = 1,
        packing: Int = 1, weightClip: Double? = nil
    ) {
        self.loss = loss
        self.r1 = r1
        self.r2 = r2
        self.gradientPenalty = gradientPenalty
        self.pathLength = pathLength
        self.leCam = leCam
        self.classWeight = classWeight
        self.auxiliaryWeight = auxiliaryWeight
        self.discriminatorSteps = discriminatorSteps
        self.packing = packing
        self.weightClip = weightClip
    }

    /// What is wrong with the numbers, in words; nil if they can be trained with.
    ///
    /// - Parameters:
    ///   - batchSize: Pictures in a batch, or in a part of it that is judged at once.
    ///   - classCount: How many classes the networks tell apart.
    public func problem(batchSize: Int, classCount: Int) -> String? {
        for (name, penalty) in [("R1", r1), ("R2", r2)] {
            guard let penalty else { continue }
            if penalty.interval < 1 {
                return "expected an interval of \(name) from 1 on, got \(penalty.interval)"
            }
            if let problem = penalty.gamma.problem { return "gamma of \(name): \(problem)" }
            if penalty.gamma.smallest < 0 {
                return "expected a gamma of \(name) from 0 on, got \(penalty.gamma)"
            }
        }
        if let pathLength, pathLength.interval < 1 || pathLength.shrink < 1 {
            return "expected an interval and a shrinking of the path length from 1 on, got "
                + "\(pathLength.interval) and \(pathLength.shrink)"
        }
        if discriminatorSteps < 1 {
            return "expected 1 step of the discriminator or more, got \(discriminatorSteps)"
        }
        if let weightClip, !(weightClip > 0) {
            return "expected a bound of weights above 0, got \(weightClip)"
        }
        if packing < 1 || batchSize % packing != 0 {
            return "expected packs that split a batch of \(batchSize) evenly, got \(packing)"
        }
        return packing > 1 && classCount > 0
            ? "expected packs of one picture with \(classCount) classes, got \(packing): a pack has "
                + "no class" : nil
    }
}
