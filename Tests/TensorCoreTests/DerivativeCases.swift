import TensorCore
import TestSupport
import Testing

/// A differentiable function, and where it is tried.
struct DerivativeCase: Sendable, CustomTestStringConvertible {
    var name: String
    var variables: [Variable]
    /// The order up to which it is checked.
    var order = 2
    var function: @Sendable ([Tensor]) -> Tensor

    init(
        _ name: String, _ variables: [Variable], order: Int = 2,
        _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
        self.name = name
        self.variables = variables
        self.order = order
        self.function = function
    }

    var testDescription: String { name }

    static let all = elementwise + reductions + linear + sampling + movement + composite
}

extension DerivativeCase {
    private static let wide = Variable([3, 5])
    private static let positive = Variable([3, 5], 0.3, 2)

    static let elementwise: [DerivativeCase] = [
        .init("negate", [wide]) { -$0[0] },
        .init("abs", [wide]) { $0[0].abs() },
        .init("square", [wide]) { $0[0].square() },
        .init("reciprocal", [positive], order: 3) { $0[0].reciprocal() },
        .init("exp", [wide], order: 3) { $0[0].exp() },
        .init("log", [positive], order: 3) { $0[0].log() },
        .init("sqrt", [positive], order: 3) { $0[0].sqrt() },
        .init("rsqrt", [positive], order: 3) { $0[0].rsqrt() },
        .init("tanh", [wide], order: 4) { $0[0].tanh() },
        .init("sigmoid", [wide], order: 4) { $0[0].sigmoid() },
        .init("softplus", [wide], order: 3) { $0[0].softplus() },
        .init("erf", [wide], order: 3) { $0[0].erf() },
        .init("sin", [wide], order: 4) { $0[0].sin() },
        .init("cos", [wide], order: 4) { $0[0].cos() },
        .init("relu", [wide]) { $0[0].relu() },
        .init("leakyRelu", [wide]) { $0[0].leakyRelu(slope: 0.2) },
        .init("leakyRelu, falling", [wide]) { $0[0].leakyRelu(slope: -0.5) },
        .init("leakyRelu, flat", [wide]) { $0[0].leakyRelu(slope: 0) },
        .init("clamp", [wide]) { $0[0].clamped(-0.7, 0.4) },
        .init("add", [wide, Variable([1, 5])]) { $0[0] + $0[1] },
        .init("subtract", [wide, Variable([3, 1])]) { $0[0] - $0[1] },
        .init("multiply", [wide, Variable([5])], order: 3) { $0[0] * $0[1] },
        .init("divide", [wide, positive], order: 3) { $0[0] / $0[1] },
        .init("power", [positive, wide], order: 3) { $0[0].power($0[1]) },
        .init("power 3", [wide], order: 3) { $0[0].power(3) },
        .init("maximum", [wide, wide]) { maximum($0[0], $0[1]) },
        .init("minimum", [wide, wide]) { minimum($0[0], $0[1]) },
        .init("operand used twice", [wide], order: 3) { $0[0] * $0[0].sin() + $0[0] },
        .init("select", [wide, wide]) { select($0[0].stoppingGradient() .> 0.1, $0[0], $0[1]) },
        .init("select, broadcast", [Variable([3, 1]), wide]) {
            select(Tensor(bool: [true, false, true, false, true], shape: [5]), $0[0], $0[1])
        },
        .init("cast", [wide]) { ($0[0] * $0[0].cast(to: .bfloat16).cast(to: .float32)) },
    ]

    static let reductions: [DerivativeCase] = [
        .init("sum", [Variable([2, 3, 4])]) { $0[0].sum(axes: [0, 2]) },
        .init("sum of all", [wide]) { $0[0].sum() },
        .init("mean", [Variable([2, 3, 4])]) { $0[0].mean(axes: [1], keepingDimensions: true) },
        .init("max", [Variable([2, 3, 4])]) { $0[0].max(axes: [0, 2]) },
        .init("min", [Variable([2, 3, 4])]) { $0[0].min(axes: [-1], keepingDimensions: true) },
        .init("variance", [Variable([4, 3, 2])], order: 3) { $0[0].variance(axes: [0, 2]) },
        .init("softmax", [wide], order: 3) { $0[0].softmax() },
        .init("softmax, axis 0", [wide]) { $0[0].softmax(axis: 0) },
        .init("logSoftmax", [wide], order: 3) { $0[0].logSoftmax() },
    ]

    static let linear: [DerivativeCase] =
        [(false, false), (true, false), (false, true), (true, true)].map { a, b in
            .init(
                "matmul\(a ? ", A transposed" : "")\(b ? ", B transposed" : "")",
                [Variable([2] + (a ? [4, 3] : [3, 4])), Variable(b ? [5, 4] : [4, 5])], order: 3
            ) { matmul($0[0], $0[1], transposeA: a, transposeB: b) }
        }
        + geometries.flatMap { label, p, x, w in
            let y = [
                x[0], p.outputHeight(x[1], kernel: w[1]), p.outputWidth(x[2], kernel: w[2]), w[0],
            ]
            return [
                DerivativeCase("conv2d, \(label)", [Variable(x), Variable(w)], order: 3) {
                    conv2d($0[0], $0[1], p)
                },
                DerivativeCase(
                    "conv2dInputGradient, \(label)", [Variable(y), Variable(w)], order: 3
                ) { conv2dInputGradient($0[0], $0[1], p, height: x[1], width: x[2]) },
                DerivativeCase(
                    "conv2dWeightGradient, \(label)", [Variable(x), Variable(y)], order: 3
                ) { conv2dWeightGradient($0[0], $0[1], p, kernelHeight: w[1], kernelWidth: w[2]) },
            ]
        }

    private static let geometries: [(String, Convolution2dParameters, [Int], [Int])] = {
        var uneven = Convolution2dParameters(stride: 1)
        uneven.strideWidth = 3
        uneven.paddingTop = 2
        uneven.paddingRight = 1
        uneven.dilationHeight = 2
        return [
            ("plain", .init(), [2, 4, 5, 2], [3, 3, 2, 2]),
            ("stride 2, padding 1", .init(stride: 2, padding: 1), [2, 6, 5, 2], [3, 4, 4, 2]),
            ("groups", .init(padding: 1, groups: 2), [1, 4, 4, 4], [6, 3, 3, 2]),
            ("dilation", .init(stride: 2, padding: 2, dilation: 2), [1, 6, 7, 2], [2, 3, 3, 2]),
            ("uneven", uneven, [1, 5, 7, 2], [2, 2, 3, 2]),
        ]
    }()

    static let sampling: [DerivativeCase] = {
        var ceil = Pool2dParameters(kernel: 3, stride: 2, padding: 1)
        ceil.paddingBottom = 2
        var flat = Pool2dParameters(kernel: 2)
        flat.kernelWidth = 3
        flat.strideWidth = 1
        let x = Variable([2, 5, 6, 2])
        var cases: [DerivativeCase] = []
        for (label, p) in [("plain", Pool2dParameters(kernel: 2)), ("ceil", ceil), ("flat", flat)] {
            let y = Variable([2, p.outputHeight(5), p.outputWidth(6), 2])
            cases += [
                .init("maxPool2d, \(label)", [x]) { maxPool2d($0[0], p) },
                .init("maxPool2dGather, \(label)", [x, x]) {
                    Tensor(.maxPool2dGather(p), $0, shape: y.shape, dtype: .float32)
                },
                .init("maxPool2dScatter, \(label)", [y, x]) {
                    Tensor(.maxPool2dScatter(p), $0, shape: x.shape, dtype: .float32)
                },
                .init("averagePool2d, \(label)", [x]) { averagePool2d($0[0], p) },
                .init("averagePool2dGradient, \(label)", [y]) {
                    Tensor(
                        .averagePool2dGradient(p, height: 5, width: 6), $0, shape: x.shape,
                        dtype: .float32)
                },
            ]
        }
        for mode in [ResizeMode.nearest, .bilinear] {
            for (height, width) in [(10, 12), (3, 4), (7, 5)] {
                let y = Variable([2, height, width, 2])
                cases += [
                    .init("resize2d, \(mode) to \(height)x\(width)", [x]) {
                        resized2d($0[0], mode, height: height, width: width)
                    },
                    .init("resize2dGradient, \(mode) from \(height)x\(width)", [y]) {
                        Tensor(
                            .resize2dGradient(mode, height: 5, width: 6), $0, shape: x.shape,
                            dtype: .float32)
                    },
                ]
            }
        }
        return cases
    }()

    static let movement: [DerivativeCase] = [
        .init("reshape", [Variable([2, 6])]) { $0[0].reshaped([3, -1]) },
        .init("transpose", [Variable([2, 3, 4])]) { $0[0].transposed([2, 0, 1]) },
        .init("broadcast", [Variable([3, 1])]) { $0[0].broadcast(to: [2, 3, 4]) },
        .init("slice", [Variable([5, 7])]) {
            $0[0].sliced(starts: [1, 0], sizes: [2, 3], strides: [3, 2])
        },
        .init("pad", [Variable([2, 3])]) {
            $0[0].padded(low: [1, 0], high: [0, 2], interior: [2, 1], value: 3)
        },
        .init("reflection", [Variable([1, 4, 3, 2])]) { $0[0].reflectionPadded2d(2) },
        .init("edge", [Variable([1, 2, 3, 2])]) { $0[0].edgePadded2d(4) },
        .init("concatenate", [Variable([2, 1]), Variable([2, 3]), Variable([2, 2])]) {
            concatenate($0, axis: 1)
        },
        .init("stacked", [wide, wide]) { stacked($0) },
        .init("reverse", [Variable([2, 3, 4])]) { $0[0].reversed(axes: [0, 2]) },
        .init("gather", [Variable([4, 3])]) {
            $0[0].gathered(Tensor(int32: [3, 0, 3, 3, 1, 0], shape: [2, 3]))
        },
        .init("scatterAdd", [Variable([2, 3, 2])]) {
            $0[0].scatteredAdd(Tensor(int32: [3, 0, 3, 3, 1, 0], shape: [2, 3]), rows: 5)
        },
    ]

    static let composite: [DerivativeCase] = [
        .init("batch norm", [Variable([3, 2, 2, 2]), Variable([2]), Variable([2])], order: 3) {
            let mean = $0[0].mean(axes: [0, 1, 2], keepingDimensions: true)
            let variance = $0[0].variance(axes: [0, 1, 2], mean: mean)
            return ($0[0] - mean) * (variance + 1e-5).rsqrt() * $0[1] + $0[2]
        },
        .init(
            "two layers", [Variable([2, 6, 6, 1]), Variable([3, 3, 3, 1]), Variable([12, 1])],
            order: 3
        ) {
            let features = conv2d($0[0], $0[1], .init(stride: 2)).tanh()
            return matmul(features.flattened(from: 1), $0[2])
        },
        .init("gradient penalty", [Variable([2, 6, 6, 1]), Variable([3, 3, 3, 1])]) {
            let x = $0[0]
            let score = conv2d(x, $0[1], .init(stride: 2)).sigmoid().sum()
            let norms = gradients(of: score, at: [x])[0].square().sum(axes: [1, 2, 3]).sqrt()
            return (norms - 1).square()
        },
    ]
}
