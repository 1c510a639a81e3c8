import Foundation
import Networks
import TensorCore
import TestSupport
import Testing
import Training

/// The regulariser on StyleGAN2, beside PyTorch (Tools/goldens/make_stylegan2_goldens.py).
@Suite struct PathLengthTests {
    private let values: Fixture
    private let key = RandomKey(seed: goldenSeed).folded("stylegan2").folded("oblong")

    init() throws {
        _ = Engine.installed
        values = try Fixture(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/path_length.safetensors"))
    }

    private func expect(_ tensor: Tensor, _ name: String) throws {
        let golden = try values.array("oblong/" + name)
        let largest = golden.values.reduce(0) { max($0, abs($1)) }
        expectClose(
            tensor.floats(), shape: tensor.shape, to: golden.values, shape: golden.shape,
            absolute: 5e-5 * largest + 1e-6, relative: 0, name)
    }

    @Test func penaltyAndGradientsAreThoseOfPyTorch() throws {
        var generator = StyleGAN2Generator(
            StyleGAN2Configuration(
                picture: PictureShape(height: 24, width: 16, channels: 3), classCount: 3,
                latentSize: 5, styleSize: 6, mappingLayerCount: 3, width: 2, maximumWidth: 4),
            key: key)
        let weights = key.folded("generator")
        generator.forEachTensor(under: "") { name, tensor, role in
            guard role == .parameter || name.hasSuffix("noise_const") else { return }
            let values = Tensor.normal(tensor.shape, key: weights.folded(name))
            if name.contains("mapping.fc") {
                tensor = values * (name.hasSuffix("bias") ? 20 : 100)
            } else if name.hasSuffix("affine.bias") {
                tensor = 1 + values * 0.25
            } else if name.hasSuffix("bias") || name.hasSuffix("noise_strength") {
                tensor = values * 0.25
            } else {
                tensor = values
            }
        }
        generator.pathLengthAverage = Tensor(0.5)
        let latents = Tensor.normal([6, 5], key: key.folded("latents"))
        let labels = Tensor(int32: [0, 1, 2, 0, 1, 2], shape: [6])
        let directions = key.folded("directions")
        var lengths: Tensor?
        let (penalty, gradients) = valueAndGrad(at: &generator) { generator in
            let styles = generator.trainedStyles(
                latents, NetworkContext(training: false, labels: labels))
            let pictures = generator.synthesized(styles)
            lengths = pathLengths(of: pictures, by: styles, key: directions)
            return pathLengthPenalty(
                of: pictures, by: styles, average: &generator.pathLengthAverage, key: directions)
        }
        evaluate(gradients.tensors + [penalty])
        try expect(#require(lengths), "lengths")
        try expect(generator.pathLengthAverage.reshaped([1]), "average")
        try expect(penalty.reshaped([1]), "penalty")
        var compared = 0
        for (tensor, slope) in zip(generator.namedTensors(.parameter), gradients.tensors) {
            try expect(slope, "p." + tensor.name)
            compared += 1
        }
        #expect(compared == values.arrays.keys.count { $0.hasPrefix("oblong/p.") })
    }
}
