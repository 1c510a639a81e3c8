import Datasets
import Imaging
import Metrics
import TensorCore
import Training

/// How good a checkpoint's pictures are, without any other network: the sliced Wasserstein distance
/// between them and real ones. Lower is better; the best checkpoint of a run is kept by it.
struct CheckpointScorer {
    /// Pictures of each kind that are compared.
    private static let count = 256
    /// Pictures made at a time.
    private static let chunk = 64

    private let dataset: PictureDataset
    private let seed: UInt64
    private var reals: SlicedWasserstein.Reals?

    init(_ dataset: PictureDataset, seed: UInt64) {
        self.dataset = dataset
        self.seed = seed
    }

    /// The distance, times 1000 as in the paper's tables.
    mutating func score(_ state: GANState) throws -> Double {
        let reals = try self.reals ?? prepared()
        self.reals = reals
        var made: [UInt8] = []
        for part in 0..<(Self.count / Self.chunk) {
            made += state.sample(Self.chunk, seed: seed, stream: "score \(part)").pictures
        }
        return reals.distance(made: made).value * 1000
    }

    private func prepared() throws -> SlicedWasserstein.Reals {
        let order = RandomKey(seed: seed).folded("score").permutation(dataset.count)
        var bytes: [UInt8] = []
        for index in order.prefix(Self.count) {
            bytes += try dataset.usablePicture(at: index).picture.bytes
        }
        return SlicedWasserstein.Reals(
            pictures: bytes, height: dataset.height, width: dataset.width,
            channels: dataset.format.channelCount, configuration: .init(seed: seed))
    }
}
