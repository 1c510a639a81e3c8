import Files
import Metrics
import Networks
import Runs

/// What pictures are compared by.
struct FeatureChoice {
    /// The network.
    let network: any FeatureNetwork
    /// What the report says of it.
    let record: MetricsReport.Features
    /// Whether its classes are those of the data.
    var knowsClasses: Bool { network is ClassifierFeatures }

    /// The network of a file.
    init(_ path: String) throws {
        network = try FeatureNetworkFile.open(path)
        record = .init(name: network.name, file: path, digest: try Self.digest(path))
    }

    /// The largest file of weights that is taken, in bytes.
    private static let mostBytes = 4 << 30

    private static func digest(_ path: String) throws -> String {
        var digest = ContentDigest()
        digest.update(try BoundedFile.read(path, limit: mostBytes))
        return digest.finish()
    }

    /// What was found for data without being told.
    enum Search {
        /// A classifier that was trained on the data.
        case found(FeatureChoice)
        /// None; one line that says what would help.
        case none(note: String)
    }

    /// Looks for a classifier of the project that was trained on the data: `NAME.safetensors` and
    /// `classifier.safetensors`, here and beside the data, where NAME is what the data's folder is
    /// called.
    ///
    /// - Parameter shape: Of the pictures; classifiers are for 28x28 and 32x32.
    static func search(data: String, shape: PictureShape) throws -> Search {
        let parts = data.split(separator: "/").map(String.init)
        let name = parts.last ?? "data"
        guard shape.height == shape.width, [28, 32].contains(shape.height) else {
            return .none(
                note:
                    "for FID, KID, precision and recall give --features the weights of SqueezeNet "
                    + "1.0 or Inception v3 (pt_inception-2015-12-05) as safetensors")
        }
        let parent = (data.hasPrefix("/") ? "/" : "") + parts.dropLast().joined(separator: "/")
        let stem = String(name.prefix { $0 != "." })
        var candidates: [String] = []
        for folder in ["", parent.isEmpty || parent == "/" ? parent : parent + "/"] {
            for file in ["\(stem).safetensors", "classifier.safetensors"]
            where !candidates.contains(folder + file) {
                candidates.append(folder + file)
            }
        }
        for path in candidates {
            guard let file = try? SafetensorsFile(path: path),
                file.metadata[ClassifierFile.key] != nil
            else { continue }
            let (network, record) = try ClassifierFile.load(path)
            let side = network.configuration.picture
            guard record.dataName == name, (side.height, side.width) == (shape.height, shape.width)
            else { continue }
            return .found(try FeatureChoice(path))
        }
        let words = Provenance.command(
            ["atelier", "classifier", "train", data, "--out", "\(stem).safetensors"])
        return .none(
            note: "for FID, KID, precision and recall train a classifier of these pictures, then "
                + "measure again: \(words)")
    }
}
