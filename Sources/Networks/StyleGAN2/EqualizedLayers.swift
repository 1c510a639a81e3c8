import TensorCore

// Layers with an equalised learning rate (Karras et al. 2018, https://arxiv.org/abs/1710.10196):
// weights begin standard normal and are scaled where they are used, by 1 / sqrt(inputs), so that
// every weight moves at the same pace. Activations are leaky ReLUs of slope 0.2 with a gain of
// sqrt(2); a positive gain can as well stand before them, and so costs nothing.

/// The leaky ReLU of StyleGAN2 without its gain.
func styleActivation(_ x: Tensor) -> Tensor { x.leakyRelu(slope: 0.2) }

/// The gain of the leaky ReLU: it keeps the magnitude of features about equal.
let styleActivationGain = 2.0.squareRoot()

/// `y = x W^T * m / sqrt(I) + b * m` on `[N, I]`, with `m` the learning rate multiplier.
struct EqualizedLinear: Module {
    /// `[O, I]`.
    var weight: Tensor
    /// `[O]`.
    var bias: Tensor
    let multiplier: Double
    /// Whether the leaky ReLU with its gain comes after.
    let activates: Bool

    init(
        inputFeatures: Int, outputFeatures: Int, multiplier: Double = 1, activates: Bool = false,
        bias initial: Double = 0, key: RandomKey
    ) {
        weight =
            Tensor.normal([outputFeatures, inputFeatures], key: key.folded("weight"))
            * (1 / multiplier)
        bias = .full(initial / multiplier, shape: [outputFeatures])
        self.multiplier = multiplier
        self.activates = activates
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let gain = activates ? styleActivationGain : 1
        let scale = gain * multiplier / Double(weight.shape[1]).squareRoot()
        // There are fewer inputs than weights.
        let y = matmul(x * scale, weight, transposeB: true) + bias * (gain * multiplier)
        return activates ? styleActivation(y) : y
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "weight", &weight, .parameter)
        body(path + "bias", &bias, .parameter)
    }
}

/// A convolution with stride 1 that keeps the side, or one after a blur that halves it.
struct EqualizedConv2d: Module {
    /// `[O, K, K, I]`.
    var weight: Tensor
    /// `[O]`.
    var bias: Tensor?
    let activates: Bool
    let halves: Bool
    /// What the result is multiplied by beside the activation's own gain.
    let gain: Double

    /// - Parameter kernelSize: 1 or 3.
    init(
        inputChannels: Int, outputChannels: Int, kernelSize: Int, hasBias: Bool = true,
        activates: Bool = true, halves: Bool = false, gain: Double = 1, key: RandomKey
    ) {
        weight = .normal(
            [outputChannels, kernelSize, kernelSize, inputChannels], key: key.folded("weight"))
        bias = hasBias ? .zeros([outputChannels]) : nil
        self.activates = activates
        self.halves = halves
        self.gain = gain
    }

    /// `[N, H, W, I]` to `[N, H, W, O]`, or to `[N, H/2, W/2, O]`.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let side = weight.shape[1]
        let gain = activates ? gain * styleActivationGain : gain
        let scaled = weight * (gain / Double(side * side * weight.shape[3]).squareRoot())
        var y: Tensor
        switch (halves, side) {
        case (true, 1): y = conv2d(x.binomiallyHalved(), scaled)
        case (true, _): y = binomiallyHalvingConvolution(x, scaled)
        default: y = conv2d(x, scaled, Convolution2dParameters(padding: side / 2))
        }
        if let bias { y = y + bias * gain }
        return activates ? styleActivation(y) : y
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "weight", &weight, .parameter)
        if var value = bias {
            body(path + "bias", &value, .parameter)
            bias = value
        }
    }
}
