import Files
import Foundation
import Glibc
import Reproduction

/// The trials that are done, in a file beside the table: a command that was stopped goes on after them.
struct TrialLog: Codable {
    /// A trial.
    struct Entry: Codable {
        var seed: UInt64
        var figures: [Double?]
        var seconds: Double
    }

    /// By method, everything that a trial's result depends on beside its seed, as text: trials of other
    /// settings are none of this table.
    private var settings: [String: String]
    /// By method.
    private(set) var trials: [String: [Entry]] = [:]

    private static let sizeLimit = 64 << 20

    /// The log of a table, or an empty one.
    ///
    /// - Throws: A failure for a file that cannot be read, or that other settings wrote.
    static func open(_ path: String, settings: [String: String]) throws -> TrialLog {
        guard access(path, F_OK) == 0 else { return TrialLog(settings: settings) }
        let bytes = try BoundedFile.read(path, limit: sizeLimit)
        var log: TrialLog
        do {
            log = try JSONDecoder().decode(TrialLog.self, from: Data(bytes))
        } catch {
            throw Failure("\(path): expected finished trials of this command, found: \(error)")
        }
        for (method, wanted) in settings {
            if let found = log.settings[method], found != wanted {
                throw Failure(
                    "\(path): its trials of \(method) were made with other settings; give another --out, "
                        + "or remove the file to begin again")
            }
            log.settings[method] = wanted
        }
        return log
    }

    private init(settings: [String: String]) { self.settings = settings }

    /// The trial of a seed, if it is done.
    func entry(_ method: String, seed: UInt64) -> Entry? {
        trials[method]?.first { $0.seed == seed }
    }

    /// Takes a trial in, and writes the file.
    mutating func add(_ entry: Entry, of method: String, to path: String) throws {
        trials[method, default: []].append(entry)
        try AtomicFile.write(try JSONText.of(self) + "\n", to: path)
    }
}
