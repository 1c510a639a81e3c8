import Networks
public import TensorCore

extension AdversarialPhase {
    /// How far pictures move when a style does: `[M]`, one length for each of some pictures. Gets the
    /// generator, latents `[M, latentSize]`, their labels and a key. For generators with styles only.
    public typealias PathLengths =
        @Sendable (inout G, _ latents: Tensor, _ labels: Tensor?, _ key: RandomKey) -> Tensor

    /// The phases of a step for an objective.
    ///
    /// Penalties with interval 1 are part of the discriminator's loss; others have a phase and an update
    /// of their own every so many steps, with as many times the weight.
    ///
    /// - Parameters:
    ///   - objective: What is minimised.
    ///   - pathLengths: For the path length regulariser, which needs a generator with styles.
    public static func table(
        for objective: AdversarialObjective, pathLengths: PathLengths? = nil
    ) -> [AdversarialPhase] {
        var phases = (0..<objective.discriminatorSteps).map { discriminatorPhase(objective, $0) }
        let last = objective.discriminatorSteps - 1
        if let r1 = objective.r1, r1.interval > 1 {
            phases.append(slopePhase("d_r1", r1, .real, objective, turn: last))
        }
        if let r2 = objective.r2, r2.interval > 1 {
            phases.append(slopePhase("d_r2", r2, .fake, objective, turn: last))
        }
        phases.append(generatorPhase(objective, turn: last))
        if let pathLength = objective.pathLength {
            guard let pathLengths else {
                preconditionFailure(
                    "[AdversarialPhase.table] expected path lengths of a generator with styles, got "
                        + "none")
            }
            phases.append(pathLengthPhase(pathLength, pathLengths, turn: last))
        }
        return phases
    }

    // MARK: The discriminator

    private static func discriminatorPhase(
        _ objective: AdversarialObjective, _ turn: Int
    ) -> AdversarialPhase {
        AdversarialPhase(
            name: "d_loss", player: .discriminator, turn: turn, weightBound: objective.weightClip
        ) { g, d, context in
            let real = context.real.stoppingGradient()
            let fake = stopGradient(context.make(&g))
            let ofReal = context.judge(&d, real, as: .real)
            let ofFake = context.judge(&d, fake, as: .fake)
            var outcome = Outcome(
                loss: objective.loss.discriminator(real: ofReal.logits, fake: ofFake.logits),
                scores: scores(objective.loss, real: ofReal.logits, fake: ofFake.logits))
            func add(_ term: Tensor, _ name: String) {
                outcome.loss = outcome.loss + term
                outcome.scores[name] = term
            }
            if let r1 = objective.r1, r1.interval == 1 {
                let gamma = context.value(r1.gamma)
                add(zeroCentredPenalty(logits: ofReal.logits, pictures: real, gamma: gamma), "d_r1")
            }
            if let r2 = objective.r2, r2.interval == 1 {
                let gamma = context.value(r2.gamma)
                add(zeroCentredPenalty(logits: ofFake.logits, pictures: fake, gamma: gamma), "d_r2")
            }
            if let penalty = objective.gradientPenalty {
                add(norm(penalty, &d, real: real, fake: fake, context), "d_penalty")
            }
            if let weight = objective.leCam {
                var anchors = LeCamAnchors()
                anchors.real = context.tracked("d_real_logit")
                anchors.fake = context.tracked("d_fake_logit")
                let term = leCamPenalty(real: ofReal.logits, fake: ofFake.logits, anchors: anchors)
                add(term * weight, "d_lecam")
                outcome.tracked["d_real_logit"] = ofReal.logits.mean()
                outcome.tracked["d_fake_logit"] = ofFake.logits.mean()
            }
            if let term = classTerm(ofReal, context.realLabels), objective.classWeight != 0 {
                add(term * objective.classWeight, "d_class")
            }
            if let term = ofReal.auxiliaryLoss, objective.auxiliaryWeight != 0 {
                add(term * objective.auxiliaryWeight, "d_auxiliary")
            }
            return outcome
        }
    }

    /// The penalty on the norm of the slope, weighted.
    private static func norm(
        _ penalty: AdversarialObjective.NormPenalty, _ d: inout D, real: Tensor, fake: Tensor,
        _ context: Context
    ) -> Tensor {
        let key = context.key.folded("penalty")
        let points =
            switch penalty.place {
            case .between: mixedPictures(real: real, fake: fake, key: key)
            case .aroundReal: perturbedPictures(real: real, key: key)
            }
        return slopePenalty(at: points) { context.judge(&d, $0, as: .real).logits }
            * penalty.weight
    }

    private static func slopePhase(
        _ name: String, _ penalty: AdversarialObjective.SlopePenalty, _ kind: Context.Kind,
        _ objective: AdversarialObjective, turn: Int
    ) -> AdversarialPhase {
        AdversarialPhase(
            name: name, player: .discriminator, interval: penalty.interval, turn: turn,
            weightBound: objective.weightClip
        ) { g, d, context in
            let pictures = kind == .real ? context.real : context.make(&g)
            let gamma = context.value(penalty.gamma) * Double(penalty.interval)
            return Outcome(
                loss: r1Penalty(real: pictures, gamma: gamma) {
                    context.judge(&d, $0, as: kind).logits
                })
        }
    }

    /// What is reported of a discriminator: how real it finds real (`d_real`) and made pictures
    /// (`d_fake`), 0 ... 1; in which share of pairs it finds the real one more real (`d_order`); and the
    /// mean sign by which augmentation adapts (`d_sign`), -1 ... 1.
    private static func scores(
        _ loss: AdversarialLoss, real: Tensor, fake: Tensor
    ) -> [String: Tensor] {
        let difference = real - fake
        let surplus =
            switch loss {
            case .saturating, .nonSaturating, .hinge: real
            case .leastSquares: real - 0.5
            // Only differences mean anything.
            case .wasserstein, .relativistic: difference
            }
        return [
            "d_real": real.sigmoid().mean(), "d_fake": fake.sigmoid().mean(),
            "d_order": (difference .> 0).cast(to: .float32).mean(),
            "d_sign": surplus.sign().mean(),
        ]
    }

    private static func classTerm(_ verdict: Verdict, _ labels: Tensor?) -> Tensor? {
        labels.flatMap { auxiliaryClassLoss(verdict, labels: $0) }
    }

    // MARK: The generator

    private static func generatorPhase(
        _ objective: AdversarialObjective, turn: Int
    ) -> AdversarialPhase {
        AdversarialPhase(name: "g_loss", player: .generator, turn: turn) { g, d, context in
            let ofFake = context.judge(&d, context.make(&g), as: .fake)
            let real =
                objective.loss.generatorSeesReal
                ? context.judge(&d, context.real, as: .real).logits : nil
            var outcome = Outcome(
                loss: objective.loss.generator(real: real, fake: ofFake.logits))
            if let term = classTerm(ofFake, context.fakeLabels), objective.classWeight != 0 {
                outcome.loss = outcome.loss + term * objective.classWeight
                outcome.scores["g_class"] = term * objective.classWeight
            }
            return outcome
        }
    }

    /// Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", section 3.2,
    /// https://arxiv.org/abs/1912.04958: `weight * mean((length - average)^2)`.
    private static func pathLengthPhase(
        _ pathLength: AdversarialObjective.PathLength, _ lengths: @escaping PathLengths, turn: Int
    ) -> AdversarialPhase {
        AdversarialPhase(
            name: "g_path", player: .generator, interval: pathLength.interval, turn: turn
        ) { g, _, context in
            let count = max(1, context.latents.shape[0] / pathLength.shrink)
            let some = lengths(
                &g, context.latents.sliced(axis: 0, 0..<count),
                context.fakeLabels.map { $0.sliced(axis: 0, 0..<count) },
                context.key.folded("path"))
            let length = some.mean()
            let kept = context.tracked("path_length") * trackedDecay
            let average = kept + stopGradient(length) * (1 - trackedDecay)
            return Outcome(
                loss: (some - average).square().mean()
                    * (pathLength.weight * Double(pathLength.interval)),
                scores: ["g_path_length": length], tracked: ["path_length": length])
        }
    }
}

/// How much of a tracked average is kept in a step: LeCam's and the path length's papers both have 0.99.
let trackedDecay = 0.99
