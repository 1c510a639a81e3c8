import Foundation
import Networks
import TensorCore
import TestSupport
import Testing
import Training

/// Losses and regularisers against PyTorch's.
@Suite struct LossTests {
    private let golden: Fixture

    init() throws {
        _ = Engine.installed
        golden = try Fixture(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/losses.safetensors"))
    }

    private func tensor(_ name: String) throws -> Tensor {
        let array = try golden.array(name)
        return Tensor(array.floats, shape: array.shape)
    }

    private func expect(_ tensor: Tensor, _ name: String) throws {
        let array = try golden.array(name)
        expectClose(
            tensor.floats(), shape: tensor.shape, to: array.values, shape: array.shape,
            absolute: 2e-6, relative: 5e-6, name)
    }

    @Test(arguments: AdversarialLoss.allCases)
    func valuesAndSlopesAreThoseOfPyTorch(_ loss: AdversarialLoss) throws {
        let (real, fake) = (try tensor("real"), try tensor("fake"))
        for (player, value) in [
            ("d", loss.discriminator(real: real, fake: fake)),
            ("g", loss.generator(real: real, fake: fake)),
        ] {
            let slopes = gradients(of: value, at: [real, fake])
            #expect(value.shape == [])
            try expect(value.reshaped([1]), "\(loss.rawValue)/\(player)")
            try expect(slopes[0], "\(loss.rawValue)/\(player).real")
            try expect(slopes[1], "\(loss.rawValue)/\(player).fake")
        }
        if !loss.generatorSeesReal {
            let alone = loss.generator(real: nil, fake: fake)
            #expect(alone.floats() == loss.generator(real: real, fake: fake).floats())
        }
    }

    @Test func onlyPairsNeedRealPicturesForTheGenerator() {
        #expect(AdversarialLoss.allCases.filter(\.generatorSeesReal) == [.relativistic])
        #expect(AdversarialLoss(rawValue: "least-squares") == .leastSquares)
    }

    @Test func largeLogitsDoNotOverflow() {
        let (high, low) = (Tensor([1000]), Tensor([-1000]))
        for loss in AdversarialLoss.allCases {
            for value in [
                loss.discriminator(real: low, fake: high), loss.generator(real: high, fake: low),
            ] {
                #expect(value.scalar().isFinite, "\(loss)")
            }
        }
    }

    @Test(arguments: ["r1", "r2", "wgan_gp", "dragan"])
    func penaltiesAreThoseOfPyTorch(_ name: String) throws {
        let (a, b) = (try tensor("a"), try tensor("b"))
        let (x, made) = (try tensor("x"), try tensor("made"))
        let (noise, shares) = (try tensor("noise"), try tensor("shares"))
        let gamma = Tensor(3.5)
        func judge(_ points: Tensor) -> Tensor {
            matmul(matmul(points, a).tanh(), b.reshaped([-1, 1])).reshaped([-1])
        }
        let penalty =
            switch name {
            case "r1": r1Penalty(real: x, gamma: gamma, judge: judge)
            case "r2": r2Penalty(fake: made, gamma: gamma, judge: judge)
            case "wgan_gp":
                slopePenalty(
                    at: mixedPictures(real: x, fake: made, shares: shares), judge: judge)
            default:
                slopePenalty(
                    at: perturbedPictures(real: x, noise: noise, shares: shares), judge: judge)
            }
        let slopes = gradients(of: penalty, at: [a, b, made])
        try expect(penalty.reshaped([1]), "\(name)/penalty")
        try expect(slopes[0], "\(name)/g.a")
        try expect(slopes[1], "\(name)/g.b")
        // The generator learns nothing from a penalty.
        #expect(slopes[2].floats().allSatisfy { $0 == 0 })
    }

    /// At a dead discriminator the norm has no derivative, and the penalty must not be NaN.
    @Test func aFlatDiscriminatorHasAFinitePenalty() {
        let weight = Tensor.zeros([3, 1])
        let x = Tensor.normal([4, 3], key: RandomKey(seed: 1))
        let penalty = slopePenalty(at: x) { matmul($0, weight).reshaped([-1]) }
        let slope = gradients(of: penalty, at: [weight])[0]
        #expect(abs(penalty.scalar() - 1) < 1e-5)
        #expect(slope.floats().allSatisfy { $0 == 0 })
    }

    /// Each picture has its own share, and every number its own noise.
    @Test func pointsDrawnFromAKey() {
        let key = RandomKey(seed: 3)
        let real = Tensor.ones([5, 2, 3, 1])
        let mixed = mixedPictures(real: real, fake: .zeros([5, 2, 3, 1]), key: key)
        let shares = mixed.floats()
        #expect(Set(shares).count == 5 && shares.allSatisfy { (0..<1).contains($0) })
        #expect(
            mixed.floats() == mixedPictures(real: real, fake: .zeros(real.shape), key: key).floats()
        )
        let pictures = Tensor.normal([5, 2, 3, 1], key: key)
        let moved = (perturbedPictures(real: pictures, key: key) - pictures).floats()
        #expect(Set(moved).count == 30 && moved.allSatisfy { (0..<1).contains($0) })
    }

    @Test func leCam() throws {
        let (real, fake) = (try tensor("real"), try tensor("fake"))
        var anchors = LeCamAnchors()
        var penalty = Tensor(0)
        for _ in 0..<3 {
            penalty = leCamPenalty(real: real, fake: fake, anchors: anchors)
            anchors.update(real: real, fake: fake, decay: 0.9)
        }
        let slopes = gradients(of: penalty, at: [real, fake])
        try expect(penalty.reshaped([1]), "lecam/penalty")
        try expect(slopes[0], "lecam/g.real")
        try expect(slopes[1], "lecam/g.fake")
        try expect(stacked([anchors.real, anchors.fake]), "lecam/anchors")
        #expect(anchors.namedTensors(.buffer).map(\.name) == ["real", "fake"])
    }

    @Test func auxiliaryClasses() throws {
        let logits = Tensor([1, 2, 3, 0, 0, 0], shape: [2, 3])
        let labels = Tensor(int32: [2, 0], shape: [2])
        let verdict = Verdict(logits: Tensor([0, 0]), classLogits: logits)
        let loss = try #require(auxiliaryClassLoss(verdict, labels: labels))
        #expect(abs(loss.scalar() - 0.753109) < 2e-6)
        let plain = auxiliaryClassLoss(Verdict(logits: Tensor([0, 0])), labels: labels)
        #expect(plain?.shape == nil)
    }

    @Test func clippingHoldsParametersAndLeavesStatistics() {
        var critic = DCGANDiscriminator(
            DCGANConfiguration(
                picture: PictureShape(height: 16, width: 16, channels: 1), width: 4),
            key: RandomKey(seed: 2))
        let before = critic.namedTensors()
        clipParameters(of: &critic, to: 0.02)
        evaluate(critic.namedTensors().map(\.tensor))
        for (old, new) in zip(before, critic.namedTensors()) {
            let isStatistic = old.name.contains("running")
            let expected = old.tensor.floats().map { isStatistic ? $0 : min(max($0, -0.02), 0.02) }
            #expect(new.tensor.floats() == expected, "\(old.name)")
        }
    }
}
