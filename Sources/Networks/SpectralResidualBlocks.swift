import Layers
import TensorCore

// The residual blocks of Miyato et al. 2018 and Zhang et al. 2019. Convolutions beside a resampling are
// done as one, see Conv2d+Resampling.swift.

/// A convolution that keeps the side, with bias 0 and weights as in Miyato et al. 2018.
func spectralConvolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, gain: Double = 1, isNormalized: Bool,
    key: RandomKey
) -> SpectralNorm<Conv2d> {
    var convolution = Conv2d(
        inputChannels: inputs, outputChannels: outputs, kernelSize: kernel, padding: kernel / 2,
        initializer: .glorotUniform(gain: gain), key: key)
    convolution.bias = .zeros([outputs])
    return SpectralNorm(convolution, isActive: isNormalized, key: key)
}

/// A linear layer with bias 0.
func spectralLinear(_ inputs: Int, _ outputs: Int, isNormalized: Bool, key: RandomKey)
    -> SpectralNorm<Linear>
{
    var linear = Linear(
        inputFeatures: inputs, outputFeatures: outputs, initializer: .glorotUniform(), key: key)
    linear.bias = .zeros([outputs])
    return SpectralNorm(linear, isActive: isNormalized, key: key)
}

/// What the 3x3 convolutions of residual branches begin with beside Glorot's bound.
private let residualGain = 2.0.squareRoot()

/// `shortcut(up(x)) + (x -> norm -> ReLU -> up -> 3x3 -> norm -> ReLU -> 3x3)`, the side doubled by
/// nearest neighbours, the shortcut a 1x1 convolution.
struct SpectralGeneratorBlock: Module {
    private var firstNorm: ClassNorm
    private var first: SpectralNorm<Conv2d>
    private var secondNorm: ClassNorm
    private var second: SpectralNorm<Conv2d>
    private var shortcut: SpectralNorm<Conv2d>

    init(_ inputs: Int, _ outputs: Int, classCount: Int, isNormalized: Bool, key: RandomKey) {
        firstNorm = ClassNorm(features: inputs, classCount: classCount)
        first = spectralConvolution(
            inputs, outputs, kernel: 3, gain: residualGain, isNormalized: isNormalized,
            key: key.folded("conv1"))
        secondNorm = ClassNorm(features: outputs, classCount: classCount)
        second = spectralConvolution(
            outputs, outputs, kernel: 3, gain: residualGain, isNormalized: isNormalized,
            key: key.folded("conv2"))
        shortcut = spectralConvolution(
            inputs, outputs, kernel: 1, isNormalized: isNormalized, key: key.folded("shortcut"))
    }

    mutating func callAsFunction(_ x: Tensor, _ context: NetworkContext, _ network: String)
        -> Tensor
    {
        let training = context.training
        var y = firstNorm(x, context, network).relu()
        y = first.normalized(training: training).upsampling(y)
        y = secondNorm(y, context, network).relu()
        return shortcut.normalized(training: training).upsampling(x)
            + second.normalized(training: training)(y)
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        firstNorm.forEachTensor(under: path + "norm1.", body)
        first.forEachTensor(under: path + "conv1.", body)
        secondNorm.forEachTensor(under: path + "norm2.", body)
        second.forEachTensor(under: path + "conv2.", body)
        shortcut.forEachTensor(under: path + "shortcut.", body)
    }
}

/// `shortcut(x) + (x -> ReLU -> 3x3 -> ReLU -> 3x3)`, both then averaged over 2x2 pixels where the
/// side is halved. The shortcut is a 1x1 convolution where side or channels change, else `x`.
struct SpectralDiscriminatorBlock: Module {
    private var first: SpectralNorm<Conv2d>
    private var second: SpectralNorm<Conv2d>
    private var shortcut: SpectralNorm<Conv2d>?
    /// Whether `x` is the picture, which gets no ReLU.
    private let seesPicture: Bool
    private let halves: Bool

    init(
        _ inputs: Int, _ outputs: Int, seesPicture: Bool, halves: Bool, key: RandomKey
    ) {
        let hidden = seesPicture ? outputs : inputs
        first = spectralConvolution(
            inputs, hidden, kernel: 3, gain: residualGain, isNormalized: true,
            key: key.folded("conv1"))
        second = spectralConvolution(
            hidden, outputs, kernel: 3, gain: residualGain, isNormalized: true,
            key: key.folded("conv2"))
        if inputs != outputs || halves {
            shortcut = spectralConvolution(
                inputs, outputs, kernel: 1, isNormalized: true, key: key.folded("shortcut"))
        }
        self.seesPicture = seesPicture
        self.halves = halves
    }

    mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
        let inner = first.normalized(training: training)(seesPicture ? x : x.relu()).relu()
        let last = second.normalized(training: training)
        let bypass = shortcut?.normalized(training: training)
        if halves {
            return last.averaging(inner) + (bypass.map { $0.averaging(x) } ?? x)
        }
        return last(inner) + (bypass.map { $0(x) } ?? x)
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        first.forEachTensor(under: path + "conv1.", body)
        second.forEachTensor(under: path + "conv2.", body)
        shortcut?.forEachTensor(under: path + "shortcut.", body)
    }
}
