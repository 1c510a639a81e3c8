import Foundation
import Imaging
import Networks
import Runs
import TensorCore
import TestSupport
import Testing

@Suite struct MultilayerPerceptronTests {
    init() { _ = Engine.installed }

    @Test func namesShapesAndGradients() {
        var network = MultilayerPerceptron(
            features: [3, 5, 4, 2], activation: .leakyRelu(slope: 0.2), key: RandomKey(seed: 1))
        #expect(
            network.namedTensors().map { "\($0.name) \($0.tensor.shape)" } == [
                "0.weight [5, 3]", "0.bias [5]", "2.weight [4, 5]", "2.bias [4]", "4.weight [2, 4]",
                "4.bias [2]",
            ])
        let x = Tensor.normal([6, 3], key: RandomKey(seed: 2))
        let slopes = valueAndGrad(at: &network) { $0(x).square().sum() }.gradients.tensors
        #expect(network(x).shape == [6, 2])
        for slope in slopes {
            let values = slope.floats()
            #expect(values.allSatisfy { $0.isFinite && $0 != 0 })
        }
    }

    @Test func activationsStandBetweenLayersOnly() {
        // With weights of one and a bias of -1 twice: x -> a(x - 1) -> a(...) - 1.
        for (activation, expected) in [
            (MultilayerPerceptron.Activation.relu, [Float(-1), 0.5]),
            (.leakyRelu(slope: 0.25), [-1.375, 0.5]),
        ] {
            var network = MultilayerPerceptron(
                features: [1, 1, 1], activation: activation, key: RandomKey(seed: 1))
            network.mapTensors { name, tensor in
                .full(name.hasSuffix("bias") ? -1 : 1, shape: tensor.shape)
            }
            #expect(network(Tensor([-0.5, 2.5], shape: [2, 1])).floats() == expected)
        }
    }

    /// A generator of digits that others trained, loaded by name.
    @Test(
        .enabled(
            if: testData("weights/mnist_mlp_gan_G.safetensors") != nil,
            "no test data: set ATELIER_DATA"))
    func foreignWeightsMakeDigits() throws {
        let weights = try #require(testData("weights/mnist_mlp_gan_G.safetensors"))
        let file = try SafetensorsFile(path: weights.path)
        var network = MultilayerPerceptron(
            features: [64, 256, 256, 784], key: RandomKey(seed: 1))
        #expect(file.names.sorted() == network.namedTensors().map(\.name).sorted())
        for (name, tensor) in network.namedTensors() {
            #expect(try file.tensor(named: name).shape == tensor.shape, "\(name)")
        }
        var loaded: [String: [Float]] = [:]
        for name in file.names { loaded[name] = try file.tensor(named: name).floats }
        network.mapTensors { name, tensor in Tensor(loaded[name] ?? [], shape: tensor.shape) }
        let latents = Tensor.normal([64, 64], key: RandomKey(seed: goldenSeed).folded("digits"))
        let pictures = network(latents).tanh()
        let values = pictures.floats()
        let golden = try Fixture(contentsOf: fixture("digits.safetensors")).array("digits")
        expectClose(
            Array(values.prefix(4 * 784)), shape: [4, 784], to: golden.values, shape: golden.shape,
            absolute: 1e-4, relative: 1e-4)
        // Strokes on a black ground: most is black, and every picture has white.
        for picture in 0..<64 {
            let pixels = values[picture * 784..<(picture + 1) * 784]
            #expect(pixels.count { $0 < -0.8 } > 392 && pixels.count { $0 > 0.5 } > 20)
        }
        try writeGrid(values)
    }

    /// A picture of the digits to look at, where ATELIER_TEST_PICTURES says.
    private func writeGrid(_ values: [Float]) throws {
        guard let folder = ProcessInfo.processInfo.environment["ATELIER_TEST_PICTURES"] else {
            return
        }
        let pictures = (0..<64).map { picture in
            PixelBuffer(
                width: 28, height: 28, format: .grey,
                bytes: values[picture * 784..<(picture + 1) * 784].map { UInt8($0 * 127.5 + 127.5) }
            )
        }
        let grid = PictureGrid(columns: 8, scale: 3).compose(pictures)
        try PNGFile.write(grid, to: "\(folder)/digits.png")
    }
}
