import Datasets
import Networks
import Training

/// Everything a run was started with: `config.json`, and in every checkpoint.
struct RunConfiguration: Hashable {
    /// The data.
    var data: DataConfiguration
    /// The networks.
    var networks: NetworkConfiguration
    /// What is minimised.
    var objective = AdversarialObjective()
    /// What is done to everything that the discriminator sees.
    var discriminatorAugmentation = DiscriminatorView.none
    /// By which intent the numbers were chosen, for the record.
    var preset: TrainingPreset?
    /// Where the weights began, if not at random.
    var start: Start?
    /// The training.
    var training: AdversarialConfiguration
    /// When things are written.
    var cadence: Cadence

    /// Which family the networks are of.
    var family: GANFamily { networks.family }

    /// A checkpoint whose weights a run began with.
    struct Start: Codable, Hashable {
        /// The file, as an absolute path.
        var path: String
        /// Its SHA-256.
        var digest: String
    }

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
        /// The share of them that is kept out of training; none where it is not said.
        var heldOut: Double?
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
        /// In steps: when the averaged generator is measured; never unless given.
        var metricsEvery: Int?
        /// Pictures that are made for it.
        var metricsSamples: Int?
        /// The feature network's file, as an absolute path; none without one.
        var metricsFeatures: String?
        /// The key of the figure that chooses the best checkpoint, of those that are measured.
        var bestBy: String?
        /// In steps: when made pictures are laid beside the nearest real ones; at the end unless given.
        var neighboursEvery: Int?
    }
}

extension RunConfiguration: Codable {
    private enum CodingKeys: String, CodingKey {
        case family, data, networks, objective, discriminatorAugmentation, preset, start, training
        case cadence
    }

    /// Reads settings. Files of the time when there was one family lack what came later, and mean what
    /// they meant then.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let name = try values.decode(String.self, forKey: .family)
        guard let family = GANFamily(rawValue: name) else {
            let known = GANFamily.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .family, in: values,
                debugDescription: "family \(name.prefix(40)): this Atelier knows \(known)")
        }
        self.init(
            data: try values.decode(DataConfiguration.self, forKey: .data),
            networks: try NetworkConfiguration(
                family, from: try values.superDecoder(forKey: .networks)),
            objective: try values.decodeIfPresent(AdversarialObjective.self, forKey: .objective)
                ?? AdversarialObjective(),
            discriminatorAugmentation: try values.decodeIfPresent(
                DiscriminatorView.self, forKey: .discriminatorAugmentation) ?? .none,
            preset: try values.decodeIfPresent(TrainingPreset.self, forKey: .preset),
            start: try values.decodeIfPresent(Start.self, forKey: .start),
            training: try values.decode(AdversarialConfiguration.self, forKey: .training),
            cadence: try values.decode(Cadence.self, forKey: .cadence))
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(family, forKey: .family)
        try values.encode(data, forKey: .data)
        try values.encode(networks, forKey: .networks)
        try values.encode(objective, forKey: .objective)
        try values.encode(discriminatorAugmentation, forKey: .discriminatorAugmentation)
        try values.encodeIfPresent(preset, forKey: .preset)
        try values.encodeIfPresent(start, forKey: .start)
        try values.encode(training, forKey: .training)
        try values.encode(cadence, forKey: .cadence)
    }
}

/// What a checkpoint carries beside tensors.
struct RunState: Codable, Hashable {
    /// The counters of training.
    var counters: AdversarialCounters
    /// Seconds of training so far.
    var seconds: Double
}
