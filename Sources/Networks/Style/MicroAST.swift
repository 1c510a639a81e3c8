public import TensorCore

// Wang, Zhao, Zhang, Lian, Zuo, Li, Xing and Lu 2023, "MicroAST: Towards Super-Fast Ultra-Resolution
// Arbitrary Style Transfer", https://arxiv.org/abs/2211.15313.
//
// Tensors carry the names of the authors' four files: `enc1.0.conv_layer.weight`, ...

/// MicroAST with given weights: pictures in the style of any painting, in one pass of a network of
/// 0.47 M weights.
///
/// Two encoders of one shape read content and style. The style's moments replace those of the content's
/// features (AdaIN), at two depths, and filters made from the style scale the decoder's residual blocks.
public struct MicroAST: Sendable {
    /// Both sides of pictures are multiples of this.
    public static let sideMultiple = 4
    /// The least side.
    public static let smallestSide = 8
    /// Channels of the features between the networks' parts.
    public static let featureCount = 64
    /// How many pixels along each axis a cell of the features stands for.
    public static let featureStride = 4

    /// The mean and standard deviation of each channel, `[N, 1, 1, 64]` each.
    public struct Moments: Sendable {
        /// The means.
        public var mean: Tensor
        /// The standard deviations.
        public var deviation: Tensor

        /// Given moments.
        public init(mean: Tensor, deviation: Tensor) {
            self.mean = mean
            self.deviation = deviation
        }

        /// Those of features `[N, H, W, C]` over their places: the variance divided by one less than
        /// the count, and 1e-5 added.
        public init(of features: Tensor) {
            let count = Double(features.shape[1] * features.shape[2])
            mean = features.mean(axes: [1, 2], keepingDimensions: true)
            let centred = features - mean
            let variance =
                centred.square().sum(axes: [1, 2], keepingDimensions: true) / max(count - 1, 1)
            deviation = (variance + 1e-5).sqrt()
        }

        /// Features whose moments were these, with others.
        func replaced(by other: Moments, in features: Tensor) -> Tensor {
            (features - mean) / deviation * other.deviation + other.mean
        }
    }

    /// What the network keeps of a painting; a blend of several is a style too.
    public struct Style: Sendable {
        /// Moments of the features after the first and the second encoder.
        public var moments: [Moments]
        /// Scales of the convolutions of the decoder's blocks, `[N, 1, 1, 64]`.
        public var scales: [Tensor]
        /// Scales of what goes round those convolutions.
        public var shortcuts: [Tensor]

        /// Every tensor, in a fixed order.
        public var tensors: [Tensor] {
            moments.flatMap { [$0.mean, $0.deviation] } + scales + shortcuts
        }

        /// The mean of styles by weight; the weights add up to one.
        public static func blend(_ styles: [(style: Style, weight: Double)]) -> Style {
            blend(styles.map { ($0.style, Tensor(Float($0.weight))) })
        }

        /// The mean of styles by weights that may differ from place to place: scalars, or
        /// `[1, H/4, W/4, 1]`.
        public static func blend(_ styles: [(style: Style, weight: Tensor)]) -> Style {
            precondition(
                !styles.isEmpty, "[MicroAST.Style.blend] expected a style or more, got none")
            func sum(_ part: (Style) -> Tensor) -> Tensor {
                styles.dropFirst().reduce(part(styles[0].style) * styles[0].weight) {
                    $0 + part($1.style) * $1.weight
                }
            }
            return Style(
                moments: [0, 1].map { i in
                    Moments(
                        mean: sum { $0.moments[i].mean },
                        deviation: sum { $0.moments[i].deviation })
                },
                scales: [0, 1].map { i in sum { $0.scales[i] } },
                shortcuts: [0, 1].map { i in sum { $0.shortcuts[i] } })
        }
    }

    /// `x + conv(relu(conv(x)))`, where a style may scale the convolutions.
    private struct Block: Sendable {
        let first: FixedConvolution
        let second: FixedConvolution

        init(_ table: WeightTable, _ name: String) {
            first = FixedConvolution(table, name + ".conv1.conv_layer")
            second = FixedConvolution(table, name + ".conv2.conv_layer")
        }

        func callAsFunction(_ x: Tensor) -> Tensor { x + second(first(x).relu()) }

        func callAsFunction(_ x: Tensor, scale: Tensor, shortcut: Tensor) -> Tensor {
            let y = (scale * first(x) + shortcut * x).relu()
            return x + scale * second(y) + shortcut * y
        }
    }

    private struct Encoder: Sendable {
        private let layers: [FixedConvolution]
        private let blocks: [Block]

        init(_ table: WeightTable) {
            func layer(_ place: Int, stride: Int = 1, groups: Int = 1) -> FixedConvolution {
                FixedConvolution(
                    table, "enc1.\(place).conv_layer", stride: stride, groups: groups)
            }
            layers = [
                layer(0), layer(2, stride: 2, groups: 16), layer(4),
                layer(6, stride: 2, groups: 32),
                layer(8),
            ]
            blocks = [Block(table, "enc1.10"), Block(table, "enc2.0")]
        }

        /// The features after the first and the second encoder, `[N, H/4, W/4, 64]` each.
        func callAsFunction(_ pictures: Tensor) -> [Tensor] {
            let x = layers.reduce(pictures) { $1($0).relu() }
            let first = blocks[0](x)
            return [first, blocks[1](first)]
        }
    }

    private let contentEncoder: Encoder
    private let styleEncoder: Encoder
    private let scales: [FixedConvolution]
    private let shortcuts: [FixedConvolution]
    private let blocks: [Block]
    private let growing: [FixedConvolution]

    /// A network with the weights of its four files.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(
        contentEncoder: WeightTable, styleEncoder: WeightTable, modulator: WeightTable,
        decoder: WeightTable
    ) throws(WeightError) {
        try contentEncoder.check("MicroAST's content encoder", needs: Self.encoderNeeds)
        try styleEncoder.check("MicroAST's style encoder", needs: Self.encoderNeeds)
        try modulator.check("MicroAST's modulator", needs: Self.modulatorNeeds)
        try decoder.check("MicroAST's decoder", needs: Self.decoderNeeds)
        self.contentEncoder = Encoder(contentEncoder)
        self.styleEncoder = Encoder(styleEncoder)
        func filters(_ name: String) -> [FixedConvolution] {
            [1, 2].map {
                FixedConvolution(modulator, "\(name)\($0).0.conv_layer", groups: Self.featureCount)
            }
        }
        scales = filters("weight")
        shortcuts = filters("bias")
        blocks = [Block(decoder, "dec1"), Block(decoder, "dec2")]
        growing = [(1, 32), (3, 1), (6, 16), (8, 1), (10, 1)].map { place, groups in
            FixedConvolution(decoder, "dec3.\(place).conv_layer", groups: groups)
        }
    }

    /// What a painting gives: pictures `[N, H, W, 3]`, RGB, 0 ... 1, both sides multiples of 4, 8 or
    /// more.
    public func style(of paintings: Tensor) -> Style {
        Self.check(paintings, "style")
        let features = styleEncoder(paintings)
        func means(_ filters: [FixedConvolution]) -> [Tensor] {
            zip(filters, features).map { $0($1).mean(axes: [1, 2], keepingDimensions: true) }
        }
        return Style(
            moments: features.map { Moments(of: $0) }, scales: means(scales),
            shortcuts: means(shortcuts))
    }

    /// The content's features `[N, H/4, W/4, 64]`, of pictures as ``style(of:)`` takes them.
    public func contentFeatures(of pictures: Tensor) -> Tensor {
        Self.check(pictures, "contentFeatures")
        return contentEncoder(pictures)[1]
    }

    /// The first half of decoding: features `[N, H/4, W/4, 64]`.
    ///
    /// - Parameters:
    ///   - features: The content's.
    ///   - moments: Theirs, or those of the larger picture that they are a part of.
    ///   - style: The style.
    ///   - strength: How much of it: 0 keeps the features' own moments, 1 takes the style's.
    public func firstDecoded(
        _ features: Tensor, moments: Moments, style: Style, strength: Tensor
    ) -> Tensor {
        let moved = Self.blend(
            moments.replaced(by: style.moments[1], in: features), features, strength)
        return blocks[0](moved, scale: style.scales[1], shortcut: style.shortcuts[1])
    }

    /// The second half: pictures `[N, H, W, 3]` from what ``firstDecoded(_:moments:style:strength:)``
    /// gave, whose moments are given.
    public func decoded(
        _ features: Tensor, moments: Moments, style: Style, strength: Tensor
    ) -> Tensor {
        let moved = Self.blend(
            moments.replaced(by: style.moments[0], in: features), features, strength)
        var x = blocks[1](moved, scale: style.scales[0], shortcut: style.shortcuts[0])
        for (place, layer) in growing.enumerated() {
            if place == 0 || place == 2 {
                x = resized2d(x, .bilinear, height: 2 * x.shape[1], width: 2 * x.shape[2])
            }
            x = layer(x)
            if place < growing.count - 1 { x = x.relu() }
        }
        return x
    }

    /// Pictures `[N, H, W, 3]` in a style; about 0 ... 1, not clamped.
    ///
    /// - Parameters:
    ///   - pictures: As ``style(of:)`` takes them.
    ///   - style: The style.
    ///   - strength: How much of it, a scalar 0 ... 1.
    public func callAsFunction(
        _ pictures: Tensor, style: Style, strength: Tensor = Tensor(1)
    ) -> Tensor {
        let features = contentFeatures(of: pictures)
        let middle = firstDecoded(
            features, moments: Moments(of: features), style: style, strength: strength)
        return decoded(middle, moments: Moments(of: middle), style: style, strength: strength)
    }

    private static func blend(_ a: Tensor, _ b: Tensor, _ strength: Tensor) -> Tensor {
        b + (a - b) * strength
    }

    private static func check(_ pictures: Tensor, _ function: String) {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == 3
                && pictures.shape[1...2].allSatisfy {
                    $0 % sideMultiple == 0 && $0 >= smallestSide
                },
            "[MicroAST.\(function)] expected pictures [N, H, W, 3] with sides that are multiples of "
                + "\(sideMultiple), \(smallestSide) or more, got \(pictures.shape)")
    }
}

extension MicroAST {
    private typealias Needs = [(name: String, shape: [Int])]

    private static func layer(_ name: String, _ shape: [Int]) -> Needs {
        [(name + ".conv_layer.weight", shape), (name + ".conv_layer.bias", [shape[0]])]
    }

    private static func block(_ name: String) -> Needs {
        layer(name + ".conv1", [64, 64, 3, 3]) + layer(name + ".conv2", [64, 64, 3, 3])
    }

    /// The name and shape of every tensor that an encoder must have.
    public static var encoderNeeds: [(name: String, shape: [Int])] {
        layer("enc1.0", [16, 3, 9, 9]) + layer("enc1.2", [32, 1, 3, 3])
            + layer("enc1.4", [32, 32, 1, 1]) + layer("enc1.6", [64, 1, 3, 3])
            + layer("enc1.8", [64, 64, 1, 1]) + block("enc1.10") + block("enc2.0")
    }

    /// The name and shape of every tensor that the modulator must have.
    public static var modulatorNeeds: [(name: String, shape: [Int])] {
        ["weight1", "weight2", "bias1", "bias2"].flatMap { layer("\($0).0", [64, 1, 3, 3]) }
    }

    /// The name and shape of every tensor that the decoder must have.
    public static var decoderNeeds: [(name: String, shape: [Int])] {
        block("dec1") + block("dec2") + layer("dec3.1", [32, 2, 3, 3])
            + layer("dec3.3", [32, 32, 1, 1]) + layer("dec3.6", [16, 2, 3, 3])
            + layer("dec3.8", [16, 16, 1, 1]) + layer("dec3.10", [3, 16, 9, 9])
    }
}
