public import Networks
public import TensorCore

extension AdversarialPhase {
    /// What a loss is computed from.
    public struct Context: Sendable {
        /// What pictures are: which labels they have, which random numbers belong to them.
        public enum Kind: String, Sendable {
            /// From the data.
            case real
            /// Made by the generator.
            case fake
        }

        /// Real pictures, `[N, H, W, C]` in -1 ... 1.
        public var real: Tensor
        /// The step's latents, `[N, latentSize]`; the same in every phase (unless the configuration
        /// says otherwise), so that pictures made from them by the same generator are computed once.
        public var latents: Tensor
        /// int32 `[N]`: the classes of the real pictures; nil for networks without classes.
        public var realLabels: Tensor?
        /// int32 `[N]`: the classes that the generator is asked for; nil for networks without classes.
        public var fakeLabels: Tensor?
        /// For the generator's own noise: goes with the latents.
        public var generatorKey: RandomKey
        /// For further random numbers of this phase.
        public var key: RandomKey
        /// Real pictures seen before this step.
        public var samplesSeen: Int
        /// What is done to everything that the discriminator sees; nil: nothing.
        public var augmentation: PictureAugmentation?
        /// A scalar: the augmentation's probability.
        public var augmentationProbability: Tensor
        /// The moving averages that the state keeps.
        public var averages: [String: Double]

        /// A schedule's value in this step, as data of the graph.
        public func value(_ schedule: Schedule) -> Tensor {
            Tensor(Float(schedule.value(samplesSeen)))
        }

        /// The moving average of a tracked scalar up to the step before, as data; 0 at the beginning.
        public func tracked(_ name: String) -> Tensor { Tensor(Float(averages[name] ?? 0)) }

        /// Pictures from the latents, with the classes asked for.
        public func make(_ generator: inout G) -> Tensor {
            generator(
                latents,
                NetworkContext(training: true, labels: fakeLabels, key: generatorKey))
        }

        /// What the discriminator says of pictures, augmented as all that it sees.
        ///
        /// - Parameters:
        ///   - discriminator: The discriminator; its buffers may change.
        ///   - pictures: `[N, H, W, C]`.
        ///   - kind: Whose labels they have.
        public func judge(
            _ discriminator: inout D, _ pictures: Tensor, as kind: Kind
        ) -> Verdict {
            let key = key.folded(kind.rawValue)
            let seen =
                augmentation.map {
                    $0(pictures, key.folded("augmentation"), augmentationProbability)
                } ?? pictures
            return discriminator.verdict(
                seen,
                NetworkContext(
                    training: true, labels: kind == .real ? realLabels : fakeLabels,
                    key: key.folded("network")))
        }
    }
}
