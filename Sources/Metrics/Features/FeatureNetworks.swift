public import Networks
public import TensorCore

/// Inception v3 as the Fréchet inception distance is defined by: with these features and no others is a
/// distance called FID.
public struct InceptionFeatures: FeatureNetwork {
    /// The network.
    public let network: InceptionV3
    /// The name that says that a distance got with the features may be called FID.
    public static let exactName = "inception-v3 (2015-12-05) pool"
    /// `inception-v3 (2015-12-05) pool`.
    public let name = InceptionFeatures.exactName
    /// 2048.
    public let featureCount = InceptionV3.featureCount
    /// 1008.
    public let logitCount: Int? = InceptionV3.classCount
    /// Pictures at a time.
    public var chunkSize: Int

    /// Features of a loaded network.
    public init(_ network: InceptionV3, chunkSize: Int = 16) {
        self.network = network
        self.chunkSize = chunkSize
    }

    /// Features and logits of uint8 pictures, which are resized to 299x299 as TensorFlow 1 does.
    public func outputs(_ pictures: Tensor) -> (features: Tensor, logits: Tensor?) {
        let made = network(PicturePreparation.rgb(pictures))
        return (made.features, made.logits)
    }
}

/// SqueezeNet 1.0: a fast stand-in. A distance got with it is not FID.
public struct SqueezeNetFeatures: FeatureNetwork {
    /// The network.
    public let network: SqueezeNet
    /// `squeezenet1.0 pool`.
    public let name = "squeezenet1.0 pool"
    /// 512.
    public let featureCount = SqueezeNet.featureCount
    /// 1000.
    public let logitCount: Int? = SqueezeNet.classCount
    /// Pictures at a time.
    public var chunkSize: Int

    /// Features of a loaded network.
    public init(_ network: SqueezeNet, chunkSize: Int = 32) {
        self.network = network
        self.chunkSize = chunkSize
    }

    /// Features and logits of uint8 pictures, which are resized to 227x227, bilinear.
    public func outputs(_ pictures: Tensor) -> (features: Tensor, logits: Tensor?) {
        let sized = resized2d(
            PicturePreparation.rgb(pictures), .bilinear, height: SqueezeNet.side,
            width: SqueezeNet.side)
        let made = network(sized)
        return (made.features, made.logits)
    }
}

/// The project's own classifier, trained by `atelier classifier train`.
public struct ClassifierFeatures: FeatureNetwork {
    /// The network.
    public let network: SmallClassifier
    /// `classifier NAME`.
    public let name: String
    /// Pictures at a time.
    public var chunkSize: Int

    /// Features of a trained network.
    ///
    /// - Parameter name: What it was trained on, or the name of its file.
    public init(_ network: SmallClassifier, name: String, chunkSize: Int = 250) {
        self.network = network
        self.name = "classifier \(name)"
        self.chunkSize = chunkSize
    }

    /// Eight times the network's width.
    public var featureCount: Int { network.configuration.featureCount }
    /// The network's classes.
    public var logitCount: Int? { network.configuration.classCount }

    /// Features and logits of uint8 pictures, which are brought to the network's channels and, bilinear,
    /// to its sides.
    public func outputs(_ pictures: Tensor) -> (features: Tensor, logits: Tensor?) {
        let shape = network.configuration.picture
        precondition(
            [1, 3].contains(shape.channels),
            "[ClassifierFeatures] expected a network of grey or RGB pictures, got \(shape)")
        let bytes =
            shape.channels == 1
            ? PicturePreparation.grey(pictures) : PicturePreparation.rgb(pictures)
        let sized = resized2d(bytes, .bilinear, height: shape.height, width: shape.width)
        var network = network
        let made = network.outputs(sized * (1 / 127.5) - 1, training: false)
        return (made.features, made.logits)
    }
}
