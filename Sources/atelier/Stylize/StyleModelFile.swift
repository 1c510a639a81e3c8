import Networks
import Runs
import Stylization
import TensorCore
import Training

/// A network of one style from wherever it is: a run of `atelier train style`, one of its checkpoints, or a
/// file of weights under the names of PyTorch's example.
enum StyleModelFile {
    /// What a run's checkpoint calls the averaged network.
    private static let prefix = "average."

    /// Opens it; of a run the best checkpoint, or the newest where none was measured.
    static func transfer(_ path: String) throws -> ModelTransfer {
        if RunFolder.isRun(path) {
            let run = try RunFolder.open(path)
            try RunKind(of: run).expect(.style, path)
            let store = run.checkpoints
            return try transfer(
                of: store.best.map { try store.open(step: $0.step) } ?? store.latest().checkpoint)
        }
        if !isPyTorchs(path), try SafetensorsFile(path: path).metadata["atelier.checkpoint"] != nil {
            return try transfer(of: Checkpoint(path: path))
        }
        return try StyleWeightFiles.model(path)
    }

    private static func isPyTorchs(_ path: String) -> Bool {
        [".pth", ".pt"].contains { path.lowercased().hasSuffix($0) }
    }

    private static func transfer(of checkpoint: Checkpoint) throws -> ModelTransfer {
        try RunKind(of: checkpoint).expect(.style, checkpoint.path)
        let settings = try checkpoint.configuration(StyleRunConfiguration.self)
        try settings.check(path: checkpoint.path)
        switch settings.game {
        case .style(let game):
            var network = StyleTransformNetwork(game.network, key: RandomKey(seed: 0))
            try CheckpointBridge.load(&network, from: checkpoint.file, prefix: prefix)
            return ModelTransfer(network, range: .signed)
        }
    }
}
