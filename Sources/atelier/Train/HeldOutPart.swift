import Datasets
import TensorCore

/// The pictures that a run keeps out of training, to see whether its discriminator has learned what
/// pictures are like, or the training pictures by heart.
///
/// Which they are depends on their names alone: all runs of a set hold out the same ones, and a resumed
/// run those that it held out before.
enum HeldOutPart {
    /// Fewer pictures are not held out: their mean says too little.
    static let least = 8
    /// Sets of fewer pictures give none away unasked. With few pictures every one counts, and the
    /// twentieth part of them would say little; with so many, training loses next to nothing.
    private static let leastSet = 5000
    private static let usualShare = 0.05
    private static let mostUnasked = 500

    /// The share that is held out of a set; nil for none.
    ///
    /// - Parameter asked: How many pictures were asked for; 0 for none.
    /// - Throws: A failure if that is more than half of them.
    static func share(asked: Int?, of count: Int) throws -> Double? {
        if let asked {
            guard asked > 0 else { return nil }
            guard asked * 2 <= count else {
                throw Failure(
                    "--held-out \(asked): expected at most half of the \(count) pictures; training "
                        + "needs the others")
            }
            return Double(asked) / Double(count)
        }
        guard count >= leastSet else { return nil }
        return min(usualShare, Double(mostUnasked) / Double(count))
    }

    /// The part that is trained on, and the one that is held out, if any is.
    static func split(
        _ dataset: PictureDataset, _ configuration: RunConfiguration
    ) -> (training: PictureDataset, heldOut: PictureDataset?) {
        guard let share = configuration.data.heldOut, share > 0, share < 1, dataset.count >= 2
        else { return (dataset, nil) }
        let parts = dataset.split(holdingOut: share, key: RandomKey(seed: 0))
        return (parts.training, parts.heldOut)
    }
}
