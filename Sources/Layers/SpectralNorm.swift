public import TensorCore

/// A layer with one weight whose first axis counts its outputs, which `SpectralNorm` can divide.
public protocol WeightedLayer: Module {
    /// `[outputs, ...]`; as a matrix, all further axes are its columns.
    var weight: Tensor { get set }
}

extension Conv2d: WeightedLayer {}
extension Linear: WeightedLayer {}
extension Embedding: WeightedLayer {}

/// A layer whose weight is divided by its largest singular value, as a matrix
/// `[outputs, everything else]`.
///
/// Miyato et al. 2018, "Spectral Normalization for Generative Adversarial Networks",
/// https://arxiv.org/abs/1802.05957: the value is estimated as `u^T W v` by one step of power iteration
/// a call, from a vector `u` that is kept from one call in training to the next. The estimate is
/// differentiated by `W`, not through `u` and `v`.
public struct SpectralNorm<Layer: WeightedLayer>: Module {
    /// The layer with the weight that is trained.
    public var layer: Layer
    /// `[outputs]`, the left singular vector's estimate; nil leaves the layer as it is, for networks
    /// that choose.
    public private(set) var leftVector: Tensor?

    /// How many steps the estimate is given before training: a random vector begins far too short.
    private static var firstIterations: Int { 5 }

    /// A normalised layer.
    ///
    /// - Parameters:
    ///   - layer: What is normalised. A weight of zeros has no direction, and must not be given.
    ///   - isActive: Off leaves the layer as it is, without the vector.
    ///   - key: What the vector's beginning is drawn from.
    public init(_ layer: Layer, isActive: Bool = true, key: RandomKey) {
        self.layer = layer
        guard isActive else { return }
        let matrix = layer.weight.flattened(from: 1)  // [O, K]
        var left = Tensor.normal([1, matrix.shape[0]], key: key.folded("u"))
        for _ in 0..<Self.firstIterations { left = Self.iterate(left, matrix).left }
        leftVector = left.reshaped([-1])
    }

    /// The layer with its weight divided, to be called in any of its ways; in training, the vector
    /// moves on.
    public mutating func normalized(training: Bool) -> Layer {
        guard let leftVector else { return layer }
        let matrix = layer.weight.flattened(from: 1)  // [O, K]
        let fixed = stopGradient(matrix)
        let (left, right) = Self.iterate(stopGradient(leftVector).reshaped([1, -1]), fixed)
        if training { self.leftVector = left.reshaped([-1]) }
        // u^T W v, with both vectors taken as constants.
        let image = matmul(right, matrix, transposeB: true)  // [1, O]
        var result = layer
        result.weight = layer.weight / (image * left).sum()
        return result
    }

    /// One step: `v = W^T u / |W^T u|`, `u = W v / |W v|`.
    private static func iterate(_ left: Tensor, _ matrix: Tensor) -> (left: Tensor, right: Tensor) {
        func unit(_ x: Tensor) -> Tensor { x * (x.square().sum() + 1e-24).rsqrt() }
        let right = unit(matmul(left, matrix))  // [1, K]
        return (unit(matmul(right, matrix, transposeB: true)), right)
    }

    /// Visits every tensor under its dotted name, always in the same order; the vector is `u`.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        layer.forEachTensor(under: path, body)
        if var value = leftVector {
            body(path + "u", &value, .buffer)
            leftVector = value
        }
    }
}
