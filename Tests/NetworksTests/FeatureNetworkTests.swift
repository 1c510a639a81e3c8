import Foundation
import Imaging
import Networks
import Runs
import TensorCore
import TestSupport
import Testing

/// The networks whose features metrics compare, against Tools/goldens/make_feature_goldens.py.
@Suite struct FeatureNetworkTests {
    private let golden: Fixture
    private let key = RandomKey(seed: goldenSeed).folded("features")

    init() throws {
        _ = Engine.installed
        golden = try Fixture(contentsOf: fixture("features.safetensors"))
    }

    /// The goldens' weights: drawn by name, in the layout of files.
    private func weights(
        _ network: String, _ needs: [(name: String, shape: [Int])]
    ) -> WeightTable {
        var tensors: [String: Tensor] = [:]
        for (name, shape) in needs {
            let draw = Tensor.normal(shape, key: key.folded(network).folded(name))
            tensors[name] =
                if name.hasSuffix("running_var") {
                    draw.abs() * 0.2 + 1
                } else if name.hasSuffix("bn.weight") {
                    draw * 0.1 + 1
                } else if shape.count == 1 {
                    draw * 0.1
                } else {
                    draw * (2 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
                }
        }
        evaluate(Array(tensors.values))
        return WeightTable(origin: "goldens", tensors: tensors)
    }

    private func bytes(_ name: String, _ shape: [Int]) -> Tensor {
        let stream = key.folded(name)
        let count = shape.reduce(1, *)
        return Tensor(
            (0..<count).map { Float(stream.word(UInt64($0)) >> 24) }, shape: shape)
    }

    /// Compares every eighth column, to 1e-4 of the largest element.
    private func expect(
        _ tensor: Tensor, _ name: String, every step: Int = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let golden = try golden.array(name)
        let width = tensor.shape[tensor.rank - 1]
        let values = tensor.floats().enumerated().filter { $0.offset % width % step == 0 }
        let largest = golden.values.reduce(0) { max($0, abs($1)) }
        #expect(largest > 0.01, "\(name)", sourceLocation: sourceLocation)
        let shape = Array(tensor.shape.dropLast()) + [(width + step - 1) / step]
        expectClose(
            values.map(\.element), shape: shape, to: golden.values, shape: golden.shape,
            absolute: 1e-4 * largest, relative: 0, name, sourceLocation: sourceLocation)
    }

    private func count(_ needs: [(name: String, shape: [Int])]) -> Double {
        needs.reduce(0) { $0 + Double($1.shape.reduce(1, *)) }
    }

    @Test(arguments: [("grown", [2, 5, 4, 3], 11, 9), ("shrunk", [2, 13, 12, 3], 6, 12)])
    func resizeIsTensorFlows(_ name: String, _ shape: [Int], _ height: Int, _ width: Int) throws {
        let resized = tensorFlowResized(
            bytes("resize \(name)", shape), height: height, width: width)
        try expect(resized, "resize/\(name)")
    }

    @Test func inceptionIsPyTorchs() throws {
        let needs = InceptionV3.needs
        #expect(count(needs) == (try golden.array("inception/count").values[0]))
        let network = try InceptionV3(weights("inception", needs))
        let prepared = Tensor.normal([2, 75, 107, 3], key: key.folded("prepared")).clamped(-1, 1)
        let made = network.outputs(prepared)
        evaluate(made.features, made.logits)
        try expect(made.features, "inception/features", every: 8)
        try expect(made.logits, "inception/logits", every: 8)
        let full = network(bytes("inception pictures", [1, 32, 24, 3]))
        evaluate(full.features, full.logits)
        try expect(full.features, "inception/full/features", every: 8)
        try expect(full.logits, "inception/full/logits", every: 8)
    }

    @Test func squeezeNetIsPyTorchs() throws {
        let needs = SqueezeNet.needs
        #expect(count(needs) == (try golden.array("squeezenet/count").values[0]))
        let network = try SqueezeNet(weights("squeezenet", needs))
        let made = network(bytes("squeezenet pictures", [2, 61, 48, 3]))
        evaluate(made.features, made.logits)
        try expect(made.features, "squeezenet/features", every: 8)
        try expect(made.logits, "squeezenet/logits", every: 8)
    }

    @Test func smallClassifierIsPyTorchs() throws {
        let full = SmallClassifier(
            .init(picture: PictureShape(height: 28, width: 28, channels: 1), classCount: 10),
            key: key)
        #expect(Double(full.parameterCount) == (try golden.array("classifier/count").values[0]))
        let picture = PictureShape(height: 13, width: 16, channels: 3)
        var network = SmallClassifier(
            .init(picture: picture, classCount: 5, width: 4), key: key)
        let stream = key.folded("classifier")
        network.fill(stream)
        let pictures = Tensor.normal([3, 13, 16, 3], key: stream.folded("pictures"))
        try expect(network(pictures, training: true), "classifier/training")
        try expect(network(pictures, training: false), "classifier/inference")
        let features = network.outputs(pictures, training: false).features
        #expect(features.shape == [3, network.configuration.featureCount])
        try expect(features, "classifier/features")
    }

    @Test func sizesThatCannotBeAreToldInWords() {
        func problem(_ side: Int, _ channels: Int, _ classes: Int) -> String? {
            SmallClassifierConfiguration.problem(
                with: .init(
                    picture: PictureShape(height: side, width: 32, channels: channels),
                    classCount: classes))
        }
        #expect(problem(32, 3, 10) == nil)
        #expect(problem(7, 3, 10) == "expected sides of 8 to 64, got 32x7")
        #expect(problem(32, 5, 10) == "expected 1 to 4 channels, got 5")
        #expect(problem(32, 3, 1) == "expected 2 to 1000 classes, got 1")
    }

    @Test func missingWeightsAreListed() throws {
        let needs = SqueezeNet.needs
        var tensors = Dictionary(
            uniqueKeysWithValues: needs.map { ($0.name, Tensor.zeros($0.shape)) })
        tensors["fire3/squeeze1x1.bias"] = nil
        tensors["conv10.weight"] = nil
        tensors["conv1.bias"] = Tensor.zeros([95])
        let error = #expect(throws: WeightError.self) {
            try SqueezeNet(WeightTable(origin: "there.safetensors", tensors: tensors))
        }
        #expect(error?.missing == ["fire3/squeeze1x1.bias", "conv10.weight"])
        let text = "\(try #require(error))"
        for part in [
            "there.safetensors does not fit SqueezeNet 1.0", "2 tensors are missing",
            "fire3/squeeze1x1.bias, conv10.weight",
            "conv1.bias is float32 [95], expected float32 [96]",
        ] {
            #expect(text.contains(part), "\(text)")
        }
        let inception = #expect(throws: WeightError.self) {
            try InceptionV3(WeightTable(origin: "empty", tensors: [:]))
        }
        #expect(inception?.missing.count == InceptionV3.needs.count)
        let rest = "and \(InceptionV3.needs.count - 12) more"
        #expect(inception.map { "\($0)".contains(rest) } == true)
    }

    /// ImageNet's class 985 is the daisy; it has no sunflower, and daisy is what comes nearest.
    @Test(
        .enabled(
            if: testData("weights/squeezenet_v1.0_songhan.safetensors") != nil
                && testData("flowers_100shot") != nil, "no test data: set ATELIER_DATA"))
    func squeezeNetKnowsADaisy() throws {
        let file = try SafetensorsFile(
            path: #require(testData("weights/squeezenet_v1.0_songhan.safetensors")).path)
        var tensors: [String: Tensor] = [:]
        for stored in try file.tensors() {
            tensors[stored.name] = stored.bytes.withUnsafeBytes {
                Tensor(copying: $0, shape: stored.shape, dtype: stored.dtype)
            }
        }
        let network = try SqueezeNet(WeightTable(origin: file.path, tensors: tensors))
        let folder = try #require(testData("flowers_100shot"))
        let paths = try #require(FileManager.default.enumerator(atPath: folder.path))
            .compactMap { $0 as? String }.filter { $0.contains("daisy") && $0.hasSuffix(".jpg") }
            .sorted().prefix(12)
        try #require(paths.count == 12)
        let bytes = try paths.flatMap { path in
            try ImageFile.decode(contentsOf: folder.appendingPathComponent(path).path).pixels
                .converted(to: .rgb).resized(width: 227, height: 227, filter: .bilinear).bytes
        }
        let pictures = Tensor(uint8: bytes, shape: [12, 227, 227, 3]).cast(to: .float32)
        let made = network(pictures)
        let classes = made.logits.argMax(axis: 1).int32s()
        let daisies = classes.count { $0 == 985 }
        #expect(daisies >= 8, "\(classes)")
    }
}
