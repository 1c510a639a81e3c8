public import TensorCore

// A convolution beside a resampling by two needs fewer multiplications than one after the other:
// the neighbours that nearest upsampling repeats, and those that 2x2 averaging adds up, share their
// weights' sums. A 3x3 kernel beside it becomes a 4x4 one that steps by two, 4 multiplications a
// pixel of the larger picture in place of 9; a 1x1 kernel works at the small side. Results differ
// from the plain composition by rounding only, and so do derivatives of every order.

extension Conv2d {
    /// The convolution of pictures `[N, H, W, C]` enlarged by two by nearest neighbours, with zeros
    /// around: `[N, 2H, 2W, O]`, equal to `self(resized2d(x, .nearest, height: 2H, width: 2W))`.
    ///
    /// For convolutions with stride 1 and padding that keeps the side.
    public func upsampling(_ x: Tensor) -> Tensor {
        precondition(
            x.rank == 4, "[Conv2d.upsampling] expected input [N, H, W, C], got \(x.shape)")
        guard let kernel = squareKernelThatKeepsTheSide, kernel <= 3 else {
            return self(resized2d(x, .nearest, height: 2 * x.shape[1], width: 2 * x.shape[2]))
        }
        if kernel == 1 {
            let y = self(x)
            return resized2d(y, .nearest, height: 2 * x.shape[1], width: 2 * x.shape[2])
        }
        return transposedConvolution(of: x, padding: 1)
    }

    /// The convolution of pictures `[N, H, W, C]` enlarged by two by nearest neighbours and mirrored
    /// outwards by a pixel: `[N, 2H, 2W, O]`, equal to
    /// `self(resized2d(x, .nearest, ...).reflectionPadded2d(1))`.
    ///
    /// For 3x3 convolutions with stride 1 and no padding of their own.
    public func upsamplingReflected(_ x: Tensor) -> Tensor {
        precondition(
            x.rank == 4 && weight.shape[1] == 3 && weight.shape[2] == 3
                && parameters == Convolution2dParameters(precision: parameters.precision),
            "[Conv2d.upsamplingReflected] expected pictures [N, H, W, C] and a plain 3x3 kernel, "
                + "got \(x.shape) and \(weight.shape) with \(parameters)")
        // Beside the edge of the enlarged picture its edge pixel stands twice, and so mirroring it
        // without repeating the edge repeats the small picture's edge. Each row that is added gives
        // two rows more on its side, of which the outer padding of 2 takes none but the far one.
        return transposedConvolution(of: x.edgePadded2d(1), padding: 3)
    }

    /// The mean of 2x2 pixels of the convolution of pictures `[N, H, W, C]`: `[N, H/2, W/2, O]`,
    /// equal to `averagePool2d(self(x), Pool2dParameters(kernel: 2))`.
    ///
    /// For convolutions with stride 1 and padding that keeps the side.
    public func averaging(_ x: Tensor) -> Tensor {
        precondition(
            x.rank == 4, "[Conv2d.averaging] expected input [N, H, W, C], got \(x.shape)")
        guard let kernel = squareKernelThatKeepsTheSide, kernel <= 3,
            x.shape[1] % 2 == 0, x.shape[2] % 2 == 0
        else { return averagePool2d(self(x), Pool2dParameters(kernel: 2)) }
        if kernel == 1 { return self(averagePool2d(x, Pool2dParameters(kernel: 2))) }
        let strided = Convolution2dParameters(
            stride: 2, padding: 1, precision: parameters.precision)
        let y = conv2d(x, spreadWeight, strided)
        return bias.map { y + $0 } ?? y
    }

    /// The side of the kernel if the convolution is one that `upsampling` and `averaging` know.
    private var squareKernelThatKeepsTheSide: Int? {
        let side = weight.shape[1]
        let plain = Convolution2dParameters(padding: side / 2, precision: parameters.precision)
        return side == weight.shape[2] && side % 2 == 1 && parameters == plain ? side : nil
    }

    /// `[O, 4, 4, C]`: along each axis the means of neighbouring weights, w/2 with w + w' shifted by
    /// one: `(a, a + b, b + c, c) / 2`.
    private var spreadWeight: Tensor {
        var window = Pool2dParameters(kernel: 2, stride: 1)
        window.paddingTop = 1
        window.paddingBottom = 1
        window.paddingLeft = 1
        window.paddingRight = 1
        return averagePool2d(weight, window)
    }

    private func transposedConvolution(of x: Tensor, padding: Int) -> Tensor {
        // The weight of the convolution whose adjoint this is: inputs first, the kernel turned round.
        let kernel = (spreadWeight * 4).transposed([3, 1, 2, 0]).reversed(axes: [1, 2])
        let strided = Convolution2dParameters(
            stride: 2, padding: padding, precision: parameters.precision)
        let y = convTransposed2d(x, kernel, strided)
        return bias.map { y + $0 } ?? y
    }
}
