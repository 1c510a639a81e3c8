import OneDNNBackend
import TensorCore
import TestSupport
import Testing

@Suite struct MatmulTests {
    @Test(arguments: [
        [1, 1, 1], [2, 3, 4], [1, 64, 10], [17, 1, 33], [64, 100, 48], [5, 300, 7],
        [128, 128, 128], [130, 40, 2], [2, 300, 130],
    ])
    func matmulMatches(_ size: [Int]) {
        var random = TestRandom(seed: UInt64(size[0]))
        let (m, k, n) = (size[0], size[1], size[2])
        for (transposeA, transposeB) in [
            (false, false), (true, false), (false, true), (true, true),
        ] {
            for batch in [[], [3], [2, 2]] {
                for precision in [ComputePrecision.float32, .bfloat16] {
                    compare(
                        .matmul(
                            transposeA: transposeA, transposeB: transposeB, precision: precision),
                        [
                            random.values(
                                batch + (transposeA ? [k, m] : [m, k]), .float32, -1, 1),
                            random.values(
                                batch + (transposeB ? [n, k] : [k, n]), .float32, -1, 1),
                        ], batch + [m, n], .float32,
                        precision == .float32 ? .product : .roundedProduct)
                }
            }
        }
    }
}

/// A convolution to try.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
    var x: [Int]
    var w: [Int]
    var p: Convolution2dParameters

    var testDescription: String {
        "\(x) * \(w), stride \(p.strideHeight)x\(p.strideWidth), "
            + "padding \(p.paddingTop) \(p.paddingBottom) \(p.paddingLeft) \(p.paddingRight), "
            + "dilation \(p.dilationHeight)x\(p.dilationWidth), groups \(p.groups)"
    }

    var y: [Int] {
        [x[0], p.outputHeight(x[1], kernel: w[1]), p.outputWidth(x[2], kernel: w[2]), w[0]]
    }

    init(_ x: [Int], _ w: [Int], _ p: Convolution2dParameters) {
        self.x = x
        self.w = w
        self.p = p
    }

    static let all: [ConvolutionCase] = grid + networks + uneven

    /// Small ones, everything with everything.
    private static let grid: [ConvolutionCase] = {
        var cases: [ConvolutionCase] = []
        for kernel in [1, 2, 3, 4] {
            for stride in [1, 2] {
                for padding in [0, 1, 2] {
                    for dilation in [1, 2] where kernel > 1 || dilation == 1 {
                        for groups in [1, 2, 4] {
                            cases.append(
                                .init(
                                    [2, 9, 8, 4],
                                    [groups == 4 ? 4 : 6, kernel, kernel, 4 / groups],
                                    .init(
                                        stride: stride, padding: padding, dilation: dilation,
                                        groups: groups)))
                        }
                    }
                }
            }
        }
        return cases
    }()

    /// As in networks: those that fast algorithms are for, odd sizes and channel counts included.
    private static let networks: [ConvolutionCase] = [
        .init([4, 16, 16, 32], [64, 4, 4, 32], .init(stride: 2, padding: 1)),
        .init([2, 8, 8, 64], [128, 4, 4, 64], .init(stride: 2, padding: 1)),
        .init([3, 10, 14, 16], [32, 4, 4, 16], .init(stride: 2, padding: 1)),
        .init([2, 32, 32, 3], [16, 4, 4, 3], .init(stride: 2, padding: 1)),
        .init([4, 4, 4, 64], [1, 4, 4, 64], .init()),
        .init([4, 4, 4, 32], [100, 4, 4, 32], .init()),
        .init([2, 16, 16, 32], [32, 3, 3, 32], .init(padding: 1)),
        .init([1, 17, 19, 16], [48, 3, 3, 16], .init(padding: 1)),
        .init([2, 13, 11, 24], [20, 3, 3, 24], .init()),
        .init([1, 16, 16, 16], [16, 3, 3, 16], .init(stride: 2, padding: 1)),
        .init([2, 8, 8, 64], [16, 1, 1, 64], .init()),
        .init([2, 8, 8, 32], [48, 1, 1, 32], .init(stride: 2)),
        .init([1, 20, 20, 3], [16, 7, 7, 3], .init(stride: 2, padding: 3)),
        .init([2, 12, 12, 32], [32, 3, 3, 1], .init(padding: 1, groups: 32)),
        .init([1, 12, 12, 32], [64, 3, 3, 8], .init(stride: 2, padding: 1, groups: 4)),
        .init([1, 24, 24, 16], [16, 3, 3, 16], .init(padding: 2, dilation: 2)),
        .init([5, 1, 1, 40], [24, 1, 1, 40], .init()),
        .init([2, 16, 16, 32], [3, 3, 3, 32], .init(padding: 1)),
        .init([2, 16, 16, 3], [64, 4, 4, 3], .init(stride: 2, padding: 1)),
    ]

    private static let uneven: [ConvolutionCase] = {
        var a = Convolution2dParameters(stride: 1)
        a.paddingTop = 1
        a.paddingRight = 2
        var b = Convolution2dParameters(stride: 2)
        b.strideWidth = 3
        b.paddingBottom = 2
        b.paddingLeft = 1
        b.dilationHeight = 2
        var c = Convolution2dParameters(stride: 2, padding: 1)
        c.paddingBottom = 0
        return [
            .init([2, 7, 9, 4], [8, 3, 3, 4], a), .init([2, 9, 11, 4], [8, 3, 2, 4], b),
            .init([2, 8, 8, 16], [16, 4, 4, 16], c), .init([1, 6, 1, 3], [5, 6, 1, 3], .init()),
            // The kernel does not reach the last rows and columns.
            .init([1, 8, 9, 4], [4, 3, 3, 4], .init(stride: 3)),
            .init([1, 6, 6, 8], [8, 2, 2, 8], .init(stride: 4)),
        ]
    }()
}

@Suite struct ConvolutionTests {
    /// A picture narrower than the stride has fewer kinds of places, and so another weight layout.
    @Test func gradientsOfTwoSizesShareOneWeight() {
        var random = TestRandom(seed: 11)
        var sketch = GraphSketch()
        let p = Convolution2dParameters(stride: 2, padding: 1)
        let w = sketch.input([16, 2, 2, 16])
        let low = sketch.input([2, 1, 5, 16])
        let high = sketch.input([2, 5, 5, 16])
        let narrow = sketch.node(
            .conv2dInputGradient(p, height: 1, width: 8), [low, w], [2, 1, 8, 16])
        let wide = sketch.node(
            .conv2dInputGradient(p, height: 8, width: 8), [high, w], [2, 8, 8, 16])
        compare(
            sketch.build(outputs: [narrow, wide]),
            [[16, 2, 2, 16], [2, 1, 5, 16], [2, 5, 5, 16]].map { random.values($0).values },
            .convolution, "two sizes")
    }

    @Test(arguments: ConvolutionCase.all) func forwardMatches(_ example: ConvolutionCase) {
        var random = TestRandom(seed: 1)
        compare(
            .conv2d(example.p),
            [random.values(example.x, .float32, -1, 1), random.values(example.w, .float32, -1, 1)],
            example.y, .float32, .convolution)
    }

    @Test(arguments: ConvolutionCase.all) func inputGradientMatches(_ example: ConvolutionCase) {
        var random = TestRandom(seed: 2)
        compare(
            .conv2dInputGradient(example.p, height: example.x[1], width: example.x[2]),
            [random.values(example.y, .float32, -1, 1), random.values(example.w, .float32, -1, 1)],
            example.x, .float32, .convolution)
    }

    @Test(arguments: ConvolutionCase.all) func weightGradientMatches(_ example: ConvolutionCase) {
        var random = TestRandom(seed: 3)
        compare(
            .conv2dWeightGradient(
                example.p, kernelHeight: example.w[1], kernelWidth: example.w[2]),
            [random.values(example.x, .float32, -1, 1), random.values(example.y, .float32, -1, 1)],
            example.w, .float32, .weightGradient)
    }

    @Test(arguments: ConvolutionCase.all.suffix(25)) func bfloat16IsNear(
        _ example: ConvolutionCase
    ) {
        var random = TestRandom(seed: 4)
        var p = example.p
        p.precision = .bfloat16
        let x = random.values(example.x, .float32, -1, 1)
        // Weights of the size that networks have, so that one tolerance fits all.
        let bound = 1 / Double(example.w.dropFirst().reduce(1, *)).squareRoot()
        let w = random.values(example.w, .float32, -bound, bound)
        let g = random.values(example.y, .float32, -1, 1)
        compare(.conv2d(p), [x, w], example.y, .float32, .roundedConvolution)
        compare(
            .conv2dInputGradient(p, height: x.shape[1], width: x.shape[2]), [g, w], x.shape,
            .float32, .roundedConvolution)
        let size = (Double(g.values.count) / Double(g.shape[3])).squareRoot()
        compare(
            .conv2dWeightGradient(p, kernelHeight: w.shape[1], kernelWidth: w.shape[2]), [x, g],
            w.shape, .float32,
            OneDNNBackend.facts.hasBFloat16
                ? Tolerance(absolute: 0.02 * size, relative: 0.02, threadsMayShow: true)
                : .weightGradient)
    }

    /// The same weight in both directions of one graph, and weights that were computed.
    @Test func weightsAreSharedAndComputed() {
        var random = TestRandom(seed: 5)
        let p = Convolution2dParameters(stride: 2, padding: 1)
        var sketch = GraphSketch()
        let x = sketch.input([2, 8, 8, 16])
        let w = sketch.input([32, 4, 4, 16])
        let doubled = sketch.node(.binary(.add), [w, w], [32, 4, 4, 16])
        let y = sketch.node(.conv2d(p), [x, w], [2, 4, 4, 32])
        let z = sketch.node(.conv2d(p), [x, doubled], [2, 4, 4, 32])
        let active = sketch.node(.unary(.leakyRelu(slope: 0.2)), [y], [2, 4, 4, 32])
        let back = sketch.node(
            .conv2dInputGradient(p, height: 8, width: 8), [active, w], [2, 8, 8, 16])
        let slope = sketch.node(
            .conv2dWeightGradient(p, kernelHeight: 4, kernelWidth: 4), [back, z], [32, 4, 4, 16])
        compare(
            sketch.build(outputs: [y, z, back, slope]),
            [
                random.values([2, 8, 8, 16], .float32, -1, 1).values,
                random.values([32, 4, 4, 16], .float32, -0.06, 0.06).values,
            ], Tolerance(absolute: 1e-4, relative: 5e-5, threadsMayShow: true), "shared weights")
    }
}
