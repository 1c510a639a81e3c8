import Layers
import TensorCore

/// What both networks do in the same way.
struct FastGANMaker {
    let normalizesSpectrum: Bool

    init(_ configuration: FastGANConfiguration) {
        normalizesSpectrum = configuration.normalizesSpectrum
    }

    /// A convolution without bias that begins normal with standard deviation 0.02.
    func convolution(
        _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
        key: RandomKey
    ) -> SpectralNorm<Conv2d> {
        convolution(
            inputs, outputs, kernel: (kernel, kernel), stride: stride, padding: padding, key)
    }

    /// The same with a kernel that is not square.
    func convolution(
        _ inputs: Int, _ outputs: Int, kernel: (Int, Int), stride: Int = 1, padding: Int = 0,
        _ key: RandomKey
    ) -> SpectralNorm<Conv2d> {
        SpectralNorm(
            Conv2d(
                inputChannels: inputs, outputChannels: outputs, kernelSize: kernel, stride: stride,
                padding: padding, hasBias: false, initializer: .normal(standardDeviation: 0.02),
                key: key), isActive: normalizesSpectrum, key: key)
    }

    func normalization(_ features: Int, key: RandomKey) -> BatchNorm {
        BatchNorm(
            features: features, weightInitializer: .normal(mean: 1, standardDeviation: 0.02),
            key: key)
    }
}

/// A gated linear unit of `[..., 2 C]`: the first half times the sigmoid of the second.
func gatedLinearUnit(_ x: Tensor) -> Tensor {
    let half = x.shape[x.rank - 1] / 2
    return x.sliced(axis: -1, 0..<half) * x.sliced(axis: -1, half..<(2 * half)).sigmoid()
}

/// Excitation across layers: features multiplied, channel by channel, by what smaller ones (or in the
/// discriminator larger ones) say.
///
/// Pooled to the base's side, a convolution of that size, SiLU, 1x1, sigmoid.
struct FastGANExcitation: Module {
    let base: (height: Int, width: Int)
    var first: SpectralNorm<Conv2d>
    var second: SpectralNorm<Conv2d>

    init(
        _ maker: FastGANMaker, from inputs: Int, to outputs: Int, base: (height: Int, width: Int),
        key: RandomKey
    ) {
        self.base = base
        first = maker.convolution(
            inputs, outputs, kernel: (base.height, base.width), key.folded("first"))
        second = maker.convolution(outputs, outputs, kernel: 1, key: key.folded("second"))
    }

    mutating func callAsFunction(_ features: Tensor, by source: Tensor, training: Bool) -> Tensor {
        let x = first.normalized(training: training)(pooled(source, to: base))  // [N, 1, 1, O]
        let gate = second.normalized(training: training)(x * x.sigmoid()).sigmoid()
        return features * gate
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        first.forEachTensor(under: path + "first.", body)
        second.forEachTensor(under: path + "second.", body)
    }
}

/// The means of windows that tile features `[N, H, W, C]`, down to a side that divides theirs.
func pooled(_ x: Tensor, to side: (height: Int, width: Int)) -> Tensor {
    let factor = x.shape[1] / side.height
    return factor == 1 ? x : averagePool2d(x, Pool2dParameters(kernel: factor))
}

/// Upsampling by two, a 3x3 convolution, batch normalisation and a gated linear unit; of two rounds, the
/// first upsamples, and both add noise of a learned strength.
struct FastGANUpBlock: Module {
    var convolutions: [SpectralNorm<Conv2d>]
    var normalizations: [BatchNorm]
    /// A scalar for each round, `[1]`; none for blocks of one round.
    var noises: [Tensor]

    init(_ maker: FastGANMaker, from inputs: Int, to outputs: Int, rounds: Int, key: RandomKey) {
        convolutions = (0..<rounds).map { round in
            maker.convolution(
                round == 0 ? inputs : outputs, 2 * outputs, kernel: 3, padding: 1,
                key: key.folded("conv.\(round)"))
        }
        normalizations = (0..<rounds).map {
            maker.normalization(2 * outputs, key: key.folded("norm.\($0)"))
        }
        noises = rounds == 1 ? [] : (0..<rounds).map { _ in .zeros([1]) }
    }

    mutating func callAsFunction(_ input: Tensor, _ context: NetworkContext, name: String) -> Tensor
    {
        var x = input
        for round in convolutions.indices {
            let convolution = convolutions[round].normalized(training: context.training)
            x = round == 0 ? convolution.upsampling(x) : convolution(x)
            if !noises.isEmpty, let key = context.key {
                let noise = Tensor.normal(
                    [x.shape[0], x.shape[1], x.shape[2], 1], key: key.folded("\(name).\(round)"))
                x = x + noise * noises[round]
            }
            x = gatedLinearUnit(normalizations[round](x, training: context.training))
        }
        return x
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in convolutions.indices {
            convolutions[i].forEachTensor(under: path + "conv.\(i).", body)
            if !noises.isEmpty { body(path + "noise.\(i).weight", &noises[i], .parameter) }
            normalizations[i].forEachTensor(under: path + "norm.\(i).", body)
        }
    }
}

/// A convolution that halves the side, batch normalisation and leaky ReLU; with `isResidual` another
/// 3x3 round after it, and the mean of that and of 2x2 pixels through a 1x1 convolution.
struct FastGANDownBlock: Module {
    /// Each a convolution and its normalisation: down, and where residual, then same side and shortcut.
    var convolutions: [SpectralNorm<Conv2d>]
    var normalizations: [BatchNorm]
    private static let names = ["down", "same", "shortcut"]

    init(_ maker: FastGANMaker, from inputs: Int, to outputs: Int, isResidual: Bool, key: RandomKey)
    {
        convolutions = [
            maker.convolution(
                inputs, outputs, kernel: 4, stride: 2, padding: 1, key: key.folded("down"))
        ]
        if isResidual {
            convolutions.append(
                maker.convolution(outputs, outputs, kernel: 3, padding: 1, key: key.folded("same")))
            convolutions.append(
                maker.convolution(inputs, outputs, kernel: 1, key: key.folded("shortcut")))
        }
        normalizations = convolutions.indices.map {
            maker.normalization(outputs, key: key.folded(Self.names[$0] + ".norm"))
        }
    }

    mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
        func normalized(_ index: Int, _ x: Tensor) -> Tensor {
            normalizations[index](x, training: training).leakyRelu(slope: 0.2)
        }
        let main = normalized(0, convolutions[0].normalized(training: training)(x))
        guard convolutions.count == 3 else { return main }
        let more = normalized(1, convolutions[1].normalized(training: training)(main))
        let short = normalized(2, convolutions[2].normalized(training: training).averaging(x))
        return (more + short) * 0.5
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for (i, name) in Self.names.prefix(convolutions.count).enumerated() {
            convolutions[i].forEachTensor(under: path + name + ".", body)
            normalizations[i].forEachTensor(under: path + name + ".norm.", body)
        }
    }
}
