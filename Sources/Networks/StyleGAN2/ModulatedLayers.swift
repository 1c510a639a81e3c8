import TensorCore

// Section 2.2 of the paper: a style scales the input channels of a convolution, and the result is
// divided by the standard deviation that its channels would have for inputs of variance 1. As a
// convolution is linear, scaling the weights of each sample, as the paper writes it, is scaling
// the inputs before and the outputs after a convolution whose weights all samples share.

/// A modulated 3x3 convolution with noise, bias and leaky ReLU.
struct SynthesisLayer: Module {
    /// Styles to scales of the input channels.
    var affine: EqualizedLinear
    /// `[O, 3, 3, I]`, or `[I, 3, 3, O]` where the side doubles: a transposed convolution.
    var weight: Tensor
    /// `[O]`.
    var bias: Tensor
    /// `[1]`: how much noise is added.
    var noiseStrength: Tensor
    /// `[H, W]`: the noise when none is asked for.
    var constantNoise: Tensor
    let doubles: Bool

    /// - Parameter side: Of the result.
    init(
        inputChannels: Int, outputChannels: Int, side: (height: Int, width: Int), doubles: Bool,
        styleSize: Int, key: RandomKey
    ) {
        affine = EqualizedLinear(
            inputFeatures: styleSize, outputFeatures: inputChannels, bias: 1,
            key: key.folded("affine"))
        weight = .normal(
            doubles
                ? [inputChannels, 3, 3, outputChannels] : [outputChannels, 3, 3, inputChannels],
            key: key.folded("weight"))
        bias = .zeros([outputChannels])
        noiseStrength = .zeros([1])
        constantNoise = .normal([side.height, side.width], key: key.folded("noise_const"))
        self.doubles = doubles
    }

    /// Features `[N, H, W, O]`.
    ///
    /// - Parameters:
    ///   - x: `[N, h, w, I]`.
    ///   - style: `[N, W]`.
    ///   - key: Where fresh noise comes from; nil for the constant one.
    func callAsFunction(_ x: Tensor, _ style: Tensor, key: RandomKey?) -> Tensor {
        let (count, inputs, outputs) = (x.shape[0], x.shape[3], bias.shape[0])
        let scale = affine(style) * (1 / Double(9 * inputs).squareRoot())  // [N, I]
        // The variance of each output channel, from the weights alone.
        let energy = weight.square().sum(axes: [1, 2])  // [O, I] or [I, O]
        let variance = matmul(scale.square(), energy, transposeB: !doubles)  // [N, O]
        let gain = styleActivationGain
        let demodulation = (variance + 1e-8).rsqrt() * gain
        let perPixel = scale.reshaped([count, 1, 1, inputs])
        let y =
            doubles
            ? binomiallyDoublingConvolution(x * (perPixel * 4), weight)
            : conv2d(x * perPixel, weight, Convolution2dParameters(padding: 1))
        let (height, width) = (constantNoise.shape[0], constantNoise.shape[1])
        let noise =
            key.map { Tensor.normal([count, height, width, 1], key: $0) }
            ?? constantNoise.reshaped([1, height, width, 1])
        return styleActivation(
            y * demodulation.reshaped([count, 1, 1, outputs]) + noise * (noiseStrength * gain)
                + bias * gain)
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        affine.forEachTensor(under: path + "affine.", body)
        body(path + "weight", &weight, .parameter)
        body(path + "bias", &bias, .parameter)
        body(path + "noise_strength", &noiseStrength, .parameter)
        body(path + "noise_const", &constantNoise, .buffer)
    }
}

/// The step from features to colours: a modulated 1x1 convolution, not demodulated.
struct ColourLayer: Module {
    var affine: EqualizedLinear
    /// `[C, 1, 1, I]`.
    var weight: Tensor
    /// `[C]`.
    var bias: Tensor

    init(inputChannels: Int, pictureChannels: Int, styleSize: Int, key: RandomKey) {
        affine = EqualizedLinear(
            inputFeatures: styleSize, outputFeatures: inputChannels, bias: 1,
            key: key.folded("affine"))
        weight = .normal([pictureChannels, 1, 1, inputChannels], key: key.folded("weight"))
        bias = .zeros([pictureChannels])
    }

    /// Colours `[N, H, W, C]` of features `[N, H, W, I]` by styles `[N, W]`.
    func callAsFunction(_ x: Tensor, _ style: Tensor) -> Tensor {
        let (count, inputs) = (x.shape[0], x.shape[3])
        let scale = affine(style) * (1 / Double(inputs).squareRoot())
        return conv2d(x * scale.reshaped([count, 1, 1, inputs]), weight) + bias
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        affine.forEachTensor(under: path + "affine.", body)
        body(path + "weight", &weight, .parameter)
        body(path + "bias", &bias, .parameter)
    }
}
