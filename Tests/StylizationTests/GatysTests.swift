import Imaging
import Networks
import Stylization
import TensorCore
import TestSupport
import Testing

/// Style transfer by optimisation against PyTorch, on a narrow VGG-19.
@Suite struct GatysTests {
    private let goldens: Goldens
    private let network: VGGFeatures

    init() throws {
        goldens = try Goldens()
        var needs: [(name: String, shape: [Int])] = []
        var (place, channels) = (0, 3)
        for (block, count) in [2, 2, 4, 4, 4].enumerated() {
            for _ in 0..<count {
                let outputs = 8 << min(block, 3)
                needs.append(("features.\(place).weight", [outputs, channels, 3, 3]))
                needs.append(("features.\(place).bias", [outputs]))
                (channels, place) = (outputs, place + 2)
            }
            place += 1
        }
        network = VGGFeatures(try VGG(drawnWeights("vgg19", needs)))
    }

    private var configuration: GatysConfiguration {
        var configuration = GatysConfiguration()
        configuration.contentWeight = 1.5
        configuration.styleWeight = 20
        configuration.totalVariationWeight = 3
        return configuration
    }

    private func objective(masked: Bool) throws -> GatysObjective {
        let mask = try goldens.tensor("gatys/mask")
        return GatysObjective(
            network: network, content: try goldens.tensor("picture/seen"),
            styles: [
                (try goldens.tensor("picture/styled"), 0.75, masked ? mask : nil),
                (try goldens.tensor("picture/other"), 0.25, masked ? 1 - mask : nil),
            ], configuration: configuration)
    }

    @Test(arguments: ["plain", "masked"]) func lossAndGradient(name: String) throws {
        let objective = try objective(masked: name == "masked")
        let picture = try goldens.tensor("picture/seen") * 0.5 + 0.2
        evaluate(picture)
        var terms: [Tensor] = []
        let (_, gradient) = valueAndGrad { picture in
            let found = objective(picture)
            terms = [found.content, found.style, found.totalVariation]
            return found.total
        }(picture)
        let golden = try goldens.fixture.array("gatys/\(name)/terms")
        evaluate(terms + [gradient])
        expectClose(
            terms.map { $0.scalar() }, shape: [3], to: golden.floats, shape: golden.shape,
            absolute: 1e-7, relative: 1e-4, "terms")
        let slopes = try goldens.fixture.array("gatys/\(name)/gradient")
        let largest = slopes.values.reduce(0) { max($0, abs($1)) }
        expectClose(
            gradient.floats(), shape: gradient.shape, to: slopes.floats, shape: slopes.shape,
            absolute: 1e-4 * largest, relative: 0, "gradient")
    }

    private func transfer(_ method: GatysConfiguration.Method, _ iterations: Int) throws -> (
        losses: [Double], result: GatysResult
    ) {
        var configuration = configuration
        configuration.method = method
        configuration.iterations = iterations
        let content = try goldens.tensor("picture/seen").picture
        var losses: [Double] = []
        let result = try GatysTransfer(network: network, configuration: configuration)(
            content,
            styles: [
                StyleSource(picture: try goldens.tensor("picture/styled").picture, weight: 0.75),
                StyleSource(picture: try goldens.tensor("picture/other").picture, weight: 0.25),
            ]
        ) { progress, _ in
            losses.append(progress.loss)
            return true
        }
        return (losses, result)
    }

    @Test func adamFollowsPyTorchs() throws {
        let golden = try goldens.fixture.array("gatys/adam")
        let (losses, result) = try transfer(.adam(rate: 0.02), 11)
        expectClose(
            losses, shape: [losses.count], to: golden.values, shape: golden.shape, absolute: 0,
            relative: 2e-3, "losses")
        #expect(result.ending == .done && result.iterations == 11)
        #expect(result.loss == losses.min())
    }

    @Test func lbfgsEndsNoHigherThanPyTorchs() throws {
        let golden = try goldens.fixture.array("gatys/lbfgs").values[0]
        let (losses, result) = try transfer(.lbfgs(), 40)
        #expect(losses.count == 41 && result.loss == losses.last)
        #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
        #expect(result.loss < 1.01 * golden, "\(result.loss), PyTorch \(golden)")
    }

    @Test func aStopKeepsTheBest() throws {
        let content = waves(40, 36, seed: 3)
        let styles = [StyleSource(picture: waves(50, 44, seed: 8))]
        var configuration = GatysConfiguration()
        configuration.iterations = 50
        var shown: PixelBuffer?
        let result = try GatysTransfer(network: network, configuration: configuration)(
            content, styles: styles
        ) { progress, picture in
            if progress.iteration == 3 { shown = picture() }
            return progress.iteration < 3
        }
        #expect(result.ending == .stopped && result.iterations == 3)
        #expect(shown == result.picture && result.picture != content)
    }

    @Test func levelsNoiseAndRegions() throws {
        let content = waves(70, 66, seed: 3)
        var mask = PixelBuffer(width: 70, height: 66, format: .grey, fill: [0])
        for y in 0..<33 { for x in 0..<70 { mask.bytes[y * 70 + x] = 255 } }
        let styles = [StyleSource(picture: waves(50, 44, seed: 8), mask: mask)]
        var configuration = GatysConfiguration()
        configuration.iterations = 5
        configuration.levels = 2
        configuration.start = .noise(seed: 4)
        let transfer = GatysTransfer(network: network, configuration: configuration)
        var widths: [Int] = []
        let result = try transfer(content, styles: styles) { progress, _ in
            widths.append(progress.width)
            return true
        }
        // Two iterations of the small picture, three of the whole, each with its beginning.
        #expect(widths == [35, 35, 35, 70, 70, 70, 70])
        #expect(result.iterations == 5 && result.picture.width == 70)
        #expect(result.picture.bytes.suffix(70 * 3) == content.bytes.suffix(70 * 3))
        #expect(result.picture.bytes.prefix(70 * 3) != content.bytes.prefix(70 * 3))
        #expect(try transfer(content, styles: styles) == result)
    }

    @Test func aSinglePixelIsAPictureToo() throws {
        var configuration = GatysConfiguration()
        configuration.iterations = 2
        let dot = waves(1, 1, seed: 2)
        let result = try GatysTransfer(network: network, configuration: configuration)(
            dot, styles: [StyleSource(picture: dot)])
        #expect(result.picture.width == 1 && result.picture.height == 1)
    }
}
