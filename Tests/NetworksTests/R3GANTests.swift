import Foundation
import Networks
import TensorCore
import TestSupport
import Testing

/// R3GAN against PyTorch: see Tools/goldens/make_r3gan_goldens.py.
@Suite struct R3GANTests {
    let golden: Fixture
    /// The sizes of the golden.
    private let sizes = R3GANConfiguration(
        picture: PictureShape(height: 32, width: 16, channels: 2), latentSize: 6, width: 8,
        maximumWidth: 12, groupSize: 4, classCount: 3, embeddingSize: 5)

    init() throws {
        _ = Engine.installed
        golden = try Fixture(contentsOf: fixture("r3gan.safetensors"))
    }

    private func tensor(_ name: String) throws -> Tensor {
        let array = try golden.array(name)
        return Tensor(array.floats, shape: array.shape)
    }

    private func labels() throws -> Tensor {
        Tensor(int32: try golden.array("labels").integers, shape: [3])
    }

    /// Fills a network with the golden's weights; every one of them is needed, and no other.
    private func load(_ module: inout some Module, _ network: String) throws {
        var used: Set<String> = []
        var problems: [String] = []
        module.forEachTensor(under: "\(network).") { name, tensor, _ in
            guard let array = try? golden.array(name), array.shape == tensor.shape else {
                return problems.append("\(name) \(tensor.shape)")
            }
            used.insert(name)
            tensor = Tensor(array.floats, shape: array.shape)
        }
        #expect(problems.isEmpty)
        #expect(used == Set(golden.arrays.keys.filter { $0.hasPrefix("\(network).") }))
    }

    private func check(_ slopes: ModuleGradients, of module: some Module, _ network: String) throws
    {
        for (slope, (name, _)) in zip(slopes.tensors, module.namedTensors(.parameter)) {
            let array = try golden.array("g.\(network).\(name)")
            let largest = array.values.map { abs($0) }.max() ?? 0
            #expect(largest > 0)
            expectClose(
                slope.floats(), shape: slope.shape, to: array.values, shape: array.shape,
                absolute: 2e-5 * largest, relative: 1e-4, name)
        }
    }

    @Test func theGeneratorIsPyTorchs() throws {
        var generator = R3GANGenerator(sizes, key: RandomKey(seed: 1))
        try load(&generator, "generator")
        let (latents, cotangent) = (try tensor("latents"), try tensor("cotangent"))
        let context = NetworkContext(training: true, labels: try labels())
        var made: Tensor?
        let slopes = valueAndGrad(at: &generator) { generator in
            let pictures = generator(latents, context)
            made = pictures
            return (pictures * cotangent).sum()
        }.gradients
        let expected = try golden.array("made")
        let pictures = try #require(made)
        expectClose(
            pictures.floats(), shape: pictures.shape, to: expected.values, shape: expected.shape,
            absolute: 1e-4, relative: 1e-4)
        try check(slopes, of: generator, "generator")
    }

    /// The loss has the squared slope at the pictures in it: its gradients are of the second order.
    @Test func theDiscriminatorIsPyTorchsUpToTheSecondOrder() throws {
        var discriminator = R3GANDiscriminator(sizes, key: RandomKey(seed: 1))
        try load(&discriminator, "discriminator")
        let context = NetworkContext(training: true, labels: try labels())
        let pictures = try tensor("pictures")
        var found: (logits: Tensor, penalty: Tensor)?
        let slopes = valueAndGrad(at: &discriminator) { discriminator in
            let seen = pictures.stoppingGradient()
            let logits = discriminator.verdict(seen, context).logits
            let slopes = gradients(of: logits.sum(), at: [seen])[0]
            let penalty = 0.5 * slopes.square().sum(axes: [1, 2, 3]).mean()
            found = (logits, penalty)
            return (-logits).softplus().mean() + penalty
        }.gradients
        let (logits, penalty) = try #require(found)
        expectClose(
            logits.floats(), shape: logits.shape, to: try golden.array("logits").values,
            shape: [3], absolute: 1e-4, relative: 1e-4)
        let expected = try golden.array("penalty").values
        expectClose(
            penalty.floats(), shape: [1], to: expected, shape: [1], absolute: 0, relative: 1e-4)
        try check(slopes, of: discriminator, "discriminator")
    }

    @Test(arguments: [
        PictureShape(height: 16, width: 16, channels: 1),
        PictureShape(height: 28, width: 28, channels: 3),
        PictureShape(height: 32, width: 64, channels: 4),
    ])
    func shapesAndGradients(_ picture: PictureShape) {
        let sizes = R3GANConfiguration(
            picture: picture, latentSize: 4, width: 8, maximumWidth: 16, blocks: 1)
        let key = RandomKey(seed: 5)
        var generator = R3GANGenerator(sizes, key: key.folded("g"))
        var discriminator = R3GANDiscriminator(sizes, key: key.folded("d"))
        #expect(generator.pictureShape == picture && discriminator.pictureShape == picture)
        let latents = Tensor.normal([2, 4], key: key.folded("z"))
        let made = generator(latents, training: true)
        #expect(made.shape == [2, picture.height, picture.width, picture.channels])
        // A block begins as its shortcut alone; with its last weights drawn, all others are reached.
        func draw(_ name: String, _ tensor: Tensor) -> Tensor {
            name.hasSuffix("third.weight")
                ? Tensor.normal(tensor.shape, key: key.folded(name)) * 0.1 : tensor
        }
        let plain = generator(latents, training: true).floats()
        #expect(plain.allSatisfy { $0.isFinite })
        generator.mapTensors(draw)
        discriminator.mapTensors(draw)
        let drawn = generator(latents, training: true).floats()
        #expect(drawn != plain)
        let ofGenerator = valueAndGrad(at: &generator) { generator in
            var judge = discriminator
            return judge(generator(latents, training: true), training: true).softplus().mean()
        }.gradients.tensors
        let ofDiscriminator = valueAndGrad(at: &discriminator) {
            $0(made, training: true).softplus().mean()
        }.gradients.tensors
        for slope in ofGenerator + ofDiscriminator {
            let values = slope.floats()
            #expect(values.allSatisfy { $0.isFinite } && values.contains { $0 != 0 })
        }
    }

    /// Weights of the paper's first kind keep the size of features: pictures begin neither grey nor wild.
    @Test func picturesBeginAtASensibleSize() {
        var generator = R3GANGenerator(
            R3GANConfiguration(
                picture: PictureShape(height: 32, width: 32, channels: 3), width: 16,
                maximumWidth: 64), key: RandomKey(seed: 3))
        let latents = Tensor.normal([16, 64], key: RandomKey(seed: 4))
        let values = generator(latents, training: false).floats()
        let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
        #expect((0.03...3).contains(variance))
    }

    @Test func problemsAreToldInWords() {
        var sizes = R3GANConfiguration(picture: PictureShape(height: 64, width: 64, channels: 3))
        #expect(sizes.problem == nil)
        sizes.width = 6
        #expect(sizes.problem?.contains("groups of 16") == true)
        sizes.width = 96
        sizes.blocks = 0
        #expect(sizes.problem?.contains("blocks") == true)
        sizes.blocks = 1
        sizes.picture.width = 50
        #expect(sizes.problem?.contains("50x64") == true)
    }

    @Test func labelsAreNeeded() async {
        await #expect(processExitsWith: .failure) {
            _ = Engine.installed
            var network = R3GANGenerator(
                R3GANConfiguration(
                    picture: PictureShape(height: 16, width: 16, channels: 1), width: 8,
                    maximumWidth: 8, classCount: 2), key: RandomKey(seed: 1))
            _ = network(.zeros([2, 64]), training: true)
        }
    }
}

/// Packs and points.
@Suite struct PackedAndPointTests {
    init() { _ = Engine.installed }

    @Test func packsAreNeighboursInTheChannels() throws {
        let picture = PictureShape(height: 16, width: 16, channels: 3)
        let sizes = DCGANConfiguration(picture: picture, width: 4)
        let inner = DCGANDiscriminator(
            sizes, normalizes: false, packing: 2, key: RandomKey(seed: 1))
        var packed = PackedDiscriminator(inner, packing: 2, picture: picture)
        #expect(packed.pictureShape == picture)
        let pictures = Tensor.normal([6, 16, 16, 3], key: RandomKey(seed: 2))
        let logits = packed(pictures, training: true)
        #expect(logits.shape == [3])
        let second = concatenate(
            [pictures.sliced(axis: 0, 2..<3), pictures.sliced(axis: 0, 3..<4)], axis: 3)
        var network = inner
        let alone = network(second, training: true).floats()
        #expect(abs(alone[0] - logits.floats()[1]) < 1e-5)
        #expect(packed.namedTensors().map(\.name) == inner.namedTensors().map(\.name))
    }

    @Test func halfAPackIsACallersError() async {
        await #expect(processExitsWith: .failure) {
            _ = Engine.installed
            let sizes = PointGANConfiguration(width: 4, layers: 1)
            var packed = PackedDiscriminator(
                PointDiscriminator(sizes, packing: 2, key: RandomKey(seed: 1)), packing: 2,
                picture: sizes.picture)
            _ = packed(.zeros([3, 1, 1, 2]), training: true)
        }
    }

    @Test func pointsHaveShapesScalesAndGradients() {
        let sizes = PointGANConfiguration(latentSize: 3, width: 8, layers: 2, scale: 4)
        let key = RandomKey(seed: 3)
        var generator = PointGenerator(sizes, key: key)
        var discriminator = PointDiscriminator(sizes, key: key)
        let latents = Tensor.normal([5, 3], key: key.folded("z"))
        let points = generator(latents, training: true)
        #expect(points.shape == [5, 1, 1, 2] && generator.pictureShape == sizes.picture)
        var unscaled = sizes
        unscaled.scale = 1
        var plain = PointGenerator(unscaled, key: key)
        let small = plain(latents, training: true).floats()
        #expect(zip(points.floats(), small).allSatisfy { abs($0 - 4 * $1) < 1e-6 })
        let slopes = valueAndGrad(at: &discriminator) {
            $0(points, training: true).softplus().mean()
        }.gradients.tensors
        #expect(slopes.allSatisfy { $0.floats().contains { $0 != 0 } })
        #expect(PointGANConfiguration(layers: 0).problem != nil)
        #expect(PointGANConfiguration(scale: 0).problem != nil)
    }
}
