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
    var x = pictures
    if columns != width {
        let mix = interpolation(from: columns, to: width).broadcast(to: [
            count * rows, width, columns,
        ])
        x = matmul(mix, x.reshaped([count * rows, columns, channels]))
    }
    x = x.reshaped([count, rows, width * channels])
    if rows != height {
        x = matmul(
            interpolation(from: rows, to: height).broadcast(to: [count, height, rows]), x)
    }
    return x.reshaped([count, height, width, channels])
}

/// `[1, target, source]`: two weights a row.
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
    return Tensor(weights, shape: [1, target, source])
}
