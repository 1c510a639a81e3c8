import Imaging

/// What a checkpoint says beside its tensors, to be written.
///
/// `Configuration` is what made the run (network, data, options); `State` is everything else that
/// the next step depends on: random keys, schedules, optimizer scalars, the position in the data,
/// the state of adaptive augmentation. Both are the trainer's own `Codable` types.
public struct CheckpointMetadata<Configuration: Codable & Sendable, State: Codable & Sendable>:
    Sendable
{
    /// Steps done.
    public var step: Int
    /// Real pictures shown so far.
    public var images: Int
    /// What the best checkpoint is chosen by; nil where none was measured.
    public var score: Double?
    /// What the score was measured by; nil for the sliced Wasserstein distance that every run measures
    /// unless told otherwise.
    public var metric: ScoreMetric?
    /// What made the run.
    public var configuration: Configuration
    /// What the next step depends on.
    public var state: State

    /// The metadata of a checkpoint after `step` steps.
    public init(
        step: Int, images: Int, score: Double? = nil, metric: ScoreMetric? = nil,
        configuration: Configuration, state: State
    ) {
        precondition(step >= 0, "[CheckpointMetadata] step must not be negative, got \(step)")
        self.step = step
        self.images = images
        self.score = score
        self.metric = metric
        self.configuration = configuration
        self.state = state
    }

    /// The strings that go into the file.
    func strings() throws(EncodingError) -> [String: String] {
        var strings = [
            CheckpointKey.format: String(Checkpoint.formatVersion),
            CheckpointKey.step: String(step),
            CheckpointKey.images: String(images),
            CheckpointKey.configuration: try JSONCoding.text(configuration),
            CheckpointKey.state: try JSONCoding.text(state),
        ]
        strings[CheckpointKey.score] = score.map { String($0) }
        if score != nil, let metric {
            strings[CheckpointKey.metric] = try JSONCoding.text(metric)
        }
        return strings
    }
}

enum CheckpointKey {
    static let format = "atelier.checkpoint"
    static let step = "atelier.step"
    static let images = "atelier.images"
    static let score = "atelier.score"
    static let metric = "atelier.score.metric"
    static let configuration = "atelier.config"
    static let state = "atelier.state"
}

/// A checkpoint that was opened and found whole.
public struct Checkpoint: Sendable {
    /// How much of a checkpoint is checked when it is opened.
    public enum Verification: Sendable {
        /// Every byte, against the digest.
        case everything
        /// The header and the size only: for lists and quick looks.
        case header
    }

    /// The version of the metadata that this code writes, and the newest that it reads.
    public static let formatVersion = 1

    /// Its tensors.
    public let file: SafetensorsFile
    /// Steps done.
    public let step: Int
    /// Real pictures shown so far.
    public let images: Int
    /// The score it was saved with.
    public let score: Double?
    /// What the score was measured by; nil for the sliced Wasserstein distance.
    public let metric: ScoreMetric?
    /// The SHA-256 of the file, 64 hexadecimal digits.
    public let digest: String

    /// Where it is.
    public var path: String { file.path }
    /// The first 12 digits of the digest: what exported pictures carry.
    public var shortDigest: String { String(digest.prefix(12)) }

    /// Whether a file says that it is a checkpoint.
    public static func isClaimed(by file: SafetensorsFile) -> Bool {
        file.metadata[CheckpointKey.format] != nil
    }

    /// Opens the checkpoint at `path` and checks it.
    public init(path: String, verification: Verification = .everything) throws(CheckpointError) {
        do throws(SafetensorsError) {
            file = try SafetensorsFile(path: path)
            if verification == .everything { try file.verifySeal() }
            guard let claimed = file.claimedDigest else {
                throw SafetensorsError(path: path, defect: .unsealed)
            }
            digest = claimed
        } catch { throw .safetensors(error) }
        let metadata = file.metadata
        guard let format = metadata[CheckpointKey.format].flatMap({ Int($0) }) else {
            throw .safetensors(SafetensorsError(path: path, defect: .unsealed))
        }
        guard format <= Self.formatVersion else {
            throw .run(.tooNew(path: path, version: format, supported: Self.formatVersion))
        }
        guard let step = metadata[CheckpointKey.step].flatMap({ Int($0) }), step >= 0,
            let images = metadata[CheckpointKey.images].flatMap({ Int($0) })
        else {
            throw .run(.damaged(path: path, reason: "no step or picture count in its metadata"))
        }
        self.step = step
        self.images = images
        let score = metadata[CheckpointKey.score].flatMap { Double($0) }
        metric = metadata[CheckpointKey.metric].flatMap { text in
            try? JSONCoding.value(ScoreMetric.self, from: Array(text.utf8), path: path)
        }
        // A score of something unknown is comparable with nothing.
        self.score = metric == nil && metadata[CheckpointKey.metric] != nil ? nil : score
    }

    /// What made the run, as the trainer's type.
    public func configuration<Value: Decodable>(_ type: Value.Type) throws(RunError) -> Value {
        try decode(type, CheckpointKey.configuration)
    }

    /// What the next step depends on, as the trainer's type.
    public func state<Value: Decodable>(_ type: Value.Type) throws(RunError) -> Value {
        try decode(type, CheckpointKey.state)
    }

    /// The configuration as JSON text, for showing.
    public var configurationText: String { file.metadata[CheckpointKey.configuration] ?? "{}" }

    /// The state as JSON text, for showing.
    public var stateText: String { file.metadata[CheckpointKey.state] ?? "{}" }

    private func decode<Value: Decodable>(_ type: Value.Type, _ key: String) throws(RunError)
        -> Value
    {
        guard let text = file.metadata[key] else {
            throw .damaged(path: path, reason: "no \(key) in its metadata")
        }
        return try JSONCoding.value(type, from: Array(text.utf8), path: path)
    }
}

/// Why a checkpoint was refused.
public enum CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is torn, altered, or not of the format.
    case safetensors(SafetensorsError)
    /// Its metadata is not what it should be.
    case run(RunError)

    /// One line: the path and what is wrong.
    public var description: String {
        switch self {
        case .safetensors(let error): error.description
        case .run(let error): error.description
        }
    }
}
