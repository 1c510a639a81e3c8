import Networks
import TensorCore
import Testing

/// A caller's mistake stops the program with a message; each in a process of its own.
@Suite struct ArchitectureErrorTests {
    private static func message(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test func picturesThatDoNotFitAreNamed() async {
        let results = [
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var network = UNetGenerator(
                    UNetConfiguration(width: 2, levels: 5), key: RandomKey(seed: 1))
                _ = network(.zeros([1, 48, 32, 3]), training: false)
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var network = PatchDiscriminator(width: 2, key: RandomKey(seed: 1))
                _ = network(.zeros([1, 32, 32, 3]), training: false)
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let sizes = ResNetGeneratorConfiguration(width: 2, blockCount: 1)
                _ = ResNetGenerator(sizes, key: RandomKey(seed: 1))(.zeros([1, 18, 16, 3]))
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let sizes = StyleTransformConfiguration(width: 2, blockCount: 1)
                _ = StyleTransformNetwork(sizes, key: RandomKey(seed: 1))(.zeros([1, 16, 16, 1]))
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let network = VGG(width: 2, through: .relu(2, 1), key: RandomKey(seed: 1))
                _ = network(.zeros([1, 16, 16, 3]), at: [.relu(3, 1)])
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var network = ResNet(ResNetConfiguration(width: 2), key: RandomKey(seed: 1))
                _ = network(.zeros([1, 16, 16, 1]), training: false)
            },
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let picture = PictureShape(height: 16, width: 16, channels: 3)
                var network = ResidualGANDiscriminator(
                    ResidualGANConfiguration(picture: picture, width: 2), key: RandomKey(seed: 1))
                _ = network(.zeros([1, 32, 32, 3]), training: false)
            },
        ]
        let expected = [
            "[UNetGenerator] expected pictures [N, H, W, 3] with sides that are multiples of 32",
            "[PatchDiscriminator] expected pictures [N, H, W, 6], got [1, 32, 32, 3]",
            "[ResNetGenerator] expected pictures [N, H, W, 3] with sides that are multiples of 4",
            "[StyleTransformNetwork] expected pictures [N, H, W, 3]",
            "[VGG] expected activations up to relu2_1, got relu3_1",
            "[ResNet] expected pictures [N, H, W, 3], got [1, 16, 16, 1]",
            "[ResidualGANDiscriminator] expected pictures [N, 16, 16, 3], got [1, 32, 32, 3]",
        ]
        for (result, text) in zip(results, expected) {
            #expect(Self.message(result).contains(text), "\(Self.message(result))")
        }
    }
}
