import Imaging
public import TensorCore

/// The order in which a stream goes through a data set.
public enum BatchOrder: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every epoch a new permutation.
    case shuffled
    /// Every epoch from the first to the last.
    case sequential
}

/// An endless sequence of batches in a seeded order, prepared ahead by threads of its own.
///
/// Picture `p` of the stream is `permutation(epoch)[p mod count]` with `epoch = p / count`; a batch
/// that reaches the end of an epoch goes on with the next. So the position, the number of pictures
/// consumed, is all there is to save: a stream started at a batch's ``PictureBatch/nextPosition``
/// gives what the first would have given. What is drawn for a picture depends on the key, the epoch
/// and the picture alone, not on batch size, threads or timing.
///
/// Every iterator starts anew at ``position`` and owns its threads; they end with it. The sequence
/// ends only if no picture can be decoded any more, and then ``failure`` says why.
public struct BatchStream: Sequence, Sendable {
    /// The pictures.
    public let dataset: PictureDataset
    /// Pictures in a batch.
    public let batchSize: Int
    /// Pictures consumed before the first batch.
    public let position: Int
    /// What is done to the pictures on the way in.
    public let augmentation: AugmentationPipeline
    /// Threads that prepare batches; with none they are prepared when asked for.
    public let threadCount: Int
    /// Batches that wait at most, those in preparation among them.
    public let batchesAhead: Int

    private let order: EpochOrder
    private let augmentationKey: RandomKey
    private let lastFailure = Monitor<DatasetError?>(nil)

    /// A stream over a data set.
    ///
    /// - Parameters:
    ///   - dataset: The pictures.
    ///   - batchSize: Pictures in a batch; may be larger than the data set.
    ///   - key: What the order and the augmentation are drawn from.
    ///   - position: Pictures consumed so far, 0 for a new run.
    ///   - order: Shuffled unless measuring.
    ///   - augmentation: What is done to each picture.
    ///   - threadCount: Threads that prepare batches ahead; 0 prepares them when asked for.
    ///   - batchesAhead: Batches that wait at most.
    public init(
        _ dataset: PictureDataset, batchSize: Int, key: RandomKey, startingAt position: Int = 0,
        order: BatchOrder = .shuffled, augmentation: AugmentationPipeline = .none,
        threadCount: Int = 1, batchesAhead: Int = 4
    ) {
        precondition(batchSize > 0, "[BatchStream] expected a positive batchSize, got \(batchSize)")
        precondition(
            position >= 0, "[BatchStream] expected a position of 0 or more, got \(position)")
        precondition(
            threadCount >= 0,
            "[BatchStream] expected a threadCount of 0 or more, got \(threadCount)")
        precondition(
            batchesAhead > 0, "[BatchStream] expected a positive batchesAhead, got \(batchesAhead)")
        self.dataset = dataset
        self.batchSize = batchSize
        self.position = position
        self.augmentation = augmentation
        self.threadCount = threadCount
        self.batchesAhead = batchesAhead
        self.order = EpochOrder(count: dataset.count, key: key.folded("order"), order: order)
        augmentationKey = key.folded("augmentation")
    }

    /// Why the newest iterator ended, or nil while none has.
    public var failure: DatasetError? { lastFailure.change { $0 } }

    /// The epoch that a position lies in.
    public func epoch(at position: Int) -> Int { position / dataset.count }

    /// The batch that begins at a position, prepared now, on this thread.
    ///
    /// - Throws: ``DatasetError`` if no picture can be decoded.
    public func batch(at position: Int) throws(DatasetError) -> PictureBatch {
        precondition(
            position >= 0, "[BatchStream.batch] expected a position of 0 or more, got \(position)")
        let size = dataset.height * dataset.width * dataset.format.channelCount
        var pixels = [UInt8](repeating: 0, count: batchSize * size)
        var labels: [Int32] = []
        var indices: [Int] = []
        let canvas = AugmentationCanvas()
        for slot in 0..<batchSize {
            let (epoch, place) = (position + slot).quotientAndRemainder(dividingBy: dataset.count)
            let wanted = order.index(epoch: epoch, place: place)
            let key = augmentationKey.folded(UInt64(epoch)).folded(UInt64(wanted))
            let (picture, index) = try dataset.usablePicture(
                at: wanted, cropKey: key.folded("crop"))
            pixels.withUnsafeMutableBufferPointer { pixels in
                let target = UnsafeMutableBufferPointer(
                    rebasing: pixels[slot * size..<(slot + 1) * size])
                guard !augmentation.isEmpty else {
                    _ = target.update(fromContentsOf: picture.bytes)
                    return
                }
                canvas.load(picture)
                augmentation.apply(to: canvas, key: key)
                canvas.store(into: target)
            }
            indices.append(index)
            if let label = dataset.label(of: index) { labels.append(Int32(label)) }
        }
        return PictureBatch(
            pixels: pixels, labels: dataset.hasLabels ? labels : nil, indices: indices,
            height: dataset.height, width: dataset.width, format: dataset.format,
            position: position)
    }

    /// Starts the threads, and gives the batches in order.
    public func makeIterator() -> Iterator { Iterator(self) }

    func noteFailure(_ error: DatasetError?) { lastFailure.change { $0 = error } }
}
