import Foundation
import Metrics
import TensorCore
import Testing

/// Distances that Tools/goldens/make_metrics_goldens.py computed.
private struct Goldens: Decodable {
    struct Case: Decodable {
        var height: Int, width: Int, channels: Int, reals: Int, mades: Int
        var levels: [Double]
    }
    var seed: UInt64, patches: Int, projections: Int
    var cases: [Case]
}

@Suite struct SlicedWassersteinTests {
    private let configuration = SlicedWasserstein.Configuration(
        patchesPerPicture: 32, projections: 64, seed: 3)

    private func reals(_ pictures: [UInt8], side: Int = 32) -> SlicedWasserstein.Reals {
        SlicedWasserstein.Reals(
            pictures: pictures, height: side, width: side, channels: 3, configuration: configuration
        )
    }

    /// The pictures of the goldens.
    private func waves(_ golden: Goldens.Case, count: Int, noise: RandomKey?) -> [UInt8] {
        var result: [UInt8] = []
        for i in 0..<count {
            for y in 0..<golden.height {
                for x in 0..<golden.width {
                    for c in 0..<golden.channels {
                        let wave =
                            (x * (1 + i % 3) * 5 + y * (2 + i % 2) * 3 + c * 40 + i * 11) % 256
                        let value =
                            noise.map { (3 * wave + Int($0.word(UInt64(result.count)) >> 24)) / 4 }
                        result.append(UInt8(value ?? wave))
                    }
                }
            }
        }
        return result
    }

    /// The sizes are variables, and come from files: a check at the first door is not enough.
    @Test func changedSizesAreChecked() async {
        for (patches, projections, message) in [
            (8, 64, "expected patches in a multiple of 16, got 8"),
            (0, 64, "expected patches in a multiple of 16, got 0"),
            (32, 3, "expected an even number of projections, got 3"),
        ] {
            let result = await #expect(
                processExitsWith: .failure, observing: [\.standardErrorContent]
            ) { [patches = patches as Int, projections = projections as Int] in
                var sizes = SlicedWasserstein.Configuration()
                sizes.patchesPerPicture = patches
                sizes.projections = projections
                _ = SlicedWasserstein.Reals(
                    pictures: [UInt8](repeating: 0, count: 4 * 32 * 32 * 3), height: 32, width: 32,
                    channels: 3, configuration: sizes)
            }
            let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(text.contains(message), "\(text.prefix(400))")
        }
    }

    @Test func valuesAreThoseOfNumPy() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/distances.json")
        let goldens = try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: file))
        #expect(goldens.cases.count == 5)
        let key = RandomKey(seed: goldens.seed)
        for golden in goldens.cases {
            let reals = SlicedWasserstein.Reals(
                pictures: waves(golden, count: golden.reals, noise: nil), height: golden.height,
                width: golden.width, channels: golden.channels,
                configuration: .init(
                    patchesPerPicture: goldens.patches, projections: goldens.projections,
                    seed: goldens.seed))
            let found = reals.distance(
                made: waves(golden, count: golden.mades, noise: key.folded("noise")))
            #expect(found.levels.count == golden.levels.count)
            for (level, expected) in zip(found.levels, golden.levels) {
                #expect(abs(level.value - expected) < 2e-5 * expected, "\(golden) \(level)")
            }
            let mean = golden.levels.reduce(0, +) / Double(golden.levels.count)
            #expect(abs(found.value - mean) < 2e-5 * mean)
        }
    }

    @Test func equalSetsHaveNoDistance() {
        let pictures = scenes(12, seed: 1)
        #expect(reals(pictures.bytes).distance(made: pictures.bytes).value == 0)
    }

    @Test func itIsSymmetricAndRepeatable() {
        let (one, other) = (scenes(12, seed: 1).bytes, scenes(12, seed: 2).blurred(2).bytes)
        let prepared = reals(one)
        let found = prepared.distance(made: other)
        #expect(found.value > 0)
        #expect(reals(other).distance(made: one) == found)
        #expect(prepared.distance(made: other) == found)
        #expect(reals(one).distance(made: other) == found)
        var configuration = configuration
        configuration.seed += 1
        let elsewhere = SlicedWasserstein.Reals(
            pictures: one, height: 32, width: 32, channels: 3, configuration: configuration
        ).distance(made: other)
        #expect(elsewhere != found)
        #expect(abs(elsewhere.value / found.value - 1) < 0.2)
    }

    /// The more is done to the pictures, the further they are from what they were.
    @Test func itGrowsWithDamage() {
        let scenes = scenes(64, seed: 1)
        let prepared = reals(scenes.bytes)
        for (name, damaged) in [
            ("blur", [1, 2, 4, 8].map { scenes.blurred($0) }),
            ("noise", [8, 20, 50, 120].map { scenes.noisy($0) }),
            ("displaced red", [1, 2, 4, 8].map { scenes.withDisplacedRed($0) }),
            ("less colour", [64, 128, 256].map { scenes.withLessColour($0) }),
        ] {
            var last = 0.0
            for (step, pictures) in damaged.enumerated() {
                let value = prepared.distance(made: pictures.bytes).value
                #expect(value > last, "\(name), step \(step)")
                last = value
            }
            #expect(last > 0.02, "\(name)")
        }
    }

    /// Other pictures of the same kind are near, and damaged ones further.
    @Test func damageShowsInOtherPictures() {
        let prepared = reals(scenes(64, seed: 1).bytes)
        let others = scenes(64, seed: 2)
        let clean = prepared.distance(made: others.bytes).value
        for (name, damaged) in [("blur", others.blurred(4)), ("noise", others.noisy(80))] {
            #expect(prepared.distance(made: damaged.bytes).value > 1.3 * clean, "\(name)")
        }
    }

    @Test func fewPicturesOverAndOverAreFurther() {
        let prepared = reals(scenes(64, seed: 1).bytes)
        let others = scenes(64, seed: 2)
        let values = [64, 8, 1].map {
            prepared.distance(made: others.repeating(first: $0).bytes).value
        }
        #expect(values[0] < values[1] && values[1] < values[2])
    }

    /// Noise shows in the finest level, and a lack of large shapes in the coarsest.
    @Test func levelsTellApart() {
        let prepared = reals(scenes(64, seed: 1).bytes)
        let others = scenes(64, seed: 2)
        let clean = prepared.distance(made: others.bytes)
        #expect(clean.levels.map(\.height) == [32, 16] && clean.levels.map(\.width) == [32, 16])
        let noisy = prepared.distance(made: others.noisy(40).bytes)
        let growth = zip(noisy.levels, clean.levels).map { $0.value / $1.value }
        #expect(growth[0] > 2 * growth[1])
    }

    @Test func picturesOfOneColourGiveNumbers() {
        let flat = [UInt8](repeating: 77, count: 3 * 32 * 32 * 3)
        let found = reals(scenes(3, seed: 1).bytes).distance(made: flat)
        #expect(found.levels.allSatisfy { $0.value.isFinite && $0.value > 0.1 })
        #expect(reals(flat).distance(made: flat).value == 0)
    }

    @Test(arguments: [
        (64, 64, [64, 32, 16]), (256, 256, [256, 128, 64, 32, 16]), (8, 8, [8]),
        (31, 31, [31, 16]),
        (30, 30, [30]), (96, 64, [96, 48, 24]), (33, 40, [33, 17]),
    ])
    func pyramidsGoDownToSixteen(_ height: Int, _ width: Int, _ expected: [Int]) {
        let sizes = LaplacianPyramid.sizes(height: height, width: width)
        #expect(sizes.map(\.height) == expected)
        let bytes = (0..<height * width).map { UInt8($0 * 7 % 256) }
        let levels = LaplacianPyramid.levels(
            of: bytes[...], height: height, width: width, channels: 1)
        #expect(levels.map(\.height) == expected)
        #expect(levels.map { $0.height * $0.width } == levels.map(\.values.count))
    }

    @Test func aFlatPictureHasNoDetail() {
        let bytes = [UInt8](repeating: 200, count: 37 * 50 * 3)
        let levels = LaplacianPyramid.levels(of: bytes[...], height: 37, width: 50, channels: 3)
        #expect(levels.count == 2)
        #expect(levels[0].values.allSatisfy { abs($0) < 1e-4 })
        #expect(levels[1].values.allSatisfy { abs($0 - 200) < 1e-4 })
    }
}
