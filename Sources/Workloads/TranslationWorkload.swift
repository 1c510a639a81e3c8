import Networks
public import TensorCore

/// Pictures through the generator of CycleGAN: Zhu et al. 2017, "Unpaired Image-to-Image Translation
/// using Cycle-Consistent Adversarial Networks", https://arxiv.org/abs/1703.10593; nine residual blocks.
public struct CycleGANWorkload: Workload {
    /// Pictures in a batch, their side, channels of the first layer.
    public let sizes: WorkloadSizes
    private let generator: ResNetGenerator
    private let pictures: Tensor

    /// A generator with fresh weights.
    public init(sizes: WorkloadSizes) {
        self.sizes = sizes
        generator = ResNetGenerator(
            ResNetGeneratorConfiguration(width: sizes.width), key: RandomKey(seed: 0))
        pictures = fixedPictures([sizes.batch, sizes.size, sizes.size, 3], "cyclegan")
        evaluate(state.map(\.tensor))
    }

    /// The generator.
    public var state: [(name: String, tensor: Tensor)] { named(("generator", generator)) }

    /// The pictures made.
    public mutating func step() -> [(name: String, tensor: Tensor)] {
        [("pictures", generator(pictures))]
    }
}

/// Pictures through the transform network of Johnson et al. 2016, "Perceptual Losses for Real-Time Style
/// Transfer and Super-Resolution", https://arxiv.org/abs/1603.08155; enlarged by nearest neighbours,
/// instance normalisation.
public struct FastStyleWorkload: Workload {
    /// Pictures in a batch, their side, channels of the first layer.
    public let sizes: WorkloadSizes
    private let network: StyleTransformNetwork
    private let pictures: Tensor

    /// A network with fresh weights.
    public init(sizes: WorkloadSizes) {
        self.sizes = sizes
        network = StyleTransformNetwork(
            StyleTransformConfiguration(width: sizes.width), key: RandomKey(seed: 0))
        pictures = fixedPictures([sizes.batch, sizes.size, sizes.size, 3], "faststyle")
        evaluate(state.map(\.tensor))
    }

    /// The network.
    public var state: [(name: String, tensor: Tensor)] { named(("network", network)) }

    /// The pictures made.
    public mutating func step() -> [(name: String, tensor: Tensor)] {
        [("pictures", network(pictures))]
    }
}
