"""Goldens of the gradient penalties on a small convolutional discriminator.

8x8x2 pictures -> conv 4x4 stride 2, 2 to 4 -> leaky ReLU -> conv 4x4 stride 2, 4 to 6 -> (batch
norm) -> leaky ReLU -> conv 2x2 to one number. Batch norm, where present, sees real, fake and mixed
pictures as batches of their own, in training mode.

Written for NAME in wgan_gp, r1, wgan_gp_bn, r1_bn: NAME/loss, NAME/penalty and NAME/PARAMETER, the
gradient of the loss. Inputs: real, fake, epsilon (the mixing weights) and parameters/PARAMETER.

- WGAN-GP: mean D(fake) - mean D(real) + 10 mean (|grad D(mixed)| - 1)^2, mixed = e real + (1 - e) fake.
- R1: mean softplus(-D(real)) + mean softplus(D(fake)) + 5 mean |grad D(real)|^2.
"""

import numpy
import torch
import torch.nn.functional as F


def discriminate(p, x, normalise):
    """Scores [N] of pictures x [N, H, W, C]."""
    h = x.permute(0, 3, 1, 2)
    h = F.conv2d(h, p["conv1.weight"].permute(0, 3, 1, 2), p["conv1.bias"], 2, 1)
    h = F.leaky_relu(h, 0.2)
    h = F.conv2d(h, p["conv2.weight"].permute(0, 3, 1, 2), p["conv2.bias"], 2, 1)
    if normalise:
        h = F.batch_norm(h, None, None, p["norm.weight"], p["norm.bias"], True, 0.1, 1e-5)
    h = F.leaky_relu(h, 0.2)
    return F.conv2d(h, p["conv3.weight"].permute(0, 3, 1, 2)).reshape(-1)


def squared_norms(p, x, normalise):
    x = x.detach().requires_grad_()
    g, = torch.autograd.grad(discriminate(p, x, normalise).sum(), x, create_graph=True)
    return (g * g).sum([1, 2, 3])


def make(seed):
    generator = torch.Generator().manual_seed(seed + 1)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).float().double()

    real, fake = normal(4, 8, 8, 2), normal(4, 8, 8, 2)
    epsilon = torch.rand(4, 1, 1, 1, generator=generator, dtype=torch.float64).float().double()
    parameters = {
        "conv1.weight": 0.3 * normal(4, 4, 4, 2), "conv1.bias": 0.1 * normal(4),
        "conv2.weight": 0.2 * normal(6, 4, 4, 4), "conv2.bias": 0.1 * normal(6),
        "norm.weight": 1 + 0.1 * normal(6), "norm.bias": 0.1 * normal(6),
        "conv3.weight": 0.3 * normal(1, 2, 2, 6),
    }
    parameters = {k: v.float().double() for k, v in parameters.items()}
    arrays = {"real": real, "fake": fake, "epsilon": epsilon}
    arrays |= {f"parameters/{name}": value for name, value in parameters.items()}

    for normalise in (False, True):
        for kind in ("wgan_gp", "r1"):
            p = {k: v.clone().requires_grad_() for k, v in parameters.items()
                 if normalise or not k.startswith("norm")}
            score_real = discriminate(p, real, normalise)
            score_fake = discriminate(p, fake, normalise)
            if kind == "wgan_gp":
                mixed = epsilon * real + (1 - epsilon) * fake
                penalty = ((squared_norms(p, mixed, normalise).sqrt() - 1) ** 2).mean()
                loss = score_fake.mean() - score_real.mean() + 10 * penalty
            else:
                penalty = squared_norms(p, real, normalise).mean()
                loss = F.softplus(-score_real).mean() + F.softplus(score_fake).mean() + 5 * penalty
            name = kind + ("_bn" if normalise else "")
            arrays[f"{name}/loss"], arrays[f"{name}/penalty"] = loss, penalty
            gradients = torch.autograd.grad(loss, list(p.values()))
            arrays |= {f"{name}/{k}": g for k, g in zip(p, gradients)}
    return {k: v.detach().numpy().astype(numpy.float32, order="C") for k, v in arrays.items()}
