import Networks
import TensorCore
import TestSupport
import Testing

/// The cases of Tools/goldens/make_stylegan2_goldens.py.
private enum Case: String, CaseIterable {
    case oblong, square

    var configuration: StyleGAN2Configuration {
        switch self {
        case .oblong:
            StyleGAN2Configuration(
                picture: PictureShape(height: 24, width: 16, channels: 3), classCount: 3,
                latentSize: 5, styleSize: 6, mappingLayerCount: 3, width: 2, maximumWidth: 4)
        case .square:
            StyleGAN2Configuration(
                picture: PictureShape(height: 16, width: 16, channels: 1), latentSize: 5,
                styleSize: 6, mappingLayerCount: 3, width: 2, maximumWidth: 3)
        }
    }

    var count: Int { self == .oblong ? 6 : 4 }

    var key: RandomKey {
        RandomKey(seed: goldenSeed).folded("stylegan2").folded(rawValue)
    }

    var labels: Tensor? {
        self == .oblong
            ? Tensor(int32: (0..<6).map { Int32($0 % 3) }, shape: [6]) : nil
    }

    var latents: Tensor { .normal([count, 5], key: key.folded("latents")) }
}

extension Module {
    /// Weights and buffers of the goldens.
    fileprivate mutating func fillAsInGoldens(_ key: RandomKey) {
        forEachTensor(under: "") { name, tensor, role in
            guard role == .parameter || name.hasSuffix("noise_const") else { return }
            let values = Tensor.normal(tensor.shape, key: key.folded(name))
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
    }
}

@Suite struct StyleGAN2GoldenTests {
    private let values: Fixture

    init() throws {
        _ = Engine.installed
        values = try Fixture(contentsOf: fixture("stylegan2.safetensors"))
    }

    private func expect(
        _ tensor: Tensor, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let golden = try values.array(name)
        let largest = golden.values.reduce(0) { max($0, abs($1)) }
        expectClose(
            tensor.floats(), shape: tensor.shape, to: golden.values, shape: golden.shape,
            absolute: 2e-5 * largest + 1e-6, relative: 0, name, sourceLocation: sourceLocation)
    }

    /// Compares the gradients that the golden has under a prefix, and wants `count` of them.
    private func expectGradients(
        _ prefix: String, _ module: some Module, _ gradients: ModuleGradients, count: Int
    ) throws {
        evaluate(gradients.tensors)
        let named = zip(module.namedTensors(.parameter).map(\.name), gradients.tensors)
        var compared = 0
        for (name, slope) in named where values.arrays["\(prefix).\(name)"] != nil {
            try expect(slope, "\(prefix).\(name)")
            compared += 1
        }
        #expect(compared == values.arrays.keys.count { $0.hasPrefix(prefix + ".") })
        #expect(compared == count, "\(prefix)")
    }

    /// Not square in one case, so that no two axes can be mistaken for one another.
    @Test(arguments: Case.allCases)
    fileprivate func picturesAndGradientsAreThoseOfPyTorch(_ part: Case) throws {
        var generator = StyleGAN2Generator(part.configuration, key: RandomKey(seed: 1))
        generator.fillAsInGoldens(part.key.folded("generator"))
        let context = NetworkContext(training: false, labels: part.labels)
        let styles = generator.mapped(part.latents, labels: part.labels)
        try expect(styles, "\(part)/w")
        let shape = part.configuration.picture
        let cotangent = Tensor.normal(
            [part.count, shape.height, shape.width, shape.channels], key: part.key.folded("v"))
        var pictures = cotangent
        let (_, gradients) = valueAndGrad(at: &generator) { generator in
            pictures = generator(part.latents, context)
            return (pictures * cotangent).sum()
        }
        try expect(pictures, "\(part)/pictures")
        try expectGradients(
            "\(part)/g", generator, gradients, count: part == .oblong ? 45 : 14)
    }

    /// Derivatives of the second order, too: `sum(logits) + mean(|gradient at the pictures|^2)`.
    @Test(arguments: Case.allCases)
    fileprivate func verdictsAndTheirGradientsAreThoseOfPyTorch(_ part: Case) throws {
        var discriminator = StyleGAN2Discriminator(part.configuration, key: RandomKey(seed: 1))
        discriminator.fillAsInGoldens(part.key.folded("discriminator"))
        let golden = try values.array("\(part)/pictures")
        let pictures = Tensor(golden.floats, shape: golden.shape)
        let context = NetworkContext(training: true, labels: part.labels)
        var results: (logits: Tensor, slope: Tensor)?
        let (_, gradients) = valueAndGrad(at: &discriminator) { discriminator in
            let logits = discriminator.verdict(pictures, context).logits
            let slope = TensorCore.gradients(of: logits.sum(), at: [pictures])[0]
            results = (logits, slope)
            return logits.sum() + slope.square().sum(axes: [1, 2, 3]).mean()
        }
        let (logits, slope) = try #require(results)
        try expect(logits, "\(part)/logits")
        try expect(slope, "\(part)/slope")
        try expectGradients(
            "\(part)/r", discriminator, gradients, count: part == .oblong ? 19 : 13)
    }
}
