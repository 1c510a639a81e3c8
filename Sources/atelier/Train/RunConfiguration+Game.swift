import Networks
import TensorCore
import Training

/// What is done to everything that the discriminator sees, as settings and options name it.
enum DiscriminatorView: String, Codable, Hashable, CaseIterable {
    /// Nothing.
    case none
    /// Colour, translation and cutout, always: Zhao et al. 2020.
    case diffaugment
    /// Karras et al.'s pipeline, with a probability that adapts or follows a schedule.
    case ada

    /// The augmentation itself.
    var kind: DiscriminatorAugmentation {
        switch self {
        case .none: .none
        case .diffaugment: .diffAugment(DiffAugment())
        case .ada: .pipeline(AdaptivePipeline())
        }
    }

    /// What the trainer calls.
    var augmentation: PictureAugmentation? {
        let kind = kind
        guard self != .none else { return nil }
        return { pictures, key, probability in
            kind(pictures, probability: probability, key: key)
        }
    }
}

extension AdversarialObjective {
    /// Whether a logit may depend on the whole batch, as batch normalisation makes it: a penalty on
    /// slopes takes each picture's own.
    var allowsBatchStatistics: Bool { r1 == nil && r2 == nil && gradientPenalty == nil }
}

extension RunConfiguration {
    /// The phases of a step.
    var phases: [GANPhase] {
        GANPhase.table(
            for: objective, pathLengths: objective.pathLength == nil ? nil : Self.stylePathLengths)
    }

    /// How far pictures of a generator with styles move when a style does.
    private static let stylePathLengths: GANPhase.PathLengths = { generator, latents, labels, key in
        guard var styled = generator.network as? StyleGAN2Generator else {
            preconditionFailure("[stylePathLengths] expected a generator with styles")
        }
        let styles = styled.trainedStyles(
            latents, NetworkContext(training: true, labels: labels, key: key.folded("styles")))
        let pictures = styled.synthesized(styles, key: key.folded("noise"))
        generator.network = styled
        return pathLengths(of: pictures, by: styles, key: key.folded("direction"))
    }

    /// A trainer that goes on from a state.
    ///
    /// - Throws: A failure if the settings freeze what the networks have not: they come from a file.
    func trainer(from state: GANState) throws -> GANTrainer {
        let names = state.namedTensors(.parameter).map(\.name)
        for frozen in training.frozen {
            guard names.contains(where: { $0 == frozen || $0.hasPrefix(frozen + ".") }) else {
                throw Failure("the settings freeze \(frozen), which these networks have not")
            }
        }
        return GANTrainer(
            state: state, phases: phases, augmentation: discriminatorAugmentation.augmentation,
            configuration: training)
    }

    /// Real pictures in a step: a batch for each turn of the discriminator.
    var picturesPerStep: Int { training.batchSize * objective.discriminatorSteps }
}
