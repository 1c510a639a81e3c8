public import Imaging
public import TensorCore

/// How parts of pictures are cut at random on the way into a training.
public struct CropVariation: Sendable, Hashable, Codable {
    /// The side of pictures before the cut over the side of what is cut, 1 ... 8: a part is anything from
    /// its own size up to so many times as large, and brought to its size.
    public var enlargement: Double
    /// Whether every other part is mirrored, left to right.
    public var mirrors: Bool

    /// A variation.
    public init(enlargement: Double, mirrors: Bool = true) {
        self.enlargement = enlargement
        self.mirrors = mirrors
    }

    /// Middles of pictures as they are.
    public static let none = CropVariation(enlargement: 1, mirrors: false)

    /// What is wrong with numbers from outside, in words.
    public var problem: String? {
        (1...8).contains(enlargement)
            ? nil : "expected an enlargement of 1 to 8, got \(enlargement)"
    }

    /// The pictures of a source, prepared for parts of a side.
    ///
    /// - Throws: ``DatasetError`` if no picture is left.
    public func dataset(
        _ source: any PictureSource, side: Int, report: (@Sendable (RefusedPicture) -> Void)? = nil
    ) throws(DatasetError) -> PictureDataset {
        let large = max(side, Int((Double(side) * min(8, max(1, enlargement))).rounded()))
        return try PictureDataset(
            source,
            PictureDatasetConfiguration(
                height: large, width: large, channels: .rgb, crop: .random), report: report)
    }

    /// A part of a prepared picture.
    ///
    /// - Parameter key: From which place, size and mirroring are drawn; the middle of the size of the
    ///   part where nil.
    func cut(_ picture: PixelBuffer, side: Int, key: RandomKey?) -> PixelBuffer {
        let shorter = min(picture.width, picture.height)
        guard let key else {
            return picture.cropped(
                x: (picture.width - shorter) / 2, y: (picture.height - shorter) / 2,
                width: shorter, height: shorter
            ).resized(width: side, height: side)
        }
        let part = side + key.integer(0, below: shorter - side + 1)
        let cut = picture.cropped(
            x: key.integer(1, below: picture.width - part + 1),
            y: key.integer(2, below: picture.height - part + 1), width: part, height: part)
        let sized = part == side ? cut : cut.resized(width: side, height: side, filter: .bicubic)
        return mirrors && key.uniform(3) < 0.5 ? sized.flippedHorizontally() : sized
    }
}

/// Pictures of one kind, and how they are cut.
public struct CroppedPictures: Sendable {
    /// The pictures, as ``CropVariation/dataset(_:side:report:)`` prepares them.
    public var pictures: PictureDataset
    /// How they are cut.
    public var variation: CropVariation

    /// Pictures and a way to cut them.
    public init(_ pictures: PictureDataset, _ variation: CropVariation) {
        self.pictures = pictures
        self.variation = variation
    }

    /// The middle of a picture, for measuring: as much of it as fits, at the size of a part.
    ///
    /// - Throws: ``DatasetError`` if not one picture decodes.
    public func middle(at index: Int, side: Int) throws(DatasetError) -> PixelBuffer {
        variation.cut(try pictures.usablePicture(at: index).picture, side: side, key: nil)
    }
}

/// Parts that a training step takes at once.
public struct CropBatch: Sendable, Hashable {
    /// `[N, side, side, 3]` of each kind, 0 ... 255.
    public var pictures: [[UInt8]]
    /// `[N, side, side, 3]`.
    public var shape: [Int]
    /// Samples consumed with this batch: where a resumed stream goes on.
    public var nextPosition: Int
}

/// An endless sequence of batches of parts of pictures of one kind or several, each in a seeded order of
/// its own.
///
/// Sample `p` of a kind is `permutation(epoch)[p mod count]` with `epoch = p / count`, so the position is
/// all there is to save. What is drawn for a part depends on the key, the kind, the epoch and the picture
/// alone.
public struct CropStream: Sequence, Sendable {
    /// Parts of each kind in a batch.
    public let batchSize: Int
    /// Samples consumed before the first batch.
    public let position: Int
    private let kinds: [CroppedPictures]
    private let side: Int
    private let orders: [EpochOrder]
    private let keys: [RandomKey]
    private let lastFailure = Monitor<DatasetError?>(nil)

    /// A stream.
    ///
    /// - Parameters:
    ///   - kinds: The pictures of each kind.
    ///   - side: Rows and columns of every part.
    ///   - batchSize: Parts of each kind in a batch.
    ///   - key: What orders and cuts are drawn from.
    ///   - position: Samples consumed so far, 0 for a new run.
    public init(
        _ kinds: [CroppedPictures], side: Int, batchSize: Int, key: RandomKey,
        startingAt position: Int = 0
    ) {
        precondition(
            !kinds.isEmpty && batchSize > 0 && position >= 0
                && kinds.allSatisfy { Swift.min($0.pictures.width, $0.pictures.height) >= side },
            "[CropStream] expected kinds of pictures of \(side) pixels or more, a positive batchSize "
                + "and a position from 0 on, got \(kinds.count) kinds, \(batchSize) and \(position)")
        self.kinds = kinds
        self.side = side
        self.batchSize = batchSize
        self.position = position
        let order = key.folded("order")
        let crops = key.folded("crops")
        orders = kinds.indices.map {
            EpochOrder(
                count: kinds[$0].pictures.count, key: order.folded(UInt64($0)), order: .shuffled)
        }
        keys = kinds.indices.map { crops.folded(UInt64($0)) }
    }

    /// Why the newest iterator ended, or nil while none has.
    public var failure: DatasetError? { lastFailure.change { $0 } }

    /// The batch that begins at a position.
    ///
    /// - Throws: ``DatasetError`` if no picture can be decoded.
    public func batch(at position: Int) throws(DatasetError) -> CropBatch {
        var pictures = [[UInt8]](repeating: [], count: kinds.count)
        for kind in kinds.indices {
            let (set, variation) = (kinds[kind].pictures, kinds[kind].variation)
            for place in position..<position + batchSize {
                let (epoch, rest) = place.quotientAndRemainder(dividingBy: set.count)
                let index = orders[kind].index(epoch: epoch, place: rest)
                let key = keys[kind].folded(UInt64(epoch)).folded(UInt64(index))
                let picture = try set.usablePicture(at: index, cropKey: key.folded("whole")).picture
                pictures[kind] += variation.cut(picture, side: side, key: key).bytes
            }
        }
        return CropBatch(
            pictures: pictures, shape: [batchSize, side, side, 3],
            nextPosition: position + batchSize)
    }

    /// Gives the batches in order, each prepared when it is asked for: beside a step of a network the work
    /// is nothing.
    public func makeIterator() -> AnyIterator<CropBatch> {
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
