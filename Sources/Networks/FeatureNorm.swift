import Layers
import TensorCore

/// How the features of a translation network are normalised.
public enum FeatureNormalization: String, Sendable, Hashable, Codable, CaseIterable {
    /// Over the whole batch; at inference with the running statistics of training. Ioffe and Szegedy
    /// 2015, https://arxiv.org/abs/1502.03167.
    case batch
    /// Over each picture alone, in training and inference alike. Ulyanov et al. 2016,
    /// https://arxiv.org/abs/1607.08022.
    case instance
    /// Not at all.
    case none
}

/// How a translation network doubles the side of its features.
public enum FeatureUpsampling: String, Sendable, Hashable, Codable, CaseIterable {
    /// A transposed convolution with stride 2, as in the papers: where kernel and stride do not match
    /// it leaves a checkerboard.
    case transposed
    /// A 3x3 convolution of features enlarged by nearest neighbours, which leaves none: Odena et al.
    /// 2016, "Deconvolution and Checkerboard Artifacts", https://doi.org/10.23915/distill.00003.
    case resize
}

/// One of the normalisations, under the tensor names of PyTorch.
struct FeatureNorm: Module {
    private var batch: BatchNorm?
    private var instance: InstanceNorm?

    /// - Parameter deviation: The standard deviation of batch normalisation's scales around 1.
    init(
        _ kind: FeatureNormalization, features: Int, isAffine: Bool = true, deviation: Double = 0,
        key: RandomKey
    ) {
        switch kind {
        case .batch:
            batch = BatchNorm(
                features: features,
                weightInitializer: deviation > 0
                    ? .normal(mean: 1, standardDeviation: deviation) : .constant(1), key: key)
        case .instance: instance = InstanceNorm(features: features, isAffine: isAffine)
        case .none: break
        }
    }

    mutating func callAsFunction(_ x: Tensor, training: Bool) -> Tensor {
        if let instance { return instance(x) }
        guard var norm = batch else { return x }
        // Given up while it changes, so that the layer is not copied.
        batch = nil
        let y = norm(x, training: training)
        batch = norm
        return y
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        batch?.forEachTensor(under: path, body)
        instance?.forEachTensor(under: path, body)
    }
}

/// A convolution that doubles the side, under the tensor names of PyTorch.
struct UpsamplingConvolution: Module {
    /// What stands beside the edge of features that are enlarged.
    enum Edge {
        case zeros, mirror
    }

    private var transposed: ConvTransposed2d?
    private var resizing: Conv2d?
    private let edge: Edge

    /// - Parameter kernelSize: Of the transposed convolution: 4, or 3 with a row and column more.
    init(
        _ kind: FeatureUpsampling, inputChannels: Int, outputChannels: Int, kernelSize: Int,
        hasBias: Bool, edge: Edge, initializer: Initializer, key: RandomKey
    ) {
        self.edge = edge
        switch kind {
        case .transposed:
            transposed = ConvTransposed2d(
                inputChannels: inputChannels, outputChannels: outputChannels,
                kernelSize: kernelSize, stride: 2, padding: 1, outputPadding: 4 - kernelSize,
                hasBias: hasBias, initializer: initializer, key: key)
        case .resize:
            resizing = Conv2d(
                inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 3,
                padding: edge == .zeros ? 1 : 0, hasBias: hasBias, initializer: initializer,
                key: key)
        }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        if let transposed { return transposed(x) }
        guard let resizing else { return x }
        return edge == .zeros ? resizing.upsampling(x) : resizing.upsamplingReflected(x)
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        transposed?.forEachTensor(under: path, body)
        resizing?.forEachTensor(under: path, body)
    }
}
