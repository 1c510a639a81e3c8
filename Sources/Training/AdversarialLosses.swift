public import TensorCore

// Losses as functions of a discriminator's logits `[N]`; positive logits say real.

/// The discriminator's loss of Goodfellow et al. 2014, "Generative Adversarial Networks",
/// https://arxiv.org/abs/1406.2661: `mean(-log s(real)) + mean(-log(1 - s(fake)))` with `s` the
/// logistic function.
public func nonSaturatingDiscriminatorLoss(real: Tensor, fake: Tensor) -> Tensor {
    (-real).softplus().mean() + fake.softplus().mean()
}

/// The generator's non-saturating loss of the same paper: `mean(-log s(fake))`.
public func nonSaturatingGeneratorLoss(fake: Tensor) -> Tensor {
    (-fake).softplus().mean()
}
