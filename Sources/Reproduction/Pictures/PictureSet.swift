public import Datasets
import Imaging
public import Networks
public import TensorCore
public import Training

/// Pictures of one size in memory, with classes or without.
public struct PictureSet: Sendable {
    /// The size of each.
    public let shape: PictureShape
    /// `[N, H, W, C]`, row-major, 0 ... 255.
    public let bytes: [UInt8]
    /// `[N]`; empty where there are no classes.
    public let labels: [Int32]
    /// The names of the classes.
    public let classNames: [String]

    /// Pictures.
    public init(
        shape: PictureShape, bytes: [UInt8], labels: [Int32] = [], classNames: [String] = []
    ) {
        let size = shape.height * shape.width * shape.channels
        precondition(
            size > 0 && !bytes.isEmpty && bytes.count % size == 0,
            "[PictureSet] expected whole pictures of \(shape), got \(bytes.count) bytes")
        precondition(
            labels.isEmpty
                || labels.count == bytes.count / size
                    && labels.allSatisfy { classNames.indices.contains(Int($0)) },
            "[PictureSet] expected a label below \(classNames.count) for each of "
                + "\(bytes.count / size) pictures, got \(labels.count)")
        self.shape = shape
        self.bytes = bytes
        self.labels = labels
        self.classNames = classNames
    }

    /// The pictures of a data set that can be decoded; the set has reported the others.
    ///
    /// - Throws: `DatasetError` if there are none.
    public init(_ dataset: PictureDataset) throws(DatasetError) {
        let size = dataset.height * dataset.width * dataset.format.channelCount
        var bytes: [UInt8] = []
        bytes.reserveCapacity(dataset.count * size)
        var labels: [Int32] = []
        for index in 0..<dataset.count {
            do throws(DatasetError) {
                bytes += try dataset.picture(at: index).bytes
            } catch { continue }
            if dataset.hasLabels, let label = dataset.label(of: index) {
                labels.append(Int32(label))
            }
        }
        guard !bytes.isEmpty else {
            // Asks for any picture: names what is wrong.
            _ = try dataset.usablePicture(at: 0)
            preconditionFailure("[PictureSet] expected a failure, got a picture")
        }
        self.init(
            shape: PictureShape(
                height: dataset.height, width: dataset.width,
                channels: dataset.format.channelCount),
            bytes: bytes, labels: labels, classNames: labels.isEmpty ? [] : dataset.classNames)
    }

    /// How many there are.
    public var count: Int { bytes.count / pictureSize }

    /// Bytes of a picture.
    var pictureSize: Int { shape.height * shape.width * shape.channels }

    /// Some pictures as a step takes them, uint8 `[N, H, W, C]`, with int32 `[N]` labels where there
    /// are some.
    ///
    /// - Parameters:
    ///   - indices: Which.
    ///   - position: How many samples the stream has given, these included.
    public func batch(_ indices: [Int], position: Int) -> TrainingBatch {
        var part: [UInt8] = []
        part.reserveCapacity(indices.count * pictureSize)
        for index in indices {
            part += bytes[index * pictureSize..<(index + 1) * pictureSize]
        }
        return TrainingBatch(
            pictures: Tensor(
                uint8: part, shape: [indices.count, shape.height, shape.width, shape.channels]),
            labels: labels.isEmpty
                ? nil : Tensor(int32: indices.map { labels[$0] }, shape: [indices.count]),
            position: position)
    }

    /// Digits of a plain typeface, shifted, with noise: to try a protocol without a data set, and in no
    /// table.
    ///
    /// - Parameters:
    ///   - count: How many, the digits by turns.
    ///   - shape: Their size; at least 16x16.
    ///   - key: From which places and noise follow.
    public static func drawnDigits(
        _ count: Int, shape: PictureShape = .init(height: 28, width: 28, channels: 1),
        key: RandomKey
    ) -> PictureSet {
        let scale = max(1, min(shape.width / 9, shape.height / 11))
        var bytes: [UInt8] = []
        for index in 0..<count {
            let key = key.folded(UInt64(index))
            let black = [UInt8](repeating: 0, count: 3)
            var picture = PixelBuffer(
                width: shape.width, height: shape.height, format: .rgb, fill: black)
            let size = BitmapFont.size(of: "0", scale: scale)
            let grey = UInt8(200 + key.integer(2, below: 56))
            BitmapFont.draw(
                "\(index % 10)", into: &picture,
                x: key.integer(0, below: max(1, shape.width - size.width)),
                y: key.integer(1, below: max(1, shape.height - size.height)),
                colour: RGBColour(red: grey, green: grey, blue: grey), scale: scale)
            let noise = key.folded("noise")
            for pixel in 0..<shape.width * shape.height {
                let value = picture.bytes[3 * pixel]
                for channel in 0..<shape.channels {
                    let word = noise.word(UInt64(pixel * shape.channels + channel)) >> 28
                    bytes.append(value > 0 ? value - UInt8(word) : UInt8(word))
                }
            }
        }
        return PictureSet(
            shape: shape, bytes: bytes, labels: (0..<count).map { Int32($0 % 10) },
            classNames: (0..<10).map { "\($0)" })
    }
}

/// Every picture once an epoch, each epoch in an order of its own.
public struct ShuffledOrder: Sendable {
    private let count: Int
    private let key: RandomKey
    private var epoch = -1
    private var order: [Int] = []

    /// An order of so many pictures.
    public init(count: Int, key: RandomKey) {
        precondition(count > 0, "[ShuffledOrder] expected pictures, got \(count)")
        self.count = count
        self.key = key
    }

    /// Which pictures come from a position on; any position may be asked for.
    public mutating func indices(from position: Int, count wanted: Int) -> [Int] {
        (position..<position + wanted).map { place in
            if place / count != epoch {
                epoch = place / count
                order = key.folded(UInt64(epoch)).permutation(count)
            }
            return order[place % count]
        }
    }
}
