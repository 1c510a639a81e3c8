import Networks
import TensorCore
import TestSupport
import Testing

@Suite struct StyleGAN2Tests {
    init() { _ = Engine.installed }

    private let key = RandomKey(seed: 11)

    private func small(
        _ height: Int = 16, _ width: Int = 16, channels: Int = 3, classes: Int = 0
    ) -> StyleGAN2Configuration {
        StyleGAN2Configuration(
            picture: PictureShape(height: height, width: width, channels: channels),
            classCount: classes, latentSize: 6, styleSize: 8, mappingLayerCount: 2, width: 4,
            maximumWidth: 8)
    }

    /// A generator whose noise counts, and whose average style is that of a few batches.
    private func generator(_ configuration: StyleGAN2Configuration) -> StyleGAN2Generator {
        var generator = StyleGAN2Generator(configuration, key: key.folded("generator"))
        generator.mapTensors { name, tensor in
            name.hasSuffix("noise_strength") ? Tensor.full(0.3, shape: tensor.shape) : tensor
        }
        return generator
    }

    private func latents(_ count: Int, _ name: String = "z") -> Tensor {
        .normal([count, 6], key: key.folded(name))
    }

    private func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
        (a - b).abs().max().scalar()
    }

    @Test(arguments: [
        (16, 16, 1, 0, 2), (32, 32, 3, 10, 3), (24, 16, 4, 0, 2), (48, 80, 2, 3, 3),
        (20, 60, 3, 0, 2), (128, 128, 3, 0, 5), (512, 256, 1, 0, 6),
    ])
    func shapesAndGradientsOverSizes(
        _ height: Int, _ width: Int, _ channels: Int, _ classes: Int, _ doublings: Int
    ) {
        let configuration = small(height, width, channels: channels, classes: classes)
        #expect(configuration.problem == nil)
        var maker = generator(configuration)
        var judge = StyleGAN2Discriminator(configuration, key: key.folded("discriminator"))
        let labels = classes > 0 ? Tensor(int32: [1, 2], shape: [2]) : nil
        let context = NetworkContext(training: true, labels: labels, key: key)
        #expect(maker.layerCount == 2 * doublings + 2)
        #expect(maker.styleLayers.map(\.index) == Array(0..<maker.layerCount))
        #expect(maker.styleLayers.last?.height == height)
        #expect(maker.styleLayers.last?.width == width)
        var made: Tensor?
        let z = latents(2)
        let ofMaker = valueAndGrad(at: &maker) { maker in
            var judge = judge
            let pictures = maker(z, context)
            made = pictures
            return (-judge.verdict(pictures, context).logits).softplus().mean()
        }
        let ofJudge = valueAndGrad(at: &judge) { judge in
            var maker = maker
            return judge.verdict(stopGradient(maker(z, context)), context).logits.softplus().mean()
        }
        let slopes = ofMaker.gradients.tensors + ofJudge.gradients.tensors
        evaluate(slopes + [ofMaker.value, ofJudge.value])
        #expect(made?.shape == [2, height, width, channels])
        #expect(ofMaker.value.scalar().isFinite && ofJudge.value.scalar().isFinite)
        let names =
            maker.namedTensors(.parameter).map { "generator.\($0.name)" }
            + judge.namedTensors(.parameter).map { "discriminator.\($0.name)" }
        #expect(names.count == slopes.count)
        for (name, slope) in zip(names, slopes) {
            let values = slope.floats()
            #expect(values.allSatisfy { $0.isFinite }, "\(name)")
            #expect(values.contains { $0 != 0 }, "\(name) is not reached")
        }
    }

    @Test func namesAreStable() {
        let names = generator(small(24, 16, classes: 3)).namedTensors().map(\.name)
        let layer = [
            "affine.weight", "affine.bias", "weight", "bias", "noise_strength", "noise_const",
        ]
        let colour = ["affine.weight", "affine.bias", "weight", "bias"].map { "torgb." + $0 }
        let both = (["conv0.", "conv1."].flatMap { name in layer.map { name + $0 } }) + colour
        let mapping = ["embed.weight", "fc0.weight", "fc0.bias", "fc1.weight", "fc1.bias", "w_avg"]
        #expect(
            names == mapping.map { "mapping." + $0 }
                + (["const"] + layer.map { "conv1." + $0 } + colour).map { "synthesis.b6x4." + $0 }
                + both.map { "synthesis.b12x8." + $0 } + both.map { "synthesis.b24x16." + $0 }
                + ["path_length_average"])
        let judge = StyleGAN2Discriminator(small(16, 16, classes: 3), key: key)
        let halving = ["conv0.weight", "conv0.bias", "conv1.weight", "conv1.bias", "skip.weight"]
        #expect(
            judge.namedTensors().map(\.name) == ["b16.fromrgb.weight", "b16.fromrgb.bias"]
                + halving.map { "b16." + $0 } + halving.map { "b8." + $0 }
                + [
                    "b4.conv.weight", "b4.conv.bias", "b4.fc.weight", "b4.fc.bias", "b4.out.weight",
                    "b4.out.bias", "b4.embed.weight",
                ])
    }

    @Test func withoutAKeyNothingIsRandomAndWithOneNoiseIs() {
        var maker = generator(small())
        let z = latents(3)
        func pictures(_ key: RandomKey?) -> [Float] {
            maker(z, NetworkContext(training: false, key: key)).floats()
        }
        #expect(pictures(nil) == pictures(nil))
        #expect(pictures(key) == pictures(key))
        #expect(pictures(key) != pictures(nil))
        #expect(pictures(key) != pictures(key.folded(1)))
        // Where noise has no strength, as in the beginning, it changes nothing.
        maker = StyleGAN2Generator(small(), key: key)
        #expect(pictures(key) == pictures(nil))
    }

    @Test func equalSeedsAreEqualBits() {
        func bytes(_ seed: UInt64) -> [[UInt8]] {
            let maker = StyleGAN2Generator(small(), key: RandomKey(seed: seed))
            let judge = StyleGAN2Discriminator(small(), key: RandomKey(seed: seed))
            return (maker.namedTensors() + judge.namedTensors()).map { $0.tensor.bytes() }
        }
        #expect(bytes(5) == bytes(5))
        #expect(bytes(5) != bytes(6))
    }

    @Test func classesChangePicturesAndVerdicts() {
        let configuration = small(classes: 3)
        var maker = generator(configuration)
        var judge = StyleGAN2Discriminator(configuration, key: key)
        let z = latents(1)
        func context(_ label: Int32) -> NetworkContext {
            NetworkContext(training: false, labels: Tensor(int32: [label], shape: [1]))
        }
        let pictures = (0..<3).map { maker(z, context(Int32($0))) }
        #expect(largestDifference(pictures[0], pictures[1]) > 0.01)
        #expect(largestDifference(pictures[1], pictures[2]) > 0.01)
        let logits = (0..<3).map {
            judge.verdict(pictures[0], context(Int32($0))).logits.scalar()
        }
        #expect(Set(logits).count == 3)
    }

    @Test func noTruncationChangesNothingAndFullIsTheMeanPicture() {
        var maker = generator(small())
        // The average of styles: a training pass moves it by 0.002 of its way.
        #expect(maker.averageStyle.floats().allSatisfy { $0 == 0 })
        let styles = maker.mapped(latents(4))
        _ = maker(latents(4), NetworkContext(training: true))
        let mean = styles.mean(axes: [0]) * 0.002
        #expect(largestDifference(maker.averageStyle, mean) < 1e-6)
        #expect(largestDifference(maker.averageStyle, mean * 0) > 1e-5)
        // Without training it stays.
        let before = maker.averageStyle.floats()
        _ = maker(latents(4, "others"), NetworkContext(training: false))
        #expect(maker.averageStyle.floats() == before)

        let layered = maker.layered(styles)
        let full = maker.synthesized(maker.truncated(layered, psi: 0))
        let average = maker.synthesized(maker.layered(maker.averageStyle.expanded(at: 0)))
        for index in 0..<4 {
            #expect(largestDifference(full.sliced(axis: 0, index..<(index + 1)), average) < 1e-5)
        }
        #expect(largestDifference(maker.truncated(layered, psi: 1), layered) < 1e-6)
        let half = maker.truncated(layered, psi: 0.5, cutoff: 2)
        let expected = (styles + maker.averageStyle) * 0.5
        #expect(largestDifference(half.sliced(axis: 1, 0..<1), expected.expanded(at: 1)) < 1e-6)
        #expect(
            largestDifference(
                half.sliced(axis: 1, 2..<maker.layerCount),
                layered.sliced(axis: 1, 2..<maker.layerCount)) < 1e-6)
    }

    @Test func layersAreTakenFromOtherStyles() {
        let maker = generator(small())
        let styles = maker.layered(maker.mapped(latents(2)))
        let others = maker.layered(maker.mapped(latents(1, "others")))
        let mixed = maker.mixed(styles, with: others, layers: [1, 4])
        for layer in 0..<maker.layerCount {
            let isTaken = layer == 1 || layer == 4
            let row = mixed.sliced(axis: 1, layer..<(layer + 1))
            let own = styles.sliced(axis: 1, layer..<(layer + 1))
            let other = others.sliced(axis: 1, layer..<(layer + 1))
            #expect((largestDifference(row, own) == 0) == !isTaken, "layer \(layer)")
            #expect((largestDifference(row, other) == 0) == isTaken, "layer \(layer)")
        }
        // Every layer steers the pictures.
        let pictures = maker.synthesized(styles)
        for layer in 0..<maker.layerCount {
            let changed = maker.synthesized(maker.mixed(styles, with: others, layers: [layer]))
            #expect(largestDifference(pictures, changed) > 1e-4, "layer \(layer)")
        }
    }

    /// In training each picture's styles are its own up to a layer, and another's from there on.
    @Test func stylesCrossOverInTraining() {
        let count = 400
        var maker = generator(small())
        let z = latents(count)
        let own = maker.mapped(z)
        let styles = maker.trainedStyles(z, NetworkContext(training: true, key: key))
        let isOwn = ((styles - own.expanded(at: 1)).abs().max(axes: [2]) .< 1e-6).bools()
        let layers = maker.layerCount
        var places = [Int](repeating: 0, count: layers + 1)
        for sample in 0..<count {
            let row = isOwn[(sample * layers)..<((sample + 1) * layers)]
            let first = row.firstIndex(of: false).map { $0 - row.startIndex } ?? layers
            places[first] += 1
            #expect(row.dropFirst(first).allSatisfy { !$0 }, "sample \(sample): \(Array(row))")
        }
        #expect(places[0] == 0)
        // A tenth is not mixed, give or take four standard deviations; all places occur.
        #expect((16...64).contains(places[layers]), "\(places)")
        #expect(places[1..<layers].allSatisfy { $0 > 30 }, "\(places)")
        // Without training, or without a key, nothing is mixed.
        for context in [
            NetworkContext(training: false, key: key), NetworkContext(training: true),
        ] {
            #expect(largestDifference(maker.trainedStyles(z, context), own.expanded(at: 1)) == 0)
        }
    }

    @Test func groupsOfLayersGoFromCoarseToFine() {
        let layers = small(64, 64).styleLayers
        #expect(layers.map(\.height) == [4, 8, 8, 16, 16, 32, 32, 64, 64, 64])
        let groups = layers.map(\.group)
        #expect(groups.filter { $0 == .coarse }.count == 3)
        #expect(groups.filter { $0 == .middle }.count == 4)
        #expect(groups.filter { $0 == .fine }.count == 3)
        for layers in [small(16, 16).styleLayers, small(512, 256).styleLayers] {
            #expect(Set(layers.map(\.group)) == Set(StyleLayer.Group.allCases))
        }
    }

    @Test(arguments: [
        (16, 16, 3, true), (512, 512, 1, true), (96, 64, 4, true), (20, 28, 3, true),
        (8, 8, 3, false), (1024, 1024, 3, false), (64, 64, 5, false), (33, 32, 3, false),
        (18, 18, 3, true), (34, 34, 3, false), (512, 16, 3, false), (-4, 16, 3, false),
    ])
    func sizesThatNoneMakesAreNamed(_ height: Int, _ width: Int, _ channels: Int, _ possible: Bool)
    {
        let picture = PictureShape(height: height, width: width, channels: channels)
        let problem = StyleGAN2Configuration.problem(with: picture)
        #expect((problem == nil) == possible, "\(problem ?? "no problem")")
    }

    @Test func otherSizesThatNoneHasAreNamed() {
        #expect(small().problem == nil)
        func problem(_ change: (inout StyleGAN2Configuration) -> Void) -> String {
            var configuration = small()
            change(&configuration)
            return configuration.problem ?? ""
        }
        #expect(problem { $0.mappingLayerCount = 1 }.contains("2 to 8 mapping layers, got 1"))
        #expect(problem { $0.latentSize = 0 }.contains("latent size, got 0"))
        #expect(problem { $0.styleSize = -1 }.contains("style size, got -1"))
        #expect(problem { $0.classCount = -2 }.contains("got -2"))
        #expect(problem { $0.maximumWidth = 2 }.contains("got 4 and 2"))
        #expect(problem { $0.mixingProbability = 1.5 }.contains("got 1.5"))
    }
}
