import Foundation
import Networks
import TensorCore
import TestSupport
import Testing

@Suite struct FastGANTests {
    init() { _ = Engine.installed }

    /// The sizes of a golden.
    private func sizes(_ name: String) -> FastGANConfiguration {
        let picture =
            name == "small"
            ? PictureShape(height: 24, width: 32, channels: 3)
            : PictureShape(height: 64, width: 64, channels: 1)
        return FastGANConfiguration(
            picture: picture, latentSize: 6, width: 2, normalizesSpectrum: false)
    }

    /// Compares to 1e-4 of the largest element. Of pictures, the golden holds the first only.
    private func expect(_ tensor: Tensor, _ array: Fixture.Array, _ name: String) {
        let tensor = array.shape.count == 4 ? tensor.sliced(axis: 0, 0..<1) : tensor
        let largest = array.values.reduce(0) { max($0, abs($1)) }
        #expect(largest > 0, "\(name)")
        expectClose(
            tensor.floats(), shape: tensor.shape, to: array.values, shape: array.shape,
            absolute: 1e-4 * largest, relative: 0, name)
    }

    /// Below 64 and from there on the rules differ: one size of each, the smaller not square.
    @Test(arguments: ["small", "square"]) func everythingIsThatOfPyTorch(_ name: String) throws {
        let golden = try Fixture(contentsOf: fixture("fastgan.safetensors"))
        let key = RandomKey(seed: goldenSeed).folded("fastgan").folded(name)
        let sizes = sizes(name)
        let shape = sizes.picture
        var generator = FastGANGenerator(sizes, key: key)
        var discriminator = FastGANDiscriminator(sizes, key: key)
        generator.fill(key.folded("generator"))
        discriminator.fill(key.folded("discriminator"))
        let latents = Tensor.normal([3, 6], key: key.folded("latents"))
        let context = NetworkContext(training: true, key: key.folded("noise"))

        expect(generator(latents, context), try golden.array(name + "/pictures"), "pictures")
        let real = Tensor.normal(
            [3, shape.height, shape.width, shape.channels], key: key.folded("pictures")
        ).tanh()
        var withoutKey = discriminator
        let verdict = discriminator.verdict(real, context)
        let loss = try #require(verdict.auxiliaryLoss)
        let slope = gradients(of: (-verdict.logits).softplus().mean() + loss, at: [real])[0]
        let average = withoutKey.verdict(real, NetworkContext(training: true)).auxiliaryLoss
        evaluate(verdict.logits, loss, slope)
        expect(verdict.logits, try golden.array(name + "/logits"), "logits")
        expect(loss.reshaped([1]), try golden.array(name + "/auxiliary"), "auxiliary")
        expect(slope, try golden.array(name + "/slope"), "slope")
        expect(
            try #require(average).reshaped([1]), try golden.array(name + "/auxiliary.mean"),
            "auxiliary.mean")

        let still = generator(latents, training: false)
        expect(still, try golden.array(name + "/pictures.inference"), "pictures.inference")
        let judged = discriminator.verdict(real, NetworkContext(training: false))
        expect(judged.logits, try golden.array(name + "/logits.inference"), "logits.inference")
        #expect(judged.auxiliaryLoss == nil)
    }

    /// Every parameter of both networks is reached by a finite gradient, for every kind of size.
    @Test(arguments: [(16, 16, 3), (32, 48, 4), (64, 64, 2), (128, 128, 1)])
    func everyParameterIsReached(_ height: Int, _ width: Int, _ channels: Int) {
        let sizes = FastGANConfiguration(
            picture: PictureShape(height: height, width: width, channels: channels),
            latentSize: 8, width: 2)
        let key = RandomKey(seed: 7)
        var generator = FastGANGenerator(sizes, key: key.folded("g"))
        var discriminator = FastGANDiscriminator(sizes, key: key.folded("d"))
        // Noise begins with strength 0, through which its gradient flows all the same.
        let latents = Tensor.normal([4, 8], key: key.folded("z"))
        let context = NetworkContext(training: true, key: key.folded("noise"))
        var pictures: Tensor?
        let ofGenerator = valueAndGrad(at: &generator) { generator in
            var judge = discriminator
            let made = generator(latents, context)
            pictures = made
            return (-judge.verdict(made, context).logits).softplus().mean()
        }
        let real = stopGradient(pictures ?? latents)
        let ofDiscriminator = valueAndGrad(at: &discriminator) { discriminator in
            let verdict = discriminator.verdict(real, context)
            let loss = verdict.logits.softplus().mean()
            return verdict.auxiliaryLoss.map { loss + $0 } ?? loss
        }
        let slopes = ofGenerator.gradients.tensors + ofDiscriminator.gradients.tensors
        evaluate(slopes)
        #expect(pictures?.shape == [4, height, width, channels])
        #expect(pictures?.floats().allSatisfy { abs($0) <= 1 } == true)
        let names =
            generator.namedTensors(.parameter).map { "generator.\($0.name)" }
            + discriminator.namedTensors(.parameter).map { "discriminator.\($0.name)" }
        #expect(names.count == slopes.count && Set(names).count == names.count)
        for (name, slope) in zip(names, slopes) {
            let values = slope.floats()
            #expect(values.allSatisfy { $0.isFinite }, "\(name)")
            #expect(values.contains { $0 != 0 }, "\(name) is not reached")
        }
    }

    /// The largest size, in shapes alone: nothing is computed.
    @Test func thePapersSizeHasItsChannels() {
        let sizes = FastGANConfiguration(
            picture: PictureShape(height: 512, width: 512, channels: 3))
        let generator = FastGANGenerator(sizes, key: RandomKey(seed: 1))
        let discriminator = FastGANDiscriminator(sizes, key: RandomKey(seed: 2))
        func shapes(_ module: some Module) -> [String: [Int]] {
            Dictionary(
                module.namedTensors().map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { $1 })
        }
        let (g, d) = (shapes(generator), shapes(discriminator))
        #expect(g["first.weight"] == [4 * 4 * 2048, 256])
        #expect(g["up.1.conv.0.weight"] == [1024, 3, 3, 1024])
        #expect(g["up.7.conv.1.weight"] == [32, 3, 3, 16])
        #expect(g["excite.7.first.weight"] == [16, 4, 4, 128] && g["excite.3.first.weight"] == nil)
        #expect(d["stem.weight"] == [16, 4, 4, 3])
        #expect(d["down.5.same.weight"] == [256, 3, 3, 256] && d["down.6.same.weight"] == nil)
        #expect(d["excite.5.first.weight"] == [256, 4, 4, 64])
        #expect(d["small.stem.weight"] == [32, 4, 4, 3])
        #expect(d["decoder.picture.picture.weight"] == [3, 3, 3, 32])
        var judge = discriminator
        let verdict = judge.verdict(
            .zeros([2, 512, 512, 3]), NetworkContext(training: true, key: RandomKey(seed: 3)))
        #expect(verdict.logits.shape == [2] && verdict.auxiliaryLoss?.shape == [])
        var maker = generator
        #expect(maker(.zeros([2, 256]), training: false).shape == [2, 512, 512, 3])
    }

    /// The loss is 0 for equal pictures, and sees a shift of a fine pattern.
    @Test func reconstructionIsComparedAtSeveralScales() {
        let x = Tensor.uniform([2, 16, 16, 3], low: -1, high: 1, key: RandomKey(seed: 4))
        #expect(reconstructionLoss(x, x).scalar() == 0)
        // Brighter everywhere by 0.5: no steps, and as much at both scales (16 and 8; then 4).
        let brighter = reconstructionLoss(x + 0.5, x).scalar()
        #expect(abs(brighter - 0.5 * 3) < 1e-5)
    }

    /// Without a key nothing is random; with one, noise reaches the picture as soon as it has strength.
    @Test func noiseComesFromTheKey() {
        var generator = FastGANGenerator(sizes("square"), key: RandomKey(seed: 1))
        generator.forEachTensor(under: "") { name, tensor, _ in
            if name.contains("noise") { tensor = .ones(tensor.shape) }
        }
        let latents = Tensor.normal([2, 6], key: RandomKey(seed: 2))
        func bytes(_ key: RandomKey?) -> [UInt8] {
            var copy = generator
            return copy(latents, NetworkContext(training: false, key: key)).bytes()
        }
        #expect(bytes(nil) == bytes(nil))
        #expect(bytes(RandomKey(seed: 3)) == bytes(RandomKey(seed: 3)))
        #expect(bytes(RandomKey(seed: 3)) != bytes(RandomKey(seed: 4)))
        #expect(bytes(RandomKey(seed: 3)) != bytes(nil))
    }

    @Test(arguments: [
        (16, 16, 3, true), (512, 512, 1, true), (96, 64, 4, true), (20, 28, 3, true),
        (8, 8, 3, false), (1024, 1024, 3, false), (64, 64, 5, false), (33, 32, 3, false),
    ])
    func sizesThatNoneMakesAreNamed(_ height: Int, _ width: Int, _ channels: Int, _ possible: Bool)
    {
        let picture = PictureShape(height: height, width: width, channels: channels)
        let configuration = FastGANConfiguration(picture: picture)
        #expect((configuration.problem == nil) == possible, "\(configuration.problem ?? "none")")
        var wrong = FastGANConfiguration(picture: PictureShape(height: 64, width: 64, channels: 3))
        wrong.width = 0
        #expect(wrong.problem?.contains("width") == true)
    }
}
