public import TensorCore

/// How features become those of another style: `y = A x + b`, the same at every place.
public struct FeatureMap: Sendable, Hashable {
    /// `[C, C]`, row-major.
    public private(set) var matrix: [Double]
    /// `[C]`.
    public private(set) var offset: [Double]

    /// Channels.
    public var channelCount: Int { offset.count }

    /// Each channel's mean and standard deviation become the style's: Huang and Belongie 2017,
    /// "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization",
    /// https://arxiv.org/abs/1703.06868.
    public static func adaptiveInstanceNormalization(
        _ content: FeatureMoments, to style: FeatureMoments
    ) -> FeatureMap {
        let channels = content.channelCount
        var matrix = [Double](repeating: 0, count: channels * channels)
        let (wanted, own) = (style.variances, content.variances)
        // Against channels that do not vary; less than the usual 1e-5 where all features are small.
        let least = 1e-5 * min(1, max(own.max() ?? 0, wanted.max() ?? 0, 1e-20))
        let scales = zip(wanted, own).map { (($0 + least) / ($1 + least)).squareRoot() }
        for (channel, scale) in scales.enumerated() { matrix[channel * (channels + 1)] = scale }
        return FeatureMap(matrix, from: content, to: style)
    }

    /// The whole covariance becomes the style's: whitening and colouring, Li, Fang, Yang, Wang, Lu and
    /// Yang 2017, "Universal Style Transfer via Feature Transforms", https://arxiv.org/abs/1705.08086.
    ///
    /// - Parameters:
    ///   - content: The moments of the features that will be mapped.
    ///   - style: The moments that they are to have.
    ///   - threshold: Directions with less of the largest variance than this are left out: what little
    ///     is in them is mostly rounding, which whitening would make as large as the rest.
    /// - Throws: `decomposition` if a covariance cannot be decomposed.
    public static func whiteningAndColouring(
        _ content: FeatureMoments, to style: FeatureMoments, threshold: Double = 1e-6
    ) throws(StylizationError) -> FeatureMap {
        let channels = content.channelCount
        let whitening = try SymmetricMatrix(content.covariance, order: channels).power(
            .minusHalf, threshold: threshold)
        let colouring = try SymmetricMatrix(style.covariance, order: channels).power(
            .half, threshold: threshold)
        return FeatureMap(product(colouring, whitening, order: channels), from: content, to: style)
    }

    private init(_ matrix: [Double], from content: FeatureMoments, to style: FeatureMoments) {
        let channels = content.channelCount
        precondition(
            style.channelCount == channels,
            "[FeatureMap] expected features of \(channels) channels, got \(style.channelCount)")
        self.matrix = matrix
        offset = (0..<channels).map { row in
            (0..<channels).reduce(style.mean[row]) {
                $0 - matrix[row * channels + $1] * content.mean[$1]
            }
        }
    }

    /// The map part of the way: 0 leaves features as they are, 1 is the map.
    public func blended(strength: Double) -> FeatureMap {
        var result = self
        for i in matrix.indices { result.matrix[i] *= strength }
        for i in offset.indices { result.offset[i] *= strength }
        for i in 0..<channelCount { result.matrix[i * (channelCount + 1)] += 1 - strength }
        return result
    }

    /// The mean of maps by weight; the weights add up to one.
    public static func blend(_ maps: [(map: FeatureMap, weight: Double)]) -> FeatureMap {
        precondition(!maps.isEmpty, "[FeatureMap.blend] expected a map or more, got none")
        var result = maps[0].map
        for i in result.matrix.indices {
            result.matrix[i] = maps.reduce(0) { $0 + $1.map.matrix[i] * $1.weight }
        }
        for i in result.offset.indices {
            result.offset[i] = maps.reduce(0) { $0 + $1.map.offset[i] * $1.weight }
        }
        return result
    }

    /// The matrix `[C, C]` and offset `[C]` as data.
    var tensors: (matrix: Tensor, offset: Tensor) {
        (
            Tensor(matrix.map { Float($0) }, shape: [channelCount, channelCount]),
            Tensor(offset.map { Float($0) })
        )
    }

    /// The mapped features, `[N, H, W, C]`.
    public func callAsFunction(_ features: Tensor) -> Tensor {
        Self.apply(tensors, to: features)
    }

    static func apply(_ map: (matrix: Tensor, offset: Tensor), to features: Tensor) -> Tensor {
        let channels = features.shape[3]
        let places = features.reshaped([features.elementCount / channels, channels])  // [NHW, C]
        return (matmul(places, map.matrix, transposeB: true) + map.offset).reshaped(features.shape)
    }
}
