import ArgumentParser
import Glibc

extension Atelier {
    /// Runs the command that the arguments name, with the exit codes that scripts rely on: 0 when it
    /// was done (help and version included), 1 when it failed, 2 when the arguments make no sense.
    static func main() {
        let arguments = TrainGroup.completed(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch {
            leave(after: error, arguments)
        }
        leaveIfOutputWasLost()
    }

    private static func leaveIfOutputWasLost() {
        guard let reason = Console.outputFailure else { return }
        Console.error(
            "atelier: cannot write to standard output: \(reason); what was printed is not complete")
        Glibc.exit(1)
    }

    private static func leave(after error: any Error, _ arguments: [String]) -> Never {
        switch exitCode(for: error) {
        case .success:
            Console.print(fullMessage(for: error))
            leaveIfOutputWasLost()
            Glibc.exit(0)
        case .validationFailure:
            // One line: what is wrong, what was expected, and where the right way is written.
            let lines = message(for: error).split(whereSeparator: \.isNewline)
            let text = lines.map { $0.drop { $0 == " " } }.joined(separator: " ")
                .replacing("'. Did you", with: "': did you")
            let end =
                (text.last == "." ? text.dropLast() : text[...])
                + expectation(fullMessage(for: error))
            Console.error("atelier: \(end); see '\(helpCommand(arguments))'")
            Glibc.exit(2)
        case let code:
            let text = message(for: error)
            if !text.isEmpty { Console.error("atelier: \(text)") }
            Glibc.exit(code == .failure || code.rawValue == 1 ? 1 : code.rawValue)
        }
    }

    /// What the parser's longer message says of the option or argument at fault.
    private static func expectation(_ message: String) -> String {
        let help = message.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Help:") }
        guard let help, let gap = help.dropFirst(7).firstRange(of: "  ") else { return "" }
        let text = help[gap.upperBound...].drop { $0 == " " }
        return ": " + (text.last == "." ? text.dropLast() : text)
    }

    /// The command that explains the command at the head of some arguments.
    static func helpCommand(_ arguments: [String]) -> String {
        var words = ["atelier", "help"]
        var candidates = configuration.subcommands
        var standing: (any ParsableCommand.Type)?
        for argument in arguments {
            guard
                let found = candidates.first(where: {
                    $0.configuration.commandName == argument
                        || $0._commandName == argument
                })
            else { break }
            words.append(argument)
            candidates = found.configuration.subcommands
            standing = found.configuration.defaultSubcommand
        }
        if let name = standing?.configuration.commandName { words.append(name) }
        return words.count == 2 ? "atelier --help" : words.joined(separator: " ")
    }
}
