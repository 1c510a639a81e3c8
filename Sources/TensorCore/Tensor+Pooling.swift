/// The largest element of each window of pictures `[N, H, W, C]`; padding never wins.
public func maxPool2d(_ x: Tensor, _ parameters: Pool2dParameters) -> Tensor {
    Tensor(
        .maxPool2d(parameters), [x], shape: pooledShape(x, parameters, "maxPool2d"), dtype: x.dtype)
}

/// The mean of each window of pictures `[N, H, W, C]`; padding counts as zeros.
public func averagePool2d(_ x: Tensor, _ parameters: Pool2dParameters) -> Tensor {
    Tensor(
        .averagePool2d(parameters), [x], shape: pooledShape(x, parameters, "averagePool2d"),
        dtype: x.dtype)
}

/// Pictures `[N, H, W, C]` resized to `height x width`.
public func resized2d(_ x: Tensor, _ mode: ResizeMode, height: Int, width: Int) -> Tensor {
    checkImage(x, "resized2d")
    precondition(
        x.dtype == .float32 && height > 0 && width > 0,
        "[resized2d] expected float32 pictures and a positive size, got \(x) to \(height)x\(width)")
    if x.shape[1] == height && x.shape[2] == width { return x }
    return Tensor(
        .resize2d(mode, height: height, width: width), [x],
        shape: [x.shape[0], height, width, x.shape[3]], dtype: x.dtype)
}

func pooledShape(_ x: Tensor, _ p: Pool2dParameters, _ op: String) -> [Int] {
    checkImage(x, op)
    precondition(x.dtype == .float32, "[\(op)] expected float32, got \(x.dtype)")
    precondition(
        p.kernelHeight > 0 && p.kernelWidth > 0 && p.strideHeight > 0 && p.strideWidth > 0
            && p.paddingTop >= 0 && p.paddingLeft >= 0 && p.paddingTop < p.kernelHeight
            && p.paddingLeft < p.kernelWidth && p.paddingBottom >= 0 && p.paddingRight >= 0
            && p.paddingBottom < p.kernelHeight && p.paddingRight < p.kernelWidth,
        "[\(op)] expected a positive window with paddings under its size, got \(p)")
    let height = p.outputHeight(x.shape[1])
    let width = p.outputWidth(x.shape[2])
    precondition(
        x.shape[1] + p.paddingTop + p.paddingBottom >= p.kernelHeight
            && x.shape[2] + p.paddingLeft + p.paddingRight >= p.kernelWidth,
        "[\(op)] expected a picture at least as large as the window, got \(x.shape)")
    return [x.shape[0], height, width, x.shape[3]]
}
