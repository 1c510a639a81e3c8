import Datasets
import Networks
import Runs
import TensorCore
import Training

/// How pictures are made from pictures.
enum TranslationMethod: String, Codable, Hashable, CaseIterable {
    /// Learned from pairs: Isola et al. 2017.
    case pix2pix
    /// Learned from two kinds of pictures without pairs: Zhu et al. 2017.
    case cyclegan
}

/// By which measure on held-out pictures the best checkpoint is chosen.
enum BestMeasure: String, Codable, Hashable, CaseIterable {
    case l1, psnr, ssim, distance
    /// By a feature network: of pairs, and of sets.
    case features, kid, fid
}

/// Everything a translation run was started with: `config.json`, and in every checkpoint.
struct TranslationRunConfiguration: Hashable {
    /// The data.
    var data: DataConfiguration
    /// The method, with its networks and numbers.
    var game: Game
    /// When things are written.
    var cadence: RunConfiguration.Cadence
    /// Whether the learning rate falls to zero over the second half of a run of known length.
    var decays: Bool
    /// By which measure the best checkpoint is chosen.
    var best: BestMeasure
    /// The feature network that held-out pictures are compared by as well, if one was given.
    var features: TranslationFeatures.Files?

    /// A method with its networks and numbers.
    enum Game: Hashable {
        case pix2pix(PairedTranslationConfiguration)
        case cyclegan(CycleTranslationConfiguration)
    }

    /// The pictures that a run learns from.
    struct DataConfiguration: Codable, Hashable {
        /// Where they are, as absolute paths; without pairs, `folders` of both kinds.
        var training: PairSource
        /// Where those are that it is measured with; a part of the others where nil.
        var heldOut: PairSource?
        /// Which part that is, at most.
        var heldOutShare: Double
        /// How many pairs, or pictures of each kind, it is measured with at most.
        var heldOutLimit: Int
        /// Rows and columns of every picture.
        var height: Int, width: Int
        /// Whether B is translated to A.
        var isReversed: Bool
        /// How pictures are varied.
        var jitter: PictureJitter
        /// Pairs, or pictures of the kind with more, when the run began; the order depends on it.
        var count: Int
    }

    /// The method.
    var method: TranslationMethod {
        switch game {
        case .pix2pix: .pix2pix
        case .cyclegan: .cyclegan
        }
    }

    /// The numbers of each step.
    var steps: TranslationSteps {
        get {
            switch game {
            case .pix2pix(let settings): settings.steps
            case .cyclegan(let settings): settings.steps
            }
        }
        set {
            switch game {
            case .pix2pix(var settings):
                settings.steps = newValue
                game = .pix2pix(settings)
            case .cyclegan(var settings):
                settings.steps = newValue
                game = .cyclegan(settings)
            }
        }
    }

    /// The networks that translate.
    var generator: TranslationGeneratorConfiguration {
        switch game {
        case .pix2pix(let settings): settings.generator
        case .cyclegan(let settings): settings.generator
        }
    }

    /// A new state; nothing is evaluated yet.
    var unevaluatedState: any TranslationState {
        switch game {
        case .pix2pix(let settings): PairedTranslationState(settings)
        case .cyclegan(let settings): CycleTranslationState(settings)
        }
    }

    /// A trainer that goes on from a state of this configuration's.
    func trainer(from state: any TranslationState) -> any TranslationTrainer {
        switch (game, state) {
        case (.pix2pix(let settings), let state as PairedTranslationState):
            return PairedTranslationTrainer(state: state, configuration: settings)
        case (.cyclegan(let settings), let state as CycleTranslationState):
            return CycleTranslationTrainer(state: state, configuration: settings)
        default:
            preconditionFailure(
                "[TranslationRunConfiguration] expected a state of \(method), got "
                    + "\(type(of: state))")
        }
    }

    /// Steps that see every picture once.
    var stepsPerEpoch: Int { max(1, (data.count + steps.batchSize - 1) / steps.batchSize) }

    /// One line about the run.
    var summary: String {
        let network =
            switch generator {
            case .unet(let sizes): "U-Net of \(sizes.levels) levels"
            case .resnet(let sizes): "ResNet of \(sizes.blockCount) blocks"
            }
        let names = data.training.paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        var source = names.joined(separator: " and ")
        if case .made(_, let maker) = data.training { source += " from \(maker.rawValue)" }
        return "\(method.rawValue) \(data.width)x\(data.height), \(network), width "
            + "\(generator.width), batch \(steps.batchSize), \(source)"
    }
}

extension TranslationRunConfiguration: Codable {
    private enum CodingKeys: String, CodingKey {
        case family, data, settings, cadence, decays, best, features
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let name = try values.decode(String.self, forKey: .family)
        guard let method = TranslationMethod(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                forKey: .family, in: values,
                debugDescription: "expected a run of pix2pix or cyclegan, found one of "
                    + "\(name.prefix(40))")
        }
        data = try values.decode(DataConfiguration.self, forKey: .data)
        game =
            switch method {
            case .pix2pix:
                .pix2pix(
                    try values.decode(PairedTranslationConfiguration.self, forKey: .settings))
            case .cyclegan:
                .cyclegan(
                    try values.decode(CycleTranslationConfiguration.self, forKey: .settings))
            }
        cadence = try values.decode(RunConfiguration.Cadence.self, forKey: .cadence)
        decays = try values.decode(Bool.self, forKey: .decays)
        best = try values.decode(BestMeasure.self, forKey: .best)
        features = try values.decodeIfPresent(TranslationFeatures.Files.self, forKey: .features)
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(method, forKey: .family)
        try values.encode(data, forKey: .data)
        switch game {
        case .pix2pix(let settings): try values.encode(settings, forKey: .settings)
        case .cyclegan(let settings): try values.encode(settings, forKey: .settings)
        }
        try values.encode(cadence, forKey: .cadence)
        try values.encode(decays, forKey: .decays)
        try values.encode(best, forKey: .best)
        try values.encodeIfPresent(features, forKey: .features)
    }
}

extension TranslationRunConfiguration {
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
            case .pix2pix(let settings): settings.problem
            case .cyclegan(let settings): settings.problem
            }
        if let problem = problem ?? data.jitter.problem { return problem }
        if case .cyclegan(let settings) = game,
            settings.height != data.height || settings.width != data.width
        {
            return "the pools hold \(settings.width)x\(settings.height), the data is "
                + "\(data.width)x\(data.height)"
        }
        if let problem = sizeProblem { return problem }
        let whole: [(name: String, value: Int?, range: ClosedRange<Int>)] = [
            ("data.count", data.count, 1...1 << 40),
            ("data.heldOutLimit", data.heldOutLimit, 1...4096),
            ("cadence.steps", cadence.steps, 1...Int(Int32.max)),
            ("cadence.checkpointEvery", cadence.checkpointEvery, 1...Int.max),
            ("cadence.sampleEvery", cadence.sampleEvery, 1...Int.max),
            ("cadence.logEvery", cadence.logEvery, 1...Int.max),
            ("cadence.checkpointsKept", cadence.checkpointsKept, 1...Int.max),
            ("cadence.sampleCount", cadence.sampleCount, 1...64),
        ]
        for (name, value, range) in whole {
            if let value, !range.contains(value) {
                let top = range.upperBound == .max ? "or more" : "to \(range.upperBound)"
                return "\(name) is \(value), expected \(range.lowerBound) \(top)"
            }
        }
        if let minutes = cadence.minutes, !(minutes > 0 && minutes <= 1e9) {
            return "cadence.minutes is \(minutes), expected 0 to 1e9"
        }
        if !(0..<1).contains(data.heldOutShare) {
            return "data.heldOutShare is \(data.heldOutShare), expected 0 ..< 1"
        }
        if [.features, .kid, .fid].contains(best) && features == nil {
            return "the best checkpoint is chosen by \(best.rawValue), without a feature network"
        }
        return nil
    }

    /// What is wrong with the size of the pictures, in words.
    private var sizeProblem: String? {
        let (width, height, unit) = (data.width, data.height, generator.unit)
        guard (16...1024).contains(width), (16...1024).contains(height), width % unit == 0,
            height % unit == 0
        else {
            return "expected sides of 16 to 1024 in multiples of \(unit), got \(width)x\(height)"
        }
        let reach =
            switch game {
            case .pix2pix(let settings): settings.reach
            case .cyclegan(let settings): settings.reach
            }
        if case .stridedLayers(let layers) = reach, min(width, height) >> layers < 3 {
            return "a discriminator of patches of \(reach.side) pixels needs pictures of "
                + "\(3 << layers) or more, got \(width)x\(height)"
        }
        return nil
    }
}

extension TranslationRunConfiguration {
    /// The state of a checkpoint, and the seconds of training up to it.
    func state(from checkpoint: Checkpoint) throws -> (state: any TranslationState, seconds: Double)
    {
        func filled<State: TranslationState>(_ state: State) throws -> State {
            var result = state
            try CheckpointBridge.load(&result, from: checkpoint.file)
            return result
        }
        let record = try checkpoint.state(TranslationRunState.self)
        if record.counters.problem != nil || record.counters.step != checkpoint.step
            || !(record.seconds >= 0 && record.seconds < 1e12)
        {
            throw RunError.damaged(
                path: checkpoint.path, reason: "its counters are no training's")
        }
        var state = try filled(unevaluatedState)
        state.counters = record.counters
        return (state, record.seconds)
    }

    /// The state before the first step: the same whenever it is asked for.
    func initialState() -> any TranslationState {
        let state = unevaluatedState
        evaluate(state.namedTensors().map(\.tensor))
        return state
    }
}

/// What a translation's checkpoint carries beside tensors.
struct TranslationRunState: Codable, Hashable {
    /// The counters of training.
    var counters: TranslationCounters
    /// Seconds of training so far.
    var seconds: Double
}
