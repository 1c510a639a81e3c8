import TensorCore

// Resampling by two with the filter [1, 3, 3, 1] / 8 along both axes, and zeros around the picture.
//
// The filter is [1, 1] three times over, so it is made of means of 2x2 pixels, which have a fast
// kernel. Beside a 3x3 convolution with a stride of 2 one of the three goes into the weights: they
// become 4x4, which Winograd's algorithm takes (it would take the 3x3 ones as 4x4, too), and two
// remain for the larger side. A 6x6 kernel, all three in the weights, would need 36 multiplications
// for the 16.

/// The mean of 2x2 pixels at every place, with a margin of zeros.
private func neighbourMean(_ x: Tensor, padding: Int) -> Tensor {
    averagePool2d(x, Pool2dParameters(kernel: 2, stride: 1, padding: padding))
}

extension Tensor {
    /// Pictures `[N, H, W, C]` enlarged to `[N, 2H, 2W, C]`: zeros between pixels, then the filter
    /// with a gain of 4.
    func binomiallyDoubled() -> Tensor {
        let nearest = resized2d(self, .nearest, height: 2 * shape[1], width: 2 * shape[2])
        return neighbourMean(neighbourMean(nearest, padding: 1), padding: 0)
    }

    /// Pictures `[N, H, W, C]` reduced to `[N, H/2, W/2, C]`: the filter, then every other pixel.
    func binomiallyHalved() -> Tensor {
        let blurred = neighbourMean(neighbourMean(self, padding: 1), padding: 0)
        return averagePool2d(blurred, Pool2dParameters(kernel: 2))
    }
}

/// The filter on pictures `[N, H, W, I]`, then a 3x3 convolution with weights `[O, 3, 3, I]` and a
/// stride of 2: `[N, H/2, W/2, O]`.
func binomiallyHalvingConvolution(_ x: Tensor, _ weight: Tensor) -> Tensor {
    let blurred = neighbourMean(neighbourMean(x, padding: 1), padding: 1)  // [N, H+2, W+2, I]
    return conv2d(
        blurred, neighbourMean(weight, padding: 1), Convolution2dParameters(stride: 2))
}

/// The 3x3 transposed convolution with a stride of 2 of pictures `[N, H, W, I]` with weights
/// `[I, 3, 3, O]`, then the filter: `[N, 2H, 2W, O]`, a quarter of its values: the gain of 4 is left
/// to the caller.
func binomiallyDoublingConvolution(_ x: Tensor, _ weight: Tensor) -> Tensor {
    let y = convTransposed2d(
        x, neighbourMean(weight, padding: 1), Convolution2dParameters(stride: 2))
    return neighbourMean(neighbourMean(y, padding: 0), padding: 0)  // from [N, 2H+2, 2W+2, O]
}
