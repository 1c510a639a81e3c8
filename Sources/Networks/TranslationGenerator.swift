public import TensorCore

/// A network that makes pictures from pictures, and its sizes.
public enum TranslationGeneratorConfiguration: Sendable, Hashable, Codable {
    /// Bridges at every level: what lies where in the input lies there in the output.
    case unet(UNetConfiguration)
    /// Residual blocks at a quarter of the side.
    case resnet(ResNetGeneratorConfiguration)

    /// What both sides of a picture must be multiples of.
    public var unit: Int {
        switch self {
        case .unet(let sizes): 1 << sizes.levels
        case .resnet: 4
        }
    }

    /// The shortest side that the network takes.
    public var leastSide: Int { max(8, unit) }

    /// Channels next to the picture.
    public var width: Int {
        switch self {
        case .unet(let sizes): sizes.width
        case .resnet(let sizes): sizes.width
        }
    }

    /// How features are normalised.
    public var normalization: FeatureNormalization {
        switch self {
        case .unet(let sizes): sizes.normalization
        case .resnet(let sizes): sizes.normalization
        }
    }

    /// What is wrong with sizes that came from outside, in words; nil if a network of them can be made
    /// for RGB pictures.
    public var problem: String? {
        let (inputs, outputs) =
            switch self {
            case .unet(let sizes): (sizes.inputChannels, sizes.outputChannels)
            case .resnet(let sizes): (sizes.inputChannels, sizes.outputChannels)
            }
        if inputs != 3 || outputs != 3 {
            return "expected 3 channels in and out, got \(inputs) and \(outputs)"
        }
        if !(1...256).contains(width) { return "expected a width of 1 to 256, got \(width)" }
        switch self {
        case .unet(let sizes):
            if !(2...10).contains(sizes.levels) {
                return "expected 2 to 10 levels, got \(sizes.levels)"
            }
            if !(sizes.dropout >= 0 && sizes.dropout < 1) {
                return "expected a dropout in 0 ..< 1, got \(sizes.dropout)"
            }
        case .resnet(let sizes):
            if !(0...64).contains(sizes.blockCount) {
                return "expected 0 to 64 blocks, got \(sizes.blockCount)"
            }
        }
        return nil
    }
}

/// A network that makes pictures from pictures. Tensors keep the names of the network inside.
public struct TranslationGenerator: Module {
    /// The sizes.
    public let configuration: TranslationGeneratorConfiguration
    private var unet: UNetGenerator?
    private var resnet: ResNetGenerator?

    /// A network whose weights begin as in its paper.
    public init(_ configuration: TranslationGeneratorConfiguration, key: RandomKey) {
        self.configuration = configuration
        switch configuration {
        case .unet(let sizes): unet = UNetGenerator(sizes, key: key)
        case .resnet(let sizes): resnet = ResNetGenerator(sizes, key: key)
        }
    }

    /// Pictures `[N, H, W, 3]` in -1 ... 1 from pictures `[N, H, W, 3]` in -1 ... 1, both sides
    /// multiples of the configuration's `unit`.
    ///
    /// - Parameters:
    ///   - pictures: The pictures.
    ///   - training: Whether batch normalisation uses the batch's statistics, and features are
    ///     dropped.
    ///   - key: What decides which features are dropped; needed in training if any are.
    public mutating func callAsFunction(
        _ pictures: Tensor, training: Bool, key: RandomKey? = nil
    ) -> Tensor {
        // Each is given up while it changes, so that it is not copied.
        if var network = unet {
            unet = nil
            defer { unet = network }
            return network(pictures, training: training, dropoutKey: key)
        }
        guard var network = resnet else { return pictures }
        resnet = nil
        defer { resnet = network }
        return network(pictures, training: training)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        unet?.forEachTensor(under: path, body)
        resnet?.forEachTensor(under: path, body)
    }
}
