import Foundation
import Networks
import Runs
import Stylization
import TensorCore

/// The networks of style transfer, from files of weights.
struct StyleWeightFiles {
    /// What `--weights` says.
    private let given: String?
    /// That, or what the environment says.
    private let path: String?

    /// - Parameter path: What `--weights` says.
    init(_ path: String?) {
        given = path
        self.path = path ?? Environment.value("ATELIER_WEIGHTS")
    }

    /// Atelier's own network for any style, or one trained as it was: the file named with `--weights`.
    ///
    /// - Parameter model: A run of `train adain`, in their place.
    func arbitrary(model: String?) throws -> ArbitraryStyleNetwork {
        if let model { return try StyleModelFile.arbitrary(model) }
        var file = try given ?? BundledWeights.arbitrary.path()
        if Self.isFolder(file) { file = folderPath(file, BundledWeights.arbitrary.fileName) }
        guard FileManager.default.fileExists(atPath: file) else {
            throw Failure(
                "\(file): no such file; --method atelier needs a network of 'atelier train adain' "
                    + "there, or no --weights for its own; for the networks of others name their "
                    + "--method (microast, adain, wct)")
        }
        return try ArbitraryStyleNetwork(Self.table(file))
    }

    func microAST() throws -> MicroAST {
        func part(_ name: String) throws -> WeightTable {
            try Self.table(try file("microast_\(name).safetensors", for: "microast"))
        }
        return try MicroAST(
            contentEncoder: part("content_encoder"), styleEncoder: part("style_encoder"),
            modulator: part("modulator"), decoder: part("decoder"))
    }

    /// The encoders and decoders of a distilled VGG-19 from a level down to the first, deepest first:
    /// those that are there. Only that of the fourth is published trained.
    func levels(from deepest: Int, for method: StylizeMethod) throws -> [FeatureTransfer.Level] {
        func name(_ letter: String, _ level: Int) -> String {
            "wct16x_S\(letter)\(level).safetensors"
        }
        var found: [FeatureTransfer.Level] = []
        for level in (1...deepest).reversed() {
            let isThere = path.map {
                FileManager.default.fileExists(atPath: folderPath($0, name("E", level)))
            }
            // The first one asked for is not to be missed without a word.
            guard isThere == true || level == deepest else { continue }
            let encoder = try DistilledVGGEncoder(
                Self.table(try file(name("E", level), for: method.rawValue)))
            let decoder = try DistilledVGGDecoder(
                Self.table(try file(name("D", level), for: method.rawValue)))
            guard encoder.level == level, decoder.level == level,
                encoder.featureCount == decoder.featureCount
            else {
                throw Failure(
                    "\(path ?? ""): \(name("E", level)) and \(name("D", level)) do not fit each other "
                        + "at level \(level): give a folder with the pair as its authors published it"
                )
            }
            found.append(.init(encoder: encoder, decoder: decoder))
        }
        return found
    }

    /// What gatys looks with: the file named, or the best of the folder; Atelier's own where nothing is
    /// named.
    func features() throws -> any StyleFeatureNetwork {
        guard let path else { return try Self.features(of: BundledWeights.features.path()) }
        guard Self.isFolder(path) else { return try Self.features(of: path) }
        let names = (try FileManager.default.contentsOfDirectory(atPath: path)).sorted().filter {
            $0.lowercased().hasSuffix(".safetensors") || Self.isPyTorchs($0)
        }
        for beginning in [
            "vgg19", "vgg-19", "vgg16", "vgg-16", "wct16x_se4", "features", "squeezenet",
        ] {
            if let name = names.first(where: { $0.lowercased().hasPrefix(beginning) }) {
                return try Self.features(of: folderPath(path, name))
            }
        }
        throw Failure(
            "\(path): expected the weights of a feature network for --method gatys (vgg19*, vgg16*, "
                + "wct16x_SE4*, features* or squeezenet*, .safetensors or .pth), found none of them; name "
                + "the file itself with --weights")
    }

    /// What trainings of any style begin with: the file named, the best of the folder, or Atelier's own.
    func encoder() throws -> StyleEncoder {
        var file = try path ?? BundledWeights.features.path()
        if Self.isFolder(file) {
            let names = (try FileManager.default.contentsOfDirectory(atPath: file)).sorted()
            guard
                let name = ["wct16x_se4", "features"].lazy.compactMap({ beginning in
                    names.first { $0.lowercased().hasPrefix(beginning) }
                }).first
            else {
                throw Failure(
                    "\(file): expected the weights of a perceptual encoder (features.safetensors of "
                        + "'atelier train features', wct16x_SE4.safetensors) in this folder, found "
                        + "none; name the file itself with --weights")
            }
            file = folderPath(file, name)
        }
        return try StyleEncoder(Self.table(file))
    }

    /// A network of one style.
    static func model(_ path: String) throws -> ModelTransfer {
        ModelTransfer(try StyleTransformNetwork(table(path)), range: .bytes)
    }

    private static func features(of path: String) throws -> any StyleFeatureNetwork {
        let table = try table(path)
        let names = Set(table.names)
        if names.contains("features.0.weight"), names.contains("features.3.squeeze.weight") {
            return try SqueezeNetTrunk(table)
        }
        if names.contains("features.0.weight") { return VGGFeatures(try VGG(table)) }
        if names.contains("fire2/squeeze1x1.weight") { return try SqueezeNetTrunk(table) }
        if names.contains("conv0.weight") || names.contains("model.conv0.weight") {
            return try DistilledVGGEncoder(table)
        }
        throw Failure(
            "\(path): expected a VGG-16, VGG-19 or SqueezeNet under torchvision's names "
                + "(features.0.weight, ...), SqueezeNet under its authors' (fire2/squeeze1x1.weight) or "
                + "an encoder of the distilled VGG-19 (conv0.weight); found \(names.count) other tensors"
        )
    }

    private func file(_ name: String, for method: String) throws -> String {
        guard let path else { throw missing("\(name) and what goes with it", for: method) }
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure(
                "\(path): no such folder; --method \(method) needs one with \(name) in it: check "
                    + "--weights or ATELIER_WEIGHTS")
        }
        guard Self.isFolder(path) else {
            throw Failure(
                "\(path): --method \(method) needs several files: give the folder that has \(name) "
                    + "in it as --weights")
        }
        let file = folderPath(path, name)
        guard FileManager.default.fileExists(atPath: file) else {
            throw Failure(
                "\(path): --method \(method) needs \(name), which is not in this folder; give another "
                    + "folder with --weights, or choose another --method")
        }
        return file
    }

    private func missing(_ what: String, for method: String) -> Failure {
        Failure(
            "--method \(method) needs weights (\(what)): give their folder with --weights, or in the "
                + "variable ATELIER_WEIGHTS; 'atelier help stylize' says which files")
    }

    /// Whether there is a folder of that name.
    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && isFolder.boolValue
    }

    /// The tensors of a safetensors file, or of one of PyTorch's, of which nothing is executed.
    static func table(_ path: String) throws -> WeightTable {
        var tensors: [String: Tensor] = [:]
        func keep(_ stored: StoredTensor) {
            guard stored.shape.allSatisfy({ $0 > 0 }) else { return }
            tensors[stored.name] = stored.bytes.withUnsafeBytes {
                Tensor(copying: $0, shape: stored.shape, dtype: stored.dtype)
            }
        }
        if isPyTorchs(path) {
            let file = try PyTorchFile(path: path)
            for name in file.names { if let found = try file.tensor(named: name) { keep(found) } }
        } else {
            for stored in try SafetensorsFile(path: path).tensors() { keep(stored) }
        }
        return WeightTable(origin: path, tensors: tensors)
    }

    private static func isPyTorchs(_ path: String) -> Bool {
        ["pth", "pt"].contains((path.lowercased() as NSString).pathExtension)
    }
}

/// The path of a name in a folder.
func folderPath(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : folder + "/" + name
}
