import Files
import Foundation
import Imaging
import Networks
import Runs
import TensorCore

/// Networks at rest under the names and in the layout of this field's weight files.
enum NetworkFile {
    /// Writes a network, sealed.
    ///
    /// - Parameters:
    ///   - network: All of whose tensors of rank 4 are weights of convolutions.
    ///   - metadata: What made it.
    ///   - isHalf: Whether in half precision.
    ///   - path: The file.
    static func save(
        _ network: some Module, metadata: [String: String], isHalf: Bool, to path: String
    ) throws {
        let named = network.portableTensors
        evaluate(named.map(\.tensor))
        let tensors = named.map { name, tensor in
            StoredTensor(
                name: name, dtype: tensor.dtype, shape: tensor.shape,
                bytes: StoredBytes(copying: tensor.bytes()))
        }
        if let (name, value) = CheckpointBridge.firstNonFinite(tensors) {
            throw Failure("\(path) was not written: \(name) holds \(value)")
        }
        if isHalf,
            let tensor = tensors.first(where: { $0.floats?.contains { abs($0) > 65504 } == true })
        {
            throw Failure(
                "\(path) was not written: \(tensor.name) holds numbers beyond half precision; give "
                    + "--no-half")
        }
        var metadata = metadata
        metadata["atelier.version"] = Atelier.version
        try SafetensorsFile.writeSealed(
            tensors, metadata: metadata, halvesFloats: isHalf, to: path)
    }

    /// SHA-256 of a file, 64 hexadecimal digits.
    static func digest(of path: String) throws -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Failure("\(path): cannot be read: check that it is there")
        }
        defer { try? handle.close() }
        var digest = ContentDigest()
        while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty {
            digest.update(Array(part))
        }
        return digest.finish()
    }

    /// The command that this process was started with, as exported pictures have it.
    static var command: String {
        Provenance.command(["atelier"] + Array(CommandLine.arguments.dropFirst()))
    }
}
