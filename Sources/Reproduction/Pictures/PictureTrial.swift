public import TensorCore
public import Training

/// One training of a picture method on pictures from a source, from one seed.
public struct PictureTrial: Sendable {
    /// What a trial learns from: the batch of a turn of a step, the same for every method with as large
    /// a batch.
    public typealias Source =
        @Sendable (_ batchSize: Int, _ turn: Int, _ key: RandomKey) -> TrainingBatch

    /// How it is learned.
    public let method: PictureMethod
    /// From which every random number follows.
    public let seed: UInt64
    /// The training.
    public private(set) var training: OpenTraining
    private let source: Source

    /// A trial before its first step.
    ///
    /// - Parameters:
    ///   - method: How it is learned.
    ///   - seed: From which every random number follows.
    ///   - source: Batches by number, from 0 on.
    public init(_ method: PictureMethod, seed: UInt64, source: @escaping Source) {
        self.method = method
        self.seed = seed
        self.source = source
        training = method.begin(seed: seed)
    }

    /// Steps done.
    public var step: Int { training.step }
    /// Whether there is no step left.
    public var isDone: Bool { step >= method.steps }

    /// One step.
    ///
    /// - Throws: `TrainingError` when a number is not finite.
    public mutating func advance() throws -> StepReport {
        precondition(
            !isDone, "[PictureTrial.advance] expected fewer than \(method.steps) steps, got \(step)"
        )
        let key = RandomKey(seed: seed).folded("data")
        let turns = training.batchesPerStep
        let first = step * turns
        return try training.step(
            (0..<turns).map { source(method.training.batchSize, first + $0, key) })
    }

    /// Goes on from what was saved; see `OpenTraining.restore`.
    ///
    /// - Throws: `RestoreError`, and what `saved` throws.
    public mutating func restore(
        counters: AdversarialCounters, _ saved: (String) throws -> Tensor?
    ) throws { try training.restore(counters: counters, saved) }

    /// Pictures of the generator that is judged, `[count, H, W, C]` bytes.
    public func pictures(_ count: Int) -> [UInt8] {
        training.pictures(
            count, key: RandomKey(seed: seed).folded("judged samples"),
            averaged: method.judgesAverage)
    }
}

extension PictureTrial {
    /// A trial on a set of pictures, every one once an epoch.
    public init(_ method: PictureMethod, seed: UInt64, pictures: PictureSet) {
        precondition(
            pictures.shape == method.picture,
            "[PictureTrial] expected pictures of \(method.picture), got \(pictures.shape)")
        self.init(method, seed: seed) { size, number, key in
            var order = ShuffledOrder(count: pictures.count, key: key)
            return pictures.batch(
                order.indices(from: number * size, count: size), position: (number + 1) * size)
        }
    }
}
