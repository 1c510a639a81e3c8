import ArgumentParser
import Datasets
import Networks
import Training

/// `atelier train adain`.
struct TrainAdaINCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adain",
        abstract: "Learn any painting's style: a network that takes the painting as it is used.",
        discussion: """
            A folder of photographs and one of paintings, tens or thousands. A perceptual network \
            (--weights, or Atelier's own) sees both; the photograph's activations get the \
            painting's means and deviations, and a decoder learns to make pictures of them. The \
            perceptual network itself stays as it is ('atelier train features' makes another).

              atelier train adain --styles paintings --content photos --view
              atelier train adain --styles paintings --content photos --minutes 240 \\
                --export any.safetensors
              atelier train --resume runs/paintings-001 --minutes 480

            The samples show held-out photographs, paintings, and the results. Then

              atelier stylize photo.jpg --style painting.jpg --model runs/paintings-001 -o out.png
              atelier stylize photo.jpg --style painting.jpg --weights any.safetensors -o out.png

            Losses are shares: 0 is equal, about 1 has nothing in common. More --style-weight for \
            more painting; --identity teaches the decoder to keep what no style changes.
            """)

    @Option(help: "A folder (or ZIP) of paintings.") var styles: String?
    @Option(help: "A folder (or ZIP) of photographs.") var content: String?
    @Option(help: "The folder of the new run (runs/NAME-001 and so on unless given).")
    var out: String?
    @Option(help: "Go on with this run; pictures and settings come from it.") var resume: String?

    struct Pictures: ParsableArguments {
        @Option(help: "The side of what is trained on, a multiple of 8 (128).") var size: Int?
    }

    struct Method: ParsableArguments {
        @Option(help: "How much the strokes count (10).") var texture: Double?
        @Option(
            help: "How much it counts that a picture in its own style is itself, 0 for not (0.3).")
        var identity: Double?
        @Option(help: "Channels of the decoder at the whole size, a half, a quarter (16,32,64).")
        var widths: String?
    }

    @OptionGroup(title: "Length") var length: StyleTrainingOptions.Length
    @OptionGroup(title: "Pictures") var pictures: Pictures
    @OptionGroup(title: "What is wanted") var objective: StyleTrainingOptions.Objective
    @OptionGroup(title: "Network") var method: Method
    @OptionGroup(title: "Training") var training: StyleTrainingOptions.Training
    @OptionGroup(title: "Running") var running: TrainCommand.RunningOptions

    private var arguments: StyleTrainingArguments {
        StyleTrainingArguments(
            paintings: styles, content: content, out: out, resume: resume, size: pictures.size,
            length: length, objective: objective, training: training, running: running)
    }

    func validate() throws {
        try arguments.validate(
            paintingsOption: "--styles",
            fixed: [
                ("--texture", method.texture != nil), ("--identity", method.identity != nil),
                ("--widths", method.widths != nil),
            ],
            numbers: [
                ("--texture", method.texture, 0...1e9), ("--identity", method.identity, 0...1e9),
            ])
        if let problem = try settings().problem { throw ValidationError(problem) }
    }

    func run() throws {
        try reportingFailures {
            try StyleJob.run(arguments, .adain) { try configuration() }
        }
    }

    /// The numbers of the training; the encoder's widths are not known yet.
    private func settings() throws -> AnyStyleConfiguration {
        var weights = AnyStyleWeights()
        weights.content = objective.contentWeight ?? weights.content
        weights.style = objective.styleWeight ?? weights.style
        weights.smoothness = objective.smoothness ?? weights.smoothness
        weights.texture = method.texture ?? weights.texture
        weights.identity = method.identity ?? weights.identity
        var decoder = StyleDecoderConfiguration()
        if let widths = method.widths {
            let parts = widths.split(separator: ",", omittingEmptySubsequences: false).map {
                Int($0.trimmingCharacters())
            }
            guard parts.allSatisfy({ $0 != nil }) else {
                throw ValidationError("--widths \(widths): expected numbers as 16,32,64")
            }
            decoder.widths = parts.compactMap { $0 }
        }
        return AnyStyleConfiguration(
            decoder: decoder, weights: weights,
            steps: arguments.steps(AnyStyleConfiguration.usualSteps))
    }

    /// The settings of a new run, but for how many pictures there are.
    private func configuration() throws -> StyleRunConfiguration {
        let variation = CropVariation(enlargement: 2)
        return StyleRunConfiguration(
            data: .init(
                content: TrainingJob.absolutePath(content ?? ""),
                paintings: TrainingJob.absolutePath(styles ?? ""), paintingDigest: nil,
                paintingSide: nil, side: pictures.size ?? 128, contentVariation: variation,
                paintingVariation: variation, heldOutLimit: 4, count: 1, paintingCount: 1),
            features: .init(path: StyleJudge.path(objective.weights), name: "", digest: nil),
            game: .adain(try settings()), cadence: arguments.cadence)
    }
}

extension Substring {
    /// Without blanks at both ends.
    fileprivate func trimmingCharacters() -> Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
