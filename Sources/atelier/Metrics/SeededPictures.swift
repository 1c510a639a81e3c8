import Networks
import TensorCore
import Training

/// Pictures that a generator in training makes of seeds that follow each other: bit for bit those that
/// `atelier generate` makes of its checkpoint.
struct SeededPictures: MeasuredPictures {
    /// The generator, averaged or not.
    let generator: AnyGenerator
    /// The seed of the first picture.
    let firstSeed: UInt64
    let count: Int

    var shape: PictureShape { generator.pictureShape }

    func pixels(_ range: Range<Int>) throws -> [UInt8] {
        let size = PictureMaker.chunkSize
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count * shape.height * shape.width * shape.channels)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
            bytes += chunk(start..<min(range.upperBound, start + size))
        }
        return bytes
    }

    /// At most a chunk of them, by the plan of a whole one.
    private func chunk(_ range: Range<Int>) -> [UInt8] {
        let seeds = range.map { firstSeed + UInt64($0) }
        let labels = generator.classTensor(seeds.map(generator.label(of:)))
        var network = generator
        let made = network(
            generator.latents(of: seeds), NetworkContext(training: false, labels: labels))
        let size = shape.height * shape.width * shape.channels
        return Array(bytePictures(made).uint8s().prefix(range.count * size))
    }

    func name(_ place: Int) -> String { "seed \(firstSeed + UInt64(place))" }
}

/// Made pictures that are held in memory: looked at more than once, and made once.
struct KeptPictures: MeasuredPictures {
    let shape: PictureShape
    let count: Int
    private let pictures: SeededPictures
    private var bytes: [UInt8] = []

    /// Makes them all.
    ///
    /// - Throws: A failure after Ctrl-C.
    init(_ pictures: SeededPictures, _ meter: inout MeasurementMeter) throws {
        self.pictures = pictures
        (shape, count) = (pictures.shape, pictures.count)
        meter.begin("made pictures", total: count)
        for start in stride(from: 0, to: count, by: PictureMaker.chunkSize) {
            let range = start..<min(count, start + PictureMaker.chunkSize)
            bytes += try pictures.pixels(range)
            try meter.reach(range.upperBound)
        }
        meter.end()
    }

    func pixels(_ range: Range<Int>) throws -> [UInt8] {
        let size = shape.height * shape.width * shape.channels
        return Array(bytes[range.lowerBound * size..<range.upperBound * size])
    }

    func name(_ place: Int) -> String { pictures.name(place) }
}
