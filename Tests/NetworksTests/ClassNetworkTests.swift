import Foundation
import Networks
import TensorCore
import TestSupport
import Testing

/// SNGAN, SAGAN and DCGAN with classes against PyTorch's twins, at small sizes.
@Suite struct ClassNetworkTests {
    private let golden: Fixture
    private let key = RandomKey(seed: goldenSeed).folded("classes")
    private let labels = Tensor(int32: [2, 0, 2], shape: [3])

    init() throws {
        _ = Engine.installed
        golden = try Fixture(contentsOf: fixture("class_networks.safetensors"))
    }

    /// Compares to 1e-4 of the largest element.
    private func expect(_ tensor: Tensor, _ name: String) throws {
        let array = try golden.array(name)
        let largest = array.values.reduce(0) { max($0, abs($1)) }
        #expect(largest > 0, "\(name)")
        expectClose(
            tensor.floats(), shape: tensor.shape, to: array.values, shape: array.shape,
            absolute: 1e-4 * largest, relative: 0, name)
    }

    /// The golden's weights, and vectors of spectral norms.
    private func fill(_ module: inout some Module, _ name: String, _ player: String) throws {
        let key = key.folded(name).folded(player)
        module.fill(key)
        module.forEachTensor(under: "") { path, tensor, role in
            if role == .buffer, path.hasSuffix(".u") {
                tensor = .normal(tensor.shape, key: key.folded(path))
            }
        }
        let count = try golden.array("\(name)/\(player)_count").values
        #expect(count == [Double(module.parameterCount)], "\(name)/\(player)")
    }

    private func expectGradients(
        _ name: String, _ player: String, _ module: some Module, _ gradients: ModuleGradients
    ) throws {
        evaluate(gradients.tensors)
        var compared = 0
        for (path, slope) in zip(module.namedTensors(.parameter).map(\.name), gradients.tensors)
        where golden.arrays["\(name)/\(player).\(path)"] != nil {
            try expect(slope, "\(name)/\(player).\(path)")
            compared += 1
        }
        let stored = golden.arrays.keys.count { $0.hasPrefix("\(name)/\(player).") }
        #expect(compared == stored && stored > 3, "\(name)/\(player): \(compared) of \(stored)")
    }

    /// Pictures, verdicts and gradients of both in training, then pictures and verdicts in inference.
    private func check<G: GeneratorNetwork, D: DiscriminatorNetwork>(
        _ name: String, _ begin: G, _ beginOfJudge: D
    ) throws {
        var generator = begin
        var discriminator = beginOfJudge
        try fill(&generator, name, "generator")
        try fill(&discriminator, name, "discriminator")
        let latents = Tensor.normal([3, 5], key: key.folded(name).folded("latents"))
        let context = NetworkContext(
            training: true, labels: generator.classCount > 0 ? labels : nil)
        func loss(_ verdict: Verdict) -> Tensor {
            let loss = (-verdict.logits).softplus().mean()
            guard let named = verdict.classLogits else { return loss }
            // Cross entropy, written out: the losses live above the networks.
            let classes = labels.oneHot(classes: 3)
            return loss - (named.logSoftmax() * classes).sum() * (1.0 / 3)
        }
        let (fixedGenerator, fixedDiscriminator) = (generator, discriminator)
        var made: Tensor?
        var verdict: Verdict?
        let ofGenerator = valueAndGrad(at: &generator) { generator in
            var judge = fixedDiscriminator
            let pictures = generator(latents, context)
            let judged = judge.verdict(pictures, context)
            (made, verdict) = (pictures, judged)
            return loss(judged)
        }
        let ofDiscriminator = valueAndGrad(at: &discriminator) { discriminator in
            var maker = fixedGenerator
            return loss(discriminator.verdict(maker(latents, context), context))
        }
        try expect(try #require(made).sliced(axis: 0, 1..<2), "\(name)/pictures")
        try expect(try #require(verdict).logits, "\(name)/logits")
        if let named = verdict?.classLogits { try expect(named, "\(name)/class_logits") }
        #expect((verdict?.classLogits != nil) == (golden.arrays["\(name)/class_logits"] != nil))
        try expectGradients(name, "g", generator, ofGenerator.gradients)
        try expectGradients(name, "d", discriminator, ofDiscriminator.gradients)
        let judging = NetworkContext(training: false, labels: context.labels)
        let pictures = generator(latents, judging)
        try expect(pictures.sliced(axis: 0, 1..<2), "\(name)/inference")
        try expect(discriminator.verdict(pictures, judging).logits, "\(name)/inference_logits")
    }

    @Test func sngan() throws {
        let sizes = SNGANConfiguration(
            picture: PictureShape(height: 16, width: 24, channels: 3), latentSize: 5, width: 2)
        try check("sngan", SNGANGenerator(sizes, key: key), SNGANDiscriminator(sizes, key: key))
    }

    /// All layers of one width, with classes and a projection.
    @Test func snganWithClasses() throws {
        let sizes = SNGANConfiguration(
            picture: PictureShape(height: 16, width: 24, channels: 3), latentSize: 5, width: 4,
            isUniform: true, classCount: 3)
        try check(
            "sngan_classes", SNGANGenerator(sizes, key: key), SNGANDiscriminator(sizes, key: key))
    }

    /// Attention in the middle of both, with an auxiliary classifier.
    @Test func sagan() throws {
        let sizes = SAGANConfiguration(
            picture: PictureShape(height: 64, width: 48, channels: 3), latentSize: 5, width: 2,
            classCount: 3, head: .auxiliary)
        try check("sagan", SAGANGenerator(sizes, key: key), SAGANDiscriminator(sizes, key: key))
    }

    @Test(arguments: [("dcgan", ClassHead.projection), ("dcgan_auxiliary", .auxiliary)])
    func dcgan(_ name: String, _ head: ClassHead) throws {
        let sizes = DCGANConfiguration(
            picture: PictureShape(height: 16, width: 24, channels: 3), latentSize: 5, width: 2,
            classCount: 3, head: head)
        try check(name, DCGANGenerator(sizes, key: key), DCGANDiscriminator(sizes, key: key))
    }

    /// By hand from the paper's table: 128 numbers to 4x4x256; blocks of 3x3 with 256 channels.
    @Test func theSizesForCIFAR10AreThoseOfThePaper() {
        let sizes = SNGANConfiguration.cifar10()
        let block = 2 * (256 * 256 * 9 + 256) + (256 * 256 + 256) + 2 * 512
        #expect(
            SNGANGenerator(sizes, key: key).parameterCount
                == 128 * 4096 + 4096 + 3 * block + 512 + 256 * 27 + 3)
        let convolution = 128 * 128 * 9 + 128
        let first = 3 * 9 * 128 + 128 + convolution + 3 * 128 + 128
        #expect(
            SNGANDiscriminator(sizes, key: key).parameterCount
                == first + 3 * 2 * convolution + 128 * 128 + 128 + 129)
    }

    /// The largest features of at most 32x32: after the last block for small pictures.
    @Test(arguments: [(16, 16), (32, 32), (60, 60), (128, 64), (256, 256)])
    func attentionFindsItsPlace(_ height: Int, _ width: Int) {
        let sizes = SAGANConfiguration(
            picture: PictureShape(height: height, width: width, channels: 1), latentSize: 4,
            width: 2, maximumWidth: 4)
        var generator = SAGANGenerator(sizes, key: key)
        var discriminator = SAGANDiscriminator(sizes, key: key)
        for module in [generator as any Module, discriminator] {
            #expect(module.namedTensors(.parameter).contains { $0.name == "attention.gamma" })
        }
        let made = generator(.normal([2, 4], key: key), training: true)
        let logits = discriminator(made, training: true)
        evaluate(made, logits)
        #expect(made.shape == [2, height, width, 1])
        #expect(logits.shape == [2] && logits.floats().allSatisfy { $0.isFinite })
    }

    /// Without classes nothing is named or drawn otherwise; old files have no classes.
    @Test func classesAreNoneUnlessAskedFor() throws {
        let sizes = DCGANConfiguration(
            picture: PictureShape(height: 16, width: 16, channels: 1), width: 4)
        #expect(sizes.classCount == 0)
        let data = try JSONEncoder().encode(sizes)
        #expect(try JSONDecoder().decode(DCGANConfiguration.self, from: data) == sizes)
        var object = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object.removeValue(forKey: "classCount") != nil)
        #expect(object.removeValue(forKey: "head") != nil)
        let old = try JSONSerialization.data(withJSONObject: object)
        #expect(try JSONDecoder().decode(DCGANConfiguration.self, from: old) == sizes)
        var withClasses = sizes
        withClasses.classCount = 7
        let plain = DCGANGenerator(sizes, key: key).namedTensors().map(\.name)
        let classes = DCGANGenerator(withClasses, key: key).namedTensors().map(\.name)
        #expect(plain.first == "main.0.weight" && plain.contains("main.1.weight"))
        #expect(classes.first == "main.0.weight" && classes.contains("main.1.gain.weight"))
        #expect(classes.count == plain.count)
    }
}

/// Packs of pictures.
@Suite struct PackedDiscriminatorTests {
    private let key = RandomKey(seed: 4)

    init() { _ = Engine.installed }

    @Test func picturesOfAPackAreJoinedAlongChannels() {
        let picture = PictureShape(height: 16, width: 24, channels: 3)
        typealias Packed = PackedDiscriminator<DCGANDiscriminator>
        let shape = Packed.packedShape(of: picture, pack: 2)
        #expect(shape == PictureShape(height: 16, width: 24, channels: 6))
        let judge = DCGANDiscriminator(
            DCGANConfiguration(picture: shape, width: 4), normalizes: false, key: key)
        var packed = Packed(judge, pack: 2)
        #expect(packed.pictureShape == picture)
        #expect(packed.namedTensors().map(\.name) == judge.namedTensors().map(\.name))
        let pictures = Tensor.normal([6, 16, 24, 3], key: key)
        let logits = packed(pictures, training: true)
        #expect(logits.shape == [3])
        // By hand: pictures 2 and 3 are the second pack.
        let pair = concatenate(
            [pictures.sliced(axis: 0, 2..<3), pictures.sliced(axis: 0, 3..<4)], axis: 3)
        var alone = judge
        let expected = alone(pair, training: true).floats()[0]
        #expect(abs(logits.floats()[1] - expected) < 1e-6)
        #expect(abs(logits.floats()[0] - expected) > 1e-4)
    }
}
