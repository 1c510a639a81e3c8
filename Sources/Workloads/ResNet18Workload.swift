package import Networks
import Optimizers
public import TensorCore
import Training

/// One step of the 18-layer residual network for pictures of 32x32: He et al. 2016, "Deep Residual
/// Learning for Image Recognition", https://arxiv.org/abs/1512.03385; a 3x3 stem, SGD with rate 0.1,
/// momentum 0.9 and weight decay 5e-4.
public struct ResNet18Workload: Workload {
    /// Pictures in a batch, their side, channels of the first stage.
    public let sizes: WorkloadSizes
    package var network: ResNet
    private var optimizer: SGD
    package var pictures: Tensor
    package var classes: Tensor

    /// A network with fresh weights.
    public init(sizes: WorkloadSizes) {
        self.sizes = sizes
        let key = RandomKey(seed: 0)
        network = ResNet(ResNetConfiguration(width: sizes.width), key: key.folded("network"))
        optimizer = SGD(for: network, momentum: 0.9, weightDecay: 5e-4)
        pictures = fixedPictures([sizes.batch, sizes.size, sizes.size, 3], "resnet18")
        classes = (Tensor.uniform([sizes.batch], key: key.folded("classes")) * 10)
            .cast(to: .int32)
        evaluate(state.map(\.tensor) + [classes])
    }

    /// The network and its optimizer.
    public var state: [(name: String, tensor: Tensor)] {
        named(("network", network), ("optimizer", optimizer))
    }

    /// The loss.
    public mutating func step() -> [(name: String, tensor: Tensor)] {
        var traced = Traced(network)
        let loss = softmaxCrossEntropy(
            logits: traced.network(pictures, training: true), classes: classes)
        let slopes = traced.gradients(of: loss)
        // The traced copy holds the new running statistics.
        network = traced.network
        optimizer.update(&network, slopes, learningRate: 0.1)
        return [("loss", loss)]
    }
}
