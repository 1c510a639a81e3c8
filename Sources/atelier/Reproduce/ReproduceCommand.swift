import ArgumentParser

/// `atelier reproduce`.
struct ReproduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce",
        abstract: "Make the tables of papers again, our rows beside theirs.",
        discussion: """
            A table is printed, and written to the folder of --out as Markdown and JSON after every \
            trial. A command that was stopped goes on where it was.

              atelier reproduce ring --trials 10
              atelier reproduce stacked-mnist --data mnist
              atelier reproduce grid --quick
            """,
        subcommands: [
            RingCommand.self, GridCommand.self, StackedDigitsCommand.self, FewShotCommand.self,
            FashionCommand.self, CIFARCommand.self,
        ])
}
