import Layers
public import TensorCore

// Isola, Zhu, Zhou and Efros 2017, "Image-to-Image Translation with Conditional Adversarial
// Networks", https://arxiv.org/abs/1611.07004.
//
// Tensors carry the names of the authors' PyTorch code, where each level holds the next one inside
// (`model.model.0.weight`, `model.model.1.model.1.weight`, ...).

/// The sizes of a U-Net.
public struct UNetConfiguration: Sendable, Hashable, Codable {
    /// Channels of the pictures that come in.
    public var inputChannels: Int
    /// Channels of the pictures that go out.
    public var outputChannels: Int
    /// Channels of the outermost level; they double inwards up to eight times.
    public var width: Int
    /// How often the side is halved; both sides are multiples of two to this power.
    public var levels: Int
    /// The probability with which features are dropped in training, in the levels next to the
    /// innermost that have the most channels (the paper: 0.5); 0 for none.
    public var dropout: Double
    /// How features are normalised; the paper's is over the batch.
    public var normalization: FeatureNormalization
    /// How sides are doubled; the paper's is by transposed convolutions.
    public var upsampling: FeatureUpsampling

    /// Sizes; those of the paper's U-Net for 256x256 unless given, without dropout.
    public init(
        inputChannels: Int = 3, outputChannels: Int = 3, width: Int = 64, levels: Int = 8,
        dropout: Double = 0, normalization: FeatureNormalization = .batch,
        upsampling: FeatureUpsampling = .transposed
    ) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.width = width
        self.levels = levels
        self.dropout = dropout
        self.normalization = normalization
        self.upsampling = upsampling
    }

    /// The channels of level 1 (outermost) and on.
    func channels(_ level: Int) -> Int { min(width << min(level - 1, 3), 8 * width) }
}

/// The generator of pix2pix: convolutions that halve the side down to almost nothing, transposed
/// ones that double it again, and between both arms a bridge at every level.
///
/// Convolutions are 4x4 with stride 2. Normalisation everywhere but beside the pictures and after
/// the innermost convolution; leaky ReLU on the way down, ReLU on the way up, tanh at the end.
public struct UNetGenerator: Module {
    /// The sizes.
    public let configuration: UNetConfiguration
    /// Of level 1 (outermost) and on.
    private var down: [Conv2d]
    /// Of level 2 to the last but one.
    private var downNorms: [FeatureNorm]
    /// Of level 1 (outermost) and on.
    private var up: [UpsamplingConvolution]
    /// Of level 2 and on.
    private var upNorms: [FeatureNorm]

    /// A generator whose weights begin as in the paper: normal with standard deviation 0.02.
    public init(_ configuration: UNetConfiguration = UNetConfiguration(), key: RandomKey) {
        precondition(
            configuration.levels >= 2 && configuration.width > 0,
            "[UNetGenerator] expected two levels or more and a positive width, got "
                + "\(configuration.levels) and \(configuration.width)")
        precondition(
            configuration.dropout >= 0 && configuration.dropout < 1,
            "[UNetGenerator] expected a dropout in 0..<1, got \(configuration.dropout)")
        self.configuration = configuration
        let begin = Initializer.normal(standardDeviation: 0.02)
        let levels = configuration.levels
        // Batch normalisation takes away what a bias before it adds.
        let hasBias = configuration.normalization != .batch
        func normalization(_ features: Int, _ key: RandomKey) -> FeatureNorm {
            FeatureNorm(
                configuration.normalization, features: features, deviation: 0.02, key: key)
        }
        down = []
        up = []
        downNorms = []
        upNorms = []
        for level in 1...levels {
            let inner = configuration.channels(level)
            let outer = level == 1 ? 0 : configuration.channels(level - 1)
            let key = key.folded(UInt64(level))
            down.append(
                Conv2d(
                    inputChannels: level == 1 ? configuration.inputChannels : outer,
                    outputChannels: inner, kernelSize: 4, stride: 2, padding: 1,
                    hasBias: hasBias, initializer: begin, key: key.folded("down")))
            up.append(
                UpsamplingConvolution(
                    configuration.upsampling, inputChannels: level == levels ? inner : 2 * inner,
                    outputChannels: level == 1 ? configuration.outputChannels : outer,
                    kernelSize: 4, hasBias: hasBias || level == 1, edge: .zeros,
                    initializer: begin, key: key.folded("up")))
            if level > 1 {
                upNorms.append(normalization(outer, key.folded("up_norm")))
                if level < levels {
                    downNorms.append(normalization(inner, key.folded("down_norm")))
                }
            }
        }
    }

    /// Pictures `[N, H, W, outputChannels]` in -1 ... 1 from pictures `[N, H, W, inputChannels]`.
    ///
    /// - Parameters:
    ///   - pictures: The pictures, with values in -1 ... 1.
    ///   - training: Whether batch normalisation uses the batch's statistics, and features are
    ///     dropped.
    ///   - dropoutKey: What decides which features are dropped; needed in training if any are.
    public mutating func callAsFunction(
        _ pictures: Tensor, training: Bool, dropoutKey: RandomKey? = nil
    ) -> Tensor {
        let unit = 1 << configuration.levels
        precondition(
            pictures.rank == 4 && pictures.shape[1] % unit == 0 && pictures.shape[2] % unit == 0
                && pictures.shape[3] == configuration.inputChannels,
            "[UNetGenerator] expected pictures [N, H, W, \(configuration.inputChannels)] with sides "
                + "that are multiples of \(unit), got \(pictures.shape)")
        let levels = configuration.levels
        var bridges: [Tensor] = []
        var x = pictures
        for level in 1...levels {
            x = down[level - 1](level == 1 ? x : x.leakyRelu(slope: 0.2))
            if level > 1 && level < levels {
                x = downNorms[level - 2](x, training: training)
            }
            bridges.append(x)
        }
        x = x.relu()
        for level in stride(from: levels, through: 2, by: -1) {
            x = upNorms[level - 2](up[level - 1](x), training: training)
            if training && drops(level) {
                x = dropped(x, level, dropoutKey)
            }
            // The rectifier of each part: where a part is made, it takes no pass of its own.
            x = concatenate([bridges[level - 2].relu(), x.relu()], axis: 3)
        }
        return up[0](x).tanh()
    }

    private func drops(_ level: Int) -> Bool {
        configuration.dropout > 0 && level < configuration.levels && level > 4
    }

    private func dropped(_ x: Tensor, _ level: Int, _ key: RandomKey?) -> Tensor {
        guard let key else {
            preconditionFailure(
                "[UNetGenerator] expected a dropoutKey in training with dropout "
                    + "\(configuration.dropout), got none")
        }
        let kept = 1 - configuration.dropout
        let mask = Tensor.bernoulli(x.shape, probability: kept, key: key.folded(UInt64(level)))
        return select(mask, x * (1 / kept), .zeros(x.shape))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        visit(1, under: path + "model.model.", body)
    }

    /// A level, with those inside it between its convolution and its transposed convolution.
    private mutating func visit(
        _ level: Int, under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        let (isOutermost, isInnermost) = (level == 1, level == configuration.levels)
        var place = isOutermost ? 0 : 1
        down[level - 1].forEachTensor(under: path + "\(place).", body)
        place += 1
        if !isOutermost && !isInnermost {
            downNorms[level - 2].forEachTensor(under: path + "\(place).", body)
            place += 1
        }
        if !isInnermost {
            visit(level + 1, under: path + "\(place).model.", body)
            place += 1
        }
        place += 1  // ReLU
        up[level - 1].forEachTensor(under: path + "\(place).", body)
        if !isOutermost {
            upNorms[level - 2].forEachTensor(under: path + "\(place + 1).", body)
        }
    }
}
