import Networks
import TensorCore
import Training

typealias PointState = AdversarialState<PointGenerator, PointDiscriminator>
typealias PointTrainer = AdversarialTrainer<PointGenerator, PointDiscriminator>
typealias PointPhase = AdversarialPhase<PointGenerator, PointDiscriminator>
typealias ClassState = AdversarialState<R3GANGenerator, R3GANDiscriminator>
typealias ClassTrainer = AdversarialTrainer<R3GANGenerator, R3GANDiscriminator>
typealias ClassPhase = AdversarialPhase<R3GANGenerator, R3GANDiscriminator>

/// Numbers for small batches of points.
var pointConfiguration: AdversarialConfiguration {
    var configuration = AdversarialConfiguration()
    configuration.batchSize = 16
    configuration.generatorLearningRate = 1e-3
    configuration.discriminatorLearningRate = 1e-3
    configuration.seed = 7
    return configuration
}

/// Perceptrons of 12 features; nothing in them looks at a whole batch.
func pointState(_ configuration: AdversarialConfiguration = pointConfiguration) -> PointState {
    let sizes = PointGANConfiguration(latentSize: 3, width: 12, layers: 2)
    let key = RandomKey(seed: configuration.seed)
    return PointState(
        generator: PointGenerator(sizes, key: key.folded("g")),
        discriminator: PointDiscriminator(sizes, key: key.folded("d")),
        configuration: configuration)
}

/// Points on a circle.
func pointBatch(_ step: Int, count: Int = 16) -> TrainingBatch {
    let key = RandomKey(seed: 11).folded(UInt64(step))
    let turn = Tensor.uniform([count, 1], key: key) * (2 * .pi)
    let points = concatenate([turn.cos(), turn.sin()], axis: 1).reshaped([count, 1, 1, 2])
    evaluate(points)
    return TrainingBatch(pictures: points, position: count * (step + 1))
}

/// Small networks with three classes for 16x16 pictures.
func classState(_ configuration: AdversarialConfiguration) -> ClassState {
    let sizes = R3GANConfiguration(
        picture: PictureShape(height: 16, width: 16, channels: 1), latentSize: 5, width: 8,
        maximumWidth: 8, blocks: 1, groupSize: 8, classCount: 3, embeddingSize: 4)
    let key = RandomKey(seed: configuration.seed)
    return ClassState(
        generator: R3GANGenerator(sizes, key: key.folded("g")),
        discriminator: R3GANDiscriminator(sizes, key: key.folded("d")),
        configuration: configuration)
}

/// Pictures with classes.
func classBatch(_ step: Int, count: Int = 4) -> TrainingBatch {
    let key = RandomKey(seed: 12).folded(UInt64(step))
    let bytes = (0..<count * 256).map { UInt8(key.word(UInt64($0)) >> 24) }
    return TrainingBatch(
        pictures: Tensor(uint8: bytes, shape: [count, 16, 16, 1]),
        labels: Tensor(int32: (0..<count).map { Int32(($0 + step) % 3) }, shape: [count]),
        position: count * (step + 1))
}

/// The tensors of a module as names and bytes, evaluated.
func bytes(_ module: some Module) -> [String: [UInt8]] {
    let tensors = module.namedTensors()
    evaluate(tensors.map(\.tensor))
    return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor.bytes()) })
}

/// The names of the tensors whose bits differ.
func changes<M: Module>(_ one: M, _ other: M) -> [String] {
    let (one, other) = (bytes(one), bytes(other))
    return Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }.sorted()
}

/// A step's reports, from the state's step on.
extension AdversarialTrainer {
    mutating func advance(
        to end: Int, _ batch: (Int) -> TrainingBatch
    ) throws -> [StepReport] {
        var reports: [StepReport] = []
        while state.step < end {
            let first = state.step * batchesPerStep
            reports.append(try step((first..<first + batchesPerStep).map(batch)))
        }
        return reports
    }
}
