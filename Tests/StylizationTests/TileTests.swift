import Imaging
import Networks
import Stylization
import TensorCore
import Testing

/// Feed-forward transfers of whole pictures.
@Suite(.enabled(if: TestData.isHere, "needs ../shared/data or $ATELIER_DATA"))
struct FeedForwardTests {
    private let content = waves(230, 150, seed: 2)
    private let styles = [
        StyleSource(picture: waves(90, 120, seed: 7), weight: 2),
        StyleSource(picture: waves(64, 80, seed: 11)),
    ]

    init() { _ = Engine.installed }

    @Test(arguments: [1, 2, 3, 4]) func tilesOfALevelLeaveNoSeam(level: Int) throws {
        // The deepest sees furthest and takes longest: once is enough for it.
        let transforms: [FeatureTransfer.Transform] =
            level == 4 ? [.whiteningAndColouring] : FeatureTransfer.Transform.allCases
        for transform in transforms {
            var transfer = FeatureTransfer(transform, levels: [try TestData.level(level)])
            let whole = try transfer(content, styles: styles)
            transfer.tileSide = 64
            var seen: [TransferProgress] = []
            let tiled = try transfer(content, styles: styles) {
                seen.append($0)
                return true
            }
            #expect(tiled.width == content.width && tiled.height == content.height)
            #expect(largestDifference(whole, tiled) <= 2, "\(transform)")
            #expect(largestDifference(whole, content) > 20, "\(transform)")
            let last = try #require(seen.last)
            #expect(last.done == last.total && last.total > 4)
        }
    }

    @Test func tilesOfMicroASTLeaveNoSeam() throws {
        var transfer = MicroASTTransfer(try TestData.microAST())
        let whole = try transfer(content, styles: styles)
        transfer.tileSide = 64
        let tiled = try transfer(content, styles: styles)
        #expect(largestDifference(whole, tiled) <= 1)
        #expect(largestDifference(whole, content) > 20)
    }

    @Test func tilesWithRegionsLeaveNoSeam() throws {
        var mask = PixelBuffer(width: 230, height: 150, format: .grey, fill: [0])
        for y in 0..<150 { for x in 0..<110 { mask.bytes[y * 230 + x] = 255 } }
        var other = mask
        for i in other.bytes.indices { other.bytes[i] = 255 - mask.bytes[i] }
        let regions = [
            StyleSource(picture: styles[0].picture, mask: mask),
            StyleSource(picture: styles[1].picture, mask: other),
        ]
        var transfer = MicroASTTransfer(try TestData.microAST())
        let whole = try transfer(content, styles: regions)
        transfer.tileSide = 64
        #expect(largestDifference(whole, try transfer(content, styles: regions)) <= 1)
        var levels = FeatureTransfer(.whiteningAndColouring, levels: [try TestData.level(2)])
        let mapped = try levels(content, styles: regions)
        levels.tileSide = 64
        #expect(largestDifference(mapped, try levels(content, styles: regions)) <= 2)
        // One region alone: the other keeps the content to the last bit.
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

    @Test(arguments: [(1, 1), (1, 40), (7, 5), (33, 18)])
    func tinyPicturesKeepTheirSize(width: Int, height: Int) throws {
        let tiny = waves(width, height, seed: 1)
        let dot = [StyleSource(picture: waves(1, 1, seed: 4))]
        let made = try MicroASTTransfer(try TestData.microAST())(tiny, styles: dot)
        #expect(made.width == width && made.height == height)
        let levels = try [4, 3, 2, 1].map { try TestData.level($0) }
        for transform in FeatureTransfer.Transform.allCases {
            let made = try FeatureTransfer(transform, levels: levels)(tiny, styles: dot)
            #expect(made.width == width && made.height == height)
        }
    }

    @Test func aStopKeepsTheLevelsThatAreDone() throws {
        let levels = try [3, 1].map { try TestData.level($0) }
        let transfer = FeatureTransfer(.whiteningAndColouring, levels: levels)
        let first = try FeatureTransfer(.whiteningAndColouring, levels: [levels[0]])(
            content, styles: styles)
        // Two tiles a level: both passes of the first, one of the second.
        let stopped = try transfer(content, styles: styles) { $0.done < 3 }
        #expect(stopped == first)
        #expect(throws: StylizationError.interrupted) {
            _ = try transfer(content, styles: styles) { _ in false }
        }
    }

    @Test func moreStrengthIsFurtherFromTheContent() throws {
        let transfer = FeatureTransfer(.whiteningAndColouring, levels: [try TestData.level(1)])
        func distance(_ strength: Double) throws -> Int {
            let made = try transfer(content, styles: styles, strength: strength)
            return zip(made.bytes, content.bytes).reduce(0) {
                $0 + abs(Int($1.0) - Int($1.1))
            }
        }
        let distances = try [0, 0.5, 1].map(distance)
        #expect(distances[0] < distances[1] && distances[1] < distances[2], "\(distances)")
    }
}

/// A network of one style.
@Suite struct ModelTransferTests {
    init() { _ = Engine.installed }

    @Test func sizesAreKept() {
        let network = StyleTransformNetwork(
            StyleTransformConfiguration(width: 4, blockCount: 1, edge: .mirror, output: .linear),
            key: RandomKey(seed: 1))
        let transfer = ModelTransfer(network, range: .bytes)
        for (width, height) in [(1, 1), (21, 34)] {
            let content = waves(width, height, seed: 6)
            let made = transfer(content)
            #expect(made.width == width && made.height == height)
            #expect(transfer(content, strength: 0) == content)
        }
    }

    private func network(_ width: Int = 4) -> StyleTransformNetwork {
        StyleTransformNetwork(
            StyleTransformConfiguration(width: width, blockCount: 2, edge: .mirror, output: .tanh),
            key: RandomKey(seed: 3))
    }

    @Test func tilesOfOneStyleLeaveNoSeam() throws {
        let content = waves(250, 190, seed: 2)
        var transfer = ModelTransfer(network(), range: .signed)
        let whole = transfer(content, strength: 0.8)
        // Tiles whose statistics are those of the whole picture: the same picture.
        transfer.tileSide = 48
        var seen: [TransferProgress] = []
        let tiled = try transfer.stylized(content, strength: 0.8) {
            seen.append($0)
            return true
        }
        #expect(largestDifference(whole, tiled) <= 1)
        #expect(largestDifference(whole, content) > 20)
        let last = try #require(seen.last)
        #expect(last.done == last.total && last.total == 24)
        #expect(throws: StylizationError.interrupted) {
            _ = try transfer.stylized(content) { $0.done < 3 }
        }
    }

    @Test func windowsStandForAPictureThatIsTooLarge() {
        let content = waves(700, 500, seed: 2)
        var transfer = ModelTransfer(network(), range: .signed)
        let whole = transfer(content)
        // Two windows of 320 pixels, and tiles that are not cut at their edges.
        transfer.pixelBudget = 210_000
        transfer.tileSide = 96
        let tiled = transfer(content)
        let difference = zip(whole.bytes, tiled.bytes).reduce(0) {
            $0 + abs(Int($1.0) - Int($1.1))
        }
        let mean = Double(difference) / Double(whole.bytes.count)
        #expect(mean < 8, "\(mean)")
        // Where tiles meet the picture is as smooth as between.
        var other = transfer
        other.tileSide = 128
        #expect(largestDifference(other(content), tiled) <= 1)
    }
}
