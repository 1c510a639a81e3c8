import Imaging
import Networks
import Stylization
import TensorCore
import TestSupport
import Testing

/// The perceptual encoder and the style decoder, against PyTorch.
@Suite struct OwnNetworkTests {
    private let goldens: Goldens

    init() throws { goldens = try Goldens("own") }

    private static let features = [4, 6, 8, 10]
    private static let choices = StyleDecoderConfiguration(
        featureWidths: features, widths: [4, 5, 6], layerCounts: [1, 2, 2], skipLevels: [1, 3])

    /// Shapes as weight files have them.
    private static func needs(_ network: some Module) -> [(name: String, shape: [Int])] {
        network.portableTensors.map { ($0.name, $0.tensor.shape) }
    }

    static let encoderTable = drawnWeights(
        "own encoder", needs(StyleEncoder(key: RandomKey(seed: 0), widths: features)))
    static let decoderTable = drawnWeights(
        "own decoder", needs(StyleDecoder(choices, key: RandomKey(seed: 0))))

    private static func network() throws -> ArbitraryStyleNetwork {
        ArbitraryStyleNetwork(
            encoder: try StyleEncoder(encoderTable),
            decoder: try StyleDecoder(decoderTable, featureWidths: features))
    }

    @Test func activationsArePyTorchs() throws {
        let content = try goldens.tensor("picture/content")
        let names = ["relu1_1", "relu2_2", "relu3_4", "relu4_1"]
        let seen = try StyleEncoder(Self.encoderTable).activations(of: content, at: names)
        // The same file serves the class that looks with networks of others.
        let distilled = try DistilledVGGEncoder(Self.encoderTable)
        let same = distilled.activations(of: content, at: names)
        for (place, name) in names.enumerated() {
            try goldens.expect(seen[place], name)
            try goldens.expect(same[place], name)
        }
    }

    @Test func picturesArePyTorchs() throws {
        let network = try Self.network()
        #expect(network.decoder.configuration == Self.choices)
        let content = try goldens.tensor("picture/content")
        let painting = try goldens.tensor("picture/painting")
        try goldens.expect(network.decoder(network.features(of: content)), "decoded")
        try goldens.expect(network(content, style: painting, strength: Tensor(0.7)), "styled")
    }

    @Test func gradientsArePyTorchs() throws {
        var network = try Self.network()
        let content = try goldens.tensor("picture/content")
        let painting = try goldens.tensor("picture/painting")
        let result = valueAndGrad(at: &network) { network in
            (network(content, style: painting, strength: Tensor(0.7)) - content).square().mean()
        }
        let wanted = try goldens.tensor("loss").floats()[0]
        #expect(abs(result.value.scalar() - wanted) <= 1e-4 * wanted)
        let names = network.namedTensors(.parameter).map(\.name)
        for name in [
            "encoder.conv12.weight", "encoder.conv41.bias", "decoder.up2.weight",
            "decoder.skip3.weight", "decoder.conv11.bias",
        ] {
            let place = try #require(names.firstIndex(of: name))
            try goldens.expect(
                result.gradients.tensors[place], "gradient/" + name, tolerance: 5e-4)
        }
        for (name, gradient) in zip(names, result.gradients.tensors) {
            let size = gradient.abs().max().scalar()
            #expect(size.isFinite && size > 0, "\(name)")
        }
    }

    @Test func weightsAreCountedAndComeBack() throws {
        let encoder = StyleEncoder(key: RandomKey(seed: 3))
        // Nine convolutions of 3x3 over 3, 16, 32, 64 and 128 channels, with a bias each.
        #expect(encoder.parameterCount == 219_792)
        let decoder = StyleDecoder(key: RandomKey(seed: 4))
        #expect(decoder.parameterCount == 228_819)
        let network = ArbitraryStyleNetwork(encoder: encoder, decoder: decoder)
        let named = network.portableTensors
        evaluate(named.map(\.tensor))
        let table = WeightTable(
            origin: "memory",
            tensors: Dictionary(uniqueKeysWithValues: named.map { ($0.name, $0.tensor) }))
        let again = try ArbitraryStyleNetwork(table)
        #expect(again.decoder.configuration == decoder.configuration)
        for (a, b) in zip(network.namedTensors(), again.namedTensors()) {
            #expect(a.name == b.name && a.tensor.floats() == b.tensor.floats(), "\(a.name)")
        }
    }

    @Test func hostileTablesAreRefused() throws {
        func problem(_ tensors: [String: Tensor]) -> WeightError? {
            do {
                _ = try ArbitraryStyleNetwork(WeightTable(origin: "file", tensors: tensors))
                return nil
            } catch { return error }
        }
        let encoder = try StyleEncoder(Self.encoderTable).portableTensors
        let decoder = try StyleDecoder(Self.decoderTable).portableTensors
        var whole: [String: Tensor] = [:]
        for (name, tensor) in encoder { whole["encoder." + name] = tensor }
        for (name, tensor) in decoder { whole["decoder." + name] = tensor }
        #expect(problem(whole) == nil)
        #expect(problem([:])?.missing.count == 20)
        for (name, shape) in [
            ("encoder.conv11.weight", [4]), ("encoder.conv41.weight", [1, 1, 3, 3]),
            ("decoder.conv4.weight", [6, 9, 3, 3]), ("decoder.skip3.weight", [1]),
            ("decoder.up2.weight", [5, 5, 1, 1]), ("decoder.conv11.weight", [4, 4, 3, 3]),
        ] {
            var changed = whole
            changed[name] = .zeros(shape)
            #expect(problem(changed)?.unfit.isEmpty == false, "\(name) \(shape)")
        }
    }
}

/// One pass of the project's own kind of network over pictures.
@Suite struct SkipTransferTests {
    private let content = waves(230, 150, seed: 2)
    private let styles = [
        StyleSource(picture: waves(90, 120, seed: 7), weight: 2),
        StyleSource(picture: waves(64, 80, seed: 11)),
    ]
    private let transfer: SkipTransfer

    /// Weights that are drawn, with a bias that brings the pictures to the middle of the range.
    init() throws {
        _ = Engine.installed
        var network = ArbitraryStyleNetwork(
            encoder: StyleEncoder(key: RandomKey(seed: 5), widths: [8, 8, 12, 16]),
            decoder: StyleDecoder(
                StyleDecoderConfiguration(
                    featureWidths: [8, 8, 12, 16], widths: [8, 8, 12], layerCounts: [1, 1, 2],
                    skipLevels: [1, 2, 3]),
                key: RandomKey(seed: 6)))
        network.mapTensors { name, tensor in
            switch name {
            case "decoder.conv11.weight": tensor * 0.15
            case "decoder.conv11.bias": tensor + 0.5
            default: tensor
            }
        }
        evaluate(network.namedTensors().map(\.tensor))
        transfer = SkipTransfer(network)
    }

    @Test func tilesLeaveNoSeam() throws {
        let whole = try transfer(content, styles: styles)
        var tiled = transfer
        tiled.tileSide = 64
        var seen: [TransferProgress] = []
        let made = try tiled(content, styles: styles) {
            seen.append($0)
            return true
        }
        #expect(made.width == content.width && made.height == content.height)
        #expect(largestDifference(whole, made) <= 1)
        #expect(largestDifference(whole, content) > 20)
        let last = try #require(seen.last)
        #expect(last.done == last.total && last.total > 4)
    }

    @Test func aTileIsWhatItIsInTheWholePicture() {
        // To 1e-4 of the range, before pixels are rounded: the window of a tile is as wide as it says.
        let network = transfer.network
        let pictures = Tensor(picture: waves(256, 160, seed: 3))
        let whole = network.decoder(network.features(of: pictures))
        let margin = (network.reach + 7) / 8 * 8
        let (left, width) = (128 - margin, 128)
        let window = pictures.sliced(axis: 2, left..<256)
        let part = network.decoder(network.features(of: window))
        expectClose(
            part.sliced(axis: 2, margin..<margin + width).floats(), shape: [1, 160, width, 3],
            to: whole.sliced(axis: 2, 128..<256).floats(), shape: [1, 160, width, 3],
            absolute: 1e-4, relative: 0, "tile")
    }

    @Test func regionsLeaveNoSeamAndKeepTheRest() throws {
        var mask = PixelBuffer(width: 230, height: 150, format: .grey, fill: [0])
        for y in 0..<150 { for x in 0..<110 { mask.bytes[y * 230 + x] = 255 } }
        var other = mask
        for i in other.bytes.indices { other.bytes[i] = 255 - mask.bytes[i] }
        let regions = [
            StyleSource(picture: styles[0].picture, mask: mask),
            StyleSource(picture: styles[1].picture, mask: other),
        ]
        let whole = try transfer(content, styles: regions)
        var tiled = transfer
        tiled.tileSide = 64
        #expect(largestDifference(whole, try tiled(content, styles: regions)) <= 1)
        #expect(whole != (try transfer(content, styles: styles)))
        let half = try transfer(content, styles: [regions[0]])
        for x in [0, 108, 112, 229] {
            let isSame = (0..<150).allSatisfy { y in
                (0..<3).allSatisfy { c in
                    half.bytes[(y * 230 + x) * 3 + c] == content.bytes[(y * 230 + x) * 3 + c]
                }
            }
            #expect(isSame == (x > 110), "column \(x)")
        }
    }

    @Test func strengthGoesFromTheContentsFeaturesToTheStyles() throws {
        let plain = try transfer(content, styles: styles, strength: 0)
        let network = transfer.network
        // Without strength the styles do not matter.
        #expect(plain == (try transfer(content, styles: [styles[1]], strength: 0)))
        func distance(_ strength: Double) throws -> Int {
            let made = try transfer(content, styles: styles, strength: strength)
            return zip(made.bytes, plain.bytes).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        }
        let distances = try [0, 0.5, 1].map(distance)
        #expect(distances[0] == 0 && distances[0] < distances[1], "\(distances)")
        #expect(distances[1] < distances[2], "\(distances)")
        // The moments of the mapped features are the painting's.
        let own = network.features(of: Tensor(picture: waves(64, 48, seed: 9)))
        let theirs = network.features(of: Tensor(picture: waves(48, 48, seed: 12)))
        for (mapped, wanted) in zip(network.mapped(own, to: theirs), theirs) {
            let (a, b) = (FeatureMoments(of: mapped), FeatureMoments(of: wanted))
            for (mean, other) in zip(a.mean, b.mean) { #expect(abs(mean - other) < 1e-3) }
        }
    }

    @Test(arguments: [(1, 1), (1, 40), (7, 5), (33, 18)])
    func tinyPicturesKeepTheirSize(width: Int, height: Int) throws {
        let dot = [StyleSource(picture: waves(1, 1, seed: 4))]
        let made = try transfer(waves(width, height, seed: 1), styles: dot)
        #expect(made.width == width && made.height == height)
    }

    @Test func aStopIsAnError() {
        #expect(throws: StylizationError.interrupted) {
            _ = try transfer(content, styles: styles) { _ in false }
        }
    }
}
