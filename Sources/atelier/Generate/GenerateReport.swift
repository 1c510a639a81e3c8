import Imaging
import Runs

/// What was made, for scripts: `generate --json`.
struct GenerateReport {
    private let maker: PictureMaker
    private var pictures: [JSONValue] = []

    init(_ maker: PictureMaker) { self.maker = maker }

    /// One more picture.
    ///
    /// - Parameters:
    ///   - style: The seed whose style some layers have.
    ///   - label: The class, passed over by networks without classes.
    ///   - score: The discriminator's logit; one that is not finite is null.
    ///   - file: Its own file, if it has one.
    mutating func add(
        seed: UInt64, style: UInt64? = nil, label: Int, score: Float?, file: String? = nil
    ) {
        var fields: [String: JSONValue] = [
            "seed": Int(exactly: seed).map { .integer($0) } ?? .string("\(seed)")
        ]
        if let style {
            fields["style"] = Int(exactly: style).map { .integer($0) } ?? .string("\(style)")
        }
        if maker.classNames.indices.contains(label) {
            fields["class"] = .string(maker.classNames[label])
        }
        if let score { fields["score"] = score.isFinite ? .number(Double(score)) : .null }
        if let file { fields["file"] = .string(file) }
        pictures.append(.object(fields))
    }

    /// Everything, as JSON.
    func text(output: String) -> String {
        JSONValue.object([
            "checkpoint": .string(maker.path), "digest": .string(maker.digest),
            "step": .integer(maker.step), "output": .string(output), "pictures": .array(pictures),
        ]).text
    }
}

extension GenerateCommand {
    /// Whether something stands under each picture.
    var hasLabels: Bool { labels || scores }

    /// A score in little room.
    func scoreText(_ score: Float?) -> String { score.map { Readable.fixed(Double($0), 2) } ?? "" }

    /// What stands under each picture: its seed, its score, or both.
    func captions(_ seeds: [UInt64], _ made: [PictureMaker.Made]) -> [String] {
        guard hasLabels else { return [] }
        return zip(seeds, made).map { seed, one in
            [labels ? "\(seed)" : "", scores ? scoreText(one.score) : ""].filter { !$0.isEmpty }
                .joined(separator: " ")
        }
    }

    /// Tells scripts what was made.
    func tell(_ report: GenerateReport, _ output: String) {
        if json { Console.print(report.text(output: output)) }
    }
}
