import Metrics
import Networks

/// A measurement from beginning to end.
struct MetricsSession {
    private let command: MetricsCommand
    private let sides: MeasuredSides
    private let choice: FeatureChoice?
    private var meter: MeasurementMeter
    private var report: MetricsReport

    /// Opens everything that is needed, so that what is wrong is said before long work begins.
    init(_ command: MetricsCommand) throws {
        self.command = command
        meter = MeasurementMeter(isQuiet: command.quiet)
        var given: FeatureChoice?
        if let path = command.features { given = try FeatureChoice(path) }
        sides = try MeasuredSides(command)
        var notes: [String] = []
        if given == nil {
            switch try FeatureChoice.search(data: sides.dataPath, shape: sides.made.shape) {
            case .found(let found):
                notes.append(
                    "measured with \(found.record.file), which was trained on these pictures; "
                        + "--features takes another")
                given = found
            case .none(let note): notes.append(note)
            }
        }
        choice = given
        if command.pathLength && given == nil {
            throw Failure("--path-length needs a feature network: \(notes.joined(separator: "; "))")
        }
        report = MetricsReport(
            made: sides.madeRecord, real: sides.realRecord(digest: nil), features: given?.record,
            notes: notes)
    }

    /// Measures.
    mutating func measure() throws -> MetricsReport {
        if let choice {
            try measure(choice)
        } else {
            try measureWithoutNetwork()
        }
        meter.end()
        return report
    }

    private mutating func measure(_ choice: FeatureChoice) throws {
        var reals = RealFeatures(sides.real, cache: RealFeatures.cache(command))
        let real = try reals.set(choice, &meter)
        report.real = sides.realRecord(digest: reals.digest)
        let made = try FeaturePass.set(
            choice.network, sides.made, "made pictures", withLogits: true, &meter)
        meter.say("comparing \(made.count) made pictures with \(real.count) real ones")
        let name = choice.record.name
        report.metrics = try Measurement.metrics(made: made, real: real, choice)
        if let smaller = [made, real].min(by: { $0.count < $1.count }),
            smaller.count <= smaller.statistics.featureCount
        {
            report.notes.append(
                "FID of \(smaller.count) pictures with \(smaller.statistics.featureCount) features "
                    + "is dominated by their count: take more pictures than features, or KID")
        }
        if command.pathLength, let maker = sides.maker {
            report.metrics.append(
                try PathLengthPass(maker: maker, choice: choice, paths: command.paths)
                    .metric(seed: command.seed, &meter))
        }
        if let path = command.neighbours {
            try drawNeighbours(made.rows, real.rows, name, path)
        }
    }

    private mutating func measureWithoutNetwork() throws {
        let count = Measurement.slicedCount(sides.made, sides.real)
        let reals = try Measurement.slicedReals(sides.real, count, &meter)
        meter.say("comparing \(count) made pictures with as many real ones")
        report.metrics.append(try Measurement.sliced(sides.made, reals, count, &meter))
        if let path = command.neighbours {
            let features = PixelFeatures(sides.made.shape)
            let limit = FeatureCollector.mostRowBytes / (4 * features.featureCount)
            let madeRows = try FeaturePass.rows(
                features, sides.made, "made pictures", limit: limit, &meter)
            let realRows = try FeaturePass.rows(
                features, sides.real, "real pictures", limit: limit, &meter)
            try drawNeighbours(madeRows, realRows, features.name, path)
        }
    }

    private mutating func drawNeighbours(
        _ made: FeatureMatrix, _ real: FeatureMatrix, _ features: String, _ path: String
    ) throws {
        let page = NeighbourPage(
            made: sides.made, real: sides.real, rowCount: command.rows ?? 16,
            neighbourCount: command.nearest ?? 5)
        report.notes.append(
            try page.draw(made: made, real: real, features: features, to: path))
    }
}
