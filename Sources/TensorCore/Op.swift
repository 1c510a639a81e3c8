/// One operation of the closed set that every backend implements and every derivative rule is
/// written in.
///
/// Images are `[N, H, W, C]`: batch, height, width, channels. Convolution weights are
/// `[O, KH, KW, C / groups]`. All operands of an element-wise operation have the result's shape:
/// broadcasting is an operation of its own, so that a backend can absorb it.
public enum Op: Hashable, Sendable {
    // MARK: Sources

    /// Data: an input of the graph.
    case input
    /// A constant, the same in every element. Its value is part of the graph's structure: what
    /// changes from step to step must be an `input`.
    case full(Double)
    /// The index along `axis`, as int32.
    case iota(axis: Int)

    // MARK: Element-wise

    /// A function of one operand.
    case unary(UnaryOp)
    /// A function of two operands of the same type.
    case binary(BinaryOp)
    /// A comparison of two operands of the same type; the result is `bool`.
    case compare(ComparisonOp)
    /// `(condition: bool, a, b)`: `a` where the condition holds, `b` elsewhere.
    case select
    /// A change of type. To bfloat16: round to nearest even. To int32 and uint8: toward zero,
    /// saturating. To bool: whether it is not zero.
    case cast(DType)
    /// The operand itself, cut off from derivatives.
    case stopGradient

    // MARK: Reductions (reduced axes keep size 1)

    /// A reduction over `axes` (ascending).
    case reduce(ReductionOp, axes: [Int])
    /// The index of the first largest element along `axis`, as int32.
    case argMax(axis: Int)

    // MARK: Linear algebra

    /// `[..., M, K] x [..., K, N] -> [..., M, N]`; leading axes equal. With `transposeA` the first
    /// operand is `[..., K, M]`; with `transposeB` the second is `[..., N, K]`.
    case matmul(transposeA: Bool, transposeB: Bool, precision: ComputePrecision)

    // MARK: Convolution (cross-correlation), and its two adjoints

    /// `(x [N, H, W, C], w [O, KH, KW, C/groups]) -> [N, OH, OW, O]`.
    case conv2d(Convolution2dParameters)
    /// `(g [N, OH, OW, O], w [O, KH, KW, C/groups]) -> [N, H, W, C]`; also the transposed
    /// convolution.
    case conv2dInputGradient(Convolution2dParameters, height: Int, width: Int)
    /// `(x [N, H, W, C], g [N, OH, OW, O]) -> [O, KH, KW, C/groups]`.
    case conv2dWeightGradient(Convolution2dParameters, kernelHeight: Int, kernelWidth: Int)

    // MARK: Pooling and resizing ([N, H, W, C])

    /// The largest element of each window; padding never wins. The first wins a tie.
    case maxPool2d(Pool2dParameters)
    /// `(v [N, H, W, C], x [N, H, W, C]) -> [N, OH, OW, C]`: of `v`, the element at the place of
    /// the largest of `x` in each window.
    case maxPool2dGather(Pool2dParameters)
    /// `(g [N, OH, OW, C], x [N, H, W, C]) -> [N, H, W, C]`: the adjoint of `maxPool2dGather`.
    case maxPool2dScatter(Pool2dParameters)
    /// The mean of each window, over `KH * KW` (padding counts as zeros).
    case averagePool2d(Pool2dParameters)
    /// `(g [N, OH, OW, C]) -> [N, H, W, C]`: the adjoint of `averagePool2d`.
    case averagePool2dGradient(Pool2dParameters, height: Int, width: Int)
    /// Resizing to `height x width`.
    case resize2d(ResizeMode, height: Int, width: Int)
    /// The adjoint of `resize2d` from `height x width` (the result's size).
    case resize2dGradient(ResizeMode, height: Int, width: Int)

    // MARK: Movement

    /// The same elements in row-major order under another shape.
    case reshape
    /// Axis `i` of the result is axis `permutation[i]` of the operand.
    case transpose([Int])
    /// Axes of size 1 are repeated to the result's size; the rank stays.
    case broadcast
    /// For each axis the elements `start, start + stride, ...`, as many as the result's size.
    case slice(starts: [Int], strides: [Int])
    /// For each axis `low` elements before, `high` after, `interior` between neighbours.
    case pad(low: [Int], high: [Int], interior: [Int], value: Double)
    /// Any number of operands, one after the other along `axis`.
    case concatenate(axis: Int)
    /// The order of elements turned round along each of `axes`.
    case reverse(axes: [Int])
    /// `(table [V, ...], indices int32 [I...]) -> [I..., ...]`. An index outside `0..<V` traps.
    case gather
    /// `(updates [I..., ...], indices int32 [I...]) -> [rows, ...]`: the adjoint of `gather`;
    /// updates with equal indices are added in order.
    case scatterAdd(rows: Int)

    // MARK: Random numbers

    /// `(key int32 [2])`: random numbers of a counter-based generator (see `RandomKey`).
    case random(RandomDistribution)
}

/// The functions of one operand.
public enum UnaryOp: Hashable, Sendable {
    case negate, abs, sign, square, reciprocal
    case exp, log, sqrt, rsqrt
    case tanh, sigmoid, softplus, erf, sin, cos
    case relu
    /// `x` where `x > 0`, else `slope * x`.
    case leakyRelu(slope: Double)
    /// `min(max(x, low), high)`; NaN stays NaN.
    case clamp(low: Double, high: Double)
    case floor
    /// `bool -> bool`.
    case logicalNot
    /// `float -> bool`: neither NaN nor infinite.
    case isFinite
}

/// The functions of two operands.
public enum BinaryOp: UInt8, Hashable, Sendable {
    case add, subtract, multiply, divide, power
    /// The larger; NaN if either is NaN.
    case maximum
    /// The smaller; NaN if either is NaN.
    case minimum
    /// `bool x bool -> bool`.
    case logicalAnd, logicalOr
}

/// The comparisons. Any comparison with NaN is false, but `notEqual`, which is true.
public enum ComparisonOp: UInt8, Hashable, Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

/// The reductions.
public enum ReductionOp: UInt8, Hashable, Sendable {
    case sum
    /// The largest; NaN if any is NaN.
    case max
    /// The smallest; NaN if any is NaN.
    case min
}

/// The ways of resizing.
public enum ResizeMode: Hashable, Sendable {
    /// Source index `floor(i * inputSize / outputSize)`.
    case nearest
    /// Half-pixel centres: source coordinate `(i + 0.5) * inputSize / outputSize - 0.5`, clamped to
    /// the picture (PyTorch's `align_corners=False`, without antialiasing).
    case bilinear
}

/// The distributions of `Op.random`.
public enum RandomDistribution: UInt8, Hashable, Sendable {
    /// 32 random bits, as int32.
    case bits
    /// Uniform on `[0, 1)`, a multiple of 2^-24, as float32.
    case uniform
    /// Standard normal, as float32.
    case normal
    /// A permutation of `0..<n` for a result of shape `[n]`, as int32.
    case permutation
}

/// What a matrix product or convolution may round its operands to. Accumulation is always binary32.
public enum ComputePrecision: UInt8, Hashable, Sendable {
    case float32
    /// Operands may be rounded to bfloat16, where the machine is faster at it.
    case bfloat16
}

/// The geometry of a convolution.
public struct Convolution2dParameters: Hashable, Sendable {
    /// Stride along height and width.
    public var strideHeight: Int, strideWidth: Int
    /// Zeros added at each side.
    public var paddingTop: Int, paddingBottom: Int, paddingLeft: Int, paddingRight: Int
    /// The distance of neighbouring kernel elements; 1 is dense.
    public var dilationHeight: Int, dilationWidth: Int
    /// How many groups input and output channels are split into.
    public var groups: Int
    /// What operands may be rounded to.
    public var precision: ComputePrecision

    /// A geometry that is the same along both axes.
    public init(
        stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1,
        precision: ComputePrecision = .float32
    ) {
        strideHeight = stride
        strideWidth = stride
        paddingTop = padding
        paddingBottom = padding
        paddingLeft = padding
        paddingRight = padding
        dilationHeight = dilation
        dilationWidth = dilation
        self.groups = groups
        self.precision = precision
    }

    /// The output height for an input and kernel height.
    public func outputHeight(_ height: Int, kernel: Int) -> Int {
        (height + paddingTop + paddingBottom - dilationHeight * (kernel - 1) - 1) / strideHeight + 1
    }

    /// The output width for an input and kernel width.
    public func outputWidth(_ width: Int, kernel: Int) -> Int {
        (width + paddingLeft + paddingRight - dilationWidth * (kernel - 1) - 1) / strideWidth + 1
    }
}

/// The geometry of a pooling window.
public struct Pool2dParameters: Hashable, Sendable {
    /// The window's size.
    public var kernelHeight: Int, kernelWidth: Int
    /// Stride along height and width.
    public var strideHeight: Int, strideWidth: Int
    /// Padding at each side. The bottom and right padding may differ, which is how ceil mode is
    /// expressed.
    public var paddingTop: Int, paddingBottom: Int, paddingLeft: Int, paddingRight: Int

    /// A geometry that is the same along both axes; the stride is the kernel's size unless given.
    public init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
        kernelHeight = kernel
        kernelWidth = kernel
        strideHeight = stride ?? kernel
        strideWidth = stride ?? kernel
        paddingTop = padding
        paddingBottom = padding
        paddingLeft = padding
        paddingRight = padding
    }

    /// The output height for an input height.
    public func outputHeight(_ height: Int) -> Int {
        (height + paddingTop + paddingBottom - kernelHeight) / strideHeight + 1
    }

    /// The output width for an input width.
    public func outputWidth(_ width: Int) -> Int {
        (width + paddingLeft + paddingRight - kernelWidth) / strideWidth + 1
    }
}
