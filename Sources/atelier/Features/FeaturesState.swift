import Files
import Foundation
import Imaging
import Runs
import Training

/// What a distillation's state says beside its tensors.
struct FeaturesRecord: Codable {
    /// The numbers of the training.
    var configuration: DistillationConfiguration
    /// Minutes in all; nil where steps alone end it.
    var minutes: Double?
    /// Whether colours are changed by chance.
    var jitters: Bool
    /// Steps so far.
    var step: Int
    /// Seconds of training so far.
    var seconds: Double
    /// SHA-256 of the teacher's file.
    var teacherDigest: String
    /// SHA-256 of the pictures as they are prepared.
    var dataDigest: String

    /// How much of the training is over, 0 ... 1.
    var share: Double {
        let bySteps = Double(step) / Double(configuration.steps)
        let byTime = minutes.map { seconds / (60 * $0) } ?? 0
        return min(1, max(bySteps, byTime))
    }
}

/// The file that a distillation goes on from.
enum FeaturesState {
    private static let key = "atelier.distillation"

    /// Where the state of a training is that will write a file.
    static func path(beside out: String) -> String { out + ".state" }

    static func save(
        _ state: DistillationState, _ record: FeaturesRecord, to path: String
    ) throws {
        let tensors = CheckpointBridge.storedTensors(of: state)
        if let (name, value) = CheckpointBridge.firstNonFinite(tensors) {
            throw Failure("\(path) was not written: \(name) holds \(value)")
        }
        try SafetensorsFile.writeSealed(
            tensors,
            metadata: [
                key: try JSONText.of(record), "format": "atelier distillation state 1",
                "atelier.version": Atelier.version,
            ], to: path)
    }

    /// The record alone, and the file, checked.
    static func open(_ path: String) throws -> (record: FeaturesRecord, file: SafetensorsFile) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure(
                "\(path): there is no state to go on from: begin without --resume, or give the -o "
                    + "that the training had")
        }
        let file = try SafetensorsFile(path: path)
        guard let text = file.metadata[key] else {
            throw Failure(
                "\(path): expected the state of 'atelier train features', found a safetensors file "
                    + "without \(key) in its metadata: give the -o that the training had")
        }
        try file.verifySeal()
        let record: FeaturesRecord
        do {
            record = try JSONDecoder().decode(FeaturesRecord.self, from: Data(text.utf8))
        } catch { throw Failure("\(path): its record in \(key) cannot be read: \(error)") }
        let isSound =
            record.step >= 0 && record.step < Int(Int32.max) && record.seconds >= 0
            && record.minutes.map { $0 > 0 } ?? true
        if let problem = record.configuration.problem ?? (isSound ? nil : "numbers out of range") {
            throw Failure("\(path): its record in \(key) is no training's: \(problem)")
        }
        return (record, file)
    }

    /// The tensors of a state that was opened.
    static func state(
        _ record: FeaturesRecord, from file: SafetensorsFile, teacherWidths: [Int]
    ) throws -> DistillationState {
        var state = DistillationState(record.configuration, teacherWidths: teacherWidths)
        try CheckpointBridge.load(&state, from: file)
        state.step = record.step
        return state
    }
}
