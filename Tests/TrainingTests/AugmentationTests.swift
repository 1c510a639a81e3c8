import Foundation
import TensorCore
import TestSupport
import Testing
import Training

/// The pictures of the goldens.
private let shapes = [[8, 16, 16, 3], [4, 12, 20, 1], [4, 20, 12, 2], [4, 16, 12, 4]]

/// The augmentations of the goldens.
private let names = [
    "pipeline", "geometry", "diffaugment", "diffaugment.colour", "diffaugment.translation",
    "diffaugment.cutout",
]

@Suite struct AugmentationTests {
    init() { _ = Engine.installed }

    /// The augmentation of a golden's name, with the pipeline at a probability.
    private func augmented(
        _ name: String, _ x: Tensor, probability: Float, key: RandomKey
    ) -> Tensor {
        if let policies = DiffAugment(names: String(name.dropFirst("diffaugment.".count))) {
            return policies(x, key: key)
        }
        if name == "diffaugment" { return DiffAugment()(x, key: key) }
        let groups: Set<AdaptivePipeline.Group> =
            name == "geometry" ? [.blitting, .geometry] : Set(AdaptivePipeline.Group.allCases)
        return AdaptivePipeline(groups: groups)(
            x, probability: Tensor(probability), key: key)
    }

    /// Against PyTorch, from the papers' formulas: the values, and the derivative by the pictures.
    @Test(arguments: shapes.indices, names) func valuesAndGradientsAreThoseOfPyTorch(
        _ index: Int, _ name: String
    ) throws {
        let golden = try Fixture(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/augmentation.safetensors"))
        let key = RandomKey(seed: goldenSeed).folded("augmentation").folded(UInt64(index))
        let shape = shapes[index]
        let x = Tensor.normal(shape, key: key.folded("pictures")) * 0.5
        let y = augmented(name, x, probability: 0.8, key: key.folded("draws"))
        let weights = Tensor.normal(shape, key: key.folded("weights"))
        let slope = gradients(of: (y * weights).sum(), at: [x])[0]
        evaluate(y, slope)
        for (tensor, label) in [(y, "\(index)/\(name)"), (slope, "\(index)/\(name).gradient")] {
            let array = try golden.array(label)
            expectClose(
                tensor.floats(), shape: tensor.shape, to: array.values, shape: array.shape,
                absolute: 1e-4, relative: 1e-4, label)
        }
    }

    /// Central differences through everything, of the first order and the second.
    @Test(arguments: names) func derivativesAreDifferenceQuotients(_ name: String) {
        let key = RandomKey(seed: 11).folded(name)
        checkDerivatives(name, [Variable([3, 8, 6, 3])], seeds: 0..<2) { x in
            augmented(name, x[0], probability: 0.9, key: key)
        }
    }

    /// A penalty on the discriminator's slope, through the augmentation: derivatives of derivatives.
    @Test func penaltiesPassThrough() {
        let key = RandomKey(seed: 12)
        checkDerivatives("penalty", [Variable([2, 6, 6, 3]), Variable([6 * 6 * 3])], order: 1) {
            let x = $0[0]
            let seen = augmented("pipeline", x, probability: 1, key: key).flattened(from: 1)
            let logit = (seen * $0[1]).sum(axes: [1]).tanh().sum()
            return gradients(of: logit, at: [x])[0].square().sum()
        }
    }

    @Test(arguments: [1, 2, 3, 4]) func nothingHappensAtZero(_ channels: Int) {
        let x = Tensor.normal([5, 14, 18, channels], key: RandomKey(seed: 3))
        let y = AdaptivePipeline()(x, probability: Tensor(0), key: RandomKey(seed: 4))
        let slope = gradients(of: (y * stopGradient(x)).sum(), at: [x])[0]
        evaluate(y, slope)
        #expect(y.bytes() == x.bytes())
        #expect(slope.floats() == x.floats())
    }

    /// How many of the pictures change, as the probability has it.
    @Test func asManyPicturesChangeAsAreAskedFor() {
        let count = 600
        let x = Tensor.normal([count, 4, 4, 1], key: RandomKey(seed: 5))
        let colour = AdaptivePipeline(groups: [.colour])
        // Brightness, contrast, and every other luma flip.
        for p in [0.1, 0.5, 1] {
            let y = colour(x, probability: Tensor(Float(p)), key: RandomKey(seed: 6))
            let moved = (y - x).abs().sum(axes: [1, 2, 3]).floats().count { $0 > 0 }
            let expected = 1 - (1 - p) * (1 - p) * (1 - p / 2)
            let deviation = (expected * (1 - expected) / Double(count)).squareRoot()
            #expect(abs(Double(moved) / Double(count) - expected) <= 4 * deviation, "p \(p)")
        }
    }

    /// Pixels are moved whole: what comes out was in the picture, bit for bit.
    @Test(arguments: [(9, 9), (8, 8), (10, 16)]) func blittingMovesWholePixels(
        _ height: Int, _ width: Int
    ) {
        let shape = [16, height, width, 1]
        let x = Tensor.normal(shape, key: RandomKey(seed: 7))
        let blit = AdaptivePipeline(groups: [.blitting])
        let y = blit(x, probability: Tensor(1), key: RandomKey(seed: 8)).floats()
        let source = x.floats()
        let area = height * width
        var moved = 0
        for n in 0..<16 {
            let values = Set(source[(n * area)..<((n + 1) * area)])
            let result = y[(n * area)..<((n + 1) * area)]
            #expect(result.allSatisfy { values.contains($0) })
            if Array(result) != Array(source[(n * area)..<((n + 1) * area)]) { moved += 1 }
        }
        #expect(moved >= 12)
    }

    /// A flat picture stays flat, up to its borders, however it is turned and shrunk.
    @Test func flatPicturesStayFlat() {
        let geometry = AdaptivePipeline(groups: [.blitting, .geometry])
        let x = Tensor.full(0.75, shape: [32, 16, 24, 3])
        let y = geometry(x, probability: Tensor(1), key: RandomKey(seed: 9)).floats()
        #expect(y.allSatisfy { abs($0 - 0.75) < 1e-5 })
    }

    @Test func drawsFollowTheKey() {
        let x = Tensor.normal([4, 8, 8, 3], key: RandomKey(seed: 1))
        for name in names {
            func bytes(_ seed: UInt64) -> [UInt8] {
                augmented(name, x, probability: 1, key: RandomKey(seed: seed)).bytes()
            }
            #expect(bytes(1) == bytes(1), "\(name)")
            #expect(bytes(1) != bytes(2), "\(name)")
        }
    }

    @Test func policiesHaveNames() {
        #expect(DiffAugment(names: "color, cutout")?.policies == [.colour, .cutout])
        #expect(DiffAugment(names: "translation")?.policies == [.translation])
        #expect(DiffAugment(names: "colour,blur") == nil)
        #expect(DiffAugment(names: "") == nil)
    }

    @Test func aPreviewHasTheRealPictureFirst() {
        let x = Tensor.uniform([3, 8, 8, 3], low: -1, high: 1, key: RandomKey(seed: 2))
        let grid = DiscriminatorAugmentation.pipeline(AdaptivePipeline())
            .preview(of: x, .probabilities([0, 0.5, 1]), key: RandomKey(seed: 3))
        #expect(grid.shape == [3, 4, 8, 8, 3])
        let columns = (0..<4).map { grid.sliced(axis: 1, $0..<($0 + 1)).floats() }
        #expect(columns[0] == x.floats() && columns[1] == x.floats())
        #expect(columns[3] != x.floats())
        #expect(columns.joined().allSatisfy { abs($0) <= 1 })
        let draws = DiscriminatorAugmentation.diffAugment(DiffAugment())
            .preview(of: x, .draws(2, probability: 1), key: RandomKey(seed: 3))
        #expect(draws.shape == [3, 3, 8, 8, 3])
        #expect(
            draws.sliced(axis: 1, 1..<2).floats() != draws.sliced(axis: 1, 2..<3).floats())
    }
}
