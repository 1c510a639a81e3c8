import Layers
public import TensorCore

/// What the normalisations of a ``StyleTransformNetwork`` found in a picture: with it every part of the
/// picture comes out as in the whole, whatever else is in the part.
public struct TransformStatistics: Sendable {
    /// The mean of each channel, `[1, 1, 1, C]`, for each normalisation in the order of the network.
    public let means: [Tensor]
    /// The variance of each channel, alike.
    public let variances: [Tensor]
}

extension StyleTransformNetwork {
    /// The statistics of a picture, or of windows that stand for it, evaluated.
    ///
    /// Each layer is normalised over all the windows together, so that several that are spread over a
    /// picture stand for the whole of it at its own resolution; a single window that is the picture gives
    /// just what the network itself uses.
    ///
    /// - Parameter windows: `[N, H, W, 3]`, both sides multiples of 4, 8 or more.
    public func statistics(
        of windows: Tensor, precision: ComputePrecision = .float32
    ) -> TransformStatistics {
        var means: [Tensor] = []
        var variances: [Tensor] = []
        _ = forward(windows) { _, norm, x in
            let (mean, variance) = norm.moments(of: x, axes: [0, 1, 2])
            means.append(mean)
            variances.append(variance)
            return norm(x, mean: mean, variance: variance)
        }
        evaluate(means + variances, precision: precision)
        return TransformStatistics(means: means, variances: variances)
    }

    /// Parts `[N, H, W, 3]` of a picture in the style, both sides multiples of 4, 8 or more, normalised
    /// as the whole picture is.
    public func callAsFunction(_ parts: Tensor, _ statistics: TransformStatistics) -> Tensor {
        precondition(
            statistics.means.count == normCount && statistics.variances.count == normCount,
            "[StyleTransformNetwork] expected statistics of \(normCount) normalisations, got "
                + "\(statistics.means.count)")
        return forward(parts) { place, norm, x in
            norm(x, mean: statistics.means[place], variance: statistics.variances[place])
        }
    }
}
