import Datasets
import Imaging
import Runs
import Training
import Viewer

/// What was measured of networks, under its names in the log, and the score of their checkpoint: lower is
/// better.
struct RunMeasures {
    var values: [String: Double]
    var score: Double
}

/// What a run trains, as a ``RunSession`` sees it: it makes steps, measures itself, draws samples, and can
/// be stored.
protocol RunSubject {
    /// What the run was started with.
    associatedtype Settings: Codable & Sendable
    /// What a checkpoint carries beside tensors.
    associatedtype Record: Codable & Sendable

    var settings: Settings { get }
    /// When things are written.
    var cadence: RunConfiguration.Cadence { get }
    /// Pictures in a step.
    var batchSize: Int { get }
    var seed: UInt64 { get }
    /// Steps done.
    var step: Int { get }
    /// Pictures seen.
    var images: Int { get }
    /// The learning rate of the next step.
    var learningRate: Double { get }
    /// In steps: how often held-out pictures are measured.
    var measureInterval: Int { get }
    /// Why there is no more data, if there is none.
    var dataFailure: DatasetError? { get }

    /// Makes a step.
    ///
    /// - Throws: `TrainingError.nonFinite`, the state is then what it was; `TrainingError.outOfData`.
    mutating func advance() throws -> StepReport
    /// Measures the networks on held-out pictures.
    func measure() -> RunMeasures
    /// A grid of samples.
    func samples() -> (grid: PixelBuffer, geometry: GridGeometry)
    /// What a checkpoint holds.
    func tensors() -> [StoredTensor]
    /// What it carries beside them.
    func record(seconds: Double) -> Record
    /// Goes back to a checkpoint, or to the beginning, with half the learning rate.
    mutating func goBack(to checkpoint: Checkpoint?) throws
    /// How often it went back.
    var rollBacks: Int { get }
    /// What a line of progress says of the losses.
    func lossText(_ report: StepReport) -> String
}

/// How a session ended.
enum RunEnding: String {
    case finished, interrupted, stopped
}
