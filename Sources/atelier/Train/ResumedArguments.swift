import Runs

extension TrainGroup {
    /// Arguments with the name of the method that `atelier train --resume RUN` leaves out: which kind of
    /// run it is, its settings say.
    ///
    /// What is no such command, or names no run that can be read, is as it was: whoever parses it says what
    /// is wrong.
    static func completed(_ arguments: [String]) -> [String] {
        guard arguments.first == "train", let path = resumedRun(arguments.dropFirst()),
            let run = try? RunFolder.open(path), let kind = try? RunKind(of: run)
        else { return arguments }
        let name: String
        switch kind {
        case .gan: return arguments
        case .translation(let method): name = method.rawValue
        case .style(let training): name = training.rawValue
        }
        return ["train", name] + arguments.dropFirst()
    }

    /// The value of `--resume`, unless a method is named before it.
    private static func resumedRun(_ arguments: ArraySlice<String>) -> String? {
        guard let first = arguments.first, first.hasPrefix("-") else { return nil }
        for (place, argument) in zip(arguments.indices, arguments) {
            if argument == "--" { return nil }
            if argument.hasPrefix("--resume=") { return String(argument.dropFirst(9)) }
            if argument == "--resume" {
                return place + 1 < arguments.endIndex ? arguments[place + 1] : nil
            }
        }
        return nil
    }
}
