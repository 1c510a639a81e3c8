import Metrics
import Networks
import OneDNNBackend
import TensorCore
import Testing

@Suite struct PixelFeatureTests {
    private static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))

    init() { _ = Self.installed }

    /// Blocks of 2x2 pixels become their means; small pictures stay as they are.
    @Test func blocksBecomeTheirMeans() {
        let shape = PictureShape(height: 40, width: 48, channels: 3)
        let features = PixelFeatures(shape, chunkSize: 2)
        #expect(features.name == "pixels 24x20" && features.featureCount == 20 * 24 * 3)
        let key = RandomKey(seed: 3)
        let size = 40 * 48 * 3
        let bytes = (0..<3 * size).map { UInt8(key.word(UInt64($0)) >> 24) }
        let found = features.features(of: bytes, shape: shape)
        #expect(found.count == 3 && found.features.count == 3 * features.featureCount)
        var largest: Float = 0
        for picture in 0..<3 {
            for y in 0..<20 {
                for x in 0..<24 {
                    for channel in 0..<3 {
                        var sum: Float = 0
                        for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                            let pixel = (2 * y + row) * 48 + 2 * x + column
                            sum += Float(bytes[picture * size + pixel * 3 + channel])
                        }
                        let place = picture * size / 4 + (y * 24 + x) * 3 + channel
                        largest = max(largest, abs(found.features[place] - sum / 1020))
                    }
                }
            }
        }
        #expect(largest < 1e-6, "\(largest)")
        let small = PictureShape(height: 7, width: 9, channels: 1)
        #expect(PixelFeatures(small).featureCount == 63)
    }

    /// Networks take pictures that were not rounded, too: the same for whole numbers.
    @Test func floatPicturesAreTaken() {
        let shape = PictureShape(height: 12, width: 12, channels: 1)
        let network = ClassifierFeatures(
            SmallClassifier(
                .init(picture: shape, classCount: 3, width: 8), key: RandomKey(seed: 5)),
            name: "x", chunkSize: 4)
        let bytes = (0..<4 * 144).map { UInt8($0 * 7 % 256) }
        let whole = Tensor(uint8: bytes, shape: [4, 12, 12, 1])
        let one = network.outputs(whole).features.floats()
        let other = network.outputs(
            Tensor(bytes.map { Float($0) }, shape: [4, 12, 12, 1])
        ).features.floats()
        let largest = one.reduce(0) { max($0, abs($1)) }
        let error = zip(one, other).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(largest > 0 && error <= 1e-5 * largest, "\(error) of \(largest)")
    }
}
