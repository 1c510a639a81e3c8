public import TensorCore

/// Attention of every place of a picture to every other, added to the picture with a learned strength
/// that begins at zero: `y = x + gamma * o(softmax(theta(x) phi(x)^T) g(x))`.
///
/// Zhang et al. 2019, "Self-Attention Generative Adversarial Networks",
/// https://arxiv.org/abs/1805.08318: all maps are 1x1 convolutions without bias, queries `theta` and
/// keys `phi` with an eighth of the channels, values `g` with half of them; keys and values are
/// maximum-pooled by two. `[N, H, W, C]` to the same shape, both sides even.
public struct SelfAttention2d: Module {
    private var theta: SpectralNorm<Conv2d>
    private var phi: SpectralNorm<Conv2d>
    private var values: SpectralNorm<Conv2d>
    private var output: SpectralNorm<Conv2d>
    /// `[1]`, the strength.
    public var gamma: Tensor

    /// An attention.
    ///
    /// - Parameters:
    ///   - channels: Of the pictures.
    ///   - isSpectrallyNormalized: Whether the convolutions' weights are divided by their largest
    ///     singular values, as in the paper.
    ///   - initializer: How the convolutions begin.
    ///   - key: What they are drawn from.
    public init(
        channels: Int, isSpectrallyNormalized: Bool = true,
        initializer: Initializer = .glorotUniform(), key: RandomKey
    ) {
        func convolution(_ inputs: Int, _ outputs: Int, _ name: String) -> SpectralNorm<Conv2d> {
            SpectralNorm(
                Conv2d(
                    inputChannels: inputs, outputChannels: outputs, kernelSize: 1, hasBias: false,
                    initializer: initializer, key: key.folded(name)),
                isActive: isSpectrallyNormalized, key: key.folded(name))
        }
        let (few, half) = (max(1, channels / 8), max(1, channels / 2))
        theta = convolution(channels, few, "theta")
        phi = convolution(channels, few, "phi")
        values = convolution(channels, half, "g")
        output = convolution(half, channels, "o")
        gamma = .zeros([1])
    }

    /// The pictures with what attention adds to them.
    public mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
        precondition(
            x.rank == 4 && x.shape[1] % 2 == 0 && x.shape[2] % 2 == 0,
            "[SelfAttention2d] expected input [N, H, W, C] with even sides, got \(x.shape)")
        let count = x.shape[0]
        let pool = Pool2dParameters(kernel: 2)
        func places(_ y: Tensor) -> Tensor { y.reshaped([count, -1, y.shape[3]]) }
        let queries = places(theta.normalized(training: training)(x))  // [N, HW, C/8]
        let keys = places(maxPool2d(phi.normalized(training: training)(x), pool))  // [N, HW/4, C/8]
        let seen = places(maxPool2d(values.normalized(training: training)(x), pool))
        let weights = matmul(queries, keys, transposeB: true).softmax()  // [N, HW, HW/4]
        let mixed = matmul(weights, seen)  // [N, HW, C/2]
            .reshaped([count, x.shape[1], x.shape[2], seen.shape[2]])
        return x + output.normalized(training: training)(mixed) * gamma
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        theta.forEachTensor(under: path + "theta.", body)
        phi.forEachTensor(under: path + "phi.", body)
        values.forEachTensor(under: path + "g.", body)
        output.forEachTensor(under: path + "o.", body)
        body(path + "gamma", &gamma, .parameter)
    }
}
