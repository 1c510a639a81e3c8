/// What a discriminator says of training pictures, of pictures that were held out from training, and of
/// made ones: whether it has learned what pictures are like, or these pictures by heart.
///
/// The comparison of Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data",
/// https://arxiv.org/abs/2006.06676, section 3: `r_v = (E[D(training)] - E[D(held out)]) / (E[D(training)]
/// - E[D(made)])`, 0 where held-out pictures look as real as training pictures and 1 where they look as
/// false as made ones.
public struct HeldOutScores: Sendable, Hashable, Codable {
    /// The mean logit of training pictures.
    public var training: Double
    /// The mean logit of held-out pictures.
    public var heldOut: Double
    /// The mean logit of made pictures.
    public var made: Double
    /// The standard error of `training - heldOut`, as far as the counts tell.
    public var heldOutError: Double
    /// The standard error of `training - made`.
    public var madeError: Double

    /// By so many standard errors means must differ before the difference counts.
    private static let clearErrors = 3.0

    /// The means of logits, two or more of each.
    public init(training: [Float], heldOut: [Float], made: [Float]) {
        precondition(
            min(training.count, heldOut.count, made.count) >= 2,
            "[HeldOutScores] expected two logits or more of each, got \(training.count), "
                + "\(heldOut.count) and \(made.count)")
        let moments = [training, heldOut, made].map(Self.moments)
        (self.training, self.heldOut, self.made) = (
            moments[0].mean, moments[1].mean, moments[2].mean
        )
        heldOutError = (moments[0].error + moments[1].error).squareRoot()
        madeError = (moments[0].error + moments[2].error).squareRoot()
    }

    /// `r_v`: the share of the way from training pictures to made ones at which held-out pictures are;
    /// nil while the discriminator does not clearly tell training pictures from made ones.
    public var gap: Double? {
        let way = training - made
        return way > Self.clearErrors * madeError && way > 0 ? (training - heldOut) / way : nil
    }

    /// Whether training pictures look more real than held-out ones by more than chance.
    public var isClear: Bool {
        training - heldOut > Self.clearErrors * heldOutError && training > heldOut
    }

    /// The mean, and its squared standard error.
    private static func moments(_ values: [Float]) -> (mean: Double, error: Double) {
        let count = Double(values.count)
        let mean = values.reduce(0) { $0 + Double($1) } / count
        let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (mean, squares / (count - 1) / count)
    }
}
