import Datasets
import Networks
import Training

/// Everything a run was started with: `config.json`, and in every checkpoint.
struct RunConfiguration: Codable, Hashable {
    /// The family of networks; `dcgan`.
    var family = "dcgan"
    /// The data.
    var data: DataConfiguration
    /// The networks.
    var networks: DCGANConfiguration
    /// The training.
    var training: AdversarialConfiguration
    /// When things are written.
    var cadence: Cadence

    /// The pictures that a run learns from.
    struct DataConfiguration: Codable, Hashable {
        /// Where they are, as an absolute path.
        var path: String
        /// How they are prepared.
        var pictures: PictureDatasetConfiguration
        /// What is done to them on the way in.
        var augmentation: AugmentationPipeline
        /// Names of classes, in the order of their labels.
        var classNames: [String]
        /// How many there were when the run began; the order of batches depends on it.
        var count: Int?
    }

    /// How long a run goes on, and when it writes.
    struct Cadence: Codable, Hashable {
        /// Steps in all, where that is the end.
        var steps: Int?
        /// Minutes of training in all, where that is the end.
        var minutes: Double?
        /// In steps; by time unless given.
        var checkpointEvery: Int?
        /// In steps; by time unless given.
        var sampleEvery: Int?
        /// In steps.
        var logEvery: Int
        /// How many checkpoints are kept beside the best.
        var checkpointsKept: Int
        /// How many pictures a sample grid has.
        var sampleCount: Int
    }
}

/// What a checkpoint carries beside tensors.
struct RunState: Codable, Hashable {
    /// The counters of training.
    var counters: AdversarialCounters
    /// Seconds of training so far.
    var seconds: Double
}
