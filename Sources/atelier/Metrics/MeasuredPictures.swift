import Datasets
import Imaging
import Networks
import TensorCore

/// Numbered pictures of one shape that are measured.
protocol MeasuredPictures {
    /// What each of them is like.
    var shape: PictureShape { get }
    /// How many there are.
    var count: Int { get }
    /// `[N, H, W, C]`, row-major, of some of them.
    func pixels(_ range: Range<Int>) throws -> [UInt8]
    /// What a person finds one of them by.
    func name(_ place: Int) -> String
}

extension MeasuredPictures {
    /// One of them.
    func picture(_ place: Int) throws -> PixelBuffer {
        PixelBuffer(
            width: shape.width, height: shape.height,
            format: PixelFormat(rawValue: UInt8(shape.channels)) ?? .rgb,
            bytes: try pixels(place..<place + 1))
    }
}

/// Pictures that a network makes of seeds that follow each other: those of `atelier generate`.
struct GeneratedPictures: MeasuredPictures {
    let maker: PictureMaker
    let firstSeed: UInt64
    let count: Int

    var shape: PictureShape { maker.shape }

    func pixels(_ range: Range<Int>) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count * shape.height * shape.width * shape.channels)
        try maker.make(seeds: range.map { firstSeed + UInt64($0) }) { _, picture in
            bytes += picture.bytes
        }
        return bytes
    }

    func name(_ place: Int) -> String { "seed \(firstSeed + UInt64(place))" }
}

/// Pictures of a data set in a random order that depends on their names alone, so that any beginning
/// of them is a fair sample.
struct DatasetPictures: MeasuredPictures {
    let dataset: PictureDataset
    private let order: [Int]

    /// - Parameter limit: How many are taken; all unless given.
    init(_ dataset: PictureDataset, limit: Int?) {
        self.dataset = dataset
        let byName = dataset.indicesByName
        let places = RandomKey(seed: 0).folded("metrics").permutation(byName.count)
        order = places.prefix(limit ?? byName.count).map { byName[$0] }
    }

    var count: Int { order.count }

    var shape: PictureShape {
        PictureShape(
            height: dataset.height, width: dataset.width,
            channels: dataset.format.channelCount)
    }

    func pixels(_ range: Range<Int>) throws -> [UInt8] {
        try dataset.pixels(of: Array(order[range]))
    }

    func name(_ place: Int) -> String {
        String(dataset.name(of: order[place]).split(separator: "/").last ?? "")
    }
}
