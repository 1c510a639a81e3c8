import Foundation
import Networks
import Runs
import TensorCore

/// What a classifier's file says of itself beside its weights.
struct ClassifierRecord: Codable {
    /// The sizes of the network.
    var network: SmallClassifierConfiguration
    /// The names of the classes, in the order of the logits.
    var classNames: [String]
    /// The name of what it was trained on, without its path.
    var dataName: String
    /// SHA-256 of the pictures and labels that it was trained on, as the network got them.
    var dataDigest: String
    /// Pictures that it was trained on.
    var trainingCount: Int
    /// The share of pictures told right that it was not trained on, 0 ... 1.
    var accuracy: Double
    /// How many pictures that was measured on.
    var testCount: Int
    /// Steps of its training.
    var steps: Int
    /// From which every random number of its training followed.
    var seed: UInt64

    /// Why this cannot be true of any classifier; nil where it can.
    var problem: String? {
        if let problem = SmallClassifierConfiguration.problem(with: network) { return problem }
        if classNames.count != network.classCount {
            return "\(classNames.count) class names for \(network.classCount) classes"
        }
        return (0...1).contains(accuracy) ? nil : "an accuracy of \(accuracy)"
    }
}

/// Files of the project's own classifiers: safetensors with a seal, and a record in their metadata.
enum ClassifierFile {
    /// The metadata key of the record, as JSON.
    static let key = "atelier.classifier"

    /// Writes a network.
    static func save(
        _ network: SmallClassifier, _ record: ClassifierRecord, to path: String
    ) throws {
        let tensors = CheckpointBridge.storedTensors(of: network)
        if let (name, value) = CheckpointBridge.firstNonFinite(tensors) {
            throw Failure("\(path) was not written: \(name) holds \(value)")
        }
        try SafetensorsFile.writeSealed(
            tensors,
            metadata: [
                key: try JSONText.of(record), "format": "atelier classifier 1",
                "atelier.version": Atelier.version,
            ], to: path)
    }

    /// Reads a network.
    ///
    /// - Throws: For a file that is damaged, no classifier of Atelier, or contradicts itself.
    static func load(_ path: String) throws -> (network: SmallClassifier, record: ClassifierRecord)
    {
        let file = try SafetensorsFile(path: path)
        guard let text = file.metadata[key] else {
            throw Failure(
                "\(path): expected a classifier, found a safetensors file without \(key) in its "
                    + "metadata; make one with: atelier classifier train DATA --out \(path)")
        }
        try file.verifySeal()
        let record: ClassifierRecord
        do {
            record = try JSONDecoder().decode(
                ClassifierRecord.self, from: Data(text.utf8))
        } catch {
            throw Failure("\(path): its record in \(key) cannot be read: \(error)")
        }
        if let problem = record.problem {
            throw Failure("\(path): its record in \(key) is no classifier's: \(problem)")
        }
        var network = SmallClassifier(record.network, key: RandomKey(seed: 0))
        try CheckpointBridge.load(&network, from: file)
        return (network, record)
    }
}
