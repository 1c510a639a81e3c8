import Networks
import Stylization
import TensorCore
import Testing

/// Feature networks under torchvision's names, and the networks of others with their own weights, against
/// PyTorch.
@Suite struct NetworkTests {
    private let goldens: Goldens

    init() throws { goldens = try Goldens() }

    @Test(arguments: [16, 19]) func vggLoadsByTorchvisionsNames(depth: Int) throws {
        // Indices in torchvision's `features`, with the channels of a narrow twin.
        let counts = depth == 16 ? [2, 2, 3, 3, 3] : [2, 2, 4, 4, 4]
        var needs: [(name: String, shape: [Int])] = []
        var (place, channels) = (0, 3)
        for (block, count) in counts.enumerated() {
            for _ in 0..<count {
                let outputs = 8 << min(block, 3)
                needs.append(("features.\(place).weight", [outputs, channels, 3, 3]))
                needs.append(("features.\(place).bias", [outputs]))
                (channels, place) = (outputs, place + 2)
            }
            place += 1
        }
        let network = try VGG(drawnWeights("vgg\(depth)", needs), through: .relu(5, 1))
        #expect(network.depth.rawValue == depth)
        let features = VGGFeatures(network)
        let names = ["relu1_2", "relu3_3", "relu5_1"]
        let found = features.activations(
            of: try goldens.tensor("picture/features"), at: names)
        for (name, tensor) in zip(names, found) {
            try goldens.expect(tensor, "vgg\(depth)/\(name)", every: 4)
        }
        #expect(features.styleLayers == ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"])
    }

    @Test(arguments: SqueezeNetTrunk.Version.allCases)
    func squeezeNetLoadsByTorchvisionsNames(version: SqueezeNetTrunk.Version) throws {
        let network = try SqueezeNetTrunk(
            drawnWeights(
                "squeezenet\(version.rawValue)",
                SqueezeNetTrunk.needs(version, .torchvision)))
        #expect(network.version == version && network.convention == .torchvision)
        let names = ["conv1", "fire4", "fire9"]
        let found = network(try goldens.tensor("picture/features"), at: names)
        for (name, tensor) in zip(names, found) {
            try goldens.expect(tensor, "squeezenet\(version.rawValue)/\(name)", every: 16)
        }
    }

    @Test func weightsThatDoNotFitAreListed() throws {
        let empty = WeightTable(origin: "nothing.safetensors", tensors: [:])
        func missing(_ body: () throws -> Void) -> Int? {
            do {
                try body()
                return nil
            } catch {
                return (error as? WeightError)?.missing.count
            }
        }
        #expect(missing { _ = try SqueezeNetTrunk(empty) } == 50)
        #expect(missing { _ = try DistilledVGGEncoder(empty) } == 4)
        #expect(missing { _ = try DistilledVGGDecoder(empty) } == 2)
        #expect(missing { _ = try VGG(empty) } == 22)
        #expect(
            missing {
                _ = try MicroAST(
                    contentEncoder: empty, styleEncoder: empty, modulator: empty, decoder: empty)
            } == 18)
    }

    @Suite(.enabled(if: TestData.isHere, "needs ../shared/data or $ATELIER_DATA"))
    struct WithWeights {
        private let goldens: Goldens

        init() throws { goldens = try Goldens() }

        @Test func microAST() throws {
            let network = try TestData.microAST()
            let style = network.style(of: try goldens.tensor("picture/painting"))
            let content = try goldens.tensor("picture/content")
            try goldens.expect(network(content, style: style), "microast/1.0")
            try goldens.expect(
                network(content, style: style, strength: Tensor(0.6)), "microast/0.6")
        }

        @Test(arguments: 1...5) func distilledVGG(number: Int) throws {
            let content = try goldens.tensor("picture/photograph")
            let level = number < 5 ? try TestData.untrainedLevel(number) : try TestData.level(4)
            #expect(level.encoder.level == min(number, 4))
            let features = level.encoder(content)
            try goldens.expect(features, "distilled/\(number)/features", every: 4)
            try goldens.expect(
                level.encoder.activations(of: content, at: ["relu1_1"])[0],
                "distilled/\(number)/relu1_1", every: 8)
            try goldens.expect(level.decoder(features), "distilled/\(number)/decoded")
        }

        @Test func squeezeNetOfItsAuthors() throws {
            let network = try SqueezeNetTrunk(TestData.weights("squeezenet_v1.0_songhan"))
            #expect(network.version == .original && network.convention == .caffe)
            let names = ["conv1", "fire5", "fire7"]
            let found = network(try goldens.tensor("picture/features"), at: names)
            for (name, tensor) in zip(names, found) {
                try goldens.expect(tensor, "squeezenet/caffe/\(name)", every: 8)
            }
        }

        @Test func transformedFeaturesDecodeAsPyTorchs() throws {
            let level = try TestData.level(4)
            let content = level.encoder(try goldens.tensor("picture/view"))
            let style = FeatureMoments(of: level.encoder(try goldens.tensor("picture/canvas")))
            func every(_ picture: Tensor) -> Tensor {
                picture.sliced(
                    starts: [0, 0, 0, 0],
                    sizes: [1, (picture.shape[1] + 2) / 3, (picture.shape[2] + 2) / 3, 3],
                    strides: [1, 3, 3, 1])
            }
            let map = FeatureMap.adaptiveInstanceNormalization(
                FeatureMoments(of: content), to: style)
            try goldens.expect(
                every(level.decoder(map.blended(strength: 0.7)(content))), "distilled/adain")
            let whole = try FeatureMap.whiteningAndColouring(
                FeatureMoments(of: content), to: style, threshold: 1e-2)
            try goldens.expect(
                every(level.decoder(whole.blended(strength: 0.7)(content))), "distilled/wct",
                tolerance: 3e-4)
        }
    }
}
