public import TensorCore

/// How strongly pictures are augmented, found while training: the adaptive discriminator augmentation of
/// Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data",
/// https://arxiv.org/abs/2006.06676.
///
/// The discriminator overfits when it is sure of the real pictures: `r = E[sign(D(real))]`, 0 when it
/// cannot tell, 1 when it always can. Every few steps the probability `p` of the augmentations moves
/// toward where `r` is the target: up while `r` is above it, down while it is below.
///
/// A value: `p` and the sums are tensors that enter a step's graph (one plan for all steps) and stand in
/// checkpoints; with `counters` beside them a run goes on as if it had never stopped.
public struct AdaptiveAugmentation: Module {
    /// The numbers of the adaptation.
    public struct Configuration: Sendable, Hashable, Codable {
        /// The value of `r` that is held.
        public var target = 0.6
        /// Steps from one adjustment to the next.
        public var interval = 4
        /// Real pictures in which `p` goes from 0 to 1 if it goes one way only.
        public var rampPictures = 500_000
        /// `p` before the first step.
        public var initialProbability = 0.0
        /// The largest `p`.
        public var maximumProbability = 1.0

        /// The paper's numbers.
        public init() {}

        /// What is wrong with the numbers, in words; nil if nothing is.
        public var problem: String? {
            if !(target > -1 && target < 1) {
                return "expected a target in -1 ... 1, got \(target)"
            }
            if interval < 1 { return "expected an interval of at least 1 step, got \(interval)" }
            if rampPictures < 1 {
                return "expected a ramp of at least 1 picture, got \(rampPictures)"
            }
            if !(0...1).contains(maximumProbability) {
                return "expected a maximum probability in 0 ... 1, got \(maximumProbability)"
            }
            if !(initialProbability >= 0 && initialProbability <= maximumProbability) {
                return "expected a first probability in 0 ... \(maximumProbability), got "
                    + "\(initialProbability)"
            }
            return nil
        }
    }

    /// What is counted beside the tensors.
    public struct Counters: Sendable, Hashable, Codable {
        /// Steps recorded.
        public var step = 0

        /// Nothing recorded yet.
        public init() {}
    }

    /// The numbers of the adaptation.
    public let configuration: Configuration
    /// Steps recorded.
    public var counters = Counters()
    /// `p`, a scalar: what `AdaptivePipeline` is called with.
    public private(set) var probability: Tensor
    /// `r` of the last adjustment, a scalar; 0 before the first.
    public private(set) var overfitting: Tensor
    /// `[2]`: the sum of signs since the last adjustment, and how many.
    private var signs: Tensor

    /// Before the first step.
    public init(_ configuration: Configuration = Configuration()) {
        if let problem = configuration.problem {
            preconditionFailure("[AdaptiveAugmentation] \(problem)")
        }
        self.configuration = configuration
        probability = Tensor(Float(configuration.initialProbability))
        overfitting = Tensor(0)
        signs = Tensor([0, 0])
    }

    /// Takes note of what the discriminator said of a step's real pictures, once a step, and adjusts `p`
    /// when it is time; nothing is evaluated yet.
    ///
    /// - Parameter logits: `[N]`, of real pictures, augmented as the discriminator saw them: positive
    ///   says real.
    public mutating func record(realLogits logits: Tensor) {
        let signs = stopGradient(logits).sign()
        let total = signs.sum().reshaped([1])
        let count = Tensor.full(Double(logits.elementCount), shape: [1])
        let sums = self.signs + concatenate([total, count], axis: 0)
        counters.step += 1
        // As data, so that steps with and without an adjustment are one plan.
        let isDue = Tensor(counters.step % configuration.interval == 0 ? 1 : 0)
        let seen = sums.sliced(axis: 0, 1..<2).reshaped([])
        let r = sums.sliced(axis: 0, 0..<1).reshaped([]) / seen
        let step =
            (r - configuration.target).sign() * seen * (1 / Double(configuration.rampPictures))
        probability = (probability + step * isDue).clamped(0, configuration.maximumProbability)
        overfitting = overfitting + (r - overfitting) * isDue
        self.signs = sums * (1 - isDue)
    }

    /// Visits every tensor under its dotted name, always in the same order; all are buffers.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "probability", &probability, .buffer)
        body(path + "overfitting", &overfitting, .buffer)
        body(path + "signs", &signs, .buffer)
    }
}
