public import Networks
public import TensorCore

/// One row of the table that a training step works through: whose turn it is, how often, and what is
/// minimised. Losses and regularisers of other families are other tables.
public struct AdversarialPhase<G: GeneratorNetwork, D: DiscriminatorNetwork>: Sendable {
    /// Whose parameters move.
    public enum Player: Sendable {
        case generator, discriminator
    }

    /// What a loss function answers.
    public struct Outcome: Sendable {
        /// A scalar.
        public var loss: Tensor
        /// Scalars to report, under their names.
        public var scores: [String: Tensor]
        /// Scalars whose moving averages the state keeps, under their names; `Context.tracked` gives
        /// the averages up to the step before.
        public var tracked: [String: Tensor]

        /// A loss, scalars to report and scalars to keep track of.
        public init(
            loss: Tensor, scores: [String: Tensor] = [:], tracked: [String: Tensor] = [:]
        ) {
            self.loss = loss
            self.scores = scores
            self.tracked = tracked
        }
    }

    /// The name under which the loss is reported, as `d_loss`.
    public var name: String
    /// Whose parameters move.
    public var player: Player
    /// In steps: 1 is every step.
    public var interval: Int
    /// Which batch of a step the phase looks at, where a step has several; from 0 on.
    public var turn: Int
    /// Tensors of the player that do not move in this phase, or whole layers, under their names in the
    /// state (`discriminator.main.0`).
    public var frozen: [String]
    /// What the player's weights are held to after the phase: `-bound ... bound`.
    public var weightBound: Double?
    /// Computes the loss. The other player's parameters stand still.
    public var loss: @Sendable (inout G, inout D, Context) -> Outcome

    /// A phase.
    public init(
        name: String, player: Player, interval: Int = 1, turn: Int = 0, frozen: [String] = [],
        weightBound: Double? = nil,
        loss: @escaping @Sendable (inout G, inout D, Context) -> Outcome
    ) {
        precondition(
            interval > 0, "[AdversarialPhase] expected a positive interval, got \(interval)")
        precondition(turn >= 0, "[AdversarialPhase] expected a turn from 0 on, got \(turn)")
        self.name = name
        self.player = player
        self.interval = interval
        self.turn = turn
        self.frozen = frozen
        self.weightBound = weightBound
        self.loss = loss
    }

    /// The table of DCGAN: each player once a step, the non-saturating loss.
    public static var nonSaturating: [AdversarialPhase] {
        [
            AdversarialPhase(name: "d_loss", player: .discriminator) { g, d, context in
                let real = context.judge(&d, context.real, as: .real).logits
                let made = stopGradient(context.make(&g))
                let fake = context.judge(&d, made, as: .fake).logits
                return Outcome(
                    loss: nonSaturatingDiscriminatorLoss(real: real, fake: fake),
                    scores: ["d_real": real.sigmoid().mean(), "d_fake": fake.sigmoid().mean()])
            },
            AdversarialPhase(name: "g_loss", player: .generator) { g, d, context in
                let fake = context.judge(&d, context.make(&g), as: .fake).logits
                return Outcome(loss: nonSaturatingGeneratorLoss(fake: fake))
            },
        ]
    }
}
