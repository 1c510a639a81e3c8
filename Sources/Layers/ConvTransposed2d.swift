public import TensorCore

/// A transposed convolution of pictures `[N, H, W, C]` to `[N, OH, OW, O]`.
///
/// `OH = (H - 1) * stride - 2 * padding + kernelSize + outputPadding`.
public struct ConvTransposed2d: Module {
    /// `[C, KH, KW, O]`: the weight of the convolution whose adjoint this is.
    public var weight: Tensor
    /// `[O]`.
    public var bias: Tensor?
    /// The geometry of the convolution whose adjoint this is.
    public let parameters: Convolution2dParameters
    /// Rows and columns added at the bottom and right of the result.
    public let outputPadding: Int

    /// A transposed convolution with a square kernel.
    public init(
        inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
        outputPadding: Int = 0, hasBias: Bool = true, initializer: Initializer = .fanInUniform,
        key: RandomKey
    ) {
        self.init(
            inputChannels: inputChannels, outputChannels: outputChannels,
            kernelSize: (kernelSize, kernelSize), stride: stride, padding: padding,
            outputPadding: outputPadding, hasBias: hasBias, initializer: initializer, key: key)
    }

    /// A transposed convolution with a kernel of `(height, width)`.
    public init(
        inputChannels: Int, outputChannels: Int, kernelSize: (height: Int, width: Int),
        stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, hasBias: Bool = true,
        initializer: Initializer = .fanInUniform, key: RandomKey
    ) {
        let area = kernelSize.height * kernelSize.width
        // PyTorch counts the fan of the stored weight, whose inputs are this layer's outputs.
        let fanIn = area * outputChannels
        weight = initializer.makeTensor(
            [inputChannels, kernelSize.height, kernelSize.width, outputChannels], fanIn: fanIn,
            fanOut: area * inputChannels, key: key.folded("weight"))
        bias =
            hasBias
            ? Initializer.fanInUniform.makeTensor(
                [outputChannels], fanIn: fanIn, fanOut: 1, key: key.folded("bias")) : nil
        parameters = Convolution2dParameters(stride: stride, padding: padding)
        self.outputPadding = outputPadding
    }

    /// The pictures, enlarged by the stride.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let y = convTransposed2d(x, weight, parameters, outputPadding: outputPadding)
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
