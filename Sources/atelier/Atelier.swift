import ArgumentParser

/// The command `atelier`.
@main
struct Atelier: ParsableCommand {
    /// The version of everything in this package.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "atelier",
        abstract: "A studio for generative images: train, watch, export.",
        discussion: """
            Begin with a folder of pictures:

              atelier dataset check photos      what is there, and whether it can be used
              atelier train photos --view       train, and watch in a window
              atelier generate RUN --seeds 0-63 -o grid.png
              atelier train pix2pix photos --pair edges     from drawing to photograph
              atelier translate RUN drawings -o out

            'atelier help COMMAND' explains a command, with examples.
            """,
        version: version,
        subcommands: [
            TrainGroup.self, TranslateCommand.self, GenerateCommand.self, StylizeCommand.self,
            ViewCommand.self,
            DatasetCommand.self,
            MetricsCommand.self, ClassifierCommand.self, ReproduceCommand.self,
            InspectCommand.self, DemoCommand.self,
            BenchCommand.self, InfoCommand.self,
        ])
}
