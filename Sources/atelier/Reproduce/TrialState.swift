import Foundation
import Glibc
import Reproduction
import Runs
import TensorCore
import Training

/// The state of a trial that is under way, in a file beside the table.
enum TrialState {
    private static let key = "atelier.trial"

    /// What is saved beside the tensors.
    private struct Record: Codable {
        var counters: AdversarialCounters
        var seed: UInt64
        var seconds: Double
        var settings: String
    }

    /// Writes a trial's state.
    static func save(_ trial: PictureTrial, seconds: Double, to path: String) throws {
        let named = trial.training.namedTensors()
        evaluate(named.map(\.tensor))
        let tensors = named.map { name, tensor in
            StoredTensor(
                name: name, dtype: tensor.dtype, shape: tensor.shape,
                bytes: StoredBytes(copying: tensor.bytes()))
        }
        let record = Record(
            counters: trial.training.counters, seed: trial.seed, seconds: seconds,
            settings: try JSONText.of(trial.method))
        try SafetensorsFile.writeSealed(
            tensors, metadata: [key: try JSONText.of(record)], to: path)
    }

    /// Goes on from a state, if there is one of the same method and seed.
    ///
    /// - Returns: Seconds that the trial took so far; nil where it begins.
    /// - Throws: For a file that is damaged or of another trial.
    static func restore(_ trial: inout PictureTrial, from path: String) throws -> Double? {
        guard access(path, F_OK) == 0 else { return nil }
        let file = try SafetensorsFile(path: path)
        try file.verifySeal()
        let record: Record
        do {
            record = try JSONDecoder().decode(
                Record.self, from: Data((file.metadata[key] ?? "").utf8))
        } catch {
            throw Failure("\(path): expected the state of a trial, found: \(error)")
        }
        let settings = try JSONText.of(trial.method)
        guard record.seed == trial.seed, record.settings == settings else {
            throw Failure(
                "\(path): it is of a trial with other settings; remove it, or give another --out")
        }
        do {
            try trial.restore(counters: record.counters) { name in
                guard file.entry(named: name) != nil else { return nil }
                let stored = try file.tensor(named: name)
                return stored.bytes.withUnsafeBytes {
                    Tensor(copying: $0, shape: stored.shape, dtype: stored.dtype)
                }
            }
        } catch let error as RestoreError {
            throw Failure("\(path): \(error)")
        }
        return record.seconds
    }

    /// Removes the state of a trial that is done.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw Failure("\(path) cannot be removed: \(String(cString: strerror(errno)))")
        }
    }
}
