import Layers
public import TensorCore

// After Sheng, Lin, Shao and Wang 2018, "Avatar-Net: Multi-scale Zero-shot Style Transfer by Feature
// Decoration", https://arxiv.org/abs/1805.03857, whose decoder gets, besides the mapped features it
// begins from, those of the encoder's earlier layers with the style's moments. They keep the content's
// detail. There is no normalisation inside, so that a part of a picture comes out as in the whole.

/// The choices of a ``StyleDecoder``.
public struct StyleDecoderConfiguration: Sendable, Hashable, Codable {
    /// Channels of the encoder's blocks, first to last.
    public var featureWidths: [Int]
    /// Channels of the decoder's own levels, at the whole size, a half, and a quarter.
    public var widths: [Int]
    /// 3x3 convolutions of each level after the one that joins, at the whole size, a half, a quarter.
    public var layerCounts: [Int]
    /// Of 1, 2 and 3: the blocks whose first activation comes in again.
    public var skipLevels: [Int]

    /// Choices that suit ``StyleEncoder``'s own widths.
    public init(
        featureWidths: [Int] = StyleEncoder.defaultWidths, widths: [Int] = [16, 32, 64],
        layerCounts: [Int] = [1, 1, 2], skipLevels: [Int] = [2, 3]
    ) {
        self.featureWidths = featureWidths
        self.widths = widths
        self.layerCounts = layerCounts
        self.skipLevels = skipLevels
    }

    /// What is wrong with the choices, in words; nil if a network can be built.
    public var problem: String? {
        let channels = 1...4096
        if featureWidths.count != 4 || !featureWidths.allSatisfy(channels.contains) {
            return "expected four widths of features of 1 to 4096, got \(featureWidths)"
        }
        if widths.count != 3 || !widths.allSatisfy(channels.contains) {
            return "expected three widths of 1 to 4096, got \(widths)"
        }
        if layerCounts.count != 3 || !layerCounts.allSatisfy({ (1...16).contains($0) }) {
            return "expected three numbers of layers of 1 to 16, got \(layerCounts)"
        }
        if Set(skipLevels).count != skipLevels.count
            || !skipLevels.allSatisfy({ (1...3).contains($0) })
        {
            return "expected skip levels among 1, 2 and 3, each once, got \(skipLevels)"
        }
        return nil
    }

    /// The blocks whose first activations the decoder takes, deepest first: 4, then the skips.
    public var levels: [Int] { [4] + skipLevels.sorted(by: >) }
}

/// Turns the activations of a ``StyleEncoder``, mapped to a style's moments, into pictures: 3x3
/// convolutions with mirrored edges and ReLU, nearest upsampling before the first of each level.
public struct StyleDecoder: Module {
    /// The choices.
    public let configuration: StyleDecoderConfiguration
    private var first: Conv2d
    /// From the quarter of the size to the whole.
    private var levels: [Level]

    /// One size's convolutions.
    private struct Level: Sendable {
        /// 1, 2 or 3, as VGG's blocks are numbered.
        let number: Int
        /// Of what comes from the level below, enlarged.
        var up: Conv2d
        /// Of the activation that comes in again. Together with `up` this is a convolution of both side
        /// by side, at fewer multiplications.
        var skip: Conv2d?
        var layers: [Conv2d]
    }

    /// A decoder to be trained.
    ///
    /// - Parameters:
    ///   - configuration: Its choices.
    ///   - key: What the weights are drawn from (He et al. 2015); biases begin at zero.
    public init(
        _ configuration: StyleDecoderConfiguration = StyleDecoderConfiguration(), key: RandomKey
    ) {
        if let problem = configuration.problem {
            preconditionFailure("[StyleDecoder] \(problem)")
        }
        self.configuration = configuration
        func layer(
            _ name: String, _ inputs: Int, _ outputs: Int, hasBias: Bool = true, gain: Double = 2
        ) -> Conv2d {
            var layer = Conv2d(
                inputChannels: inputs, outputChannels: outputs, kernelSize: 3, hasBias: hasBias,
                initializer: .heNormal(gain: gain.squareRoot()), key: key.folded(name))
            if hasBias { layer.bias = .zeros([outputs]) }
            return layer
        }
        let (features, widths) = (configuration.featureWidths, configuration.widths)
        first = layer("conv4", features[3], widths[2])
        levels = [3, 2, 1].map { number in
            let width = widths[number - 1]
            let hasSkip = configuration.skipLevels.contains(number)
            let count = configuration.layerCounts[number - 1]
            let last = number == 1 ? 3 : widths[number - 2]
            // What comes in by two ways adds up to the size it has with one.
            let gain: Double = hasSkip ? 1 : 2
            return Level(
                number: number, up: layer("up\(number)", width, width, gain: gain),
                skip: hasSkip
                    ? layer(
                        "skip\(number)", features[number - 1], width, hasBias: false, gain: gain)
                    : nil,
                layers: (1...count).map { place in
                    layer(
                        "conv\(number)\(place)", width, place == count ? last : width,
                        gain: place == count && number == 1 ? 1 : 2)
                })
        }
    }

    /// A decoder with the weights of a table; how wide it is and what comes in again, the table says.
    ///
    /// - Parameters:
    ///   - table: The weights.
    ///   - featureWidths: Channels of the encoder's four blocks; of those that do not come in again the
    ///     table says nothing.
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(
        _ table: WeightTable, featureWidths: [Int] = StyleEncoder.defaultWidths
    ) throws(WeightError) {
        var choices = StyleDecoderConfiguration(featureWidths: featureWidths)
        choices.featureWidths[3] =
            table.channels(of: "conv4.weight")?.inputs ?? choices.featureWidths[3]
        for level in 1...3 {
            let place = level - 1
            choices.widths[place] =
                table.channels(of: "up\(level).weight")?.outputs ?? choices.widths[place]
            choices.featureWidths[place] =
                table.channels(of: "skip\(level).weight")?.inputs ?? choices.featureWidths[place]
            choices.layerCounts[place] = max(
                1, (1...16).prefix { table.shape(of: "conv\(level)\($0).weight") != nil }.count)
        }
        choices.skipLevels = (1...3).filter { table.shape(of: "skip\($0).weight") != nil }
        self.init(choices, key: RandomKey(seed: 0))
        try load(table, as: "a style decoder")
    }

    /// The names of the activations it takes, in the order in which it takes them: `relu4_1`, then
    /// the skips, deepest first.
    public var activationNames: [String] { configuration.levels.map { "relu\($0)_1" } }

    /// How far a pixel of the result sees at most, in pixels of the picture.
    public var reach: Int {
        // Each convolution sees one place further, and each place stands for so many pixels.
        8 + zip(configuration.layerCounts, [1, 2, 4]).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
    }

    /// Pictures `[N, H, W, 3]`, RGB, about 0 ... 1, not clamped.
    ///
    /// - Parameter features: What ``activationNames`` says, `[N, H/8, W/8, C]`, `[N, H/4, W/4, C]` and
    ///   so on, with sides of 2 or more.
    public func callAsFunction(_ features: [Tensor]) -> Tensor {
        check(features)
        var skips = features.dropFirst()
        var x = first(features[0].reflectionPadded2d(1)).relu()
        for level in levels {
            x = level.up.upsamplingReflected(x)  // [N, 2H', 2W', C]
            if let skip = level.skip, let feature = skips.popFirst() {
                x = x + skip(feature.reflectionPadded2d(1))
            }
            x = x.relu()
            for (place, layer) in level.layers.enumerated() {
                x = layer(x.reflectionPadded2d(1))
                if level.number > 1 || place < level.layers.count - 1 { x = x.relu() }
            }
        }
        return x
    }

    private func check(_ features: [Tensor]) {
        let levels = configuration.levels
        let isFitting =
            features.count == levels.count
            && zip(features, levels).allSatisfy { feature, level in
                let scale = 8 >> (level - 1)
                return feature.rank == 4 && feature.shape[0] == features[0].shape[0]
                    && feature.shape[1] == scale * features[0].shape[1]
                    && feature.shape[2] == scale * features[0].shape[2]
                    && feature.shape[3] == configuration.featureWidths[level - 1]
                    && min(feature.shape[1], feature.shape[2]) >= 2
            }
        precondition(
            isFitting,
            "[StyleDecoder] expected features of \(activationNames), the deepest [N, H/8, W/8, "
                + "\(configuration.featureWidths[3])] with sides of 2 or more, each of twice the size "
                + "of the level below, got \(features.map(\.shape))")
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        first.forEachTensor(under: path + "conv4.", body)
        for i in levels.indices {
            let number = levels[i].number
            levels[i].up.forEachTensor(under: path + "up\(number).", body)
            if var skip = levels[i].skip {
                skip.forEachTensor(under: path + "skip\(number).", body)
                levels[i].skip = skip
            }
            for place in levels[i].layers.indices {
                levels[i].layers[place].forEachTensor(
                    under: path + "conv\(number)\(place + 1).", body)
            }
        }
    }
}
