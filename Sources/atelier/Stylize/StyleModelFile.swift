import Networks
import Runs
import Stylization
import TensorCore
import Training

/// A network of style transfer from wherever it is: a run of `atelier train style` or `adain`, one of its
/// checkpoints, a file that such a run exported, or one under the names of PyTorch's example.
enum StyleModelFile {
    /// What a run's checkpoint calls the averaged network.
    private static let average = "average."
    /// What an exported network of one style says of itself.
    private static let transformKey = "atelier.style_transform"

    /// Whether a path names a run for any style, or one of its checkpoints.
    static func takesAnyStyle(_ path: String) -> Bool {
        if RunFolder.isRun(path) {
            return (try? RunKind(of: RunFolder.open(path))) == .style(.adain)
        }
        guard !isPyTorchs(path), !StyleWeightFiles.isFolder(path),
            let checkpoint = try? Checkpoint(path: path, verification: .header)
        else { return false }
        return (try? RunKind(of: checkpoint)) == .style(.adain)
    }

    // MARK: Any style

    /// A network for any style, of a run or a checkpoint.
    static func arbitrary(_ path: String) throws -> ArbitraryStyleNetwork {
        try arbitrary(of: checkpoint(path) ?? Checkpoint(path: path))
    }

    private static func arbitrary(of checkpoint: Checkpoint) throws -> ArbitraryStyleNetwork {
        guard case .adain(let game) = try settings(checkpoint).game else {
            throw Failure(
                "\(checkpoint.path) is of a run of one style: leave --style and --method out")
        }
        var encoder = StyleEncoder(
            key: RandomKey(seed: 0), widths: game.decoder.featureWidths)
        var decoder = StyleDecoder(game.decoder, key: RandomKey(seed: 0))
        try CheckpointBridge.load(&encoder, from: checkpoint.file, prefix: "encoder.")
        try CheckpointBridge.load(&decoder, from: checkpoint.file, prefix: average)
        return ArbitraryStyleNetwork(encoder: encoder, decoder: decoder)
    }

    // MARK: One style

    /// A network of one style; of a run the best checkpoint, or the newest where none was measured.
    static func transfer(_ path: String) throws -> ModelTransfer {
        if let checkpoint = try checkpoint(path) {
            return ModelTransfer(try transform(of: checkpoint), range: .signed)
        }
        if !isPyTorchs(path),
            let text = try SafetensorsFile(path: path).metadata[transformKey]
        {
            guard let choices = try? JSONText.value(StyleTransformConfiguration.self, text),
                OneStyleConfiguration(network: choices).problem == nil
            else {
                throw Failure("\(path): what it says of its network cannot be: export it anew")
            }
            return ModelTransfer(
                try StyleTransformNetwork(choices, StyleWeightFiles.table(path)), range: .signed)
        }
        return try StyleWeightFiles.model(path)
    }

    private static func transform(of checkpoint: Checkpoint) throws -> StyleTransformNetwork {
        guard case .style(let game) = try settings(checkpoint).game else {
            throw Failure("\(checkpoint.path) is of a run for any style: give a painting with --style")
        }
        var network = StyleTransformNetwork(game.network, key: RandomKey(seed: 0))
        try CheckpointBridge.load(&network, from: checkpoint.file, prefix: average)
        return network
    }

    // MARK: Files

    /// The checkpoint that a run or a checkpoint's file stands for; nil for another file.
    private static func checkpoint(_ path: String) throws -> Checkpoint? {
        if RunFolder.isRun(path) {
            let run = try RunFolder.open(path)
            try RunKind(of: run).expect(.style, path)
            return try best(of: run)
        }
        guard !isPyTorchs(path),
            try SafetensorsFile(path: path).metadata["atelier.checkpoint"] != nil
        else { return nil }
        return try Checkpoint(path: path)
    }

    /// A run's best checkpoint, or its newest where none was measured.
    private static func best(of run: RunFolder) throws -> Checkpoint {
        let store = run.checkpoints
        return try store.best.map { try store.open(step: $0.step) } ?? store.latest().checkpoint
    }

    private static func settings(_ checkpoint: Checkpoint) throws -> StyleRunConfiguration {
        try RunKind(of: checkpoint).expect(.style, checkpoint.path)
        let settings = try checkpoint.configuration(StyleRunConfiguration.self)
        try settings.check(path: checkpoint.path)
        return settings
    }

    private static func isPyTorchs(_ path: String) -> Bool {
        [".pth", ".pt"].contains { path.lowercased().hasSuffix($0) }
    }

    // MARK: Export

    /// Writes the network of a run's best checkpoint alone, in half precision.
    static func export(_ run: RunFolder, to path: String) throws {
        let checkpoint = try best(of: run)
        let settings = try settings(checkpoint)
        var metadata = [
            "format": "atelier \(settings.training.rawValue) 1",
            "atelier.run.summary": settings.summary,
            "atelier.run.step": "\(checkpoint.step)",
            "atelier.run.checkpoint": checkpoint.shortDigest,
            "atelier.command": NetworkFile.command,
        ]
        switch settings.game {
        case .style(let game):
            metadata[transformKey] = try JSONText.of(game.network)
            try NetworkFile.save(
                try transform(of: checkpoint), metadata: metadata, isHalf: true, to: path)
        case .adain:
            try NetworkFile.save(
                try arbitrary(of: checkpoint), metadata: metadata, isHalf: true, to: path)
        }
    }
}
