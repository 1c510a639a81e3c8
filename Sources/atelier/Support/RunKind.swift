import Networks
import Runs

/// What kind of run a folder or a checkpoint is of: told by the `family` that its settings name.
///
/// Every command that opens a run asks here, so that one that is handed a run of another kind says which
/// it is and what to use instead.
enum RunKind: Hashable {
    /// Makes pictures of seeds.
    case gan(GANFamily)
    /// Makes pictures of pictures.
    case translation(TranslationMethod)
    /// Paints pictures in a style.
    case style(StyleTraining)

    /// Which style is learned.
    enum StyleTraining: String, Hashable {
        /// One painting's.
        case style
        /// Any painting's.
        case adain
    }

    /// What kinds have in common.
    enum Group: Hashable {
        case gan, translation, style
    }

    /// What somebody wants of a run.
    enum Purpose {
        /// Pictures.
        case pictures
        /// To go on with the training.
        case training
        /// Figures of how good it is.
        case figures
    }

    /// The kind of a family's name; nil for one that this Atelier does not know.
    init?(family name: String) {
        if let family = GANFamily(rawValue: name) {
            self = .gan(family)
        } else if let method = TranslationMethod(rawValue: name) {
            self = .translation(method)
        } else if let training = StyleTraining(rawValue: name) {
            self = .style(training)
        } else {
            return nil
        }
    }

    /// What the kind has in common with others.
    var group: Group {
        switch self {
        case .gan: .gan
        case .translation: .translation
        case .style: .style
        }
    }

    /// What `atelier train` calls it.
    var name: String {
        switch self {
        case .gan(let family): family.title
        case .translation(let method): method.rawValue
        case .style(let training): training.rawValue
        }
    }

    /// The settings' first words: all that tells the kind.
    private struct Header: Decodable {
        var family: String
    }

    private init(_ header: Header, path: String) throws {
        guard let kind = RunKind(family: header.family) else {
            throw Failure(
                "\(path) is of the family \(header.family.prefix(40)), which this Atelier does not "
                    + "know: update Atelier")
        }
        self = kind
    }

    /// The kind of a run.
    ///
    /// - Throws: `RunError` for settings that cannot be read; a failure for an unknown family.
    init(of run: RunFolder) throws {
        try self.init(run.configuration(Header.self), path: folderPath(run.path, "config.json"))
    }

    /// The kind of the run that a checkpoint is of.
    init(of checkpoint: Checkpoint) throws {
        try self.init(checkpoint.configuration(Header.self), path: checkpoint.path)
    }

    // MARK: Other kinds

    /// Refuses a run of another kind, with the command for it.
    ///
    /// - Parameters:
    ///   - wanted: What the command is for.
    ///   - path: The run, as it was named.
    ///   - purpose: What the command was to do.
    func expect(_ wanted: Group, _ path: String, for purpose: Purpose = .pictures) throws {
        guard group != wanted else { return }
        throw Failure("\(path) is a run of \(name), \(meaning): \(advice(path, purpose))")
    }

    private var meaning: String {
        switch self {
        case .gan: "a GAN, which makes pictures of seeds"
        case .translation: "which makes pictures of pictures"
        case .style: "which paints pictures in a style"
        }
    }

    private func advice(_ path: String, _ purpose: Purpose) -> String {
        let run = Provenance.command([path])
        switch purpose {
        case .pictures:
            return "use 'atelier " + use(run) + "'"
        case .training:
            return "go on with it by 'atelier train \(trainingName)--resume \(run)'"
        case .figures:
            switch self {
            case .gan: return "use 'atelier metrics \(run)'"
            case .translation:
                return "its figures are measured while it trains and stand in metrics.jsonl; "
                    + "'atelier translate \(run) PICTURES -o out --targets OTHERS' measures more"
            case .style: return "look at its pictures: 'atelier " + use(run) + "'"
            }
        }
    }

    /// The words of a command after `train` that go on with it; GANs need none.
    private var trainingName: String {
        switch self {
        case .gan: ""
        case .translation(let method): method.rawValue + " "
        case .style(let training): training.rawValue + " "
        }
    }

    private func use(_ run: String) -> String {
        switch self {
        case .gan: "generate \(run) --seeds 0-63 -o grid.png"
        case .translation: "translate \(run) PICTURES -o out"
        case .style(.style): "stylize PICTURES --model \(run) -o out"
        case .style(.adain): "stylize PICTURES --model \(run) --style PAINTING -o out"
        }
    }
}
