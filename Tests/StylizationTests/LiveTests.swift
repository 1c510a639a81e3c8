import Imaging
import Networks
import Stylization
import TensorCore
import Testing

/// Streams: what is carried from frame to frame, and that it holds flicker down.
@Suite struct LiveTests {
    init() { _ = Engine.installed }

    private static func microAST() throws -> MicroASTTransfer {
        MicroASTTransfer(
            try MicroAST(
                contentEncoder: drawnWeights("content", MicroAST.encoderNeeds),
                styleEncoder: drawnWeights("style", MicroAST.encoderNeeds),
                modulator: drawnWeights("modulator", MicroAST.modulatorNeeds),
                decoder: drawnWeights("decoder", MicroAST.decoderNeeds)))
    }

    private static func oneStyle() -> ModelTransfer {
        ModelTransfer(
            StyleTransformNetwork(
                .init(width: 4, blockCount: 1), key: RandomKey(seed: 3)), range: .signed)
    }

    /// A still picture with other noise in every frame.
    private static func noisy(_ count: Int) -> [PixelBuffer] {
        let still = waves(40, 24, seed: 2)
        return (0..<count).map { frame in
            let noise = Tensor.normal([still.bytes.count], key: RandomKey(seed: UInt64(frame)))
                .floats()
            var picture = still
            for i in picture.bytes.indices {
                picture.bytes[i] = UInt8(
                    min(max(Float(still.bytes[i]) + 4 * noise[i], 0), 255))
            }
            return picture
        }
    }

    /// The mean difference of pictures that follow each other, after the first few.
    private static func flicker(
        _ style: any LiveStyle, steadiness: Double, _ frames: [PixelBuffer]
    ) -> Double {
        let paintings = style.takesPaintings ? [waves(32, 32, seed: 5)] : []
        var painter = LivePainter(
            style, paintings: paintings, paintingSide: 32, steadiness: steadiness)
        let look = LivePainter.Look(weights: paintings.map { _ in 1 })
        let made = frames.map { painter.paint($0, look: look) }
        let pairs = zip(made.dropFirst(3), made.dropFirst(4))
        let sum = pairs.reduce(0.0) { sum, pair in
            sum
                + zip(pair.0.bytes, pair.1.bytes).reduce(0.0) {
                    $0 + abs(Double($1.0) - Double($1.1))
                }
        }
        return sum / Double((made.count - 4) * made[0].bytes.count)
    }

    @Test func noiseFlickersLess() throws {
        let frames = Self.noisy(10)
        for style: any LiveStyle in [try Self.microAST(), Self.oneStyle()] {
            let plain = Self.flicker(style, steadiness: 0, frames)
            let held = Self.flicker(style, steadiness: 0.8, frames)
            #expect(plain > 0.05 && held < 0.6 * plain, "\(style.name): \(held) of \(plain)")
        }
    }

    @Test func momentsMoveSlowlyAndStartAnewAtACut() {
        var statistics = TemporalStatistics(hold: 0.75)
        func frame(_ value: Float, isCut: Bool = false, isStyleNew: Bool = false) -> [Float] {
            statistics.begin(isCut: isCut, isStyleNew: isStyleNew)
            let content = statistics.carried([Tensor([value], shape: [1, 1, 1, 1])])
            let middle = statistics.carried(
                [Tensor([2 * value], shape: [1, 1, 1, 1])], dependOnStyle: true)
            evaluate(statistics.fresh)
            return [content[0].floats()[0], middle[0].floats()[0]]
        }
        #expect(frame(8) == [8, 16])
        #expect(frame(4) == [7, 14])
        #expect(frame(4, isStyleNew: true) == [6.25, 8])
        #expect(frame(100, isCut: true) == [100, 200])
        #expect(frame(100) == [100, 200])
    }

    @Test func movementAndCutsAreNotHeldBack() {
        var steadying = FrameSteadying(strength: 1)
        let first = waves(40, 24, seed: 2)
        #expect(steadying.steadied(first) == (first, true))
        #expect(steadying.steadied(first) == (first, false))
        // A white square comes in: it is there at once.
        var second = first
        second.place(
            PixelBuffer(width: 10, height: 10, format: .rgb, fill: [255, 255, 255]), x: 15, y: 7)
        let moved = steadying.steadied(second)
        #expect(!moved.isCut)
        let middle = 3 * (12 * 40 + 20)
        #expect(moved.picture.bytes[middle] >= 254)
        let other = PixelBuffer(width: 40, height: 24, format: .rgb, fill: [250, 250, 250])
        #expect(steadying.steadied(other) == (other, true))
        let smaller = PixelBuffer(width: 20, height: 24, format: .rgb, fill: [250, 250, 250])
        #expect(steadying.steadied(smaller) == (smaller, true))
    }

    @Test func aFrameAloneIsWhatStylizeMakes() throws {
        let transfer = try Self.microAST()
        let content = waves(37, 21, seed: 1)
        let paintings = [waves(32, 32, seed: 5), waves(32, 32, seed: 9)]
        var painter = LivePainter(
            transfer, paintings: paintings, paintingSide: 32, steadiness: 0.8)
        let live = painter.paint(content, look: .init(weights: [0.25, 0.75], strength: 0.5))
        let still = try transfer(
            content,
            styles: [
                StyleSource(picture: paintings[0], weight: 1),
                StyleSource(picture: paintings[1], weight: 3),
            ], strength: 0.5)
        #expect(live.width == 37 && live.height == 21)
        #expect(largestDifference(live, still) <= 1)
        var kept = painter
        let coloured = kept.paint(
            content, look: .init(weights: [1, 0], strength: 1, keepsColours: true))
        #expect(
            largestDifference(coloured, painter.paint(content, look: .init(weights: [1, 0]))) > 5)
    }

    @Test(.enabled(if: TestData.isHere, "needs ../shared/data or $ATELIER_DATA"))
    func adaptiveInstanceNormalizationIsTheSameLive() throws {
        let transfer = FeatureTransfer(
            .adaptiveInstanceNormalization, levels: [try TestData.level(4)])
        let content = waves(64, 48, seed: 1)
        let painting = waves(64, 64, seed: 5)
        var painter = LivePainter(
            transfer, paintings: [painting], paintingSide: 64, steadiness: 0)
        let live = painter.paint(content, look: .init(weights: [1], strength: 0.7))
        let still = try transfer(
            content, styles: [StyleSource(picture: painting)], strength: 0.7)
        #expect(largestDifference(live, still) <= 2)
    }
}
