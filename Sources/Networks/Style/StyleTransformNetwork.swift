import Layers
public import TensorCore

// Johnson, Alahi and Fei-Fei 2016, "Perceptual Losses for Real-Time Style Transfer and
// Super-Resolution", https://arxiv.org/abs/1603.08155, as it is built since: with the instance
// normalisation of Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022, and with nearest
// upsampling before convolutions in place of transposed ones (Odena et al. 2016, "Deconvolution and
// Checkerboard Artifacts", https://doi.org/10.23915/distill.00003).
//
// Tensors carry the names of PyTorch's fast_neural_style example (`conv1.conv2d.weight`,
// `res1.in1.weight`, ...).

/// The choices of a transform network.
public struct StyleTransformConfiguration: Sendable, Hashable, Codable {
    /// What stands beside a picture's edge in the strided convolutions; elsewhere it is mirrored.
    public enum Edge: String, Sendable, Hashable, Codable {
        /// Zeros.
        case zeros
        /// The picture mirrored, as in PyTorch's example.
        case mirror
    }

    /// What is done to the last convolution's result.
    public enum Output: String, Sendable, Hashable, Codable {
        /// tanh: pictures in -1 ... 1.
        case tanh
        /// Nothing, as in PyTorch's example, whose pictures are in 0 ... 255.
        case linear
    }

    /// Channels of the first layer; the paper's is 32.
    public var width: Int
    /// How many residual blocks stand in the middle; the paper's is 5.
    public var blockCount: Int
    /// What stands beside the edge in the strided convolutions.
    public var edge: Edge
    /// What is done to the last convolution's result.
    public var output: Output

    /// Choices.
    public init(width: Int = 32, blockCount: Int = 5, edge: Edge = .zeros, output: Output = .tanh) {
        self.width = width
        self.blockCount = blockCount
        self.edge = edge
        self.output = output
    }
}

/// A network that gives pictures the style it was trained for, in one pass: two strided
/// convolutions, residual blocks, two convolutions of enlarged features, with instance
/// normalisation and ReLU.
public struct StyleTransformNetwork: Module {
    /// The choices.
    public let configuration: StyleTransformConfiguration
    /// 9x9, then two of 3x3 with stride 2.
    private var down: [Conv2d]
    private var downNorms: [InstanceNorm]
    private var blocks: [InstanceNormResidualBlock]
    /// Two of 3x3 on enlarged features.
    private var up: [Conv2d]
    private var upNorms: [InstanceNorm]
    /// 9x9.
    private var last: Conv2d

    /// A network whose weights begin as PyTorch's do.
    public init(
        _ configuration: StyleTransformConfiguration = StyleTransformConfiguration(),
        key: RandomKey
    ) {
        precondition(
            configuration.width > 0 && configuration.blockCount >= 0,
            "[StyleTransformNetwork] expected a positive width and no negative number of blocks, "
                + "got \(configuration.width) and \(configuration.blockCount)")
        self.configuration = configuration
        let width = configuration.width
        func convolution(
            _ inputs: Int, _ outputs: Int, _ kernel: Int, _ name: String, stride: Int = 1
        ) -> Conv2d {
            let padding = stride > 1 && configuration.edge == .zeros ? kernel / 2 : 0
            return Conv2d(
                inputChannels: inputs, outputChannels: outputs, kernelSize: kernel, stride: stride,
                padding: padding, key: key.folded(name))
        }
        down = [
            convolution(3, width, 9, "conv1"),
            convolution(width, 2 * width, 3, "conv2", stride: 2),
            convolution(2 * width, 4 * width, 3, "conv3", stride: 2),
        ]
        up = [
            convolution(4 * width, 2 * width, 3, "deconv1"),
            convolution(2 * width, width, 3, "deconv2"),
        ]
        last = convolution(width, 3, 9, "deconv3")
        downNorms = (0..<3).map { InstanceNorm(features: width << $0) }
        upNorms = (0..<2).map { InstanceNorm(features: width << (1 - $0)) }
        blocks = (0..<configuration.blockCount).map { index in
            InstanceNormResidualBlock(
                channels: 4 * width, isAffine: true, initializer: .fanInUniform,
                key: key.folded("res").folded(UInt64(index)))
        }
    }

    /// Pictures `[N, H, W, 3]` in another style, from pictures `[N, H, W, 3]`, both sides multiples
    /// of 4.
    public func callAsFunction(_ pictures: Tensor) -> Tensor {
        precondition(
            pictures.rank == 4 && pictures.shape[1] % 4 == 0 && pictures.shape[2] % 4 == 0
                && min(pictures.shape[1], pictures.shape[2]) >= 8 && pictures.shape[3] == 3,
            "[StyleTransformNetwork] expected pictures [N, H, W, 3] with sides that are multiples "
                + "of 4, 8 or more, got \(pictures.shape)")
        return forward(pictures) { _, norm, x in norm(x) }
    }

    /// How many normalisations there are.
    var normCount: Int { downNorms.count + 2 * blocks.count + upNorms.count }

    /// How far a pixel of the result sees at most, in pixels of the picture, but for what the
    /// normalisations carry through the whole of it.
    public var reach: Int {
        // 9x9, two strided 3x3 at one and two pixels a cell, residual blocks at four, two enlarged 3x3
        // at two and one, 9x9; and where the cells fall.
        4 + 1 + 2 + 8 * configuration.blockCount + 2 + 1 + 4 + 4
    }

    /// The network with another way to normalise, which gets the number of the norm, the norm, and what
    /// it is to normalise.
    func forward(
        _ pictures: Tensor, normalize: (Int, InstanceNorm, Tensor) -> Tensor
    ) -> Tensor {
        var x = normalize(0, downNorms[0], down[0](pictures.reflectionPadded2d(4))).relu()
        for i in 1..<down.count {
            let edged = configuration.edge == .mirror ? x.reflectionPadded2d(1) : x
            x = normalize(i, downNorms[i], down[i](edged)).relu()
        }
        for (index, block) in blocks.enumerated() {
            let place = downNorms.count + 2 * index
            x = block(x) { number, norm, y in normalize(place + number, norm, y) }
        }
        for i in up.indices {
            let place = downNorms.count + 2 * blocks.count + i
            x = normalize(place, upNorms[i], up[i].upsamplingReflected(x)).relu()
        }
        x = last(x.reflectionPadded2d(4))
        return configuration.output == .tanh ? x.tanh() : x
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in down.indices {
            down[i].forEachTensor(under: path + "conv\(i + 1).conv2d.", body)
            downNorms[i].forEachTensor(under: path + "in\(i + 1).", body)
        }
        for i in blocks.indices {
            let inside = path + "res\(i + 1)."
            blocks[i].first.forEachTensor(under: inside + "conv1.conv2d.", body)
            blocks[i].firstNorm.forEachTensor(under: inside + "in1.", body)
            blocks[i].second.forEachTensor(under: inside + "conv2.conv2d.", body)
            blocks[i].secondNorm.forEachTensor(under: inside + "in2.", body)
        }
        for i in up.indices {
            up[i].forEachTensor(under: path + "deconv\(i + 1).conv2d.", body)
            upNorms[i].forEachTensor(under: path + "in\(i + 4).", body)
        }
        last.forEachTensor(under: path + "deconv3.conv2d.", body)
    }
}
