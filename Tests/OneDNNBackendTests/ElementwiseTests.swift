import TensorCore
import TestSupport
import Testing

@Suite struct ElementwiseTests {
    static let shapes: [[Int]] = [
        [], [1], [7], [3, 5], [2, 1, 9], [2, 3, 4, 5], [1025], [33, 129],
    ]

    static let unary: [(op: UnaryOp, low: Double, high: Double)] = [
        (.negate, -2, 2), (.abs, -2, 2), (.sign, -2, 2), (.square, -2, 2), (.reciprocal, 0.1, 4),
        (.exp, -20, 20), (.log, 1e-3, 50), (.sqrt, 0, 50), (.rsqrt, 1e-3, 50), (.tanh, -6, 6),
        (.sigmoid, -30, 30), (.softplus, -30, 30), (.erf, -4, 4), (.sin, -40, 40), (.cos, -40, 40),
        (.relu, -2, 2), (.leakyRelu(slope: 0.2), -2, 2), (.leakyRelu(slope: -1), -2, 2),
        (.clamp(low: -0.5, high: 1.25), -2, 2), (.floor, -9, 9),
    ]

    @Test(arguments: unary.indices) func unaryMatches(_ place: Int) {
        let (op, low, high) = Self.unary[place]
        var random = TestRandom(seed: UInt64(place))
        for shape in Self.shapes {
            compare(.unary(op), [random.values(shape, .float32, low, high)], shape)
        }
        compare(
            .unary(op), [random.values([5, 17], .bfloat16, max(low, -8), min(high, 8))], [5, 17],
            .bfloat16, Tolerance(absolute: 1e-6, relative: 0.0079))
    }

    /// NaN, infinities, zeros of both signs, the ends of the range, and numbers that underflow.
    @Test(arguments: unary.indices) func unaryMatchesAtTheEdges(_ place: Int) {
        let edges: [Double] = [
            .nan, .infinity, -.infinity, 0, -0.0, 1, -1, 88, -88, 104, -104, 0.5, -0.5,
            Double(Float.leastNormalMagnitude), 1e30, -1e30, 1e-30, -1e-30,
        ]
        let op = Self.unary[place].op
        // Nobody asks for the sine of 1e30.
        let isWave = op == .sin || op == .cos
        let values = isWave ? edges.filter { !(abs($0) > 1e4) || !$0.isFinite } : edges
        let operand = ([values.count], DType.float32, values.map { Double(Float($0)) })
        compare(
            .unary(op), [operand], [values.count], .float32,
            Tolerance(absolute: 2e-38, relative: 2e-6))
    }

    @Test func integersAndLogic() {
        var random = TestRandom(seed: 5)
        for shape in [[6], [3, 50], [2000]] {
            let x = random.values(shape, .int32, -50, 50)
            for op in [UnaryOp.negate, .abs, .sign, .square, .clamp(low: -3, high: 20)] {
                compare(.unary(op), [x], shape, .int32, .exact)
            }
            let y = random.values(shape, .int32, -5, 5)
            for op in [BinaryOp.add, .subtract, .multiply, .divide, .maximum, .minimum] {
                compare(.binary(op), [x, y], shape, .int32, .exact)
            }
            let (p, q) = (random.values(shape, .bool), random.values(shape, .bool))
            compare(.binary(.logicalAnd), [p, q], shape, .bool, .exact)
            compare(.binary(.logicalOr), [p, q], shape, .bool, .exact)
            compare(.unary(.logicalNot), [p], shape, .bool, .exact)
            compare(.iota(axis: shape.count - 1), [], shape, .int32, .exact)
        }
        // Bounds that no float holds, and some that no int32 does.
        let large = ([5], DType.int32, [16_777_215, 16_777_216, 16_777_217, 16_777_218, 5.0])
        for (low, high) in [(16_777_217, 16_777_217), (-Double.infinity, 16_777_217), (7, 1e10)] {
            compare(.unary(.clamp(low: low, high: high)), [large], [5], .int32, .exact)
        }
        let extremes = ([4], DType.int32, [Double(Int32.min), Double(Int32.max), -1, 2])
        for op in [BinaryOp.add, .subtract, .multiply, .divide] {
            let other = ([4], DType.int32, [-1, 2, Double(Int32.max), 3.0])
            compare(.binary(op), [extremes, other], [4], .int32, .exact)
        }
    }

    static let binary: [BinaryOp] = [
        .add, .subtract, .multiply, .divide, .maximum, .minimum, .power,
    ]

    @Test(arguments: binary) func binaryMatches(_ op: BinaryOp) {
        var random = TestRandom(seed: 9)
        for shape in Self.shapes {
            let low = op == .power ? 0.1 : -2
            let a = random.values(shape, .float32, low, 3)
            compare(.binary(op), [a, random.values(shape, .float32, 0.3, 3)], shape)
        }
        let (a, b) = (
            random.values([90], .bfloat16, 0.2, 2), random.values([90], .bfloat16, 0.3, 2)
        )
        compare(
            .binary(op), [a, b], [90], .bfloat16, Tolerance(absolute: 1e-6, relative: 0.0079))
        let edges: [Double] = [.nan, .infinity, -.infinity, 0, 1, -1, 3, -2]
        let left = ([64], DType.float32, (0..<64).map { edges[$0 / 8] })
        let right = ([64], DType.float32, (0..<64).map { edges[$0 % 8] })
        compare(.binary(op), [left, right], [64])
    }

    @Test func comparisonsMatch() {
        var random = TestRandom(seed: 10)
        let comparisons: [ComparisonOp] = [
            .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
        ]
        for op in comparisons {
            for dtype in [DType.float32, .bfloat16, .int32, .uint8, .bool] {
                var a = random.values([3, 43], dtype, -2, 2)
                var b = random.values([3, 43], dtype, -2, 2)
                for i in 0..<20 { b.values[i] = a.values[i] }
                if dtype.isFloatingPoint {
                    a.values[30] = .nan
                    b.values[31] = .nan
                }
                compare(.compare(op), [a, b], [3, 43], .bool, .exact)
            }
        }
    }

    @Test func selectsMatch() {
        var random = TestRandom(seed: 11)
        for dtype in DType.allCases {
            let shape = [4, 37]
            let a = random.values(shape, dtype, -100, 100)
            let b = random.values(shape, dtype, -100, 100)
            compare(.select, [random.values(shape, .bool), a, b], shape, dtype, .exact)
        }
    }

    @Test func castsMatch() {
        var random = TestRandom(seed: 12)
        for from in DType.allCases {
            for to in DType.allCases where from != to {
                var x = random.values([300], from, -400, 400)
                if from.isFloatingPoint {
                    let edges = [.nan, .infinity, -.infinity, 3e9, -3e9, 0, -0.0, 255.5, -0.5]
                    for (i, value) in edges.enumerated() {
                        x.values[i] = Double(ElementCoding.roundedToBFloat16(value))
                    }
                }
                compare(.cast(to), [x], [300], to, .exact)
            }
        }
    }

    @Test func isFiniteMatches() {
        let x = [.nan, .infinity, -.infinity, 0, 3e38, -1].map { Double(Float($0)) }
        compare(.unary(.isFinite), [([6], .float32, x)], [6], .bool, .exact)
    }
}

@Suite struct ReductionTests {
    @Test(arguments: [ReductionOp.sum, .max, .min]) func reductionsMatch(_ op: ReductionOp) {
        var random = TestRandom(seed: 13)
        for shape in [[5], [3, 4], [2, 3, 5], [3, 2, 4, 5], [70, 9], [9, 1100], [2, 50, 3]] {
            for subset in 1..<(1 << shape.count) {
                let axes = shape.indices.filter { subset >> $0 & 1 == 1 }
                var target = shape
                for axis in axes { target[axis] = 1 }
                compare(
                    .reduce(op, axes: axes), [random.values(shape)], target, .float32,
                    Tolerance(absolute: 1e-5, relative: 1e-5))
            }
        }
        compare(
            .reduce(op, axes: [1]), [random.values([6, 40], .bfloat16)], [6, 1], .bfloat16,
            Tolerance(absolute: 1e-2, relative: 0.01))
    }

    /// A long sum must not lose digits as a running float does.
    @Test func longSumsStayPrecise() {
        var random = TestRandom(seed: 14)
        let count = 1 << 19
        compare(
            .reduce(.sum, axes: [0]), [random.values([count], .float32, 0, 1)], [1], .float32,
            Tolerance(absolute: 0, relative: 2e-6))
    }

    @Test(arguments: [ReductionOp.sum, .max, .min]) func nanIsNotHidden(_ op: ReductionOp) {
        var random = TestRandom(seed: 15)
        for place in [0, 7, 63, 99] {
            var x = random.values([100, 3])
            x.values[place * 3 + 1] = .nan
            compare(.reduce(op, axes: [0]), [x], [1, 3], .float32, Tolerance(absolute: 1e-5))
            compare(.reduce(op, axes: [1]), [x], [100, 1], .float32, Tolerance(absolute: 1e-5))
        }
    }

    @Test func argMaxMatches() {
        var random = TestRandom(seed: 16)
        for shape in [[5], [4, 7], [3, 1, 9], [2, 5, 3, 4], [3, 200]] {
            for axis in shape.indices {
                var target = shape
                target[axis] = 1
                compare(.argMax(axis: axis), [random.values(shape)], target, .int32, .exact)
                var tied = random.values(shape)
                tied.values = tied.values.map { $0.rounded() }
                compare(.argMax(axis: axis), [tied], target, .int32, .exact)
            }
        }
    }
}
