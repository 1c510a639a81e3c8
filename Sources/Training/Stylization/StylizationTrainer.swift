public import TensorCore

/// What a training of style transfer counts.
public struct StylizationCounters: Sendable, Hashable, Codable {
    /// Steps done.
    public var step = 0
    /// Contents seen.
    public var samplesSeen = 0
    /// Samples that the data stream has given: where it goes on.
    public var dataPosition = 0
    /// How often training went back to an earlier state; each time the learning rate is halved.
    public var rollBacks = 0

    /// Nothing done yet.
    public init() {}

    /// What is wrong with counters from outside, in words.
    public var problem: String? {
        let range = 0...1 << 53
        return [step, samplesSeen, dataPosition].allSatisfy(range.contains)
            && (0...64).contains(rollBacks)
            ? nil : "counts \(step), \(samplesSeen), \(dataPosition) and \(rollBacks)"
    }
}

/// What a trainer of style transfer learns from in one step.
public struct StylizationBatch: Sendable {
    /// uint8 `[N, H, W, 3]`: what gets a style.
    public var contents: Tensor
    /// uint8 `[N, H, W, 3]`: a painting, or part of one, for each; nil where the style is always the
    /// same.
    public var paintings: Tensor?
    /// How many samples the stream has given, this batch included: where to go on after it.
    public var position: Int

    /// A batch.
    public init(contents: Tensor, paintings: Tensor? = nil, position: Int) {
        precondition(
            contents.rank == 4 && contents.shape[3] == 3
                && (paintings.map { $0.shape == contents.shape } ?? true),
            "[StylizationBatch] expected contents and paintings [N, H, W, 3] alike, got "
                + "\(contents.shape) and \(paintings?.shape ?? [])")
        self.contents = contents
        self.paintings = paintings
        self.position = position
    }
}

/// Everything that a training of style transfer carries from step to step: what a checkpoint holds. The
/// data follows from the seed and the position, so with these tensors and counters a run goes on as if it
/// had never stopped.
public protocol StylizationState: Module {
    /// The numbers beside the tensors.
    var counters: StylizationCounters { get set }
}

/// Trains networks of style transfer. Emits reports; never prints, saves or draws.
public protocol StylizationTrainer: Sendable {
    /// What it learns.
    associatedtype State: StylizationState
    /// What has been learned; another state of the same sizes may take its place.
    var state: State { get set }
    /// One step.
    ///
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    mutating func step(_ batch: StylizationBatch) throws -> StepReport
    /// The parts of the loss of held-out pictures, by the averaged network, without a step; `loss` is
    /// their weighted sum.
    func losses(of batch: StylizationBatch) -> [String: Float]
    /// What the averaged network makes of a batch: uint8 `[N, H, W, 3]`, evaluated.
    func pictures(of batch: StylizationBatch) -> Tensor
}

extension TranslationSteps {
    /// The learning rate after what the counters say.
    public func rate(after counters: StylizationCounters) -> Double {
        rate(at: counters.step) * Double(sign: .plus, exponent: -counters.rollBacks, significand: 1)
    }
}

/// Pictures in 0 ... 1 of uint8 ones.
func unitPictures(_ bytes: Tensor) -> Tensor { bytes.cast(to: .float32) * (1.0 / 255) }

/// uint8 pictures of ones in 0 ... 1, held inside.
func roundedPictures(_ pictures: Tensor) -> Tensor {
    (pictures.clamped(0, 1) * 255 + 0.5).floor().cast(to: .uint8)
}

/// The values of scalars under their names.
func scalars(
    _ named: [(name: String, tensor: Tensor)], precision: ComputePrecision
) -> [String: Float] {
    evaluate(named.map(\.tensor), precision: precision)
    return Dictionary(uniqueKeysWithValues: named.map { ($0.name, $0.tensor.scalar()) })
}
