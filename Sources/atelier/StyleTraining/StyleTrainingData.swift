import Datasets
import Imaging
import TensorCore
import Training

/// The pictures of a run of style transfer: those it learns from, and a few that are held out.
struct StyleTrainingData {
    /// Contents, and after them paintings where there are many.
    private let kinds: [CroppedPictures]
    private let side: Int
    private let seed: UInt64
    /// Held-out contents, with paintings where there are many: what is measured and drawn.
    let heldOut: StylizationBatch
    /// All contents, and all paintings.
    let counts: (contents: Int, paintings: Int)

    /// Opens what a configuration names.
    ///
    /// - Parameter say: Gets what a person should know, a line each.
    init(
        _ data: StyleRunConfiguration.DataConfiguration, seed: UInt64, say: (String) -> Void
    ) throws {
        side = data.side
        self.seed = seed
        let contents = try Self.open(data.content, data.contentVariation, data.side, say)
        var training = contents
        var heldOut = contents
        if contents.pictures.count > 1 {
            let parts = contents.pictures.split(
                holdingOut: min(
                    0.5, Double(data.heldOutLimit) / Double(contents.pictures.count)),
                key: RandomKey(seed: seed).folded("held-out"))
            training.pictures = parts.training
            heldOut.pictures = parts.heldOut
        }
        func middles(_ set: CroppedPictures, _ count: Int) throws -> Tensor {
            let bytes = try (0..<count).flatMap {
                try set.middle(at: $0 % set.pictures.count, side: data.side).bytes
            }
            return Tensor(uint8: bytes, shape: [count, data.side, data.side, 3])
        }
        let count = min(data.heldOutLimit, heldOut.pictures.count)
        var kinds = [training]
        var shown: Tensor?
        var paintingCount = 1
        if let variation = data.paintingVariation {
            let paintings = try Self.open(data.paintings, variation, data.side, say)
            kinds.append(paintings)
            paintingCount = paintings.pictures.count
            shown = try middles(paintings, count)
        }
        self.kinds = kinds
        self.heldOut = StylizationBatch(
            contents: try middles(heldOut, count), paintings: shown, position: 0)
        counts = (contents.pictures.count, paintingCount)
    }

    private static func open(
        _ path: String, _ variation: CropVariation, _ side: Int, _ say: (String) -> Void
    ) throws -> CroppedPictures {
        let source = try PictureSources.open(path: path)
        for note in source.notes { say(note) }
        for refused in source.refused.prefix(5) { TrainingJob.warnBroken(refused) }
        if source.refused.count > 5 {
            Console.error("atelier: and \(source.refused.count - 5) more")
        }
        return CroppedPictures(
            try variation.dataset(source, side: side, report: TrainingJob.warnBroken), variation)
    }

    /// The batches of a run from a position on.
    func stream(batchSize: Int, startingAt position: Int) -> CropStream {
        CropStream(
            kinds, side: side, batchSize: batchSize, key: RandomKey(seed: seed).folded("data"),
            startingAt: position)
    }
}
