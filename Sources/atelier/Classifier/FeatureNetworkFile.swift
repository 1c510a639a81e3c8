import Metrics
import Networks
import Runs
import TensorCore

/// A feature network from a file of weights, told by what is in it.
enum FeatureNetworkFile {
    /// Opens a classifier of Atelier, Inception v3 or SqueezeNet 1.0.
    ///
    /// - Throws: For a file that is none of them, or lacks some of its network's weights.
    static func open(_ path: String) throws -> any FeatureNetwork {
        let file = try SafetensorsFile(path: path)
        if file.metadata[ClassifierFile.key] != nil {
            let (network, record) = try ClassifierFile.load(path)
            return ClassifierFeatures(network, name: record.dataName)
        }
        if file.entry(named: "Conv2d_1a_3x3.conv.weight") != nil {
            return InceptionFeatures(
                try InceptionV3(table(file, needs: InceptionV3.needs.map(\.name))))
        }
        if file.entry(named: "fire2/squeeze1x1.weight") != nil {
            return SqueezeNetFeatures(
                try SqueezeNet(table(file, needs: SqueezeNet.needs.map(\.name))))
        }
        throw Failure(
            "\(path): expected the weights of a feature network: a classifier from 'atelier "
                + "classifier train', Inception v3 (Conv2d_1a_3x3.conv.weight, ...) or SqueezeNet "
                + "1.0 (fire2/squeeze1x1.weight, ...); found \(file.names.count) other tensors")
    }

    /// Those of the tensors wanted that are there.
    static func table(_ file: SafetensorsFile, needs names: [String]) throws -> WeightTable {
        var tensors: [String: Tensor] = [:]
        for name in names where file.entry(named: name) != nil {
            let stored = try file.tensor(named: name)
            guard stored.shape.allSatisfy({ $0 > 0 }) else { continue }
            tensors[name] = stored.bytes.withUnsafeBytes {
                Tensor(copying: $0, shape: stored.shape, dtype: stored.dtype)
            }
        }
        return WeightTable(origin: file.path, tensors: tensors)
    }
}
