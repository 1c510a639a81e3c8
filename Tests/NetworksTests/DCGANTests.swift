import Foundation
import Networks
import TensorCore
import TestSupport
import Testing

/// What PyTorch's networks of the same sizes look like.
struct Sizes: Decodable, Sendable, CustomTestStringConvertible {
    var height: Int, width: Int, channels: Int
    var latentSize: Int, features: Int
    var maximum: Int?
    var generator: [Entry], discriminator: [Entry]
    var generatorCount: Int, discriminatorCount: Int

    /// A tensor's name and shape.
    struct Entry: Decodable, Sendable, Equatable {
        var name: String
        var shape: [Int]

        init(name: String, shape: [Int]) {
            self.name = name
            self.shape = shape
        }

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            name = try list.decode(String.self)
            shape = try list.decode([Int].self)
        }
    }

    var testDescription: String { "\(width)x\(height)x\(channels)" }

    var configuration: DCGANConfiguration {
        DCGANConfiguration(
            picture: PictureShape(height: height, width: width, channels: channels),
            latentSize: latentSize, width: features, maximumWidth: maximum ?? .max)
    }

    static let all: [Sizes] = {
        do {
            return try JSONDecoder().decode(
                [Sizes].self, from: Data(contentsOf: fixture("dcgan.json")))
        } catch {
            Issue.record("dcgan.json: \(error)")
            return []
        }
    }()
}

@Suite struct DCGANTests {
    init() { _ = Engine.installed }

    private func listing(_ module: some Module) -> [Sizes.Entry] {
        module.namedTensors().map { Sizes.Entry(name: $0.name, shape: $0.tensor.shape) }
    }

    @Test func thereAreGoldens() { #expect(Sizes.all.count == 8) }

    @Test(arguments: Sizes.all) func namesShapesAndCountsAreThoseOfPyTorch(_ sizes: Sizes) {
        let generator = DCGANGenerator(sizes.configuration, key: RandomKey(seed: 1))
        let discriminator = DCGANDiscriminator(sizes.configuration, key: RandomKey(seed: 2))
        #expect(listing(generator) == sizes.generator)
        #expect(listing(discriminator) == sizes.discriminator)
        #expect(generator.parameterCount == sizes.generatorCount)
        #expect(discriminator.parameterCount == sizes.discriminatorCount)
    }

    /// Every parameter of both networks is reached by a finite gradient, for every size.
    @Test(arguments: Sizes.all.filter { $0.features < 64 })
    func shapesAndGradients(_ sizes: Sizes) {
        let key = RandomKey(seed: 7)
        var generator = DCGANGenerator(sizes.configuration, key: key.folded("g"))
        var discriminator = DCGANDiscriminator(sizes.configuration, key: key.folded("d"))
        let latents = Tensor.normal([3, sizes.latentSize], key: key.folded("z"))
        var pictures: Tensor?
        var logits: Tensor?
        let ofGenerator = valueAndGrad(at: &generator) { generator in
            var judge = discriminator
            let made = generator(latents, training: true)
            let judged = judge(made, training: true)
            pictures = made
            logits = judged
            return (-judged).softplus().mean()
        }
        let ofDiscriminator = valueAndGrad(at: &discriminator) { discriminator in
            var maker = generator
            return discriminator(maker(latents, training: true), training: true).softplus().mean()
        }
        let slopes = ofGenerator.gradients.tensors + ofDiscriminator.gradients.tensors
        evaluate(slopes)
        #expect(pictures?.shape == [3, sizes.height, sizes.width, sizes.channels])
        #expect(logits?.shape == [3])
        let values = pictures?.floats() ?? [.nan]
        #expect(values.allSatisfy { abs($0) <= 1 })
        let names =
            generator.namedTensors(.parameter).map { "generator.\($0.name)" }
            + discriminator.namedTensors(.parameter).map { "discriminator.\($0.name)" }
        #expect(names.count == slopes.count)
        for (name, slope) in zip(names, slopes) {
            let values = slope.floats()
            #expect(values.allSatisfy { $0.isFinite }, "\(name)")
            #expect(values.contains { $0 != 0 }, "\(name) is not reached")
        }
    }

    /// Not square, so that no two axes can be mistaken for one another.
    @Test func picturesAndLogitsAreThoseOfPyTorch() throws {
        let golden = try Fixture(contentsOf: fixture("dcgan.safetensors"))
        let sizes = DCGANConfiguration(
            picture: PictureShape(height: 24, width: 16, channels: 3), latentSize: 5, width: 2)
        let key = RandomKey(seed: goldenSeed)
        var generator = DCGANGenerator(sizes, key: key)
        var discriminator = DCGANDiscriminator(sizes, key: key)
        generator.fill(key.folded("generator"))
        discriminator.fill(key.folded("discriminator"))
        let latents = Tensor.normal([3, 5], key: key.folded("latents"))
        // In training first: inference uses the running statistics that it leaves.
        for (name, training) in [("training", true), ("inference", false)] {
            let pictures = generator(latents, training: training)
            let logits = discriminator(pictures, training: training)
            for (part, tensor) in [("pictures", pictures), ("logits", logits)] {
                let array = try golden.array("\(name)/\(part)")
                expectClose(
                    tensor.floats(), shape: tensor.shape, to: array.values, shape: array.shape,
                    absolute: 1e-5, relative: 1e-5, "\(name)/\(part)")
            }
        }
    }

    @Test func withoutNormalizationNamesFollowTheSequence() {
        let sizes = DCGANConfiguration(
            picture: PictureShape(height: 32, width: 32, channels: 3), width: 4)
        let discriminator = DCGANDiscriminator(sizes, normalizes: false, key: RandomKey(seed: 1))
        #expect(
            discriminator.namedTensors().map(\.name)
                == ["main.0.weight", "main.2.weight", "main.4.weight", "main.6.weight"])
        // Each picture is judged for itself, as a gradient penalty needs.
        var judge = discriminator
        let pictures = Tensor.uniform([2, 32, 32, 3], low: -1, high: 1, key: RandomKey(seed: 5))
        let both = judge(pictures, training: true).floats()
        let first = judge(pictures.sliced(axis: 0, 0..<1), training: true).floats()
        #expect(abs(both[0] - first[0]) < 1e-6)
    }

    @Test func initialWeightsAreThoseOfThePaper() {
        let sizes = DCGANConfiguration(
            picture: PictureShape(height: 64, width: 64, channels: 3), width: 16)
        for module in [
            DCGANGenerator(sizes, key: RandomKey(seed: 3)) as any Module,
            DCGANDiscriminator(sizes, key: RandomKey(seed: 3)),
        ] {
            for (name, tensor) in module.namedTensors(.parameter) {
                let values = tensor.floats().map(Double.init)
                let mean = values.reduce(0, +) / Double(values.count)
                let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                let deviation = (square / Double(values.count)).squareRoot()
                if name.hasSuffix("bias") {
                    #expect(values.allSatisfy { $0 == 0 }, "\(name)")
                } else {
                    let error = 5 / Double(values.count).squareRoot()
                    let expected = tensor.rank == 1 ? 1.0 : 0
                    #expect(abs(mean - expected) < 0.02 * error, "\(name): mean \(mean)")
                    #expect(abs(deviation / 0.02 - 1) < error, "\(name): deviation \(deviation)")
                }
            }
        }
    }

    @Test(arguments: [
        (16, 16, 3, true), (256, 256, 1, true), (96, 64, 4, true), (20, 28, 3, true),
        (8, 8, 3, false), (512, 512, 3, false), (64, 64, 5, false), (64, 64, 0, false),
        (33, 32, 3, false), (18, 18, 3, false), (256, 16, 3, false), (-4, 16, 3, false),
    ])
    func sizesThatNoneMakesAreNamed(_ height: Int, _ width: Int, _ channels: Int, _ possible: Bool)
    {
        let picture = PictureShape(height: height, width: width, channels: channels)
        let problem = DCGANConfiguration.problem(with: picture)
        #expect((problem == nil) == possible, "\(problem ?? "no problem")")
        if channels > 0, channels < 5, let problem {
            #expect(problem.contains("\(width)x\(height)"))
        }
    }
}
