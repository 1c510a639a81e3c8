import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct PoolingTests {
    static let geometries: [Pool2dParameters] = {
        var result: [Pool2dParameters] = []
        for kernel in [1, 2, 3] {
            for stride in [1, 2, 3] {
                for padding in 0..<kernel {
                    result.append(
                        Pool2dParameters(kernel: kernel, stride: stride, padding: padding))
                }
            }
        }
        var ceil = Pool2dParameters(kernel: 3, stride: 2)
        ceil.paddingBottom = 2
        ceil.paddingRight = 1
        var flat = Pool2dParameters(kernel: 2, stride: 1)
        flat.kernelWidth = 4
        flat.strideWidth = 3
        flat.paddingLeft = 1
        return result + [ceil, flat]
    }()

    @Test(arguments: geometries) func poolsMatch(_ p: Pool2dParameters) {
        var random = TestRandom(seed: 21)
        for x in [[2, 7, 8, 3], [1, 6, 5, 16], [1, 12, 9, 33]] {
            let y = [x[0], p.outputHeight(x[1]), p.outputWidth(x[2]), x[3]]
            let picture = random.values(x)
            // Many ties: the first must win everywhere.
            var tied = picture
            tied.values = tied.values.map { $0.rounded() }
            for picture in [picture, tied] {
                compare(.maxPool2d(p), [picture], y, .float32, .exact)
                compare(.maxPool2dGather(p), [random.values(x), picture], y, .float32, .exact)
                compare(.maxPool2dScatter(p), [random.values(y), picture], x)
            }
            compare(.averagePool2d(p), [picture], y)
            compare(
                .averagePool2dGradient(p, height: x[1], width: x[2]), [random.values(y)], x)
        }
    }

    @Test func nanWinsAPool() {
        var random = TestRandom(seed: 22)
        var x = random.values([1, 6, 6, 4])
        for place in [0, 30, 77, 143] { x.values[place] = .nan }
        let p = Pool2dParameters(kernel: 2)
        compare(.maxPool2d(p), [x], [1, 3, 3, 4], .float32, .exact)
        compare(
            .maxPool2dGather(p), [random.values([1, 6, 6, 4]), x], [1, 3, 3, 4], .float32, .exact)
    }
}

@Suite struct ResizeTests {
    @Test(arguments: [ResizeMode.nearest, .bilinear]) func resizesMatch(_ mode: ResizeMode) {
        var random = TestRandom(seed: 23)
        let tolerance: Tolerance = mode == .nearest ? .exact : .elementwise
        for x in [[2, 4, 5, 3], [1, 1, 7, 16], [1, 16, 16, 4]] {
            for size in [[8, 10], [3, 2], [1, 1], [7, 16], [16, 5]] {
                let y = [x[0], size[0], size[1], x[3]]
                compare(
                    .resize2d(mode, height: size[0], width: size[1]), [random.values(x)], y,
                    .float32,
                    tolerance)
                compare(
                    .resize2dGradient(mode, height: x[1], width: x[2]), [random.values(y)], x,
                    .float32, Tolerance(absolute: 2e-5, relative: 2e-6))
            }
        }
    }
}

@Suite struct MovementTests {
    @Test(arguments: DType.allCases) func everyTypeMoves(_ dtype: DType) {
        var random = TestRandom(seed: 24)
        for _ in 0..<12 {
            let shape = (0..<Int(random.uniform(1, 5))).map { _ in Int(random.uniform(1, 8)) }
            let x = random.values(shape, dtype, -100, 100)
            let axes = Array(shape.indices)
            let permutation = axes.shuffled(using: &random)
            compare(.transpose(permutation), [x], permutation.map { shape[$0] }, dtype, .exact)
            let turned = axes.filter { _ in random.uniform() < 0.5 }
            if !turned.isEmpty { compare(.reverse(axes: turned), [x], shape, dtype, .exact) }

            let starts = shape.map { Int(random.uniform() * Double($0)) }
            let strides = shape.map { _ in Int(random.uniform(1, 4)) }
            let sizes = axes.map { (shape[$0] - starts[$0] - 1) / strides[$0] + 1 }
            compare(.slice(starts: starts, strides: strides), [x], sizes, dtype, .exact)

            let low = shape.map { _ in Int(random.uniform(0, 3)) }
            let high = shape.map { _ in Int(random.uniform(0, 3)) }
            let interior = shape.map { _ in Int(random.uniform(0, 3)) }
            let padded = axes.map {
                low[$0] + high[$0] + shape[$0] + (shape[$0] - 1) * interior[$0]
            }
            let value = dtype == .bool ? 1.0 : 3
            compare(
                .pad(low: low, high: high, interior: interior, value: value), [x], padded, dtype,
                .exact)

            let axis = random.choice(axes)
            var parts = [x]
            var total = shape
            for _ in 0..<Int(random.uniform(1, 4)) {
                var other = shape
                other[axis] = Int(random.uniform(1, 5))
                total[axis] += other[axis]
                parts.append(random.values(other, dtype, -100, 100))
            }
            compare(.concatenate(axis: axis), parts, total, dtype, .exact)
            compare(.broadcast, [random.values(shape.map { _ in 1 }, dtype)], shape, dtype, .exact)
            compare(.reshape, [x], [shape.reduce(1, *)], dtype, .exact)
        }
    }

    /// A value that is not exact in bfloat16, and ties to even both ways; NaN stays NaN.
    @Test func padsWithTheNearestBFloat16() {
        var random = TestRandom(seed: 29)
        let x = random.values([3], .bfloat16)
        for value in [0.1, -0.1, 1 + 1 / 256, 1 + 3 / 256, .infinity, .nan] {
            compare(
                .pad(low: [2], high: [1], interior: [1], value: value), [x], [8], .bfloat16, .exact)
        }
    }

    /// The kernels' arrays hold 8 axes: more are refused before they are written.
    @Test func tooManyAxesAreRefused() async {
        await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Backends.refuse(
                .pad(
                    low: .init(repeating: 1, count: 9), high: .init(repeating: 0, count: 9),
                    interior: .init(repeating: 0, count: 9), value: 0),
                [Int](repeating: 1, count: 9), [Int](repeating: 2, count: 9))
        }.map { #expect(Self.text($0).contains("[pad] expected a rank of up to 8, got")) }
        await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let shape = [Int](repeating: 2, count: 9)
            Backends.refuse(.transpose(Array((0..<9).reversed())), shape, shape)
        }.map { #expect(Self.text($0).contains("expected at most 8 axes longer than 1, got")) }
    }

    private static func text(_ result: ExitTest.Result) -> String {
        String(decoding: result.standardErrorContent, as: UTF8.self)
    }

    /// Axes of extent 1 take no room.
    @Test func axesOfOneAreNotCounted() {
        var random = TestRandom(seed: 30)
        let shape = [1, 2, 1, 3, 1, 1, 2, 1, 1, 2]
        compare(
            .transpose([6, 0, 3, 2, 1, 4, 9, 5, 7, 8]), [random.values(shape)],
            [2, 1, 3, 1, 2, 1, 2, 1, 1, 1], .float32, .exact)
    }

    @Test func largeTransposesMatch() {
        var random = TestRandom(seed: 25)
        for (shape, permutation) in [
            ([64, 130], [1, 0]), ([8, 16, 16, 12], [0, 3, 1, 2]), ([8, 12, 16, 16], [0, 2, 3, 1]),
            ([3, 70, 5, 33], [3, 1, 0, 2]),
        ] {
            compare(
                .transpose(permutation), [random.values(shape)], permutation.map { shape[$0] },
                .float32, .exact)
        }
    }

    @Test func rowsAreGatheredAndScattered() {
        var random = TestRandom(seed: 26)
        for (table, indices) in [
            ([5, 3], [2, 4]), ([9], [20]), ([3, 2, 5], [50]), ([4, 64], []),
        ] {
            let places = random.values(indices, .int32, -0.49, Double(table[0]) - 0.51)
            let rest = Array(table.dropFirst())
            for dtype in [DType.float32, .bfloat16, .int32, .uint8] {
                compare(
                    .gather, [random.values(table, dtype), places], indices + rest, dtype, .exact)
            }
            // In order, so exactly: but in single precision.
            compare(
                .scatterAdd(rows: table[0]), [random.values(indices + rest), places], table,
                .float32, Tolerance(absolute: 1e-5, relative: 2e-6))
        }
    }
}

@Suite struct RandomTests {
    static let key = RandomKey(seed: 0x1234_5678_9abc_def0)

    static func words(_ key: RandomKey) -> [Double] {
        [Double(Int32(bitPattern: key.high)), Double(Int32(bitPattern: key.low))]
    }

    @Test(arguments: [[1], [7], [3, 5], [1000], [4, 4097]]) func numbersMatchTheKey(_ shape: [Int])
    {
        for key in [Self.key, RandomKey(seed: 0), Self.key.folded("latents")] {
            let operand = ([2], DType.int32, Self.words(key))
            compare(.random(.bits), [operand], shape, .int32, .exact)
            compare(.random(.uniform), [operand], shape, .float32, .exact)
            compare(
                .random(.normal), [operand], shape, .float32,
                Tolerance(absolute: 1e-7, relative: 2e-6))
            compare(
                .random(.permutation), [operand], [shape.reduce(1, *)], .int32, .exact)
        }
    }

    @Test func normalNumbersAreStandardNormal() {
        var sketch = GraphSketch()
        let key = sketch.input([2], .int32)
        let count = 200_000
        let x = sketch.node(.random(.normal), [key], [count])
        let bytes = run(
            sketch.build(outputs: [x]), [Self.words(Self.key)], on: Backends.twoThreads)
        let values = ElementCoding.decode(bytes[0], as: .float32)
        let expected: [(moment: Double, variance: Double)] = [(0, 1), (1, 2), (0, 15), (3, 96)]
        for (power, (moment, variance)) in zip(1...4, expected) {
            let found = values.reduce(0) { $0 + pow($1, Double(power)) } / Double(count)
            let standardError = (variance / Double(count)).squareRoot()
            #expect(abs(found - moment) < 5 * standardError, "moment \(power)")
        }
    }

    @Test func tensorsDrawWhatTheKeyDraws() {
        Backends.installed
        let key = Self.key
        #expect(
            Tensor.uniform([3, 2], key: key).floats() == (0..<6).map { key.uniform(UInt64($0)) })
        #expect(Tensor.permutation(50, key: key).int32s() == key.permutation(50).map { Int32($0) })
        #expect(
            Tensor.randomBits([9], key: key).int32s()
                == (0..<9).map { Int32(bitPattern: key.word(UInt64($0))) })
        let between = Tensor.uniform([1000], low: -3, high: 5, key: key).floats()
        #expect(between.allSatisfy { $0 >= -3 && $0 < 5 })
        #expect((between.max() ?? 0) > 4.9 && (between.min() ?? 0) < -2.9)
        let hits = Tensor.bernoulli([100_000], probability: 0.3, key: key).bools().filter { $0 }
        // Five standard errors.
        #expect(abs(Double(hits.count) - 30_000) < 725)
        // The same key, the same numbers; also beside other work in one graph.
        let (a, b) = (Tensor.normal([40], key: key), Tensor.normal([20], key: key))
        evaluate(a, b, Tensor.normal([40], key: key.folded(1)))
        #expect(Array(a.floats().prefix(20)) == b.floats())
    }
}
