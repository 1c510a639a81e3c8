public import TensorCore

// Penalties on the slope of a discriminator at pictures: gradients inside of a loss, which is
// differentiated again. Each picture must be judged for itself: with batch normalisation in the
// discriminator the slopes of one logit run to other pictures too.

/// The squared norm of the slope of each picture's logit: `[N]`, sums over a picture's numbers.
///
/// - Parameters:
///   - logits: `[N]`, made from these pictures.
///   - pictures: `[N, ...]`, the very tensor that the discriminator got.
public func squaredSlopes(of logits: Tensor, at pictures: Tensor) -> Tensor {
    precondition(
        pictures.rank >= 2 && logits.rank == 1,
        "[squaredSlopes] expected logits [N] and pictures [N, ...], got \(logits.shape) and "
            + "\(pictures.shape)")
    let slopes = gradients(of: logits.sum(), at: [pictures])[0]
    return slopes.square().sum(axes: Array(1..<pictures.rank))
}

/// The zero-centred penalty `gamma / 2 * mean(|slope|^2)`: R1 at real pictures, R2 at made ones.
///
/// Mescheder et al. 2018, "Which Training Methods for GANs do actually Converge?",
/// https://arxiv.org/abs/1801.04406.
///
/// - Parameters:
///   - logits: `[N]`, made from these pictures.
///   - pictures: `[N, ...]`, the very tensor that the discriminator got; for R2 without a way back to
///     the generator.
///   - gamma: A scalar tensor, so that a schedule of it needs no new plan.
public func zeroCentredPenalty(logits: Tensor, pictures: Tensor, gamma: Tensor) -> Tensor {
    gamma * squaredSlopes(of: logits, at: pictures).mean() * 0.5
}

/// R1: the zero-centred penalty at real pictures, judged for it alone (a lazy regulariser).
///
/// - Parameters:
///   - real: `[N, H, W, C]`.
///   - gamma: A scalar tensor.
///   - judge: Logits `[N]` of pictures.
public func r1Penalty(real: Tensor, gamma: Tensor, judge: (Tensor) -> Tensor) -> Tensor {
    let pictures = real.stoppingGradient()
    return zeroCentredPenalty(logits: judge(pictures), pictures: pictures, gamma: gamma)
}

/// R2: the zero-centred penalty at made pictures; the generator gets no gradient from it.
///
/// - Parameters:
///   - fake: `[N, H, W, C]`.
///   - gamma: A scalar tensor.
///   - judge: Logits `[N]` of pictures.
public func r2Penalty(fake: Tensor, gamma: Tensor, judge: (Tensor) -> Tensor) -> Tensor {
    r1Penalty(real: fake, gamma: gamma, judge: judge)
}

/// The one-centred penalty `mean((|slope| - target)^2)` on both sides of the target.
///
/// Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", https://arxiv.org/abs/1704.00028, take
/// it at `mixedPictures` with weight 10; Kodali et al. 2017, "On Convergence and Stability of GANs"
/// (DRAGAN), https://arxiv.org/abs/1705.07215, at `perturbedPictures` with weight 10.
///
/// - Parameters:
///   - pictures: `[N, H, W, C]`, where the slope is taken; nothing is differentiated by them.
///   - target: The norm that a slope should have.
///   - floor: Added to the squared norm: at a slope of zero, where the norm has no derivative, it
///     keeps the penalty's gradient zero instead of NaN.
///   - judge: Logits `[N]` of pictures.
/// - Returns: A scalar without weight.
public func slopePenalty(
    at pictures: Tensor, target: Double = 1, floor: Double = 1e-12, judge: (Tensor) -> Tensor
) -> Tensor {
    let points = pictures.stoppingGradient()
    let squares = squaredSlopes(of: judge(points), at: points)
    let norms = (floor == 0 ? squares : squares + floor).sqrt()
    return (norms - target).square().mean()
}

/// Points on the lines between real and made pictures, where WGAN-GP takes its penalty:
/// `share * real + (1 - share) * fake`.
///
/// - Parameters:
///   - real: `[N, H, W, C]`.
///   - fake: `[N, H, W, C]`.
///   - shares: `[N, 1, 1, 1]` on 0 ..< 1, one a picture.
public func mixedPictures(real: Tensor, fake: Tensor, shares: Tensor) -> Tensor {
    precondition(
        real.shape == fake.shape && shares.shape == sharesShape(real),
        "[mixedPictures] expected pictures of one shape and shares \(sharesShape(real)), got "
            + "\(real.shape), \(fake.shape) and \(shares.shape)")
    return real * shares + fake * (1 - shares)
}

/// `mixedPictures` with shares drawn from a key.
public func mixedPictures(real: Tensor, fake: Tensor, key: RandomKey) -> Tensor {
    mixedPictures(
        real: real, fake: fake,
        shares: .uniform(sharesShape(real), key: key.folded("shares")))
}

/// Points around real pictures, where DRAGAN takes its penalty, as its authors' program does: each
/// picture moved by a random share of `scale * deviation * noise`, the deviation over the whole batch
/// and noise uniform on 0 ..< 1.
///
/// - Parameters:
///   - real: `[N, H, W, C]`.
///   - noise: Numbers on 0 ..< 1 of the same shape.
///   - shares: `[N, 1, 1, 1]` on 0 ..< 1, one a picture.
///   - scale: How many standard deviations the noise reaches.
public func perturbedPictures(
    real: Tensor, noise: Tensor, shares: Tensor, scale: Double = 0.5
) -> Tensor {
    precondition(
        noise.shape == real.shape && shares.shape == sharesShape(real),
        "[perturbedPictures] expected noise \(real.shape) and shares \(sharesShape(real)), got "
            + "\(noise.shape) and \(shares.shape)")
    let deviation = real.variance(axes: Array(0..<real.rank)).sqrt()
    return real + shares * deviation * noise * scale
}

/// `perturbedPictures` with noise and shares drawn from a key.
public func perturbedPictures(real: Tensor, key: RandomKey, scale: Double = 0.5) -> Tensor {
    perturbedPictures(
        real: real, noise: .uniform(real.shape, key: key.folded("noise")),
        shares: .uniform(sharesShape(real), key: key.folded("shares")), scale: scale)
}

/// One number a picture.
private func sharesShape(_ pictures: Tensor) -> [Int] {
    [pictures.shape[0]] + [Int](repeating: 1, count: pictures.rank - 1)
}
