import Networks
import Runs
import TensorCore
import Training

/// The state of a training, whatever the family.
typealias GANState = AdversarialState<AnyGenerator, AnyDiscriminator>
/// The trainer of any family.
typealias GANTrainer = AdversarialTrainer<AnyGenerator, AnyDiscriminator>
/// A phase of any family's step.
typealias GANPhase = AdversarialPhase<AnyGenerator, AnyDiscriminator>

/// Between tensors in memory and tensors at rest.
enum CheckpointBridge {
    /// Every tensor of a module, to be saved.
    static func storedTensors(of module: some Module) -> [StoredTensor] {
        let named = module.namedTensors()
        evaluate(named.map(\.tensor))
        return named.map { name, tensor in
            StoredTensor(
                name: name, dtype: tensor.dtype, shape: tensor.shape,
                bytes: StoredBytes(copying: tensor.bytes()))
        }
    }

    /// The first number that is NaN or infinite, with the name of its tensor: a checkpoint must hold none.
    static func firstNonFinite(_ tensors: [StoredTensor]) -> (name: String, value: Float)? {
        for tensor in tensors where tensor.dtype == .float32 {
            let found = tensor.bytes.withUnsafeBytes { bytes in
                bytes.bindMemory(to: Float.self).first { !$0.isFinite }
            }
            if let found { return (tensor.name, found) }
        }
        return nil
    }

    /// Fills a module from a file by the names of its tensors.
    ///
    /// - Parameter prefix: Stands before every name in the file.
    /// - Throws: A failure that names the tensors that are missing, or of another shape or type.
    static func load(_ module: inout some Module, from file: SafetensorsFile, prefix: String = "")
        throws
    {
        var problems: [String] = []
        var failure: (any Error)?
        module.forEachTensor(under: prefix) { name, tensor, _ in
            guard failure == nil else { return }
            guard let entry = file.entry(named: name) else {
                problems.append("\(name) is missing")
                return
            }
            guard entry.shape == tensor.shape else {
                problems.append("\(name) has shape \(entry.shape), expected \(tensor.shape)")
                return
            }
            do {
                let stored = try file.tensor(named: name)
                guard stored.dtype == tensor.dtype else {
                    problems.append("\(name) is \(stored.dtype), expected \(tensor.dtype)")
                    return
                }
                tensor = stored.bytes.withUnsafeBytes {
                    Tensor(copying: $0, shape: stored.shape, dtype: stored.dtype)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard problems.isEmpty else {
            let rest = problems.count > 3 ? " and \(problems.count - 3) more" : ""
            throw Failure(
                "\(file.path) does not fit this network: \(problems.prefix(3).joined(separator: "; "))\(rest)"
            )
        }
    }

    /// A new training state: drawn from the seed, and where the settings name a checkpoint to begin from,
    /// with its weights.
    ///
    /// - Parameter report: Gets what came of the transfer, if there is one.
    /// - Throws: A failure if that checkpoint cannot be read or is another than it was.
    static func initialState(
        _ configuration: RunConfiguration, report: (TransferReport) -> Void = { _ in }
    ) throws -> GANState {
        var state = unevaluatedState(configuration)
        if let start = configuration.start {
            report(try TransferReport(start, into: &state))
        }
        evaluate(state.namedTensors().map(\.tensor))
        return state
    }

    /// A new training state whose numbers are not drawn until they are needed: a checkpoint takes their
    /// place.
    static func unevaluatedState(_ configuration: RunConfiguration) -> GANState {
        let key = RandomKey(seed: configuration.training.seed)
        return GANState(
            generator: configuration.networks.makeGenerator(key: key.folded("generator")),
            discriminator: configuration.networks.makeDiscriminator(
                key: key.folded("discriminator"), packing: configuration.objective.packing,
                normalizes: configuration.objective.allowsBatchStatistics),
            configuration: configuration.training)
    }

    /// The training state of a checkpoint.
    static func state(
        _ configuration: RunConfiguration, from checkpoint: Checkpoint
    ) throws -> (state: GANState, seconds: Double) {
        let record = try checkpoint.state(RunState.self)
        try record.check(checkpoint)
        var state = unevaluatedState(configuration)
        try load(&state, from: checkpoint.file)
        state.counters = record.counters
        return (state, record.seconds)
    }
}
