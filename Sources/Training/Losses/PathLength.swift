public import TensorCore

// Section 3.2 of Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN",
// https://arxiv.org/abs/1912.04958.

/// How far pictures move for a step of their styles: `[N]`, the norms of `J^T y` with `J` the Jacobian
/// of a picture by its styles and `y` a random picture, `|| gradient of sum(picture * y) ||`, as a
/// root mean square over the layers.
///
/// - Parameters:
///   - pictures: `[N, H, W, C]`, made from the styles and not yet evaluated.
///   - styles: `[N, layers, W]`.
///   - key: What `y` is drawn from: normal, with a standard deviation of `1 / sqrt(H W)`.
public func pathLengths(of pictures: Tensor, by styles: Tensor, key: RandomKey) -> Tensor {
    precondition(
        pictures.rank == 4 && styles.rank == 3 && pictures.shape[0] == styles.shape[0],
        "[pathLengths] expected pictures [N, H, W, C] and styles [N, layers, W], got "
            + "\(pictures.shape) and \(styles.shape)")
    let area = Double(pictures.shape[1] * pictures.shape[2])
    let direction = Tensor.normal(pictures.shape, key: key) * (1 / area.squareRoot())
    let slopes = gradients(of: pictures, seed: direction, at: [styles])[0]
    // The root has no derivative at 0.
    return (slopes.square().sum(axes: [2]).mean(axes: [1]) + 1e-8).sqrt()
}

/// The regulariser of path lengths: `mean((length - average)^2)`, a scalar. Steps of equal size in the
/// space of styles are to change pictures by equal amounts, whatever the style.
///
/// The paper adds it to the generator's loss every 8th step (times 8 then), with a weight of 2 for
/// directions scaled as they are here, and for half as many pictures.
///
/// - Parameters:
///   - pictures: `[N, H, W, C]`, made from the styles and not yet evaluated.
///   - styles: `[N, layers, W]`.
///   - average: The moving average of lengths, a scalar that begins at 0; on return the new one. It is
///     the caller's to keep, and part of a checkpoint.
///   - rate: How much of the average a batch replaces.
///   - key: What the directions are drawn from.
public func pathLengthPenalty(
    of pictures: Tensor, by styles: Tensor, average: inout Tensor, rate: Double = 0.01,
    key: RandomKey
) -> Tensor {
    let lengths = pathLengths(of: pictures, by: styles, key: key)
    average = average + (stopGradient(lengths).mean() - average) * rate
    return (lengths - stopGradient(average)).square().mean()
}
