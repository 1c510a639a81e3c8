import Datasets
import Networks
import Runs
import Training

/// Everything that a run of style transfer was started with: `config.json`, and in every checkpoint.
struct StyleRunConfiguration: Hashable, Sendable {
    /// The data.
    var data: DataConfiguration
    /// The network that judges.
    var features: FeatureFile
    /// What is trained, with its numbers.
    var game: Game
    /// When things are written.
    var cadence: RunConfiguration.Cadence

    /// What is trained.
    enum Game: Hashable, Sendable {
        case style(OneStyleConfiguration)
        case adain(AnyStyleConfiguration)
    }

    /// The pictures that a run learns from.
    struct DataConfiguration: Codable, Hashable, Sendable {
        /// The contents, as an absolute path.
        var content: String
        /// The painting, or the folder of them, as an absolute path.
        var paintings: String
        /// SHA-256 of the painting, where it is one.
        var paintingDigest: String?
        /// The longer side that the painting is looked at with, where it is one.
        var paintingSide: Int?
        /// Rows and columns of what is trained on.
        var side: Int
        /// How contents are cut.
        var contentVariation: CropVariation
        /// How paintings are cut, where there are many.
        var paintingVariation: CropVariation?
        /// Contents that are held out, at most.
        var heldOutLimit: Int
        /// Contents when the run began; the order depends on it.
        var count: Int
        /// Paintings when the run began.
        var paintingCount: Int
    }

    /// Where the network that judges is from.
    struct FeatureFile: Codable, Hashable, Sendable {
        /// A file, or a folder of them, as an absolute path; nil for Atelier's own.
        var path: String?
        /// What it calls itself.
        var name: String
        /// SHA-256 of the file, where it is one.
        var digest: String?
    }

    /// What kind of run it is.
    var training: RunKind.StyleTraining {
        switch game {
        case .style: .style
        case .adain: .adain
        }
    }

    /// The numbers of each step.
    var steps: TranslationSteps {
        get {
            switch game {
            case .style(let settings): settings.steps
            case .adain(let settings): settings.steps
            }
        }
        set {
            switch game {
            case .style(var settings):
                settings.steps = newValue
                game = .style(settings)
            case .adain(var settings):
                settings.steps = newValue
                game = .adain(settings)
            }
        }
    }

    /// One line about the run.
    var summary: String {
        func name(_ path: String) -> String {
            path.split(separator: "/").last.map(String.init) ?? path
        }
        let network =
            switch game {
            case .style(let settings):
                "width \(settings.network.width), \(settings.network.blockCount) blocks"
            case .adain(let settings):
                "decoder of widths \(settings.decoder.widths.map(String.init).joined(separator: ","))"
            }
        return "\(training.rawValue) of \(name(data.paintings)) \(data.side)x\(data.side), "
            + "\(network), batch \(steps.batchSize), \(name(data.content)), judged by "
            + features.name
    }

    /// What would be trained, for a person: a line each.
    var planLines: [String] {
        var lines = [summary]
        switch game {
        case .style(let settings):
            let weights = settings.objective
            lines.append(
                "content weighs \(Readable.fixed(weights.contentWeight, 3)), style "
                    + "\(Readable.fixed(weights.styleWeight, 3)), smoothness "
                    + "\(Readable.fixed(weights.smoothness, 3)); the painting is looked at with "
                    + "\(data.paintingSide ?? 0) pixels")
        case .adain(let settings):
            let weights = settings.weights
            lines.append(
                "content weighs \(Readable.fixed(weights.content, 3)), style "
                    + "\(Readable.fixed(weights.style, 3)), texture "
                    + "\(Readable.fixed(weights.texture, 3)), smoothness "
                    + "\(Readable.fixed(weights.smoothness, 3)), identity "
                    + "\(Readable.fixed(weights.identity, 3))")
        }
        let length =
            cadence.steps.map { "\($0) steps" }
            ?? "\(Readable.fixed(cadence.minutes ?? 0, 1)) minutes"
        lines.append("\(length); learning rate \(steps.learningRate)")
        lines.append("\(data.count) contents, \(data.paintingCount) paintings")
        return lines
    }
}

extension StyleRunConfiguration: Codable {
    private enum CodingKeys: String, CodingKey {
        case family, data, features, settings, cadence
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let name = try values.decode(String.self, forKey: .family)
        guard let training = RunKind.StyleTraining(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                forKey: .family, in: values,
                debugDescription: "expected a run of style or adain, found one of "
                    + "\(name.prefix(40))")
        }
        data = try values.decode(DataConfiguration.self, forKey: .data)
        features = try values.decode(FeatureFile.self, forKey: .features)
        cadence = try values.decode(RunConfiguration.Cadence.self, forKey: .cadence)
        game =
            switch training {
            case .style: .style(try values.decode(OneStyleConfiguration.self, forKey: .settings))
            case .adain: .adain(try values.decode(AnyStyleConfiguration.self, forKey: .settings))
            }
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(training.rawValue, forKey: .family)
        try values.encode(data, forKey: .data)
        try values.encode(features, forKey: .features)
        switch game {
        case .style(let settings): try values.encode(settings, forKey: .settings)
        case .adain(let settings): try values.encode(settings, forKey: .settings)
        }
        try values.encode(cadence, forKey: .cadence)
    }
}

extension StyleRunConfiguration {
    /// Refuses what a file may claim but no run can be.
    ///
    /// - Parameter path: The file that the settings were read from, for the message.
    func check(path: String) throws(RunError) {
        if let problem { throw .damaged(path: path, reason: problem) }
    }

    /// The first setting that is out of range, in words.
    var problem: String? {
        let problem =
            switch game {
            case .style(let settings): settings.problem
            case .adain(let settings): settings.problem
            }
        if let problem = problem ?? data.contentVariation.problem
            ?? data.paintingVariation?.problem
        {
            return problem
        }
        let whole: [(name: String, value: Int?, range: ClosedRange<Int>)] = [
            ("data.side", data.side, 32...1024),
            ("data.paintingSide", data.paintingSide, 32...4096),
            ("data.count", data.count, 1...1 << 40),
            ("data.paintingCount", data.paintingCount, 1...1 << 40),
            ("data.heldOutLimit", data.heldOutLimit, 1...64),
            ("cadence.steps", cadence.steps, 1...Int(Int32.max)),
            ("cadence.checkpointEvery", cadence.checkpointEvery, 1...Int.max),
            ("cadence.sampleEvery", cadence.sampleEvery, 1...Int.max),
            ("cadence.logEvery", cadence.logEvery, 1...Int.max),
            ("cadence.checkpointsKept", cadence.checkpointsKept, 1...Int.max),
        ]
        for (name, value, range) in whole {
            if let value, !range.contains(value) {
                let top = range.upperBound == .max ? "or more" : "to \(range.upperBound)"
                return "\(name) is \(value), expected \(range.lowerBound) \(top)"
            }
        }
        if (data.paintingVariation == nil) != (training == .style) {
            return "one painting for a run of style, many for one of adain, and not the other way"
        }
        if data.side % 8 != 0 { return "data.side is \(data.side), expected a multiple of 8" }
        if let minutes = cadence.minutes, !(minutes > 0 && minutes <= 1e9) {
            return "cadence.minutes is \(minutes), expected 0 to 1e9"
        }
        return nil
    }
}

/// What a checkpoint of style transfer carries beside tensors.
struct StyleRunState: Codable, Hashable, Sendable {
    /// The counters of training.
    var counters: StylizationCounters
    /// Seconds of training so far.
    var seconds: Double

    /// The state of a checkpoint, checked.
    init(of checkpoint: Checkpoint) throws {
        self = try checkpoint.state(StyleRunState.self)
        if counters.problem != nil || counters.step != checkpoint.step
            || !(seconds >= 0 && seconds < 1e12)
        {
            throw RunError.damaged(
                path: checkpoint.path, reason: "its counters are no training's")
        }
    }

    /// A state.
    init(counters: StylizationCounters, seconds: Double) {
        (self.counters, self.seconds) = (counters, seconds)
    }
}
