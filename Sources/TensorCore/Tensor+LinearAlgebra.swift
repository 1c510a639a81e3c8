/// The matrix product `[..., M, K] x [..., K, N] -> [..., M, N]`.
///
/// Leading axes are broadcast. With `transposeA` the first operand is `[..., K, M]`; with
/// `transposeB` the second is `[..., N, K]`.
public func matmul(
    _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false,
    precision: ComputePrecision = .float32
) -> Tensor {
    precondition(
        a.rank >= 2 && b.rank >= 2 && a.dtype == .float32 && b.dtype == .float32,
        "[matmul] expected float32 matrices, got \(a) and \(b)")
    let (m, ka) =
        transposeA
        ? (a.shape[a.rank - 1], a.shape[a.rank - 2])
        : (a.shape[a.rank - 2], a.shape[a.rank - 1])
    let (kb, n) =
        transposeB
        ? (b.shape[b.rank - 1], b.shape[b.rank - 2])
        : (b.shape[b.rank - 2], b.shape[b.rank - 1])
    precondition(
        ka == kb,
        "[matmul] expected equal inner extents, got \(a.shape)\(transposeA ? " transposed" : "") and "
            + "\(b.shape)\(transposeB ? " transposed" : "")")
    let batch = broadcastShape(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)), "matmul")
    return Tensor(
        .matmul(transposeA: transposeA, transposeB: transposeB, precision: precision),
        [
            a.broadcast(to: batch + a.shape.suffix(2)), b.broadcast(to: batch + b.shape.suffix(2)),
        ], shape: batch + [m, n], dtype: .float32)
}

// MARK: - Convolution

/// The cross-correlation of pictures `[N, H, W, C]` with weights `[O, KH, KW, C / groups]`.
public func conv2d(_ x: Tensor, _ weight: Tensor, _ parameters: Convolution2dParameters = .init())
    -> Tensor
{
    checkConvolution(weight, parameters, "conv2d")
    checkImage(x, "conv2d")
    precondition(
        x.shape[3] == weight.shape[3] * parameters.groups && x.dtype == .float32,
        "[conv2d] expected input float32 [N, H, W, \(weight.shape[3] * parameters.groups)], got \(x)"
    )
    let p = parameters
    precondition(
        x.shape[1] + p.paddingTop + p.paddingBottom > p.dilationHeight * (weight.shape[1] - 1)
            && x.shape[2] + p.paddingLeft + p.paddingRight > p.dilationWidth
                * (weight.shape[2] - 1),
        "[conv2d] expected a picture at least as large as the kernel \(weight.shape), got \(x.shape)"
    )
    let height = p.outputHeight(x.shape[1], kernel: weight.shape[1])
    let width = p.outputWidth(x.shape[2], kernel: weight.shape[2])
    return Tensor(
        .conv2d(parameters), [x, weight], shape: [x.shape[0], height, width, weight.shape[0]],
        dtype: .float32)
}

/// The adjoint of `conv2d` in its pictures, for a picture of `height x width`: also the transposed
/// convolution. `g` is `[N, OH, OW, O]`, the weight `[O, KH, KW, C / groups]`.
public func conv2dInputGradient(
    _ g: Tensor, _ weight: Tensor, _ parameters: Convolution2dParameters, height: Int, width: Int
) -> Tensor {
    checkConvolution(weight, parameters, "conv2dInputGradient")
    let expected = [
        g.shape.first ?? 0, parameters.outputHeight(height, kernel: weight.shape[1]),
        parameters.outputWidth(width, kernel: weight.shape[2]), weight.shape[0],
    ]
    precondition(
        g.shape == expected && g.dtype == .float32,
        "[conv2dInputGradient] expected float32 \(expected) for a picture of \(height)x\(width), "
            + "got \(g)")
    return Tensor(
        .conv2dInputGradient(parameters, height: height, width: width), [g, weight],
        shape: [g.shape[0], height, width, weight.shape[3] * parameters.groups], dtype: .float32)
}

/// The adjoint of `conv2d` in its weight: `x` is `[N, H, W, C]`, `g` is `[N, OH, OW, O]`.
public func conv2dWeightGradient(
    _ x: Tensor, _ g: Tensor, _ parameters: Convolution2dParameters, kernelHeight: Int,
    kernelWidth: Int
) -> Tensor {
    checkImage(x, "conv2dWeightGradient")
    checkImage(g, "conv2dWeightGradient")
    let expected = [
        x.shape[0], parameters.outputHeight(x.shape[1], kernel: kernelHeight),
        parameters.outputWidth(x.shape[2], kernel: kernelWidth), g.shape[3],
    ]
    precondition(
        g.shape == expected && g.dtype == .float32 && x.dtype == .float32,
        "[conv2dWeightGradient] expected float32 \(expected) for a picture \(x.shape), got \(g)")
    precondition(
        x.shape[3] % parameters.groups == 0 && g.shape[3] % parameters.groups == 0,
        "[conv2dWeightGradient] expected channels in \(parameters.groups) groups, got \(x.shape), "
            + "\(g.shape)")
    return Tensor(
        .conv2dWeightGradient(parameters, kernelHeight: kernelHeight, kernelWidth: kernelWidth),
        [x, g],
        shape: [g.shape[3], kernelHeight, kernelWidth, x.shape[3] / parameters.groups],
        dtype: .float32)
}

/// The transposed convolution of pictures `[N, H, W, I]` with weights `[I, KH, KW, O / groups]`, to
/// `[N, (H - 1) * stride - padding + dilation * (KH - 1) + 1 + outputPadding, ..., O]`.
public func convTransposed2d(
    _ x: Tensor, _ weight: Tensor, _ parameters: Convolution2dParameters, outputPadding: Int = 0
) -> Tensor {
    checkConvolution(weight, parameters, "convTransposed2d")
    checkImage(x, "convTransposed2d")
    precondition(
        x.shape[3] == weight.shape[0],
        "[convTransposed2d] expected input [N, H, W, \(weight.shape[0])], got \(x.shape)")
    precondition(
        outputPadding >= 0
            && outputPadding < Swift.min(parameters.strideHeight, parameters.strideWidth),
        "[convTransposed2d] expected an output padding under the strides "
            + "\(parameters.strideHeight)x\(parameters.strideWidth), got \(outputPadding)")
    let p = parameters
    let height =
        (x.shape[1] - 1) * p.strideHeight - p.paddingTop - p.paddingBottom
        + p.dilationHeight * (weight.shape[1] - 1) + 1 + outputPadding
    let width =
        (x.shape[2] - 1) * p.strideWidth - p.paddingLeft - p.paddingRight
        + p.dilationWidth * (weight.shape[2] - 1) + 1 + outputPadding
    precondition(
        height > 0 && width > 0,
        "[convTransposed2d] expected a positive output, got \(height)x\(width) from \(x.shape)")
    return conv2dInputGradient(x, weight, p, height: height, width: width)
}

private func checkConvolution(_ weight: Tensor, _ p: Convolution2dParameters, _ op: String) {
    precondition(
        weight.rank == 4 && weight.dtype == .float32,
        "[\(op)] expected a float32 weight [O, KH, KW, C/groups], got \(weight)")
    precondition(
        p.strideHeight > 0 && p.strideWidth > 0 && p.dilationHeight > 0 && p.dilationWidth > 0,
        "[\(op)] expected positive strides and dilations, got \(p)")
    precondition(
        min(p.paddingTop, p.paddingBottom, p.paddingLeft, p.paddingRight) >= 0,
        "[\(op)] expected paddings of at least 0, got \(p)")
    precondition(
        p.groups > 0 && weight.shape[0] % p.groups == 0,
        "[\(op)] expected \(weight.shape[0]) output channels in equal groups, got \(p.groups) groups"
    )
}
