public import Networks
import Optimizers
public import TensorCore
public import Training

/// An adversarial training whose networks may be of any kind: what protocols step, judge and save.
public struct OpenTraining: Sendable {
    private var box: any TrainingBox

    /// A training by a trainer.
    public init<G: GeneratorNetwork, D: DiscriminatorNetwork>(_ trainer: AdversarialTrainer<G, D>) {
        box = TrainerBox(trainer: trainer)
    }

    /// Steps done.
    public var step: Int { box.counters.step }
    /// What it counts; see `restore(_:counters:)`.
    public var counters: AdversarialCounters { box.counters }
    /// How many batches a step takes.
    public var batchesPerStep: Int { box.batchesPerStep }
    /// The numbers of the training.
    public var configuration: AdversarialConfiguration { box.configuration }
    /// What pictures are like.
    public var pictureShape: PictureShape { box.pictureShape }

    /// One step on as many batches as `batchesPerStep` says.
    ///
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ batches: [TrainingBatch]) throws -> StepReport {
        try box.step(batches)
    }

    /// Pictures `[N, H, W, C]`, bytes, row-major, from a stream of latents.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - key: From which the latents follow.
    ///   - averaged: Off takes the generator as the last step left it.
    ///   - chunk: How many are made at a time, by one plan.
    public func pictures(
        _ count: Int, key: RandomKey, averaged: Bool, chunk: Int = 200
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        let size = pictureShape.height * pictureShape.width * pictureShape.channels
        bytes.reserveCapacity(count * size)
        for part in 0..<(count + chunk - 1) / chunk {
            let made = box.pictures(chunk, key: key.folded(UInt64(part)), averaged: averaged)
            bytes += made.prefix(min(chunk, count - part * chunk) * size)
        }
        return bytes
    }

    /// Every tensor of the state, under its name: what is saved.
    public func namedTensors() -> [(name: String, tensor: Tensor)] { box.namedTensors() }

    /// Goes on from tensors and counters that were saved.
    ///
    /// - Parameters:
    ///   - saved: Answers the tensor of a name.
    ///   - counters: What was counted.
    /// - Throws: `RestoreError` that names what is missing or of another shape, and what `saved` throws.
    public mutating func restore(
        counters: AdversarialCounters, _ saved: (String) throws -> Tensor?
    ) throws { try box.restore(counters: counters, saved) }
}

/// Why a training cannot go on from what was saved.
public struct RestoreError: Error, Sendable, CustomStringConvertible {
    /// The tensor at fault.
    public var name: String
    /// The shape that it should have.
    public var expected: [Int]
    /// The shape that was found; nil where the tensor is missing.
    public var found: [Int]?

    /// In words.
    public var description: String {
        "\(name) \(found.map { "has shape \($0)" } ?? "is missing"), expected shape \(expected)"
    }
}

private protocol TrainingBox: Sendable {
    var counters: AdversarialCounters { get }
    var batchesPerStep: Int { get }
    var configuration: AdversarialConfiguration { get }
    var pictureShape: PictureShape { get }
    mutating func step(_ batches: [TrainingBatch]) throws -> StepReport
    func pictures(_ count: Int, key: RandomKey, averaged: Bool) -> [UInt8]
    func namedTensors() -> [(name: String, tensor: Tensor)]
    mutating func restore(
        counters: AdversarialCounters, _ saved: (String) throws -> Tensor?) throws
}

private struct TrainerBox<G: GeneratorNetwork, D: DiscriminatorNetwork>: TrainingBox {
    var trainer: AdversarialTrainer<G, D>

    var counters: AdversarialCounters { trainer.state.counters }
    var batchesPerStep: Int { trainer.batchesPerStep }
    var configuration: AdversarialConfiguration { trainer.configuration }
    var pictureShape: PictureShape { trainer.state.generator.pictureShape }

    mutating func step(_ batches: [TrainingBatch]) throws -> StepReport {
        try trainer.step(batches)
    }

    func pictures(_ count: Int, key: RandomKey, averaged: Bool) -> [UInt8] {
        var generator = averaged ? trainer.state.average.average : trainer.state.generator
        let latents = Tensor.normal([count, generator.latentSize], key: key)
        return bytePictures(generator(latents, training: false)).uint8s()
    }

    func namedTensors() -> [(name: String, tensor: Tensor)] { trainer.state.namedTensors() }

    mutating func restore(
        counters: AdversarialCounters, _ saved: (String) throws -> Tensor?
    ) throws {
        var state = trainer.state
        var failure: (any Error)?
        state.mapTensors { name, old in
            guard failure == nil else { return old }
            do {
                guard let new = try saved(name) else {
                    throw RestoreError(name: name, expected: old.shape, found: nil)
                }
                guard new.shape == old.shape, new.dtype == old.dtype else {
                    throw RestoreError(name: name, expected: old.shape, found: new.shape)
                }
                return new
            } catch {
                failure = error
                return old
            }
        }
        if let failure { throw failure }
        state.counters = counters
        trainer = AdversarialTrainer(
            state: state, phases: trainer.phases, augmentation: trainer.augmentation,
            configuration: trainer.configuration)
    }
}
