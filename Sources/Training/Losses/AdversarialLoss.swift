public import TensorCore

/// The game that generator and discriminator play: which of the losses in this folder they minimise.
public enum AdversarialLoss: String, Sendable, Codable, CaseIterable {
    /// The minimax game of Goodfellow et al. 2014.
    case saturating
    /// The one that the same paper recommends.
    case nonSaturating = "non-saturating"
    /// Mao et al. 2017, LSGAN.
    case leastSquares = "least-squares"
    /// Arjovsky et al. 2017; the critic's slope has to be held down beside it.
    case wasserstein
    /// Lim and Ye 2017; SNGAN's and SAGAN's.
    case hinge
    /// Pairs of Jolicoeur-Martineau 2018; R3GAN's.
    case relativistic

    /// Whether the generator's loss looks at real pictures too.
    public var generatorSeesReal: Bool { self == .relativistic }

    /// What the discriminator minimises: a scalar.
    ///
    /// - Parameters:
    ///   - real: Logits `[N]` of real pictures.
    ///   - fake: Logits `[N]` of made ones.
    public func discriminator(real: Tensor, fake: Tensor) -> Tensor {
        switch self {
        case .saturating, .nonSaturating: nonSaturatingDiscriminatorLoss(real: real, fake: fake)
        case .leastSquares: leastSquaresDiscriminatorLoss(real: real, fake: fake)
        case .wasserstein: wassersteinDiscriminatorLoss(real: real, fake: fake)
        case .hinge: hingeDiscriminatorLoss(real: real, fake: fake)
        case .relativistic: relativisticDiscriminatorLoss(real: real, fake: fake)
        }
    }

    /// What the generator minimises: a scalar.
    ///
    /// - Parameters:
    ///   - real: Logits `[N]` of real pictures; only `relativistic` needs them, see
    ///     `generatorSeesReal`.
    ///   - fake: Logits `[N]` of made ones.
    public func generator(real: Tensor?, fake: Tensor) -> Tensor {
        switch self {
        case .saturating: return saturatingGeneratorLoss(fake: fake)
        case .nonSaturating: return nonSaturatingGeneratorLoss(fake: fake)
        case .leastSquares: return leastSquaresGeneratorLoss(fake: fake)
        case .wasserstein: return wassersteinGeneratorLoss(fake: fake)
        case .hinge: return hingeGeneratorLoss(fake: fake)
        case .relativistic:
            guard let real else {
                preconditionFailure(
                    "[AdversarialLoss.generator] expected logits of real pictures for relativistic "
                        + "pairs, got none")
            }
            return relativisticGeneratorLoss(real: real, fake: fake)
        }
    }
}
