public import TensorCore

// Tseng et al. 2021, "Regularizing Generative Adversarial Networks under Limited Data",
// https://arxiv.org/abs/2104.03310.

/// Where a discriminator's logits have been of late: moving averages that belong in a checkpoint.
public struct LeCamAnchors: Module {
    /// A scalar: the average logit of real pictures.
    public var real: Tensor
    /// A scalar: the average logit of made pictures.
    public var fake: Tensor

    /// Anchors that begin at zero: a discriminator that cannot tell.
    public init() {
        real = .zeros([])
        fake = .zeros([])
    }

    /// Moves both toward the means of a step's logits; gradients do not pass.
    ///
    /// - Parameters:
    ///   - logitsOfReal: `[N]`.
    ///   - logitsOfFake: `[N]`.
    ///   - decay: How much of an anchor is kept in a step.
    public mutating func update(
        real logitsOfReal: Tensor, fake logitsOfFake: Tensor, decay: Double = 0.99
    ) {
        precondition(
            (0...1).contains(decay), "[LeCamAnchors] expected a decay in 0...1, got \(decay)")
        real = real * decay + stopGradient(logitsOfReal).mean() * (1 - decay)
        fake = fake * decay + stopGradient(logitsOfFake).mean() * (1 - decay)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "real", &real, .buffer)
        body(path + "fake", &fake, .buffer)
    }
}

/// LeCam's regulariser of the discriminator, to be added with a weight around 0.01 ... 0.3:
/// `mean((real - anchor of fake)^2) + mean((fake - anchor of real)^2)`.
///
/// It keeps logits from running apart when there are few pictures to learn from. The anchors are those
/// of the steps before; update them after it.
public func leCamPenalty(real: Tensor, fake: Tensor, anchors: LeCamAnchors) -> Tensor {
    (real - stopGradient(anchors.fake)).square().mean()
        + (fake - stopGradient(anchors.real)).square().mean()
}
