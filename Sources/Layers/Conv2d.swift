public import TensorCore

/// A convolution (cross-correlation) of pictures `[N, H, W, C]` to `[N, OH, OW, O]`.
///
/// `OH = (H + 2 * padding - dilation * (kernelSize - 1) - 1) / stride + 1`, rounded down.
public struct Conv2d: Module {
    /// `[O, KH, KW, C / groups]`.
    public var weight: Tensor
    /// `[O]`.
    public var bias: Tensor?
    /// The geometry.
    public let parameters: Convolution2dParameters

    /// A convolution with a square kernel.
    public init(
        inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
        dilation: Int = 1, groups: Int = 1, hasBias: Bool = true,
        initializer: Initializer = .fanInUniform, key: RandomKey
    ) {
        self.init(
            inputChannels: inputChannels, outputChannels: outputChannels,
            kernelSize: (kernelSize, kernelSize), stride: stride, padding: padding,
            dilation: dilation, groups: groups, hasBias: hasBias, initializer: initializer, key: key
        )
    }

    /// A convolution with a kernel of `(height, width)`.
    public init(
        inputChannels: Int, outputChannels: Int, kernelSize: (height: Int, width: Int),
        stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1, hasBias: Bool = true,
        initializer: Initializer = .fanInUniform, key: RandomKey
    ) {
        precondition(
            groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0,
            "[Conv2d] expected channels that split into \(groups) groups, got \(inputChannels) to "
                + "\(outputChannels)")
        let area = kernelSize.height * kernelSize.width
        let fanIn = area * inputChannels / groups
        weight = initializer.makeTensor(
            [outputChannels, kernelSize.height, kernelSize.width, inputChannels / groups],
            fanIn: fanIn, fanOut: area * outputChannels / groups, key: key.folded("weight"))
        bias =
            hasBias
            ? Initializer.fanInUniform.makeTensor(
                [outputChannels], fanIn: fanIn, fanOut: 1, key: key.folded("bias")) : nil
        parameters = Convolution2dParameters(
            stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// The convolved pictures.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let y = conv2d(x, weight, parameters)
        return bias.map { y + $0 } ?? y
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "weight", &weight, .parameter)
        if var value = bias {
            body(path + "bias", &value, .parameter)
            bias = value
        }
    }
}
