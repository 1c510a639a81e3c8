public import TensorCore

/// Which augmentation is put between pictures and a discriminator.
public enum DiscriminatorAugmentation: Sendable, Hashable, Codable {
    /// None.
    case none
    /// Always on, the same from the first step to the last.
    case diffAugment(DiffAugment)
    /// With a probability, which `AdaptiveAugmentation` finds or which stays what it is set to.
    case pipeline(AdaptivePipeline)

    /// The pictures as the discriminator sees them.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, C]` in -1 ... 1.
    ///   - probability: A scalar, for the pipeline; the others have no use for it.
    ///   - key: From which what happens to each picture follows.
    public func callAsFunction(
        _ pictures: Tensor, probability: Tensor, key: RandomKey
    ) -> Tensor {
        switch self {
        case .none: pictures
        case .diffAugment(let augment): augment(pictures, key: key)
        case .pipeline(let pipeline): pipeline(pictures, probability: probability, key: key)
        }
    }

    /// What the columns of a preview differ in.
    public enum PreviewColumns: Sendable, Hashable {
        /// A column for each probability; what happens to a picture in one happens to it in all
        /// further right.
        case probabilities([Float])
        /// As many columns, each drawn anew, at one probability.
        case draws(Int, probability: Float)
    }

    /// What the augmentation does to pictures, for looking at.
    ///
    /// - Parameters:
    ///   - pictures: `[R, H, W, C]` in -1 ... 1: a row each.
    ///   - columns: What the columns differ in.
    ///   - key: From which what happens to each picture follows.
    /// - Returns: `[R, 1 + columns, H, W, C]` in -1 ... 1: in each row the picture as it is, then
    ///   augmented, held inside the range that can be shown.
    public func preview(
        of pictures: Tensor, _ columns: PreviewColumns, key: RandomKey
    ) -> Tensor {
        checkAugmentable(pictures, "preview")
        let augmented: [Tensor]
        switch columns {
        case .probabilities(let values):
            augmented = values.map { self(pictures, probability: Tensor($0), key: key) }
        case .draws(let count, let probability):
            augmented = (0..<count).map { index in
                self(pictures, probability: Tensor(probability), key: key.folded(UInt64(index)))
            }
        }
        let all = [pictures] + augmented.map { $0.clamped(-1, 1) }
        return concatenate(all.map { $0.expanded(at: 1) }, axis: 1)
    }
}
