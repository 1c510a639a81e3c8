import Layers
import TensorCore
import TestSupport
import Testing

/// Conditional batch norm, minibatch standard deviation and self-attention against PyTorch's.
@Suite struct GANLayerTests {
    private let file = "gan_layers"

    init() { _ = Engine.installed }

    @Test func conditionalBatchNormalization() throws {
        let golden = try goldens(file)
        let labels = Tensor(int32: [2, 0, 2], shape: [3])
        let begin = ConditionalBatchNorm(classes: 3, features: 4)
        #expect(begin.gain.weight.floats() == [Float](repeating: 1, count: 12))
        #expect(begin.bias.weight.floats() == [Float](repeating: 0, count: 12))
        var layer = try check("conditional_norm", begin, in: file) {
            (layer: inout ConditionalBatchNorm, x: Tensor) in
            layer(x, labels: labels, training: true)
        }
        try golden.expect(layer.runningMean, "conditional_norm/running_mean")
        try golden.expect(layer.runningVariance, "conditional_norm/running_var")
        let y = layer(
            try golden.tensor("conditional_norm/x"), labels: labels, training: false)
        try golden.expect(y, "conditional_norm/inference")
        try golden.expect(layer.runningMean, "conditional_norm/running_mean")
        #expect(
            layer.namedTensors().map(\.name)
                == ["gain.weight", "bias.weight", "running_mean", "running_var"])
    }

    @Test func minibatchStandardDeviation() throws {
        let golden = try goldens(file)
        // Six pictures do not split into groups of five, four: three it is.
        let layer = MinibatchStandardDeviation(groupSize: 5, features: 2)
        let x = try golden.tensor("deviation/x")
        let v = try golden.tensor("deviation/v")
        let result = valueAndGrad { x in (layer(x) * v).sum() }(x)
        try golden.expect(layer(x), "deviation/y")
        try golden.expect(result.gradient, "deviation/g.x")
        // All alike: nothing but the floor, and a slope that is finite.
        let alike = Tensor.ones([4, 2, 2, 2])
        let slope = grad { x in MinibatchStandardDeviation()(x).square().sum() }(alike)
        #expect(MinibatchStandardDeviation()(alike).floats().last == Float(1e-4))
        #expect(slope.floats().allSatisfy { $0.isFinite })
    }

    @Test func selfAttention() throws {
        let begin = SelfAttention2d(channels: 8, isSpectrallyNormalized: false, key: key)
        #expect(begin.gamma.floats() == [0])
        try check("attention", begin, in: file) { (layer: inout SelfAttention2d, x: Tensor) in
            layer(x, training: true)
        }
    }

    /// As it begins, attention changes nothing, and its strength is all that has a slope.
    @Test func selfAttentionBeginsAsNothing() {
        var layer = SelfAttention2d(channels: 16, key: key)
        let x = Tensor.normal([2, 4, 6, 16], key: key.folded("x"))
        #expect(layer(x, training: true).floats() == x.floats())
        let result = valueAndGrad(at: &layer) { layer in layer(x, training: true).square().sum() }
        evaluate(result.gradients.tensors)
        let names = layer.namedTensors(.parameter).map(\.name)
        #expect(names == ["theta.weight", "phi.weight", "g.weight", "o.weight", "gamma"])
        #expect(
            layer.namedTensors(.parameter).map(\.tensor.shape)
                == [[2, 1, 1, 16], [2, 1, 1, 16], [8, 1, 1, 16], [16, 1, 1, 8], [1]])
        #expect(layer.namedTensors(.buffer).count == 4)
        for (name, slope) in zip(names, result.gradients.tensors) {
            #expect((slope.floats().contains { $0 != 0 }) == (name == "gamma"), "\(name)")
        }
    }

    /// A penalty on the slope goes through pooling and softmax.
    @Test func derivativesOfTheSecondOrder() {
        // Without spectral norm, whose vectors are constants by decree.
        let attention = SelfAttention2d(channels: 8, isSpectrallyNormalized: false, key: key)
        let parameters = attention.namedTensors(.parameter).map(\.tensor.shape)
        let variables = [Variable([1, 2, 4, 8])] + parameters.map { Variable($0) }
        checkDerivatives("attention", variables, seeds: 0..<1) { x in
            var layer = attention
            layer.setParameters(Array(x.dropFirst()))
            return layer(x[0], training: true)
        }
        checkDerivatives("deviation", [Variable([4, 2, 1, 2])], seeds: 0..<1) { x in
            MinibatchStandardDeviation(groupSize: 2)(x[0])
        }
    }
}
