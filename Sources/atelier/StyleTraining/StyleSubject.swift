import Datasets
import Imaging
import Runs
import TensorCore
import Training
import Viewer

/// A training of style transfer as a ``RunSession`` sees it.
struct StyleSubject<Trainer: StylizationTrainer>: RunSubject {
    let settings: StyleRunConfiguration
    private let data: StyleTrainingData
    private let fresh: () -> Trainer.State
    private var trainer: Trainer
    private var stream: CropStream
    private var batches: AnyIterator<CropBatch>

    /// - Parameters:
    ///   - fresh: Makes the state that the run began with; it need not be evaluated.
    init(
        _ settings: StyleRunConfiguration, _ data: StyleTrainingData, _ trainer: Trainer,
        fresh: @escaping () -> Trainer.State
    ) {
        self.settings = settings
        self.data = data
        self.trainer = trainer
        self.fresh = fresh
        stream = data.stream(
            batchSize: settings.steps.batchSize, startingAt: trainer.state.counters.dataPosition)
        batches = stream.makeIterator()
    }

    private var counters: StylizationCounters { trainer.state.counters }

    var cadence: RunConfiguration.Cadence { settings.cadence }
    var batchSize: Int { settings.steps.batchSize }
    var seed: UInt64 { settings.steps.seed }
    var step: Int { counters.step }
    var images: Int { counters.samplesSeen }
    var rollBacks: Int { counters.rollBacks }
    var measureInterval: Int { 50 }
    var dataFailure: DatasetError? { stream.failure }
    var learningRate: Double { settings.steps.rate(after: counters) }

    mutating func advance() throws -> StepReport {
        guard let batch = batches.next() else { throw TrainingError.outOfData(step: step) }
        func tensor(_ bytes: [UInt8]) -> Tensor { Tensor(uint8: bytes, shape: batch.shape) }
        return try trainer.step(
            StylizationBatch(
                contents: tensor(batch.pictures[0]),
                paintings: batch.pictures.count > 1 ? tensor(batch.pictures[1]) : nil,
                position: batch.nextPosition))
    }

    func measure() -> RunMeasures {
        let losses = trainer.losses(of: data.heldOut)
        return RunMeasures(
            values: Dictionary(
                uniqueKeysWithValues: losses.map { ("held_out_\($0.key)", Double($0.value)) }),
            score: Double(losses["loss"] ?? .infinity))
    }

    /// Contents beside their results, paintings between them where there are many.
    func samples() -> (grid: PixelBuffer, geometry: GridGeometry) {
        let side = settings.data.side
        let parts =
            [data.heldOut.contents] + (data.heldOut.paintings.map { [$0] } ?? [])
            + [trainer.pictures(of: data.heldOut)]
        let bytes = parts.map { $0.uint8s() }
        let size = side * side * 3
        var cells: [PixelBuffer] = []
        for index in 0..<data.heldOut.contents.shape[0] {
            cells += bytes.map { pictures in
                PixelBuffer(
                    width: side, height: side, format: .rgb,
                    bytes: Array(pictures[index * size..<(index + 1) * size]))
            }
        }
        let columns = min(2 * parts.count, cells.count)
        return (
            PictureGrid(columns: columns, padding: SamplePictures.padding).compose(cells),
            SamplePictures.geometry(
                count: cells.count, width: side, height: side, columns: columns)
        )
    }

    func tensors() -> [StoredTensor] { CheckpointBridge.storedTensors(of: trainer.state) }

    func record(seconds: Double) -> StyleRunState {
        StyleRunState(counters: counters, seconds: seconds)
    }

    mutating func goBack(to checkpoint: Checkpoint?) throws {
        var state = fresh()
        let earlier = counters.rollBacks
        if let checkpoint {
            try CheckpointBridge.load(&state, from: checkpoint.file)
            state.counters = try StyleRunState(of: checkpoint).counters
        } else {
            evaluate(state.namedTensors().map(\.tensor))
        }
        state.counters.rollBacks = earlier + 1
        trainer.state = state
        stream = data.stream(
            batchSize: settings.steps.batchSize, startingAt: state.counters.dataPosition)
        batches = stream.makeIterator()
    }

    func lossText(_ report: StepReport) -> String {
        let names = [
            ("loss", ""), ("content_loss", "content "), ("style_loss", "style "),
            ("identity_loss", "identity "),
        ]
        return "loss "
            + names.compactMap { key, name in
                report.values[key].map { "\(name)\(Readable.fixed(Double($0), 3))" }
            }.joined(separator: " ")
    }
}
