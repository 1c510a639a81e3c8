import CDNNL
import Foundation
import Testing

/// What an activation should be.
func reference(_ activation: atl_dnnl_activation, slope: Double, _ x: Double) -> Double {
    switch activation {
    case ATL_DNNL_RELU: max(x, 0)
    case ATL_DNNL_LEAKY_RELU: x > 0 ? x : slope * x
    case ATL_DNNL_TANH: tanh(x)
    case ATL_DNNL_SIGMOID: 1 / (1 + exp(-x))
    default: x
    }
}

/// The naive twin of a matrix product.
func naiveMatmul(_ s: atl_dnnl_matmul_shape, a: [Float], b: [Float]) -> Exact {
    let (batch, m, n, k) = (Int(s.batch), Int(s.m), Int(s.n), Int(s.k))
    var exact = Exact(count: batch * m * n)
    for matrix in 0..<batch {
        for row in 0..<m {
            for column in 0..<n {
                for i in 0..<k {
                    let left = s.transpose_a ? i * m + row : row * k + i
                    let right = s.transpose_b ? column * k + i : i * n + column
                    exact.add(
                        a[matrix * m * k + left], b[matrix * k * n + right],
                        at: (matrix * m + row) * n + column)
                }
            }
        }
    }
    return exact
}

/// Runs a matrix product once.
func matmul(
    _ context: Context, _ shape: atl_dnnl_matmul_shape,
    precision: atl_dnnl_precision = ATL_DNNL_FLOAT32, postOps: atl_dnnl_post_ops = .init(),
    algorithm: atl_dnnl_matmul_algorithm = ATL_DNNL_MATMUL_AUTOMATIC, a: [Float], b: [Float],
    bias: [Float] = []
) throws -> (result: [Float], description: String, rounds: Bool) {
    var shape = shape
    var postOps = postOps
    var made: OpaquePointer?
    try check {
        atl_dnnl_matmul_create_with(
            context.handle, &shape, precision, &postOps, algorithm, &made, &$0)
    }
    let handle = try #require(made)
    defer { atl_dnnl_matmul_destroy(handle) }
    var result = [Float](repeating: .nan, count: Int(shape.batch * shape.m * shape.n))
    try withAlignedBytes(atl_dnnl_matmul_scratchpad_bytes(handle)) { scratchpad in
        try check { atl_dnnl_matmul_run(handle, a, b, bias, &result, scratchpad, &$0) }
    }
    return (
        result, String(cString: atl_dnnl_matmul_description(handle)),
        atl_dnnl_matmul_uses_bfloat16(handle)
    )
}

@Suite struct MatmulTests {
    static let sizes: [(Int, Int, Int, Int)] = [
        (1, 1, 1, 1), (1, 1, 5, 7), (1, 9, 1, 3), (1, 6, 5, 1), (1, 7, 16, 33), (2, 3, 4, 5),
        (3, 17, 9, 64), (16, 4, 8, 6), (1, 64, 100, 128), (5, 1, 16, 7), (2, 65, 1, 31),
    ]

    @Test(arguments: [1, 2])
    func everyTransposeEqualsItsNaiveTwin(threads: Int) throws {
        let context = try Context(threads: threads)
        var generator = Generator(state: 12)
        for (batch, m, n, k) in Self.sizes {
            for (transposeA, transposeB) in [
                (false, false), (true, false), (false, true), (true, true),
            ] {
                let shape = atl_dnnl_matmul_shape(
                    batch: Int64(batch), m: Int64(m), n: Int64(n), k: Int64(k),
                    transpose_a: transposeA, transpose_b: transposeB)
                let a = generator.floats(batch * m * k)
                let b = generator.floats(batch * k * n)
                let exact = naiveMatmul(shape, a: a, b: b)
                for precision in [ATL_DNNL_FLOAT32, ATL_DNNL_BFLOAT16] {
                    let (result, description, rounds) = try matmul(
                        context, shape, precision: precision, a: a, b: b)
                    #expect(!rounds || precision == ATL_DNNL_BFLOAT16)
                    expectClose(
                        result, exact, relative: rounds ? 0.008 : 3e-6,
                        "\(batch)x\(m)x\(n)x\(k) \(transposeA) \(transposeB), \(description)")
                }
            }
        }
    }

    @Test func biasAndActivationFollowTheSum() throws {
        let context = try Context()
        var generator = Generator(state: 13)
        for (batch, m, n, k) in Self.sizes {
            let shape = atl_dnnl_matmul_shape(
                batch: Int64(batch), m: Int64(m), n: Int64(n), k: Int64(k), transpose_a: false,
                transpose_b: true)
            let a = generator.floats(batch * m * k)
            let b = generator.floats(batch * k * n)
            let bias = generator.floats(n)
            let sum = naiveMatmul(shape, a: a, b: b)
            for activation in [
                ATL_DNNL_NO_ACTIVATION, ATL_DNNL_RELU, ATL_DNNL_LEAKY_RELU, ATL_DNNL_TANH,
            ] {
                var exact = sum
                for i in exact.value.indices {
                    exact.value[i] = reference(
                        activation, slope: 0.1, sum.value[i] + Double(bias[i % n]))
                    exact.magnitude[i] += 1
                }
                let (result, description, _) = try matmul(
                    context, shape, postOps: .init(bias: true, activation: activation, slope: 0.1),
                    a: a, b: b, bias: bias)
                expectClose(result, exact, "\(batch)x\(m)x\(n)x\(k), \(description)")
            }
        }
    }

    @Test func emptyMatricesAreRefused() throws {
        let context = try Context()
        let shape = atl_dnnl_matmul_shape(
            batch: 1, m: 0, n: 1, k: 1, transpose_a: false, transpose_b: false)
        let error = #expect(throws: ShimError.self) {
            _ = try matmul(context, shape, a: [], b: [])
        }
        #expect(error?.code == ATL_DNNL_INVALID_ARGUMENTS)
    }
}
