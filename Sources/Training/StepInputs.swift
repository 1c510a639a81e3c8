import Networks
import TensorCore

/// What a step is made from: its batches as networks see them, and what is drawn for it.
struct StepInputs {
    /// What one of the discriminator's turns sees.
    struct Turn {
        var real: Tensor
        var latents: Tensor
        var realLabels: Tensor?
        var key: RandomKey
    }

    let key: RandomKey
    let batchSize: Int
    var turns: [Turn]

    /// The turns' pictures and latents.
    init<G, D>(_ state: AdversarialState<G, D>, _ batches: [TrainingBatch], key: RandomKey) {
        self.key = key
        batchSize = batches[0].pictures.shape[0]
        let hasClasses = max(state.generator.classCount, state.discriminator.classCount) > 0
        turns = batches.enumerated().map { index, batch in
            let own = index == 0 ? key : key.folded("turn").folded(UInt64(index))
            return Turn(
                real: networkPictures(batch.pictures),
                latents: .normal(
                    [batch.pictures.shape[0], state.generator.latentSize],
                    key: own.folded("latents")),
                realLabels: hasClasses ? batch.labels : nil, key: own)
        }
    }
}

/// What the phases of a step have to tell.
struct StepResults {
    /// Scalars under their names; some are reported, others enter a moving average.
    private(set) var scalars: [(name: String, tensor: Tensor, isTracked: Bool)] = []

    /// Takes note of what a phase answers.
    mutating func add(_ name: String, _ tensor: Tensor, isTracked: Bool = false) {
        scalars.append((name, tensor, isTracked))
    }

    /// The numbers, evaluated before.
    ///
    /// - Throws: `TrainingError.nonFinite` for the first that is not finite.
    func values(step: Int) throws -> (reported: [String: Float], tracked: [String: Double]) {
        var reported: [String: Float] = [:]
        var tracked: [String: Double] = [:]
        for (name, tensor, isTracked) in scalars {
            let value = tensor.scalar()
            guard value.isFinite else {
                throw TrainingError.nonFinite(step: step, name: name, value: value)
            }
            if isTracked { tracked[name] = Double(value) } else { reported[name] = value }
        }
        return (reported, tracked)
    }
}
