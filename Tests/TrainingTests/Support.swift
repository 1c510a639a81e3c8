import Foundation
import Networks
import OneDNNBackend
import TensorCore
import TestSupport
import Training

typealias State = AdversarialState<DCGANGenerator, DCGANDiscriminator>
typealias Trainer = AdversarialTrainer<DCGANGenerator, DCGANDiscriminator>
typealias Phase = AdversarialPhase<DCGANGenerator, DCGANDiscriminator>

/// The seed of the goldens.
let goldenSeed: UInt64 = 20_261_123

/// The backend of tensors in this process.
enum Engine {
    static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))
}

/// The goldens that Tools/goldens/make_network_goldens.py made.
func goldens() throws -> Fixture {
    try Fixture(
        contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/dcgan.safetensors"))
}

/// The numbers of the golden run.
var goldenConfiguration: AdversarialConfiguration {
    var configuration = AdversarialConfiguration()
    configuration.batchSize = 8
    configuration.generatorLearningRate = 1e-3
    configuration.discriminatorLearningRate = 5e-4
    configuration.seed = goldenSeed
    return configuration
}

/// Small networks for 16x16 pictures, as in the goldens.
func smallState(_ configuration: AdversarialConfiguration = goldenConfiguration) -> State {
    let sizes = DCGANConfiguration(
        picture: PictureShape(height: 16, width: 16, channels: 3), latentSize: 12, width: 8)
    let key = RandomKey(seed: configuration.seed)
    return State(
        generator: DCGANGenerator(sizes, key: key.folded("generator")),
        discriminator: DCGANDiscriminator(sizes, key: key.folded("discriminator")),
        configuration: configuration)
}

/// The golden run's real pictures of a step: bytes from a stream.
func batch(_ step: Int) -> TrainingBatch {
    let key = RandomKey(seed: goldenSeed).folded("pictures").folded(UInt64(step))
    let bytes = (0..<8 * 16 * 16 * 3).map { UInt8(key.word(UInt64($0)) >> 24) }
    return TrainingBatch(
        pictures: Tensor(uint8: bytes, shape: [8, 16, 16, 3]), position: 8 * (step + 1))
}

/// The tensors of a state as names and bytes, evaluated: equal if and only if all bits are.
func bits(_ state: State) -> [String: [UInt8]] {
    let tensors = state.namedTensors()
    evaluate(tensors.map(\.tensor))
    return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor.bytes()) })
}

/// The names of the tensors whose bits differ.
func differences(_ one: State, _ other: State) -> [String] {
    let (one, other) = (bits(one), bits(other))
    return Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }.sorted()
}

extension Trainer {
    /// Steps `from ..< to` of the golden run.
    mutating func go(to end: Int) throws -> [StepReport] {
        var reports: [StepReport] = []
        let batches = (state.step..<max(end, state.step)).map(batch)
        try run(batches, until: end, sampling: nil) { event, _ in
            if case .stepped(let report) = event { reports.append(report) }
            return .more
        }
        return reports
    }
}
