public import Networks
public import Optimizers
public import TensorCore

/// What has been learned so far, and all that a step depends on.
public struct ClassifierState: Module {
    /// The network as the last step left it.
    public var network: SmallClassifier
    /// Its moving average, which is judged and kept.
    public var average: ExponentialMovingAverage<SmallClassifier>
    /// What moves the weights.
    public var optimizer: SGD
    /// How many steps there have been.
    public var step = 0

    /// A beginning.
    public init(_ sizes: SmallClassifierConfiguration, configuration: ClassifierConfiguration) {
        network = SmallClassifier(
            sizes, key: RandomKey(seed: configuration.seed).folded("classifier"))
        average = ExponentialMovingAverage(of: network, decay: configuration.averageDecay)
        optimizer = SGD(
            for: network, momentum: configuration.momentum, weightDecay: configuration.weightDecay,
            isNesterov: true)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        network.forEachTensor(under: path + "network.", body)
        average.forEachTensor(under: path + "average.", body)
        optimizer.forEachTensor(under: path + "optimizer.", body)
    }
}

/// What a classifier's trainer tells its observer after a step.
public struct ClassifierReport: Sendable {
    /// How many steps there have been, this one included, and how many there will be.
    public var step: Int, steps: Int
    /// How many pictures have been seen.
    public var samplesSeen: Int
    /// The loss of the step's batch.
    public var loss: Float
    /// The share of the step's batch, as augmented, that was told right, 0 ... 1.
    public var accuracy: Float
}

/// Trains a small classifier by cross entropy. Emits reports; never prints, saves or draws.
public struct ClassifierTrainer: Sendable {
    /// The numbers of the training.
    public let configuration: ClassifierConfiguration
    /// What has been learned.
    public private(set) var state: ClassifierState
    private let key: RandomKey

    /// A trainer of a new network.
    public init(
        _ sizes: SmallClassifierConfiguration, configuration: ClassifierConfiguration
    ) {
        if let problem = configuration.problem {
            preconditionFailure("[ClassifierTrainer] \(problem)")
        }
        self.configuration = configuration
        state = ClassifierState(sizes, configuration: configuration)
        key = RandomKey(seed: configuration.seed).folded("training")
    }

    /// Does steps on batches until all are done or the observer says stop.
    ///
    /// - Parameters:
    ///   - batches: Pictures with labels, in a seeded order; at least as many as there are steps.
    ///   - observer: Gets a report and the state after each step, and answers whether to go on.
    /// - Throws: `TrainingError` when the loss is not finite or the batches end, with the state as it
    ///   was before the failed step; and what the observer throws.
    public mutating func run(
        _ batches: some Sequence<TrainingBatch>,
        observer: (ClassifierReport, ClassifierState) throws -> TrainingDirective
    ) throws {
        var iterator = batches.makeIterator()
        while state.step < configuration.steps {
            guard let batch = iterator.next() else {
                throw TrainingError.outOfData(step: state.step)
            }
            if try observer(try step(batch), state) == .stop { return }
        }
    }

    /// One step.
    ///
    /// - Parameter batch: Pictures of the network's shape, with labels.
    /// - Throws: `TrainingError.nonFinite`; the state is then what it was.
    public mutating func step(_ batch: TrainingBatch) throws -> ClassifierReport {
        guard let labels = batch.labels else {
            preconditionFailure("[ClassifierTrainer] expected a batch with labels, got none")
        }
        var next = state
        let pictures = configuration.augmentation(
            networkPictures(batch.pictures), key: key.folded(UInt64(state.step)))
        var right: Tensor?
        let result = valueAndGrad(at: &next.network) { network in
            let logits = network(pictures, training: true)
            right = (logits.argMax(axis: 1) .== labels).cast(to: .float32).mean()
            return softmaxCrossEntropy(
                logits: logits, classes: labels, smoothing: configuration.smoothing)
        }
        next.optimizer.update(
            &next.network, result.gradients,
            learningRate: configuration.learningRate(at: state.step))
        next.average.update(with: next.network)
        next.step += 1
        let scalars = [result.value] + (right.map { [$0] } ?? [])
        evaluate(
            next.namedTensors().map(\.tensor) + scalars, precision: configuration.precision)
        let loss = result.value.scalar()
        guard loss.isFinite else {
            throw TrainingError.nonFinite(step: next.step, name: "loss", value: loss)
        }
        state = next
        return ClassifierReport(
            step: state.step, steps: configuration.steps,
            samplesSeen: state.step * configuration.batchSize, loss: loss,
            accuracy: scalars.last?.scalar() ?? 0)
    }
}
