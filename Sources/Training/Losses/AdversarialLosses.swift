public import TensorCore

// Losses as functions of a discriminator's logits `[N]`; positive logits say real. All are scalars to
// be minimised, and means over the batch. `s` is the logistic function.

// MARK: Goodfellow et al. 2014

/// The discriminator's loss of Goodfellow et al. 2014, "Generative Adversarial Networks",
/// https://arxiv.org/abs/1406.2661: `mean(-log s(real)) + mean(-log(1 - s(fake)))`.
public func nonSaturatingDiscriminatorLoss(real: Tensor, fake: Tensor) -> Tensor {
    (-real).softplus().mean() + fake.softplus().mean()
}

/// The generator's non-saturating loss of the same paper: `mean(-log s(fake))`.
public func nonSaturatingGeneratorLoss(fake: Tensor) -> Tensor {
    (-fake).softplus().mean()
}

/// The generator's loss of the same paper's minimax game: `mean(log(1 - s(fake)))`.
///
/// Its slope vanishes where the discriminator is sure, which is why the non-saturating one is used;
/// the discriminator's loss is the same.
public func saturatingGeneratorLoss(fake: Tensor) -> Tensor {
    -fake.softplus().mean()
}

// MARK: Mao et al. 2017

/// The discriminator's loss of Mao et al. 2017, "Least Squares Generative Adversarial Networks",
/// https://arxiv.org/abs/1611.04076, with targets 1 for real and 0 for made pictures:
/// `mean((real - 1)^2) / 2 + mean(fake^2) / 2`.
public func leastSquaresDiscriminatorLoss(real: Tensor, fake: Tensor) -> Tensor {
    ((real - 1).square().mean() + fake.square().mean()) * 0.5
}

/// The generator's loss of the same paper: `mean((fake - 1)^2) / 2`.
public func leastSquaresGeneratorLoss(fake: Tensor) -> Tensor {
    (fake - 1).square().mean() * 0.5
}

// MARK: Arjovsky et al. 2017

/// The critic's loss of Arjovsky et al. 2017, "Wasserstein GAN", https://arxiv.org/abs/1701.07875:
/// `mean(fake) - mean(real)`.
///
/// It means nothing unless the critic's slope is held down: by `clipParameters`, or by a penalty.
public func wassersteinDiscriminatorLoss(real: Tensor, fake: Tensor) -> Tensor {
    fake.mean() - real.mean()
}

/// The generator's loss of the same paper, and of the hinge loss: `-mean(fake)`.
public func wassersteinGeneratorLoss(fake: Tensor) -> Tensor {
    -fake.mean()
}

/// Holds every trained number of a critic in `-bound ... bound`, after each of its updates, as in
/// the same paper.
public func clipParameters(of module: inout some Module, to bound: Double = 0.01) {
    precondition(bound > 0, "[clipParameters] expected a positive bound, got \(bound)")
    module.forEachTensor(under: "") { _, tensor, role in
        if role == .parameter { tensor = tensor.clamped(-bound, bound) }
    }
}

// MARK: Lim and Ye 2017

/// The discriminator's hinge loss: Lim and Ye 2017, "Geometric GAN",
/// https://arxiv.org/abs/1705.02894: `mean(max(0, 1 - real)) + mean(max(0, 1 + fake))`.
public func hingeDiscriminatorLoss(real: Tensor, fake: Tensor) -> Tensor {
    (1 - real).relu().mean() + (1 + fake).relu().mean()
}

/// The generator's loss beside the hinge loss: `-mean(fake)`.
public func hingeGeneratorLoss(fake: Tensor) -> Tensor {
    wassersteinGeneratorLoss(fake: fake)
}

// MARK: Jolicoeur-Martineau 2018 and 2020

/// The discriminator's loss of relativistic pairs, `mean(-log s(real - fake))`: each real picture is
/// to be more real than the made one in its place of the batch.
///
/// Jolicoeur-Martineau 2018, "The relativistic discriminator", https://arxiv.org/abs/1807.00734; 2020,
/// "On Relativistic f-Divergences", https://arxiv.org/abs/1901.02474; as Huang et al. 2024, "The GAN is
/// dead; long live the GAN!", https://arxiv.org/abs/2501.05441, use it, with R1 and R2.
public func relativisticDiscriminatorLoss(real: Tensor, fake: Tensor) -> Tensor {
    checkPairs(real, fake, "relativisticDiscriminatorLoss")
    return (fake - real).softplus().mean()
}

/// The generator's loss of relativistic pairs: `mean(-log s(fake - real))`.
public func relativisticGeneratorLoss(real: Tensor, fake: Tensor) -> Tensor {
    checkPairs(real, fake, "relativisticGeneratorLoss")
    return (real - fake).softplus().mean()
}

private func checkPairs(_ real: Tensor, _ fake: Tensor, _ name: String) {
    precondition(
        real.shape == fake.shape,
        "[\(name)] expected as many logits of real pictures as of made ones, got \(real.shape) and "
            + "\(fake.shape)")
}
