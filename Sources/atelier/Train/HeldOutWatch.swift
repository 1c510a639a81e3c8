import Datasets
import Imaging
import Networks
import TensorCore
import Training

/// Compares what the discriminator says of training pictures with what it says of held-out ones.
struct HeldOutWatch {
    /// Every so many steps, where samples are drawn by time. By steps, so that the log of a resumed run
    /// is that of an uninterrupted one.
    static let usualInterval = 250
    /// The most pictures of each kind.
    private static let most = 256
    /// The most bytes of each kind.
    private static let mostBytes = 32 << 20
    /// Pictures at a time.
    private static let usualChunk = 32

    private let interval: Int
    private let seed: UInt64
    private let chunk: Int
    private let training: Side
    private let heldOut: Side

    /// Pictures as networks are shown them.
    private struct Side {
        var bytes: [UInt8] = []
        var labels: [Int] = []

        init(_ dataset: PictureDataset, _ count: Int, key: RandomKey) throws {
            for index in key.permutation(dataset.count).prefix(count) {
                let (picture, found) = try dataset.usablePicture(at: index)
                bytes += picture.bytes
                if let label = dataset.label(of: found) { labels.append(label) }
            }
        }
    }

    /// A watch; nil where there are too few held-out pictures to tell anything.
    init?(
        _ training: PictureDataset, _ heldOut: PictureDataset?, _ configuration: RunConfiguration
    ) throws {
        guard let heldOut else { return nil }
        let packing = configuration.objective.packing
        let picture = configuration.networks.picture
        let size = max(1, picture.height * picture.width * picture.channels)
        let room = min(
            Self.most, heldOut.count, training.count, max(HeldOutPart.least, Self.mostBytes / size))
        // Chunks of one size, by one plan; whole packs in each.
        let part = min(Self.usualChunk, room) / packing * packing
        guard part > 0, room / part * (part / packing) >= 2 else { return nil }
        chunk = part
        let count = room / part * part
        interval = configuration.cadence.sampleEvery ?? Self.usualInterval
        seed = configuration.training.seed
        let key = RandomKey(seed: seed).folded("held-out watch")
        self.training = try Side(training, count, key: key.folded("training"))
        self.heldOut = try Side(heldOut, count, key: key.folded("held out"))
    }

    /// Whether it is time to look.
    func isDue(_ step: Int) -> Bool { step % interval == 0 }

    /// What the discriminator says now, of pictures as they are and of what the generator makes now.
    func scores(_ state: GANState) -> HeldOutScores {
        let classes = state.discriminator.classCount
        var logits: (training: [Float], heldOut: [Float], made: [Float]) = ([], [], [])
        let size = state.discriminator.pictureShape
        let bytes = size.height * size.width * size.channels
        for start in stride(from: 0, to: training.bytes.count / bytes, by: chunk) {
            func judged(_ pixels: some Collection<UInt8>, _ labels: [Int]?) -> [Float] {
                state.scores(
                    of: Tensor(
                        uint8: Array(pixels),
                        shape: [chunk, size.height, size.width, size.channels]
                    ), labels: labels)
            }
            let pixels = start * bytes..<(start + chunk) * bytes
            func labels(_ side: Side) -> [Int]? {
                classes > 0 ? Array(side.labels[start..<start + chunk]) : nil
            }
            logits.training += judged(training.bytes[pixels], labels(training))
            logits.heldOut += judged(heldOut.bytes[pixels], labels(heldOut))
            let made = state.sample(
                chunk, seed: seed, stream: "held-out \(start)", averaged: false,
                labels: labels(training))
            logits.made += judged(made.pictures, labels(training))
        }
        return HeldOutScores(
            training: logits.training, heldOut: logits.heldOut, made: logits.made)
    }
}
