import ArgumentParser
import Datasets
import Imaging
import Networks
import Training

/// `atelier train style`.
struct TrainStyleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "style",
        abstract: "Learn one painting's style: a network that gives it to any picture at once.",
        discussion: """
            Photographs of any kind, a few dozen or many, and one painting. The network learns to \
            change the photographs so that they look like the painting to a perceptual network, \
            and still show what they showed.

              atelier train style --style painting.jpg --content photos --view
              atelier train style --style painting.jpg --content photos --size 128 --minutes 10
              atelier train style --style painting.jpg --content photos --style-weight 30
              atelier train --resume runs/painting-001 --minutes 60

            The samples show held-out photographs beside their results. Then

              atelier stylize photo.jpg --model runs/painting-001 -o out.png
              atelier stylize photos --model runs/painting-001 -o styled

            Losses are shares: 0 is equal, about 1 has nothing of the content, or of the style, at \
            all; so weights mean the same for every network and painting. More --style-weight for \
            more painting, more --content-weight for more photograph. A larger --style-size makes \
            strokes smaller beside the pictures, which are cut at --size.
            """)

    @Option(help: "The painting.") var style: String?
    @Option(help: "A folder (or ZIP) of photographs.") var content: String?
    @Option(help: "The folder of the new run (runs/NAME-001 and so on unless given).")
    var out: String?
    @Option(help: "Go on with this run; pictures and settings come from it.") var resume: String?

    struct Pictures: ParsableArguments {
        @Option(help: "The side of what is trained on, a multiple of 8; 128 is quick (256).")
        var size: Int?
        @Option(help: "The longer side that the painting is looked at with (twice --size).")
        var styleSize: Int?
    }

    struct Network: ParsableArguments {
        @Option(help: "Channels next to the picture (32).") var width: Int?
        @Option(help: "Residual blocks (5).") var blocks: Int?
    }

    @OptionGroup(title: "Length") var length: StyleTrainingOptions.Length
    @OptionGroup(title: "Pictures") var pictures: Pictures
    @OptionGroup(title: "What is wanted") var objective: StyleTrainingOptions.Objective
    @OptionGroup(title: "Network") var network: Network
    @OptionGroup(title: "Training") var training: StyleTrainingOptions.Training
    @OptionGroup(title: "Running") var running: TrainCommand.RunningOptions

    private var arguments: StyleTrainingArguments {
        StyleTrainingArguments(
            paintings: style, content: content, out: out, resume: resume, size: pictures.size,
            length: length, objective: objective, training: training, running: running)
    }

    func validate() throws {
        try arguments.validate(
            paintingsOption: "--style",
            fixed: [
                ("--style-size", pictures.styleSize != nil), ("--width", network.width != nil),
                ("--blocks", network.blocks != nil),
            ],
            numbers: [
                ("--style-size", pictures.styleSize.map(Double.init), 32...4096),
                ("--width", network.width.map(Double.init), 1...256),
                ("--blocks", network.blocks.map(Double.init), 0...64),
            ])
        if objective.contentWeight == 0 && objective.styleWeight == 0 {
            throw ValidationError(
                "--content-weight 0 and --style-weight 0: nothing is left to learn")
        }
    }

    func run() throws {
        try reportingFailures {
            try StyleJob.run(arguments, .style) { try configuration() }
        }
    }

    /// The settings of a new run, but for how many pictures there are.
    private func configuration() throws -> StyleRunConfiguration {
        let painting = TrainingJob.absolutePath(style ?? "")
        if StyleWeightFiles.isFolder(painting) {
            throw Failure(
                "\(painting): expected one painting, found a folder; 'atelier train adain' learns "
                    + "from many")
        }
        // What cannot be decoded is said before anything is made.
        _ = try ImageFile.decode(contentsOf: painting)
        let side = pictures.size ?? 256
        let network = StyleTransformConfiguration(
            width: network.width ?? 32, blockCount: network.blocks ?? 5, edge: .mirror,
            output: .tanh)
        return StyleRunConfiguration(
            data: .init(
                content: TrainingJob.absolutePath(content ?? ""), paintings: painting,
                paintingDigest: try NetworkFile.digest(of: painting),
                paintingSide: pictures.styleSize ?? 2 * side, side: side,
                contentVariation: CropVariation(enlargement: 2), paintingVariation: nil,
                heldOutLimit: 4, count: 1, paintingCount: 1),
            features: .init(path: StyleJudge.path(objective.weights), name: "", digest: nil),
            game: .style(
                OneStyleConfiguration(
                    network: network, objective: arguments.weights,
                    steps: arguments.steps(OneStyleConfiguration.usualSteps))),
            cadence: arguments.cadence)
    }
}
