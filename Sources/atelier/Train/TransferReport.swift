import Networks
import Runs
import TensorCore
import Training

/// What came of beginning with the weights of another checkpoint (`--init-from`).
struct TransferReport {
    /// Where the weights came from.
    let path: String
    /// What came of each network, by its name in the state.
    let parts: [(name: String, transfer: WeightTransfer)]

    /// Copies what fits of a checkpoint's networks into a new state; the optimizers begin anew.
    ///
    /// - Throws: A failure if the checkpoint is another than it was, cannot be read, or if not one
    ///   tensor of a network fits.
    init(_ start: RunConfiguration.Start, into state: inout GANState) throws {
        let checkpoint = try Checkpoint(path: start.path)
        guard checkpoint.digest == start.digest else {
            throw Failure(
                "\(start.path) is no longer the checkpoint that this run begins with: begin a new run"
            )
        }
        path = start.path
        var parts: [(name: String, transfer: WeightTransfer)] = []
        let file = checkpoint.file
        parts.append(
            (
                "generator",
                WeightTransfer(
                    copying: try Self.tensors(of: file, under: "generator."),
                    into: &state.generator)
            ))
        parts.append(
            (
                "discriminator",
                WeightTransfer(
                    copying: try Self.tensors(of: file, under: "discriminator."),
                    into: &state.discriminator)
            ))
        parts.append(
            (
                "average",
                WeightTransfer(
                    copying: try Self.tensors(of: file, under: "average."), into: &state.average)
            ))
        self.parts = parts
        for (name, transfer) in parts where transfer.matched.isEmpty {
            throw Failure(
                "--init-from \(path): not one tensor of the \(name) fits; give the --family, --width "
                    + "and --size that it was trained with (atelier inspect \(path) shows them)")
        }
    }

    /// Lines for a person: how much was copied, and by name what was not.
    var lines: [String] {
        parts.flatMap { name, transfer in
            transfer.summary.split(separator: "\n").map { "\(path): \(name): \($0)" }
        }
    }

    private static func tensors(
        of file: SafetensorsFile, under prefix: String
    ) throws -> [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        for entry in file.entries where entry.name.hasPrefix(prefix) {
            let stored = try file.tensor(named: entry.name)
            let tensor = stored.bytes.withUnsafeBytes {
                Tensor(copying: $0, shape: stored.shape, dtype: stored.dtype)
            }
            result.append((String(entry.name.dropFirst(prefix.count)), tensor))
        }
        return result
    }
}
