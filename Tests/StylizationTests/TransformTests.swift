import Imaging
import Stylization
import TensorCore
import TestSupport
import Testing

/// Moments, and the maps between them, against PyTorch.
@Suite struct TransformTests {
    private let goldens: Goldens

    init() throws { goldens = try Goldens() }

    private func moments(_ name: String) throws -> FeatureMoments {
        FeatureMoments(of: try goldens.tensor("transform/\(name)"))
    }

    @Test func whiteningAndColouring() throws {
        let content = try goldens.tensor("transform/content")
        let own = FeatureMoments(of: content)
        let first = try FeatureMap.whiteningAndColouring(own, to: try moments("first"))
        try goldens.expect(first(content), "transform/wct")
        try goldens.expect(first.blended(strength: 0.4)(content), "transform/wct/0.4")
        let second = try FeatureMap.whiteningAndColouring(own, to: try moments("second"))
        try goldens.expect(
            FeatureMap.blend([(first, 0.25), (second, 0.75)])(content), "transform/both")
    }

    @Test func adaptiveInstanceNormalization() throws {
        let content = try goldens.tensor("transform/content")
        let map = FeatureMap.adaptiveInstanceNormalization(
            FeatureMoments(of: content), to: try moments("first"))
        try goldens.expect(map(content), "transform/adain")
        // Nothing of the style: nothing happens.
        let same = map.blended(strength: 0)(content)
        expectClose(
            same.floats(), shape: same.shape, to: content.floats(), shape: content.shape,
            absolute: 1e-6, relative: 1e-6)
    }

    @Test func mappedFeaturesHaveTheStylesMoments() throws {
        let content = try goldens.tensor("transform/content")
        let style = try moments("second")
        let map = try FeatureMap.whiteningAndColouring(FeatureMoments(of: content), to: style)
        let made = FeatureMoments(of: map(content))
        expectClose(
            made.covariance, shape: [6, 6], to: style.covariance, shape: [6, 6],
            absolute: 1e-3 * (style.covariance.max() ?? 0), relative: 0, "covariance")
        expectClose(
            made.mean, shape: [6], to: style.mean, shape: [6], absolute: 1e-3, relative: 1e-3,
            "mean")
    }

    @Test func aSingularCovarianceGivesNumbers() throws {
        // Two channels that are one, and one that is constant.
        let base = Tensor.normal([1, 8, 8, 1], key: RandomKey(seed: 1))
        let flat = concatenate([base, base, Tensor.ones([1, 8, 8, 1])], axis: 3)
        let rich = Tensor.normal([1, 8, 8, 3], key: RandomKey(seed: 2))
        let map = try FeatureMap.whiteningAndColouring(
            FeatureMoments(of: flat), to: FeatureMoments(of: rich))
        #expect(map(flat).floats().allSatisfy { $0.isFinite && abs($0) < 100 })
    }

    @Test func momentsThatAreNotNumbersAreRefused() {
        let broken = FeatureMoments(
            of: Tensor([Float](repeating: .nan, count: 48), shape: [1, 4, 4, 3]))
        #expect(throws: StylizationError.decomposition(routine: "dsyevd", code: 0)) {
            _ = try FeatureMap.whiteningAndColouring(broken, to: broken)
        }
    }
}

/// What becomes of colours.
@Suite struct ColourTests {
    private let content = waves(24, 18, seed: 3)
    private let style = StyleSource(picture: waves(20, 30, seed: 5))

    init() { _ = Engine.installed }

    private func means(_ picture: PixelBuffer) -> [Double] {
        (0..<3).map { channel in
            stride(from: channel, to: picture.bytes.count, by: 3).reduce(0.0) {
                $0 + Double(picture.bytes[$1])
            } / Double(picture.width * picture.height)
        }
    }

    @Test func luminanceKeepsColourDifferences() throws {
        let (grey, styles) = try ColourPreservation.luminance.prepared(
            content: content, styles: [style])
        for picture in [grey, styles[0].picture] {
            #expect(picture.format == .rgb)
            for pixel in stride(from: 0, to: picture.bytes.count, by: 3) {
                #expect(Set(picture.bytes[pixel..<pixel + 3]).count == 1)
            }
        }
        #expect(abs(means(grey)[0] - means(styles[0].picture)[0]) < 2)
        let flat = PixelBuffer(width: 24, height: 18, format: .rgb, fill: [140, 120, 130])
        let made = ColourPreservation.luminance.finished(flat, content: content)
        for i in stride(from: 0, to: made.bytes.count, by: 3) {
            // Held inside 0 ... 255, a colour has to give way.
            let before = content.bytes[i..<i + 3].map(Int.init)
            let after = made.bytes[i..<i + 3].map(Int.init)
            if after.contains(0) || after.contains(255) { continue }
            #expect(after[0] - after[1] == before[0] - before[1])
            #expect(after[2] - after[1] == before[2] - before[1])
        }
        let light = made.converted(to: .grey).bytes
        #expect(light.filter { abs(Int($0) - 127) <= 8 }.count > light.count / 2)
    }

    @Test func histogramGivesThePaintingTheContentsColours() throws {
        let (same, styles) = try ColourPreservation.histogram.prepared(
            content: content, styles: [style])
        #expect(same == content)
        for (a, b) in zip(means(styles[0].picture), means(content)) { #expect(abs(a - b) < 4) }
        #expect(largestDifference(styles[0].picture, style.picture) > 10)
        #expect(
            ColourPreservation.histogram.finished(style.picture, content: content) == style.picture)
    }

    @Test func aPaintingOfOneColourIsNoTrouble() throws {
        let flat = StyleSource(
            picture: PixelBuffer(width: 9, height: 7, format: .rgb, fill: [9, 99, 200]))
        for mode in ColourPreservation.allCases {
            let (_, styles) = try mode.prepared(content: content, styles: [flat])
            #expect(styles[0].picture.width == 9)
        }
    }
}
