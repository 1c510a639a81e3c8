public import Networks
public import TensorCore

/// One row of the table that a training step works through: whose turn it is, how often, and what is
/// minimised. Losses and regularisers of other families are other tables.
public struct AdversarialPhase<G: GeneratorNetwork, D: DiscriminatorNetwork>: Sendable {
    /// Whose parameters move.
    public enum Player: Sendable {
        case generator, discriminator
    }

    /// What a loss is computed from.
    public struct Context: Sendable {
        /// Real pictures, `[N, H, W, C]` in -1 ... 1.
        public var real: Tensor
        /// The step's latents, `[N, latentSize]`; the same in every phase, so that pictures made from
        /// them by the same generator are computed once.
        public var latents: Tensor
        /// For further random numbers of this phase.
        public var key: RandomKey
    }

    /// What a loss function answers.
    public struct Outcome: Sendable {
        /// A scalar.
        public var loss: Tensor
        /// Scalars to report, under their names.
        public var scores: [String: Tensor]

        /// A loss, and scalars to report.
        public init(loss: Tensor, scores: [String: Tensor] = [:]) {
            self.loss = loss
            self.scores = scores
        }
    }

    /// The name under which the loss is reported, as `d_loss`.
    public var name: String
    /// Whose parameters move.
    public var player: Player
    /// In steps: 1 is every step.
    public var interval: Int
    /// Computes the loss. The other player's parameters stand still.
    public var loss: @Sendable (inout G, inout D, Context) -> Outcome

    /// A phase.
    public init(
        name: String, player: Player, interval: Int = 1,
        loss: @escaping @Sendable (inout G, inout D, Context) -> Outcome
    ) {
        precondition(
            interval > 0, "[AdversarialPhase] expected a positive interval, got \(interval)")
        self.name = name
        self.player = player
        self.interval = interval
        self.loss = loss
    }

    /// The table of DCGAN: each player once a step, the non-saturating loss.
    public static var nonSaturating: [AdversarialPhase] {
        [
            AdversarialPhase(name: "d_loss", player: .discriminator) { g, d, context in
                let real = d(context.real, training: true)
                let made = stopGradient(g(context.latents, training: true))
                let fake = d(made, training: true)
                return Outcome(
                    loss: nonSaturatingDiscriminatorLoss(real: real, fake: fake),
                    scores: ["d_real": real.sigmoid().mean(), "d_fake": fake.sigmoid().mean()])
            },
            AdversarialPhase(name: "g_loss", player: .generator) { g, d, context in
                let fake = d(g(context.latents, training: true), training: true)
                return Outcome(loss: nonSaturatingGeneratorLoss(fake: fake))
            },
        ]
    }
}
