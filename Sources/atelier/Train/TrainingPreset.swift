import Networks
import Training

/// What a newcomer wants, and the choices that it stands for. Each may be made otherwise by its own
/// option; `train --dry-run` prints them all.
enum TrainingPreset: String, Codable, Hashable, CaseIterable {
    /// Something to see in minutes.
    case quick
    /// Stable on whatever data: R3GAN's loss and penalties on networks that a processor can afford.
    case balanced
    /// As good as this machine gets, in many hours.
    case quality
    /// From a hundred pictures.
    case fewShot = "few-shot"

    /// The one that is taken unless another is asked for.
    static let usual = TrainingPreset.quick

    /// The family.
    var family: GANFamily {
        switch self {
        case .quick, .balanced: .dcgan
        case .quality: .r3gan
        case .fewShot: .fastgan
        }
    }

    /// Channels next to the picture.
    var width: Int {
        switch self {
        case .quick, .balanced: 32
        case .quality: 64
        case .fewShot: 16
        }
    }

    /// The game, on the preset's own family; the family's where it is nil.
    var loss: LossChoice? { self == .balanced ? .relativistic : nil }

    /// The interval of R1 and R2, on the preset's own family; the family's where it is nil.
    var penaltyInterval: Int? { self == .balanced ? 4 : nil }

    /// Pictures in a batch.
    var batch: Int {
        switch self {
        case .quick, .balanced: 64
        case .quality: 32
        case .fewShot: 16
        }
    }

    /// What is done to everything that the discriminator sees.
    var view: DiscriminatorView {
        switch self {
        case .quick, .balanced: .none
        case .quality: .ada
        case .fewShot: .diffaugment
        }
    }
}

/// The games that `--loss` names.
enum LossChoice: String, CaseIterable {
    case nonSaturating = "non-saturating"
    case saturating
    case leastSquares = "least-squares"
    case wasserstein
    case wganGP = "wgan-gp"
    case dragan
    case hinge
    case relativistic

    /// Whether it brings a hold on the discriminator's slope of its own.
    var holdsSlope: Bool { [.wasserstein, .wganGP, .dragan].contains(self) }

    /// What the two players minimise.
    var loss: AdversarialLoss {
        switch self {
        case .nonSaturating, .dragan: .nonSaturating
        case .saturating: .saturating
        case .leastSquares: .leastSquares
        case .wasserstein, .wganGP: .wasserstein
        case .hinge: .hinge
        case .relativistic: .relativistic
        }
    }

    /// The choice that an objective is.
    init(_ objective: AdversarialObjective) {
        switch objective.loss {
        case .nonSaturating:
            self = objective.gradientPenalty == nil ? .nonSaturating : .dragan
        case .saturating: self = .saturating
        case .leastSquares: self = .leastSquares
        case .wasserstein: self = objective.gradientPenalty == nil ? .wasserstein : .wganGP
        case .hinge: self = .hinge
        case .relativistic: self = .relativistic
        }
    }
}
