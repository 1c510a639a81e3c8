import Networks
import TensorCore
import TestSupport
import Testing

/// The networks beside DCGAN, each at a small size against PyTorch's twin. Pictures are not square, so
/// that no two axes can be mistaken for one another.
@Suite struct ArchitectureTests {
    let golden: ArchitectureGoldens
    private let key = RandomKey(seed: 3)

    init() throws { golden = try ArchitectureGoldens() }

    // MARK: Mescheder et al. 2018

    private let residual = ResidualGANConfiguration(
        picture: PictureShape(height: 16, width: 24, channels: 3), latentSize: 5, width: 3)

    @Test func residualGAN() throws {
        var generator = ResidualGANGenerator(residual, key: key)
        var discriminator = ResidualGANDiscriminator(residual, key: key)
        try golden.fill("residual_generator", &generator)
        try golden.fill("residual_discriminator", &discriminator)
        let latents = golden.latents("residual_generator", [2, 5])
        let made = generator(latents, training: true)
        try golden.expect(made, "residual_generator/pictures")
        try golden.expect(
            discriminator(made, training: true), "residual_discriminator/logits")
        let ofGenerator = valueAndGrad(at: &generator) { generator in
            var judge = discriminator
            return (-judge(generator(latents, training: true), training: true)).softplus().mean()
        }
        try golden.expectGradients("residual_generator", generator, ofGenerator.gradients)
    }

    /// Through the second derivative.
    @Test func residualDiscriminatorWithGradientPenalty() throws {
        var discriminator = ResidualGANDiscriminator(residual, key: key)
        try golden.fill("residual_discriminator", &discriminator)
        let pictures = golden.pictures("residual_discriminator", [2, 16, 24, 3])
        let result = valueAndGrad(at: &discriminator) { discriminator in
            let logits = discriminator(pictures, training: true)
            let slope = gradients(of: logits.sum(), at: [pictures])[0]
            return (-logits).softplus().mean()
                + slope.square().sum(axes: [1, 2, 3]).mean() * 5
        }
        try golden.expect(result.value.reshaped([1]), "residual_discriminator/loss")
        try golden.expectGradients("residual_discriminator", discriminator, result.gradients)
    }

    // MARK: Isola et al. 2017

    @Test func uNet() throws {
        var network = UNetGenerator(UNetConfiguration(width: 2, levels: 5), key: key)
        try golden.fill("unet", &network)
        let pictures = golden.pictures("unet", [2, 32, 64, 3])
        try golden.expect(network(pictures, training: true), "unet/training")
        try golden.expect(network(pictures, training: false), "unet/inference")
    }

    @Test func dropoutNeedsAKeyAndDropsInTrainingOnly() {
        let sizes = UNetConfiguration(width: 2, levels: 6, dropout: 0.5)
        var network = UNetGenerator(sizes, key: key)
        let pictures = Tensor.normal([2, 64, 64, 3], key: key)
        func run(_ number: UInt64) -> [Float] {
            network(pictures, training: true, dropoutKey: RandomKey(seed: number)).floats()
        }
        #expect(run(1) == run(1))
        #expect(run(1) != run(2))
        #expect(network(pictures, training: false).shape == [2, 64, 64, 3])
    }

    @Test func patchDiscriminator() throws {
        var network = PatchDiscriminator(width: 2, key: key)
        try golden.fill("patches", &network)
        let pictures = golden.pictures("patches", [2, 40, 32, 6])
        try golden.expect(network(pictures, training: true), "patches/training")
        try golden.expect(network(pictures, training: false), "patches/inference")
    }

    // MARK: Zhu et al. 2017, Johnson et al. 2016

    @Test(arguments: [("resnet_generator", 2, true), ("resnet_generator_plain", 1, false)])
    func resNetGenerator(_ name: String, _ blocks: Int, _ isAffine: Bool) throws {
        var network = ResNetGenerator(
            ResNetGeneratorConfiguration(width: 2, blockCount: blocks, isAffine: isAffine),
            key: key)
        try golden.fill(name, &network)
        try golden.expect(
            network(golden.pictures(name, [2, 20, 16, 3])), "\(name)/pictures")
    }

    @Test(arguments: [
        ("style", StyleTransformConfiguration(width: 2, blockCount: 2)),
        (
            "style_mirrored",
            StyleTransformConfiguration(width: 2, blockCount: 1, edge: .mirror, output: .linear)
        ),
    ])
    func styleTransform(_ name: String, _ configuration: StyleTransformConfiguration) throws {
        var network = StyleTransformNetwork(configuration, key: key)
        try golden.fill(name, &network)
        try golden.expect(
            network(golden.pictures(name, [2, 20, 16, 3])), "\(name)/pictures")
    }

    // MARK: Simonyan and Zisserman 2015

    @Test(arguments: [
        ("vgg19", VGG.Depth.nineteen, VGG.Pooling.maximum),
        ("vgg16_average", .sixteen, .average),
    ])
    func vgg(_ name: String, _ depth: VGG.Depth, _ pooling: VGG.Pooling) throws {
        var network = VGG(depth: depth, width: 2, pooling: pooling, key: key)
        try golden.fill(name, &network)
        let pictures = golden.pictures(name, [1, 32, 16, 3])
        let last = depth == .sixteen ? 3 : 4
        // In another order than the network's: last block first.
        let places = (1...5).reversed().flatMap { block in
            (1...(block < 3 ? 2 : last)).map { VGG.Activation.relu(block, $0) }
        }
        let found = network(pictures, at: places)
        #expect(golden.names(name) == places.map { "\($0)" }.sorted())
        for (place, tensor) in zip(places, found) {
            try golden.expect(tensor, "\(name)/\(place)")
        }
    }

    @Test func vggEndsWhereItIsTold() {
        let network = VGG(width: 2, through: .relu(3, 2), key: key)
        #expect(
            network.namedTensors().map(\.name)
                == [0, 2, 5, 7, 10, 12].flatMap {
                    ["features.\($0).weight", "features.\($0).bias"]
                })
        let pictures = Tensor.normal([1, 8, 8, 3], key: key)
        #expect(network(pictures, at: [.relu(3, 2)])[0].shape == [1, 2, 2, 8])
    }

    // MARK: He et al. 2016

    @Test(arguments: [
        ("resnet18", ResNetConfiguration(width: 2)),
        ("resnet_large", ResNetConfiguration(blockCounts: [1, 2], width: 4, stem: .large)),
    ])
    func resNet(_ name: String, _ configuration: ResNetConfiguration) throws {
        var network = ResNet(configuration, key: key)
        try golden.fill(name, &network)
        let pictures = golden.pictures(name, [4, 16, 24, 3])
        let begin = network
        // In training first: inference uses the running statistics that it leaves.
        try golden.expect(network(pictures, training: true), "\(name)/training")
        try golden.expect(network(pictures, training: false), "\(name)/inference")
        // Cross entropy, written out: the losses live above the networks.
        let classes = Tensor(int32: [3, 0, 9, 3], shape: [4]).oneHot(classes: 10)
        network = begin
        let result = valueAndGrad(at: &network) { network in
            -(network(pictures, training: true).logSoftmax() * classes).sum() * 0.25
        }
        try golden.expect(result.value.reshaped([1]), "\(name)/loss")
        try golden.expectGradients(name, network, result.gradients)
    }

    // MARK: Full sizes

    @Test func parameterCountsAreThoseOfPyTorch() throws {
        let picture = PictureShape(height: 32, width: 32, channels: 3)
        let residual = ResidualGANConfiguration(picture: picture)
        let large = ResNetConfiguration(
            blockCounts: ResNetConfiguration.resNet34.blockCounts, classCount: 1000, stem: .large)
        let networks: [(String, any Module)] = [
            ("residual_generator", ResidualGANGenerator(residual, key: key)),
            ("residual_discriminator", ResidualGANDiscriminator(residual, key: key)),
            ("unet", UNetGenerator(key: key)),
            ("patches", PatchDiscriminator(key: key)),
            ("resnet_generator", ResNetGenerator(key: key)),
            (
                "resnet_generator_6",
                ResNetGenerator(ResNetGeneratorConfiguration(blockCount: 6), key: key)
            ),
            ("style", StyleTransformNetwork(key: key)),
            ("vgg19", VGG(key: key)),
            ("vgg16", VGG(depth: .sixteen, key: key)),
            ("resnet18", ResNet(key: key)),
            ("resnet34_large", ResNet(large, key: key)),
        ]
        for (name, network) in networks {
            #expect(try network.parameterCount == golden.count(name), "\(name)")
        }
    }
}
