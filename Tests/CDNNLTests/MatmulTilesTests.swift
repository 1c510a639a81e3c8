import CDNNL
import Testing

/// The shim's own matrix products beside their naive twin, with and without special instructions.
@Suite struct MatmulTilesTests {
    static let algorithms = [
        ATL_DNNL_MATMUL_LIBRARY, ATL_DNNL_MATMUL_TILES, ATL_DNNL_MATMUL_PLAIN_TILES,
    ]
    static let transposes = [(false, false), (true, false), (false, true), (true, true)]

    private func shape(
        _ batch: Int, _ m: Int, _ n: Int, _ k: Int, _ transpose: (Bool, Bool)
    ) -> atl_dnnl_matmul_shape {
        .init(
            batch: Int64(batch), m: Int64(m), n: Int64(n), k: Int64(k), transpose_a: transpose.0,
            transpose_b: transpose.1)
    }

    /// The result of each algorithm at one and two threads, which must not show.
    private func compare(
        _ shape: atl_dnnl_matmul_shape, postOps: atl_dnnl_post_ops, _ generator: inout Generator
    ) throws {
        let a = generator.floats(Int(shape.batch * shape.m * shape.k))
        let b = generator.floats(Int(shape.batch * shape.k * shape.n))
        let bias = generator.floats(Int(shape.n))
        var exact = naiveMatmul(shape, a: a, b: b)
        for i in exact.value.indices {
            let added = postOps.bias ? Double(bias[i % Int(shape.n)]) : 0
            exact.value[i] = reference(
                postOps.activation, slope: Double(postOps.slope), exact.value[i] + added)
            exact.magnitude[i] += abs(added)
        }
        for algorithm in Self.algorithms.dropFirst() {
            var alone: [Float] = []
            for threads in [1, 2, 3] {
                let (result, description, _) = try matmul(
                    Context(threads: threads), shape, postOps: postOps, algorithm: algorithm, a: a,
                    b: b, bias: bias)
                let what = "\(shape) \(postOps), \(description), \(threads) threads"
                if threads == 1 { alone = result }
                #expect(alone.map(\.bitPattern) == result.map(\.bitPattern), "\(what)")
                expectClose(result, exact, "\(what)")
            }
        }
    }

    @Test(arguments: 1...40) func smallSizesEqualTheirNaiveTwin(size: Int) throws {
        var generator = Generator(state: UInt64(size))
        for transpose in Self.transposes {
            for _ in 0..<3 {
                let sides = (0..<2).map { _ in Int.random(in: 1...40, using: &generator) }
                for sizes in [
                    [size, sides[0], sides[1]], [sides[0], size, sides[1]],
                    [sides[0], sides[1], size],
                ] {
                    try compare(
                        shape(1, sizes[0], sizes[1], sizes[2], transpose), postOps: .init(),
                        &generator)
                }
            }
        }
    }

    @Test(arguments: [
        [1, 512, 128, 128], [1, 128, 128, 512], [1, 512, 128, 2], [1, 128, 2, 512],
        [1, 2, 128, 512], [1, 512, 1, 128], [1, 67, 131, 257], [1, 200, 200, 200],
        [1, 31, 300, 521], [1, 5, 519, 700], [3, 97, 45, 61], [16, 30, 40, 24], [1, 61, 7, 1031],
    ])
    func largerSizesEqualTheirNaiveTwin(_ size: [Int]) throws {
        var generator = Generator(state: UInt64(size[2]))
        for (index, transpose) in Self.transposes.enumerated() {
            let activation = [
                ATL_DNNL_NO_ACTIVATION, ATL_DNNL_RELU, ATL_DNNL_LEAKY_RELU, ATL_DNNL_TANH,
            ][index]
            try compare(
                shape(size[0], size[1], size[2], size[3], transpose),
                postOps: .init(bias: index != 1, activation: activation, slope: 0.2), &generator)
        }
    }

    /// A NaN reaches all of its row, and an infinity is one, whatever the activation; nothing else
    /// changes.
    @Test(arguments: [[33, 20, 17], [40, 2, 30], [3, 50, 20], [30, 40, 2], [50, 60, 300]])
    func whatIsNotFiniteStaysSo(_ size: [Int]) throws {
        let context = try Context(threads: 2)
        var generator = Generator(state: 5)
        let (m, n, k) = (size[0], size[1], size[2])
        for transpose in Self.transposes {
            let shape = shape(1, m, n, k, transpose)
            var a = generator.floats(m * k)
            let b = generator.floats(k * n).map { abs($0) + 0.1 }
            a[transpose.0 ? 0 * m + 1 : 1 * k + 0] = .nan
            a[transpose.0 ? (k - 1) * m + 2 : 2 * k + k - 1] = .infinity
            for algorithm in Self.algorithms {
                for activation in [ATL_DNNL_NO_ACTIVATION, ATL_DNNL_RELU, ATL_DNNL_LEAKY_RELU] {
                    let (result, description, _) = try matmul(
                        context, shape,
                        postOps: .init(bias: false, activation: activation, slope: 0.1),
                        algorithm: algorithm, a: a, b: b)
                    for i in result.indices {
                        let isRight =
                            i / n == 1
                            ? result[i].isNaN
                            : i / n == 2 ? result[i] == .infinity : result[i].isFinite
                        #expect(isRight, "\(size) \(transpose) \(description), \(i)")
                    }
                }
            }
        }
    }
}
