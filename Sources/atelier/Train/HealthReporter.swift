import Datasets
import Files
import Glibc
import Imaging
import Metrics
import Runs
import Training

/// Says how a run is: in words beside the progress line, in `health.jsonl`, and to scripts.
struct HealthReporter {
    /// Steps before samples say anything: at first they are all alike in every training.
    private static let firstStep = 500

    /// What holds at the moment, for the progress line.
    private(set) var warnings: [String] = []

    private let path: String
    /// Real pictures to compare samples with; nil where samples are not to look like any.
    private let dataset: PictureDataset?
    private let seed: UInt64
    private var monitor = HealthMonitor()
    private var reals: SampleStatistics?

    init(_ run: RunFolder, _ dataset: PictureDataset?, seed: UInt64) {
        path = run.path + "/health.jsonl"
        self.dataset = dataset
        self.seed = seed
    }

    /// Takes note of a message, and passes it on.
    mutating func take(_ message: HealthMessage, _ progress: inout ProgressReporter) throws {
        let words = message.kind.words
        warnings.removeAll { $0 == words }
        if message.severity > .note { warnings.append(words) }
        let fields: [String: JSONValue] = [
            "step": .integer(message.step), "kind": .string(message.kind.rawValue),
            "severity": .string("\(message.severity)"), "happening": .string(message.happening),
            "advice": .string(message.advice),
        ]
        try record(fields, "health", progress)
        progress.say("\(message)")
    }

    /// Takes note of training having gone back, and passes it on.
    mutating func take(_ event: RollBack, _ progress: inout ProgressReporter) throws {
        warnings.removeAll()
        monitor.forget()
        let fields: [String: JSONValue] = [
            "from": .integer(event.from), "step": .integer(event.to),
            "cause": .string(event.cause.happening),
            "learning_rate_scale": .number(event.learningRateScale),
        ]
        try record(fields, "rolled-back", progress)
        progress.say(
            "step \(event.from): \(event.cause.happening). Going back to step \(event.to), on with "
                + "\(event.learningRateScale) of the learning rates; a second time, training stops")
    }

    /// Looks at a grid of samples: whether they differ from each other as real pictures do.
    mutating func look(at report: SampleReport, _ progress: inout ProgressReporter) throws {
        guard report.step >= Self.firstStep, report.count > 1, let dataset, dataset.count > 1
        else { return }
        let reals = try self.reals ?? Self.statistics(of: dataset)
        self.reals = reals
        let messages = monitor.observe(
            step: report.step, samples: SampleStatistics(report), reals: reals)
        for message in messages { try take(message, &progress) }
    }

    /// Looks at what the discriminator says of held-out pictures.
    mutating func look(
        at scores: HeldOutScores, step: Int, _ progress: inout ProgressReporter
    ) throws {
        for message in monitor.observe(step: step, scores: scores) { try take(message, &progress) }
    }

    /// Looks at how many samples are copies of training pictures.
    mutating func look(
        at copies: TrainingCopies, step: Int, _ progress: inout ProgressReporter
    ) throws {
        let messages = monitor.observe(
            step: step, copiedShare: copies.copiedShare, usualShare: copies.usualShare)
        for message in messages { try take(message, &progress) }
    }

    private static func statistics(of dataset: PictureDataset) throws -> SampleStatistics {
        let count = min(dataset.count, SampleStatistics.mostCompared)
        // Spread over the data, which may lie in order of its classes.
        var bytes: [UInt8] = []
        for index in 0..<count {
            bytes += try dataset.usablePicture(at: index * dataset.count / count).picture.bytes
        }
        return SampleStatistics(bytes: bytes, count: count)
    }

    /// Appends a line to the run's record of its health, whole, and tells scripts.
    private func record(
        _ fields: [String: JSONValue], _ event: String, _ progress: ProgressReporter
    ) throws {
        progress.event(event, fields)
        var line = fields
        (line["event"], line["time"]) = (.string(event), .number(WallClock.now))
        let bytes = Array((JSONValue.object(line).text + "\n").utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw FileError(path: path, operation: "write", errno: errno)
        }
        defer { close(descriptor) }
        let written = write(descriptor, bytes, bytes.count)
        guard written == bytes.count else {
            throw FileError(path: path, operation: "write", errno: written < 0 ? errno : ENOSPC)
        }
    }
}

extension HealthMessage.Kind {
    /// In a word or two.
    var words: String {
        switch self {
        case .discriminatorWins: "D wins"
        case .generatorCollapse: "G collapses"
        case .overfitting: "D overfits"
        case .memorisation: "G copies"
        case .explosion: "explosion"
        case .nonFinite: "not finite"
        }
    }
}
