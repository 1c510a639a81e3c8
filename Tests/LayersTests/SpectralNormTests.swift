import Layers
import TensorCore
import TestSupport
import Testing

/// Spectral normalisation against PyTorch's own, and against what it promises.
@Suite struct SpectralNormTests {
    init() { _ = Engine.installed }

    /// Two calls in training with the vector of each, and the gradient through the first.
    private func check<Layer: WeightedLayer>(
        _ name: String, _ layer: Layer, _ apply: (Layer) -> Tensor
    ) throws {
        let golden = try goldens("gan_layers")
        var norm = SpectralNorm(layer, key: key)
        let stored = try norm.namedTensors().map { try golden.tensor("\(name)/\($0.name)") }
        var next = stored.makeIterator()
        norm.mapTensors { _, tensor in next.next() ?? tensor }
        let v = try golden.tensor("\(name)/v")
        var first: Tensor?
        let result = valueAndGrad(at: &norm) { norm in
            let y = apply(norm.normalized(training: true))
            first = y
            return (y * v).sum()
        }
        try golden.expect(try #require(first), "\(name)/y")
        try golden.expect(result.gradients.tensors[0], "\(name)/g.weight")
        try golden.expect(try #require(norm.leftVector), "\(name)/u1")
        // Judging leaves the vector alone, and sees what the next call in training sees.
        let judged = apply(norm.normalized(training: false))
        try golden.expect(judged, "\(name)/second")
        try golden.expect(try #require(norm.leftVector), "\(name)/u1")
        try golden.expect(apply(norm.normalized(training: true)), "\(name)/second")
        try golden.expect(try #require(norm.leftVector), "\(name)/u2")
    }

    @Test func convolution() throws {
        let x = try goldens("gan_layers").tensor("spectral_conv/x")
        let layer = Conv2d(
            inputChannels: 3, outputChannels: 4, kernelSize: 3, padding: 1, hasBias: false,
            key: key)
        try check("spectral_conv", layer) { $0(x) }
    }

    @Test func linear() throws {
        let x = try goldens("gan_layers").tensor("spectral_linear/x")
        let layer = Linear(inputFeatures: 5, outputFeatures: 3, hasBias: false, key: key)
        try check("spectral_linear", layer) { $0(x) }
    }

    @Test func embedding() throws {
        let classes = Tensor(int32: [2, 0, 2, 4], shape: [4])
        let layer = Embedding(classes: 5, features: 3, key: key)
        try check("spectral_embedding", layer) { $0(classes) }
    }

    /// A matrix with singular values 7 and 2.
    @Test func theLargestSingularValueBecomesOne() {
        var layer = Linear(inputFeatures: 2, outputFeatures: 2, key: key)
        layer.weight = Tensor([0, 7, -2, 0], shape: [2, 2])
        var norm = SpectralNorm(layer, key: key)
        for _ in 0..<10 { _ = norm.normalized(training: true) }
        let weight = norm.normalized(training: false).weight.floats()
        expectClose(
            weight.map(Double.init), shape: [4], to: [0, 1, -2.0 / 7, 0], shape: [4],
            absolute: 1e-5, relative: 0)
        // An averaged vector is shorter than one; only its direction counts.
        norm.mapTensors { name, tensor in name == "u" ? tensor * 0.3 : tensor }
        let again = norm.normalized(training: false).weight.floats()
        #expect(abs(again[1] - 1) < 1e-5)
    }

    @Test func namesAndRoles() {
        let layer = Linear(inputFeatures: 5, outputFeatures: 3, key: key)
        let norm = SpectralNorm(layer, key: key)
        #expect(norm.namedTensors(.parameter).map(\.name) == ["weight", "bias"])
        #expect(
            norm.namedTensors(.buffer).map { "\($0.name) \($0.tensor.shape)" } == ["u [3]"])
        var off = SpectralNorm(layer, isActive: false, key: key)
        #expect(off.namedTensors(.buffer).isEmpty)
        #expect(off.normalized(training: true).weight.floats() == layer.weight.floats())
    }
}
