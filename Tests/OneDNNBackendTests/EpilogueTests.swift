import OneDNNBackend
import TensorCore
import TestSupport
import Testing

/// A bias and an activation behind a product are computed with it.
@Suite struct EpilogueTests {
    enum Product: CaseIterable { case forward, fewChannels, transposed, slim, matmul }

    static let activations: [UnaryOp?] = [
        nil, .relu, .leakyRelu(slope: 0.2), .leakyRelu(slope: -0.5), .tanh, .sigmoid,
    ]

    /// A product of random data, with its node and shape.
    private func makeProduct(
        _ product: Product, _ sketch: inout GraphSketch, _ random: inout TestRandom
    ) -> (node: Int, shape: [Int], inputs: [[Double]]) {
        let p = Convolution2dParameters(stride: 1, padding: 1)
        let strided = Convolution2dParameters(stride: 2, padding: 1)
        let (op, a, b, shape): (Op, [Int], [Int], [Int]) =
            switch product {
            case .forward: (.conv2d(p), [2, 9, 7, 16], [24, 3, 3, 16], [2, 9, 7, 24])
            case .fewChannels: (.conv2d(strided), [2, 8, 8, 3], [20, 4, 4, 3], [2, 4, 4, 20])
            case .transposed:
                (
                    .conv2dInputGradient(strided, height: 8, width: 10), [2, 4, 5, 32],
                    [32, 4, 4, 16], [2, 8, 10, 16]
                )
            case .slim:
                (
                    .conv2dInputGradient(strided, height: 8, width: 8), [2, 4, 4, 32],
                    [32, 4, 4, 3], [2, 8, 8, 3]
                )
            case .matmul:
                (
                    .matmul(transposeA: false, transposeB: true, precision: .float32), [33, 20],
                    [17, 20], [33, 17]
                )
            }
        let operands = [sketch.input(a), sketch.input(b)]
        let node = sketch.node(op, operands, shape)
        return (node, shape, [random.values(a).values, random.values(b).values])
    }

    private func bias(
        for shape: [Int], _ sketch: inout GraphSketch, _ random: inout TestRandom
    ) -> (node: Int, values: [Double]) {
        let channels = shape[shape.count - 1]
        let input = sketch.input([channels])
        let kept = shape.indices.map { $0 == shape.count - 1 ? channels : 1 }
        let row = kept.count == 1 ? input : sketch.node(.reshape, [input], kept)
        return (sketch.node(.broadcast, [row], shape), random.values([channels]).values)
    }

    @Test(arguments: Product.allCases, activations)
    func biasAndActivationAreComputedWithTheProduct(_ product: Product, _ activation: UnaryOp?) {
        var random = TestRandom(seed: 7)
        var sketch = GraphSketch()
        let made = makeProduct(product, &sketch, &random)
        let bias = bias(for: made.shape, &sketch, &random)
        var end = sketch.node(.binary(.add), [made.node, bias.node], made.shape)
        if let activation { end = sketch.node(.unary(activation), [end], made.shape) }
        let graph = sketch.build(outputs: [end])
        compare(graph, made.inputs + [bias.values], .product, "\(product) \(activation as Any)")
        let fused = Backends.twoThreads.plan(graph).summary.stepCounts["fused"] ?? 0
        #expect(fused == 0, "\(product) \(activation as Any)")
    }

    /// What somebody else looks at is still there.
    @Test(arguments: Product.allCases) func whatIsReadElsewhereStays(_ product: Product) {
        var random = TestRandom(seed: 8)
        var sketch = GraphSketch()
        let made = makeProduct(product, &sketch, &random)
        let bias = bias(for: made.shape, &sketch, &random)
        let sum = sketch.node(.binary(.add), [made.node, bias.node], made.shape)
        let active = sketch.node(.unary(.leakyRelu(slope: 0.2)), [sum], made.shape)
        let twice = sketch.node(.binary(.add), [active, sum], made.shape)
        let bare = sketch.node(.binary(.multiply), [made.node, active], made.shape)
        let inputs = made.inputs + [bias.values]
        compare(sketch.build(outputs: [active, sum]), inputs, .product, "sum is an output")
        compare(sketch.build(outputs: [twice]), inputs, .product, "sum is read twice")
        compare(sketch.build(outputs: [bare]), inputs, .product, "the product is read twice")
        compare(sketch.build(outputs: [made.node, active]), inputs, .product, "an output")
    }

    /// A bias that is itself computed, and one that is no bias.
    @Test func biasesMayBeComputedAndOthersAreNone() {
        var random = TestRandom(seed: 9)
        var sketch = GraphSketch()
        let made = makeProduct(.forward, &sketch, &random)
        let vector = sketch.input([1, 1, 1, 24])
        let doubled = sketch.node(.binary(.add), [vector, vector], [1, 1, 1, 24])
        let wide = sketch.node(.broadcast, [doubled], made.shape)
        let added = sketch.node(.binary(.add), [made.node, wide], made.shape)
        let column = sketch.input([2, 1, 1, 24])
        let other = sketch.node(.broadcast, [column], made.shape)
        let shifted = sketch.node(.binary(.add), [added, other], made.shape)
        let inputs =
            made.inputs + [random.values([24]).values, random.values([48]).values]
        compare(sketch.build(outputs: [shifted]), inputs, .product, "computed bias")
    }

    @Test(arguments: Product.allCases, activations)
    func notANumberStaysNotANumber(_ product: Product, _ activation: UnaryOp?) {
        var random = TestRandom(seed: 10)
        var sketch = GraphSketch()
        let made = makeProduct(product, &sketch, &random)
        let end = activation.map { sketch.node(.unary($0), [made.node], made.shape) } ?? made.node
        var inputs = made.inputs
        inputs[0] = inputs[0].map { _ in .nan }
        compare(
            sketch.build(outputs: [end]), inputs, .product, "\(product) \(activation as Any)")
    }
}
