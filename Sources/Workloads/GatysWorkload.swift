import Networks
import Optimizers
public import TensorCore
import Training

/// One iteration of style transfer by optimisation: Gatys et al. 2016, "Image Style Transfer Using
/// Convolutional Neural Networks", https://doi.org/10.1109/CVPR.2016.265; VGG-19 up to `relu5_1`, Gram
/// matrices of the first activation of each block, content from `relu4_1`, Adam on the picture with rate
/// 0.02.
public struct GatysWorkload: Workload {
    /// What is optimised, as a module of one parameter.
    private struct Canvas: Module {
        var picture: Tensor

        mutating func forEachTensor(
            under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
        ) {
            body(path + "picture", &picture, .parameter)
        }
    }

    private static let places: [VGG.Activation] = (1...5).map { .relu($0, 1) }

    /// One picture, its side, channels of the first block.
    public let sizes: WorkloadSizes
    private var network: VGG
    private let styles: [Tensor]
    private let content: Tensor
    private var canvas: Canvas
    private var optimizer: Adam

    /// A network with fresh weights, which stay, and a picture of noise.
    public init(sizes: WorkloadSizes) {
        precondition(
            sizes.batch == 1, "[GatysWorkload] expected one picture, got \(sizes.batch)")
        self.sizes = sizes
        network = VGG(width: sizes.width, through: .relu(5, 1), key: RandomKey(seed: 0))
        evaluate(network.parameters)
        let shape = [1, sizes.size, sizes.size, 3]
        styles = network(fixedPictures(shape, "style"), at: Self.places).map(Self.gram)
        content = network(fixedPictures(shape, "content"), at: Self.places)[3]
        canvas = Canvas(picture: fixedPictures(shape, "canvas"))
        optimizer = Adam(for: canvas)
        evaluate(styles + [content] + state.map(\.tensor))
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        network.forEachTensor(under: path + "network.", body)
        canvas.forEachTensor(under: path + "canvas.", body)
        optimizer.forEachTensor(under: path + "optimizer.", body)
    }

    /// The picture and its optimizer; the network's weights stay.
    public var state: [(name: String, tensor: Tensor)] {
        canvas.namedTensors() + optimizer.namedTensors()
    }

    /// The loss.
    public mutating func step() -> [(name: String, tensor: Tensor)] {
        let traced = Traced(canvas)
        let features = network(traced.network.picture, at: Self.places)
        let style = zip(features, styles).map { made, wanted in
            (Self.gram(made) - wanted).square().sum()
        }.reduce(Tensor.zeros([]), +)
        let loss = style * 1e3 + (features[3] - content).square().mean()
        optimizer.update(&canvas, traced.gradients(of: loss), learningRate: 0.02)
        return [("loss", loss)]
    }

    /// The products of channels with one another, over all places: `[C, C]` of features `[1, H, W, C]`,
    /// divided by how many features there are.
    private static func gram(_ features: Tensor) -> Tensor {
        let channels = features.shape[3]
        let places = features.reshaped([features.elementCount / channels, channels])  // [HW, C]
        return matmul(places, places, transposeA: true) * (1 / Double(features.elementCount))
    }
}
