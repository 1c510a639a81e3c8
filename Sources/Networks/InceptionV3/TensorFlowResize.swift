public import TensorCore

/// Pictures `[N, H, W, C]` resized as TensorFlow 1's `resize_bilinear` does with neither aligned corners
/// nor half-pixel centres: row `i` lies at `i * H / height`, between the row above and the one below,
/// which at the end is the last row again. No antialiasing, and all is shifted up and left; metrics
/// that were defined with it need it as it is.
public func tensorFlowResized(_ pictures: Tensor, height: Int, width: Int) -> Tensor {
    precondition(
        pictures.rank == 4 && pictures.dtype == .float32 && height > 0 && width > 0,
        "[tensorFlowResized] expected float32 [N, H, W, C] and a positive size, got \(pictures) to "
            + "\(height)x\(width)")
    let (count, rows) = (pictures.shape[0], pictures.shape[1])
    let (columns, channels) = (pictures.shape[2], pictures.shape[3])
    if rows == height && columns == width { return pictures }
    // Two products of matrices, each with the axis that shrinks or grows last.
    let wide = matmul(
        pictures.transposed([0, 3, 1, 2]).reshaped([count * channels * rows, columns]),
        interpolation(from: columns, to: width), transposeB: true)
    let upright = wide.reshaped([count, channels, rows, width]).transposed([0, 1, 3, 2])
    let high = matmul(
        upright.reshaped([count * channels * width, rows]),
        interpolation(from: rows, to: height), transposeB: true)
    return high.reshaped([count, channels, width, height]).transposed([0, 3, 2, 1])
}

/// `[target, source]`: two weights a row.
private func interpolation(from source: Int, to target: Int) -> Tensor {
    var weights = [Float](repeating: 0, count: target * source)
    // In 32 bits, as TensorFlow computes the places.
    let step = Float(source) / Float(target)
    for place in 0..<target {
        let position = Float(place) * step
        let low = min(Int(position), source - 1)
        let share = position - Float(low)
        weights[place * source + low] += 1 - share
        weights[place * source + min(low + 1, source - 1)] += share
    }
    return Tensor(weights, shape: [target, source])
}
