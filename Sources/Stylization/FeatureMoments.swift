public import TensorCore

/// The mean and covariance of features, gathered part by part.
public struct FeatureMoments: Sendable, Hashable {
    /// How many places there were, or the sum of their weights.
    public private(set) var count: Double
    /// The mean of each channel.
    public private(set) var mean: [Double]
    /// The sums of products of differences from the mean, `[C, C]` row-major.
    private var products: [Double]

    /// Of no place.
    public init(channels: Int) {
        count = 0
        mean = [Double](repeating: 0, count: channels)
        products = [Double](repeating: 0, count: channels * channels)
    }

    /// Of features `[1, H, W, C]`, all places alike.
    public init(of features: Tensor) {
        let channels = features.shape[3]
        self.init(channels: channels)
        let places = features.elementCount / channels
        add(
            FeatureMoments.graph(
                features, weights: .ones([1, features.shape[1], features.shape[2], 1]),
                total: Tensor(Float(places))), total: Double(places))
    }

    /// Channels.
    public var channelCount: Int { mean.count }

    /// The mean and sums of products of features `[1, H, W, C]` with weights `[1, H, W, 1]` that add up
    /// to `total`, as graphs.
    static func graph(
        _ features: Tensor, weights: Tensor, total: Tensor
    ) -> (mean: Tensor, products: Tensor) {
        let channels = features.shape[3]
        let count = features.elementCount / channels
        let places = features.reshaped([count, channels])  // [HW, C]
        let shares = weights.reshaped([count, 1])
        let mean = (places * shares).sum(axes: [0]) / total  // [C]
        // Centred before they are multiplied: in 32 bits the small eigenvalues would drown otherwise.
        let centred = places - mean
        return (mean, matmul(centred * shares, centred, transposeA: true))
    }

    /// Adds what ``graph(_:weights:total:)`` gives (Chan, Golub and LeVeque 1983, "Algorithms for
    /// Computing the Sample Variance", https://doi.org/10.1080/00031305.1983.10483115).
    mutating func add(_ part: (mean: Tensor, products: Tensor), total: Double) {
        evaluate(part.mean, part.products)
        let other = part.mean.floats().map(Double.init)
        let theirs = part.products.floats()
        let channels = channelCount
        precondition(
            other.count == channels && total > 0,
            "[FeatureMoments.add] expected \(channels) channels and a positive weight, got "
                + "\(other.count) and \(total)")
        let sum = count + total
        let difference = zip(other, mean).map { $0 - $1 }
        let factor = count * total / sum
        for row in 0..<channels {
            for column in 0..<channels {
                products[row * channels + column] +=
                    Double(theirs[row * channels + column])
                    + factor * difference[row] * difference[column]
            }
        }
        for channel in 0..<channels { mean[channel] += difference[channel] * total / sum }
        count = sum
    }

    /// The covariance, `[C, C]` row-major, divided by one less than the count.
    public var covariance: [Double] {
        let scale = 1 / max(count - 1, 1)
        return products.map { $0 * scale }
    }

    /// The variance of each channel, divided by one less than the count.
    public var variances: [Double] {
        let scale = 1 / max(count - 1, 1)
        return (0..<channelCount).map { products[$0 * (channelCount + 1)] * scale }
    }
}
