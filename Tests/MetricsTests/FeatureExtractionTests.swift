import Metrics
import Networks
import OneDNNBackend
import TensorCore
import Testing

/// Features of any number of pictures, by networks of random weights.
@Suite struct FeatureExtractionTests {
    private static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))
    private let key = RandomKey(seed: 11)

    init() { _ = Self.installed }

    private func pictures(_ count: Int, _ shape: PictureShape) -> [UInt8] {
        (0..<count * shape.height * shape.width * shape.channels).map {
            UInt8(key.word(UInt64($0)) >> 24)
        }
    }

    private func table(_ needs: [(name: String, shape: [Int])]) -> WeightTable {
        var tensors: [String: Tensor] = [:]
        for (name, shape) in needs {
            let scale = (2 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
            tensors[name] = Tensor.normal(shape, key: key.folded(name)) * scale
        }
        return WeightTable(origin: "test", tensors: tensors)
    }

    private func classifier(channels: Int) -> ClassifierFeatures {
        let shape = PictureShape(height: 10, width: 12, channels: channels)
        return ClassifierFeatures(
            SmallClassifier(.init(picture: shape, classCount: 3, width: 8), key: key),
            name: "test.safetensors", chunkSize: 8)
    }

    /// Rows of other chunks and plans may differ by rounding, to 1e-4 of the largest element.
    private func expectNear(
        _ found: [Float], _ wanted: [Float], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let largest = wanted.reduce(0) { max($0, abs($1)) }
        let error = zip(found, wanted).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(
            found.count == wanted.count && largest > 0 && error <= 1e-4 * largest,
            "\(found.count) of \(wanted.count), off by \(error) of \(largest)",
            sourceLocation: sourceLocation)
    }

    /// In a process of its own: other tests compile graphs as well.
    @Test func onePlanServesEveryChunk() async {
        await #expect(processExitsWith: .success) {
            let tests = FeatureExtractionTests()
            let network = tests.classifier(channels: 1)
            let shape = network.network.configuration.picture
            for count in [1, 19, 8] {
                _ = network.features(of: tests.pictures(count, shape), shape: shape)
            }
            #expect(Runtime.compileCount == 1, "\(Runtime.compileCount)")
        }
    }

    @Test func chunksGiveEveryRowOnce() throws {
        let network = classifier(channels: 1)
        let shape = network.network.configuration.picture
        let bytes = pictures(19, shape)
        let size = shape.height * shape.width
        var done: [Int] = []
        let all = network.features(of: bytes, shape: shape) {
            done.append($0)
            return true
        }
        #expect(done == [8, 16, 19] && all.count == 19 && all.featureCount == 64)
        #expect(all.features.count == 19 * 64 && all.logits?.count == 19 * 3)
        for picture in [0, 8, 18] {
            let one = network.features(
                of: Array(bytes[picture * size..<(picture + 1) * size]), shape: shape)
            expectNear(one.features, Array(all.features[picture * 64..<(picture + 1) * 64]))
            let logits = try #require(all.logits)
            expectNear(try #require(one.logits), Array(logits[picture * 3..<(picture + 1) * 3]))
            #expect(one.classes?.first == all.classes?[picture])
        }
        let few = network.features(of: bytes, shape: shape) { _ in false }
        #expect(few.count == 8 && few.features == Array(all.features[..<(8 * 64)]))
        let tensor = network.features(
            Tensor(uint8: bytes, shape: [19, shape.height, shape.width, 1]))
        #expect(tensor == all)
    }

    @Test func channelsAndSidesAreBroughtToTheNetworks() {
        let colour = classifier(channels: 3)
        let shape = colour.network.configuration.picture
        let grey = pictures(2, PictureShape(height: 10, width: 12, channels: 1))
        let rgb: [UInt8] = grey.flatMap { [$0, $0, $0] }
        let rgba: [UInt8] = grey.flatMap { [$0, $0, $0, 17] }
        let greyAlpha: [UInt8] = grey.flatMap { [$0, 99] }
        func of(_ network: ClassifierFeatures, _ bytes: [UInt8], _ channels: Int) -> [Float] {
            network.features(
                of: bytes, shape: PictureShape(height: 10, width: 12, channels: channels)
            ).features
        }
        let wanted = colour.features(of: rgb, shape: shape).features
        #expect(wanted.contains { $0 != 0 })
        expectNear(of(colour, grey, 1), wanted)
        expectNear(of(colour, rgba, 4), wanted)
        expectNear(of(colour, greyAlpha, 2), wanted)
        // Equal red, green and blue have the luminance of each, to rounding.
        let single = classifier(channels: 1)
        expectNear(of(single, rgb, 3), of(single, grey, 1))
        let large = PictureShape(height: 20, width: 24, channels: 3)
        #expect(colour.features(of: pictures(1, large), shape: large).features.count == 64)
    }

    @Test func namesAreExact() throws {
        #expect(classifier(channels: 1).name == "classifier test.safetensors")
        let squeeze = SqueezeNetFeatures(try SqueezeNet(table(SqueezeNet.needs)), chunkSize: 2)
        #expect(squeeze.name == "squeezenet1.0 pool")
        let shape = PictureShape(height: 16, width: 16, channels: 1)
        let made = squeeze.features(of: pictures(3, shape), shape: shape)
        #expect(made.features.count == 3 * 512 && made.logits?.count == 3 * 1000)
        #expect(made.features.allSatisfy { $0.isFinite } && made.classes?.count == 3)
        // The same picture by the network itself.
        let first = Tensor(
            uint8: Array(pictures(3, shape)[..<256]), shape: [1, 16, 16, 1]
        ).cast(to: .float32).broadcast(to: [1, 16, 16, 3])
        let own = squeeze.network(resized2d(first, .bilinear, height: 227, width: 227)).features
        expectNear(Array(made.features[..<512]), own.floats())
    }
}
