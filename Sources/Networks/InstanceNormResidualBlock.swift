import Layers
import TensorCore

/// `x + (mirrored edge -> 3x3 -> instance norm -> ReLU -> mirrored edge -> 3x3 -> instance norm)`:
/// the block that the generators of Zhu et al. 2017 and the transform networks after Johnson et al.
/// 2016 repeat at their smallest side.
struct InstanceNormResidualBlock: Sendable {
    var first: Conv2d
    var firstNorm: InstanceNorm
    var second: Conv2d
    var secondNorm: InstanceNorm

    init(channels: Int, isAffine: Bool, initializer: Initializer, key: RandomKey) {
        first = Conv2d(
            inputChannels: channels, outputChannels: channels, kernelSize: 3,
            initializer: initializer, key: key.folded("first"))
        second = Conv2d(
            inputChannels: channels, outputChannels: channels, kernelSize: 3,
            initializer: initializer, key: key.folded("second"))
        firstNorm = InstanceNorm(features: channels, isAffine: isAffine)
        secondNorm = InstanceNorm(features: channels, isAffine: isAffine)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { self(x) { _, norm, y in norm(y) } }

    /// With another way to normalise: it gets 0 or 1, the norm, and what it is to normalise.
    func callAsFunction(
        _ x: Tensor, normalize: (Int, InstanceNorm, Tensor) -> Tensor
    ) -> Tensor {
        let y = normalize(0, firstNorm, first(x.reflectionPadded2d(1))).relu()
        return x + normalize(1, secondNorm, second(y.reflectionPadded2d(1)))
    }
}
