import Layers
public import TensorCore

extension StyleTransformNetwork {
    /// Pictures in the style, where every normalisation is by what a closure makes of the statistics that
    /// it finds: by those of earlier frames as well, for a film that does not flicker.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, 3]`, both sides multiples of 4, 8 or more.
    ///   - carried: Takes mean and variance, `[1, 1, 1, C]` each, in the order of the network, and gives
    ///     those to normalise by.
    public func callAsFunction(
        _ pictures: Tensor, carried: (_ mean: Tensor, _ variance: Tensor) -> (Tensor, Tensor)
    ) -> Tensor {
        forward(pictures) { _, norm, x in
            let found = norm.moments(of: x, axes: [0, 1, 2])
            let (mean, variance) = carried(found.mean, found.variance)
            return norm(x, mean: mean, variance: variance)
        }
    }
}
