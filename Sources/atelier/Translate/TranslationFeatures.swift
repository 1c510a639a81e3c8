import Imaging
import Metrics
import Networks
import Runs
import TensorCore

/// What held-out pictures are compared by beside their pixels: a feature network from a file.
struct TranslationFeatures {
    /// Where the weights are, as absolute paths.
    struct Files: Codable, Hashable {
        /// The network's.
        var network: String
        /// Those of the linear heads that make a distance of SqueezeNet 1.1 LPIPS.
        var heads: String?
    }

    /// Compares a picture with the one that it should be; nil for networks that compare sets only.
    let pairs: FeatureDistance?
    /// Compares what is made with real pictures of its kind; nil where there are pairs.
    let sets: FeatureChoice?

    /// Opens the networks that a method needs.
    ///
    /// - Throws: For files that cannot be read, or are of another network than the method needs.
    init(_ files: Files, _ method: TranslationMethod) throws {
        let file = try SafetensorsFile(path: files.network)
        let heads = try files.heads.map { path in
            let file = try SafetensorsFile(path: path)
            return try FeatureNetworkFile.table(file, needs: file.names)
        }
        let isSqueezeNet = ["fire2/squeeze1x1.weight", "features.3.squeeze.weight"].contains {
            file.entry(named: $0) != nil
        }
        pairs =
            isSqueezeNet
            ? try FeatureDistance(
                try SqueezeNetTrunk(FeatureNetworkFile.table(file, needs: file.names)),
                heads: heads) : nil
        guard pairs != nil || heads == nil else {
            throw Failure(
                "--metrics-heads goes with SqueezeNet 1.1, which \(files.network) is not: leave it "
                    + "out")
        }
        switch method {
        case .pix2pix:
            sets = nil
            guard pairs != nil else {
                throw Failure(
                    "\(files.network): pairs are compared by the features of SqueezeNet: expected "
                        + "its weights (fire2/squeeze1x1.weight or features.3.squeeze.weight, ...), "
                        + "found \(file.names.count) other tensors; give others with "
                        + "--metrics-features")
            }
        case .cyclegan: sets = try FeatureChoice(files.network)
        }
    }

    /// The exact names of what is computed, for people.
    var names: [String] {
        (pairs.map { [$0.name] } ?? [])
            + (sets.map { [Self.name("KID", $0), Self.name("FID", $0)] } ?? [])
    }

    /// The name of a distance of sets with the network that it is by.
    static func name(_ metric: String, _ choice: FeatureChoice) -> String {
        FeatureComparison.name(metric, features: choice.record.name)
    }

    /// The mean distance of pictures from those that they should be.
    func distance(_ made: [PixelBuffer], _ wanted: [PixelBuffer]) -> Double? {
        let count = min(made.count, wanted.count)
        guard let pairs, count > 0 else { return nil }
        let found = pairs(
            made.prefix(count).map(\.bytes), wanted.prefix(count).map(\.bytes),
            height: made[0].height, width: made[0].width)
        return found.reduce(0, +) / Double(count)
    }

    /// The features of pictures, to be compared with those of others; nil without a network for it.
    ///
    /// - Throws: `FeatureError`, for instance under 2 pictures.
    func set(_ pictures: [PixelBuffer]) throws -> FeatureSet? {
        guard let sets, let first = pictures.first else { return nil }
        let shape = PictureShape(height: first.height, width: first.width, channels: 3)
        let found = sets.network.features(of: pictures.flatMap(\.bytes), shape: shape)
        var collector = try FeatureCollector(featureCount: sets.network.featureCount)
        try collector.add(found)
        return try collector.set()
    }
}

extension TranslationRunConfiguration {
    /// Opens what the settings name; nil where they name no features.
    func openFeatures() throws -> TranslationFeatures? {
        try features.map { try TranslationFeatures($0, method) }
    }
}
