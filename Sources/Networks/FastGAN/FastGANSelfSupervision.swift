import Layers
public import TensorCore

/// The large judge: 1x1, batch normalisation, leaky ReLU, and 4x4 to a logit for each patch.
struct FastGANJudge: Module {
    var first: SpectralNorm<Conv2d>
    var normalization: BatchNorm
    var second: SpectralNorm<Conv2d>

    init(_ maker: FastGANMaker, _ channels: Int, key: RandomKey) {
        first = maker.convolution(channels, 2 * channels, kernel: 1, key: key.folded("first"))
        normalization = maker.normalization(2 * channels, key: key.folded("norm"))
        second = maker.convolution(2 * channels, 1, kernel: 4, key: key.folded("second"))
    }

    mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
        let y = normalization(first.normalized(training: training)(x), training: training)
        return second.normalized(training: training)(y.leakyRelu(slope: 0.2))
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        first.forEachTensor(under: path + "first.", body)
        normalization.forEachTensor(under: path + "norm.", body)
        second.forEachTensor(under: path + "second.", body)
    }
}

/// From features of a level to a picture of another: blocks of upsampling, 3x3 convolution, batch
/// normalisation and gated linear unit, then 3x3 and tanh.
///
/// It only ever works in training, and so its normalisation keeps no running statistics.
struct FastGANDecoder: Module {
    var convolutions: [Conv2d]
    /// Scale and shift of each normalisation.
    var scales: [Tensor]
    var shifts: [Tensor]
    var picture: Conv2d

    init(_ sizes: FastGANConfiguration, from inputs: Int, levels: Range<Int>, key: RandomKey) {
        func convolution(_ inputs: Int, _ outputs: Int, _ name: String) -> Conv2d {
            Conv2d(
                inputChannels: inputs, outputChannels: outputs, kernelSize: 3, padding: 1,
                hasBias: false, initializer: .normal(standardDeviation: 0.02),
                key: key.folded(name))
        }
        let width = max(1, sizes.width / 2)
        var channels = [inputs]
        for level in levels { channels.append(sizes.channels(level + 1, of: width)) }
        convolutions = levels.indices.map { level in
            let place = level - levels.lowerBound
            return convolution(channels[place], 2 * channels[place + 1], "conv.\(place)")
        }
        scales = channels.dropFirst().map { .ones([2 * $0]) }
        shifts = channels.dropFirst().map { .zeros([2 * $0]) }
        picture = convolution(channels[channels.count - 1], sizes.picture.channels, "picture")
    }

    func callAsFunction(_ features: Tensor) -> Tensor {
        var x = features
        for i in convolutions.indices {
            x = convolutions[i].upsampling(x)
            let mean = x.mean(axes: [0, 1, 2], keepingDimensions: true)
            let variance = x.variance(axes: [0, 1, 2], mean: mean)
            x = gatedLinearUnit((x - mean) * ((variance + 1e-5).rsqrt() * scales[i]) + shifts[i])
        }
        return picture(x).tanh()
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in convolutions.indices {
            convolutions[i].forEachTensor(under: path + "conv.\(i).", body)
            body(path + "norm.\(i).weight", &scales[i], .parameter)
            body(path + "norm.\(i).bias", &shifts[i], .parameter)
        }
        picture.forEachTensor(under: path + "picture.", body)
    }
}

/// The quarters of pictures or features `[N, H, W, C]`, row by row: `[4, N, H / 2, W / 2, C]`.
func quarters(_ x: Tensor) -> Tensor {
    let (height, width) = (x.shape[1] / 2, x.shape[2] / 2)
    return x.reshaped([x.shape[0], 2, height, 2, width, x.shape[3]])
        .transposed([1, 3, 0, 2, 4, 5])  // [2, 2, N, H / 2, W / 2, C]
        .reshaped([4, x.shape[0], height, width, x.shape[3]])
}

/// How far pictures `[N, H, W, C]` are from others: the sum, over up to four scales of which each has half
/// the side of the one before, of the mean absolute difference of pixels and that of their steps to the
/// right and downwards. A scalar.
///
/// FastGAN uses LPIPS here, a distance of features of a trained network; this one needs no weights.
public func reconstructionLoss(_ made: Tensor, _ real: Tensor) -> Tensor {
    precondition(
        made.shape == real.shape && made.rank == 4,
        "[reconstructionLoss] expected equal pictures [N, H, W, C], got \(made.shape) and "
            + "\(real.shape)")
    var difference = made - real
    var total = Tensor.zeros([])
    for scale in 0..<4 {
        let (height, width) = (difference.shape[1], difference.shape[2])
        if scale > 0 {
            guard height % 2 == 0, width % 2 == 0, min(height, width) >= 8 else { break }
            difference = averagePool2d(difference, Pool2dParameters(kernel: 2))
        }
        let (rows, columns) = (difference.shape[1], difference.shape[2])
        // The differences of steps are the steps of differences.
        let down =
            difference.sliced(axis: 1, 1..<rows) - difference.sliced(axis: 1, 0..<(rows - 1))
        let right =
            difference.sliced(axis: 2, 1..<columns) - difference.sliced(axis: 2, 0..<(columns - 1))
        total = total + difference.abs().mean() + down.abs().mean() + right.abs().mean()
    }
    return total
}
