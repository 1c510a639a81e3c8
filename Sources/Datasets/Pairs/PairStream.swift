public import Imaging
public import TensorCore

/// Pairs that a training step takes at once.
public struct PairBatch: Sendable, Hashable {
    /// `[N, H, W, 3]`, 0 ... 255: what is translated.
    public var inputs: [UInt8]
    /// `[N, H, W, 3]`: what each is to become; or, without pairs, pictures of the other kind.
    public var targets: [UInt8]
    /// `[N, H, W, 3]`.
    public var shape: [Int]
    /// Pairs consumed with this batch: where a resumed stream goes on.
    public var nextPosition: Int
}

/// An endless sequence of batches of pairs in a seeded order.
///
/// Pair `p` of the stream is `permutation(epoch)[p mod count]` with `epoch = p / count`, and without
/// pairs this holds for each kind by itself. So the position is all there is to save. What is drawn
/// for a pair depends on the key, the epoch and the pair alone.
public struct PairStream: Sequence, Sendable {
    /// Pairs in a batch.
    public let batchSize: Int
    /// Pairs consumed before the first batch.
    public let position: Int
    private let height: Int, width: Int
    private let draw: @Sendable (Int) throws(DatasetError) -> PicturePair
    private let lastFailure = Monitor<DatasetError?>(nil)

    /// A stream of pairs.
    ///
    /// - Parameters:
    ///   - pairs: The pairs.
    ///   - batchSize: Pairs in a batch.
    ///   - key: What order, cuts and mirroring are drawn from.
    ///   - position: Pairs consumed so far, 0 for a new run.
    public init(
        _ pairs: PicturePairs, batchSize: Int, key: RandomKey, startingAt position: Int = 0
    ) {
        let order = EpochOrder(count: pairs.count, key: key.folded("order"), order: .shuffled)
        let jitter = key.folded("jitter")
        self.init(
            batchSize: batchSize, position: position, height: pairs.configuration.height,
            width: pairs.configuration.width
        ) { place throws(DatasetError) in
            let (epoch, rest) = place.quotientAndRemainder(dividingBy: pairs.count)
            let index = order.index(epoch: epoch, place: rest)
            return try pairs.usablePair(
                at: index, key: jitter.folded(UInt64(epoch)).folded(UInt64(index)))
        }
    }

    /// A stream of pictures of two kinds, each in an order of its own.
    ///
    /// - Parameters:
    ///   - pictures: The pictures.
    ///   - batchSize: Pictures of each kind in a batch.
    ///   - key: What orders, cuts and mirroring are drawn from.
    ///   - position: Pictures of each kind consumed so far, 0 for a new run.
    public init(
        _ pictures: UnpairedPictures, batchSize: Int, key: RandomKey, startingAt position: Int = 0
    ) {
        let orders = [pictures.a, pictures.b].enumerated().map { kind, dataset in
            EpochOrder(
                count: dataset.count, key: key.folded("order").folded(UInt64(kind)),
                order: .shuffled)
        }
        let jitter = key.folded("jitter")
        self.init(
            batchSize: batchSize, position: position, height: pictures.height,
            width: pictures.width
        ) { place throws(DatasetError) in
            func picture(_ kind: Int, _ dataset: PictureDataset) throws(DatasetError) -> PixelBuffer
            {
                let (epoch, rest) = place.quotientAndRemainder(dividingBy: dataset.count)
                let index = orders[kind].index(epoch: epoch, place: rest)
                let key = jitter.folded(UInt64(kind)).folded(UInt64(epoch)).folded(UInt64(index))
                return pictures.jitter.cut(
                    try dataset.usablePicture(at: index).picture, width: pictures.width,
                    height: pictures.height, key: key)
            }
            return PicturePair(
                input: try picture(0, pictures.a), target: try picture(1, pictures.b))
        }
    }

    private init(
        batchSize: Int, position: Int, height: Int, width: Int,
        draw: @escaping @Sendable (Int) throws(DatasetError) -> PicturePair
    ) {
        precondition(
            batchSize > 0 && position >= 0,
            "[PairStream] expected a positive batchSize and a position from 0 on, got \(batchSize) "
                + "and \(position)")
        self.batchSize = batchSize
        self.position = position
        (self.height, self.width) = (height, width)
        self.draw = draw
    }

    /// Why the newest iterator ended, or nil while none has.
    public var failure: DatasetError? { lastFailure.change { $0 } }

    /// The batch that begins at a position.
    ///
    /// - Throws: ``DatasetError`` if no pair can be decoded.
    public func batch(at position: Int) throws(DatasetError) -> PairBatch {
        var inputs: [UInt8] = []
        var targets: [UInt8] = []
        for slot in 0..<batchSize {
            let pair = try draw(position + slot)
            inputs += pair.input.bytes
            targets += pair.target.bytes
        }
        return PairBatch(
            inputs: inputs, targets: targets, shape: [batchSize, height, width, 3],
            nextPosition: position + batchSize)
    }

    /// Gives the batches in order, each prepared when it is asked for: beside a step of a translation
    /// the work is nothing.
    public func makeIterator() -> AnyIterator<PairBatch> {
        var next = position
        lastFailure.change { $0 = nil }
        return AnyIterator {
            do throws(DatasetError) {
                let batch = try self.batch(at: next)
                next = batch.nextPosition
                return batch
            } catch {
                self.lastFailure.change { $0 = error }
                return nil
            }
        }
    }
}

/// Pictures of two kinds, A and B, without pairs.
public struct UnpairedPictures: Sendable {
    /// The pictures of kind A, before they are cut.
    public let a: PictureDataset
    /// The pictures of kind B, before they are cut.
    public let b: PictureDataset
    /// Rows and columns of every picture that a stream gives.
    public let height: Int, width: Int
    /// How they are varied.
    public let jitter: PictureJitter

    /// Opens two folders (or ZIPs).
    ///
    /// - Parameters:
    ///   - a: The pictures of kind A.
    ///   - b: The pictures of kind B.
    ///   - height: Rows.
    ///   - width: Columns.
    ///   - jitter: How they are varied.
    ///   - report: Called once for each picture that turns out to be broken.
    /// - Throws: ``DatasetError`` if one cannot be read or holds no picture.
    public init(
        a: any PictureSource, b: any PictureSource, height: Int, width: Int,
        jitter: PictureJitter = PictureJitter(),
        report: (@Sendable (RefusedPicture) -> Void)? = nil
    ) throws(DatasetError) {
        let prepared = PictureDatasetConfiguration(
            height: jitter.enlarged(height), width: jitter.enlarged(width), channels: .rgb)
        self.init(
            a: try PictureDataset(a, prepared, report: report),
            b: try PictureDataset(b, prepared, report: report), height: height, width: width,
            jitter: jitter)
    }

    private init(
        a: PictureDataset, b: PictureDataset, height: Int, width: Int, jitter: PictureJitter
    ) {
        (self.a, self.b, self.height, self.width, self.jitter) = (a, b, height, width, jitter)
    }

    /// Two parts: one to train on and one to measure with, at most `limit` pictures of each kind.
    ///
    /// - Parameters:
    ///   - fraction: The share that is held out, between 0 and 1.
    ///   - limit: How many of each kind are held out at most.
    ///   - key: What is drawn from.
    public func split(
        holdingOut fraction: Double, atMost limit: Int, key: RandomKey
    ) -> (training: UnpairedPictures, heldOut: UnpairedPictures) {
        func parts(_ dataset: PictureDataset) -> (training: PictureDataset, heldOut: PictureDataset)
        {
            let share = min(fraction, Double(limit) / Double(dataset.count))
            return dataset.count < 2
                ? (dataset, dataset) : dataset.split(holdingOut: share, key: key)
        }
        let (partsA, partsB) = (parts(a), parts(b))
        func part(_ a: PictureDataset, _ b: PictureDataset) -> UnpairedPictures {
            UnpairedPictures(a: a, b: b, height: height, width: width, jitter: jitter)
        }
        return (part(partsA.training, partsB.training), part(partsA.heldOut, partsB.heldOut))
    }

    /// A picture of one kind, cut in the middle, for measuring.
    ///
    /// - Throws: ``DatasetError`` if not one picture decodes.
    public func picture(ofKindB isB: Bool, at index: Int) throws(DatasetError) -> PixelBuffer {
        let picture = try (isB ? b : a).usablePicture(at: index).picture
        return picture.cropped(
            x: (picture.width - width) / 2, y: (picture.height - height) / 2, width: width,
            height: height)
    }
}
