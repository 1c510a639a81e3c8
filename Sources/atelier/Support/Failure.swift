import ArgumentParser
import Glibc

/// A failure in words: one line that names the thing and says what to do. Exit code 1.
struct Failure: Error, CustomStringConvertible {
    /// The line.
    let description: String

    init(_ description: String) { self.description = description }
}

extension ParsableCommand {
    /// Does a command's work. What goes wrong is said in one line on standard error, with exit code 1;
    /// the argument parser's own errors pass through, with exit code 2 for usage.
    func reportingFailures(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as ExitCode {
            throw error
        } catch let error as ValidationError {
            throw error
        } catch {
            Console.error("atelier: \(error)")
            throw ExitCode(1)
        }
    }
}
