import Layers
import TensorCore
import TestSupport
import Testing

/// Values and gradients of every layer against PyTorch's.
@Suite struct LayerTests {
    init() { _ = Engine.installed }

    @Test(arguments: ["linear", "linear_of_rank_3", "linear_without_bias"])
    func linear(_ name: String) throws {
        let layer = Linear(
            inputFeatures: 5, outputFeatures: 3, hasBias: name != "linear_without_bias", key: key)
        try check(name, layer) { $0($1) }
    }

    @Test func convolution() throws {
        let layer = Conv2d(
            inputChannels: 3, outputChannels: 4, kernelSize: 4, stride: 2, padding: 1, key: key)
        try check("conv", layer) { $0($1) }
        let plain = Conv2d(
            inputChannels: 3, outputChannels: 4, kernelSize: (3, 2), hasBias: false, key: key)
        try check("conv_without_bias", plain) { $0($1) }
        let groups = Conv2d(
            inputChannels: 4, outputChannels: 6, kernelSize: 3, padding: 2, dilation: 2, groups: 2,
            key: key)
        try check("conv_dilated_in_groups", groups) { $0($1) }
    }

    @Test func transposedConvolution() throws {
        let layer = ConvTransposed2d(
            inputChannels: 3, outputChannels: 4, kernelSize: 4, stride: 2, padding: 1, key: key)
        try check("transposed", layer) { $0($1) }
        let padded = ConvTransposed2d(
            inputChannels: 3, outputChannels: 2, kernelSize: 3, stride: 2, padding: 1,
            outputPadding: 1, key: key)
        try check("transposed_padded", padded) { $0($1) }
        let points = ConvTransposed2d(
            inputChannels: 6, outputChannels: 4, kernelSize: (3, 5), hasBias: false, key: key)
        try check("transposed_of_points", points) { $0($1) }
    }

    @Test func instanceNormalization() throws {
        try check("instance_norm", InstanceNorm(features: 3)) { $0($1) }
        try check(
            "instance_norm_plain", InstanceNorm(features: 3, isAffine: false, epsilon: 1e-2)
        ) { $0($1) }
    }

    @Test(arguments: ["batch_norm", "batch_norm_of_rank_2"])
    func batchNormalization(_ name: String) throws {
        let golden = try goldens()
        let begin =
            name == "batch_norm"
            ? BatchNorm(features: 4) : BatchNorm(features: 4, momentum: 0.3, epsilon: 1e-2)
        var layer = try check(name, begin) { (norm: inout BatchNorm, x: Tensor) in
            norm(x, training: true)
        }
        try golden.expect(layer.runningMean, "\(name)/running_mean")
        try golden.expect(layer.runningVariance, "\(name)/running_var")
        _ = layer(try golden.tensor("\(name)/second"), training: true)
        try golden.expect(layer.runningMean, "\(name)/running_mean_after_two")
        try golden.expect(layer.runningVariance, "\(name)/running_var_after_two")
        let y = layer(try golden.tensor("\(name)/x"), training: false)
        try golden.expect(y, "\(name)/inference")
        // Inference leaves them alone.
        try golden.expect(layer.runningMean, "\(name)/running_mean_after_two")
    }

    @Test func embedding() throws {
        let golden = try goldens()
        var layer = Embedding(classes: 5, features: 3, key: key)
        layer.weight = try golden.tensor("embedding/weight")
        let classes = Tensor(int32: [2, 0, 2, 4, 2], shape: [5])
        let v = try golden.tensor("embedding/v")
        var value: Tensor?
        let slopes = valueAndGrad(at: &layer) { layer in
            let y = layer(classes)
            value = y
            return (y * v).sum()
        }
        try golden.expect(try #require(value), "embedding/y")
        try golden.expect(slopes.gradients.tensors[0], "embedding/g.weight")
    }

    @Test func namesAndShapesAreStable() {
        func listing(_ module: some Module, _ role: TensorRole? = nil) -> [String] {
            module.namedTensors(role).map { "\($0.name) \($0.tensor.shape)" }
        }
        #expect(
            listing(Linear(inputFeatures: 5, outputFeatures: 3, key: key))
                == ["weight [3, 5]", "bias [3]"])
        #expect(
            listing(Linear(inputFeatures: 5, outputFeatures: 3, hasBias: false, key: key))
                == ["weight [3, 5]"])
        #expect(
            listing(
                Conv2d(inputChannels: 4, outputChannels: 6, kernelSize: (3, 5), groups: 2, key: key)
            )
                == ["weight [6, 3, 5, 2]", "bias [6]"])
        #expect(
            listing(
                ConvTransposed2d(inputChannels: 4, outputChannels: 6, kernelSize: (3, 5), key: key))
                == ["weight [4, 3, 5, 6]", "bias [6]"])
        #expect(
            listing(BatchNorm(features: 2))
                == ["weight [2]", "bias [2]", "running_mean [2]", "running_var [2]"])
        #expect(listing(BatchNorm(features: 2), .parameter) == ["weight [2]", "bias [2]"])
        #expect(listing(InstanceNorm(features: 2)) == ["weight [2]", "bias [2]"])
        #expect(listing(InstanceNorm(features: 2, isAffine: false)) == [])
        #expect(listing(Embedding(classes: 7, features: 2, key: key)) == ["weight [7, 2]"])
    }
}
