import TensorCore
import TestSupport
import Testing

/// What a caller does wrong, and the words that the program stops with.
struct Misuse: Sendable, CustomTestStringConvertible {
    var message: String
    var body: @Sendable () -> Void

    init(_ message: String, _ body: @escaping @Sendable () -> Void) {
        self.message = message
        self.body = body
    }

    var testDescription: String { message }

    static let all: [Misuse] = [
        .init("[add] expected shapes that broadcast, got [2, 3] and [2]") {
            _ = Tensor.zeros([2, 3]) + Tensor.zeros([2])
        },
        .init("[multiply] expected operands of one type, got float32 and int32") {
            _ = Tensor.zeros([2]) * Tensor.iota([2])
        },
        .init("[tanh] expected float32 or bfloat16, got int32") { _ = Tensor.iota([2]).tanh() },
        .init("[select] expected a bool condition, got float32") {
            _ = select(Tensor.zeros([1]), Tensor.zeros([1]), Tensor.zeros([1]))
        },
        .init("[matmul] expected equal inner extents, got [2, 3] and [4, 5]") {
            _ = matmul(Tensor.zeros([2, 3]), Tensor.zeros([4, 5]))
        },
        .init("[conv2d] expected input float32 [N, H, W, 3], got Tensor(float32 [1, 8, 8, 1])") {
            _ = conv2d(Tensor.zeros([1, 8, 8, 1]), Tensor.zeros([4, 3, 3, 3]))
        },
        // The extent that is missing is smaller than the stride: rounding must not hide it.
        .init("[conv2d] expected a picture at least as large as the kernel [1, 3, 3, 1]") {
            _ = conv2d(Tensor.zeros([1, 2, 2, 1]), Tensor.zeros([1, 3, 3, 1]), .init(stride: 2))
        },
        .init("[conv2dInputGradient] expected float32 [2, 4, 4, 3] for a picture of 8x8") {
            _ = conv2dInputGradient(
                Tensor.zeros([2, 5, 4, 3]), Tensor.zeros([3, 4, 4, 1]),
                .init(stride: 2, padding: 1), height: 8, width: 8)
        },
        .init("[maxPool2d] expected a picture at least as large as the window") {
            _ = maxPool2d(Tensor.zeros([1, 2, 2, 1]), .init(kernel: 3))
        },
        .init("[convTransposed2d] expected an output padding under the strides 1x2, got 1") {
            var parameters = Convolution2dParameters(stride: 2, dilation: 3)
            parameters.strideHeight = 1
            _ = convTransposed2d(
                Tensor.zeros([1, 4, 4, 2]), Tensor.zeros([2, 3, 3, 2]), parameters,
                outputPadding: 1)
        },
        .init("[folded] expected a number below 2^63, got 9223372036854775808") {
            _ = RandomKey(seed: 0).folded(1 << 63)
        },
        .init("[reshaped] expected a shape of 6 elements (from [2, 3]), got [4, 2]") {
            _ = Tensor.zeros([2, 3]).reshaped([4, 2])
        },
        .init("[transposed] expected a permutation of 0..<2, got [0, 0]") {
            _ = Tensor.zeros([2, 3]).transposed([0, 0])
        },
        .init("[sliced] expected a range inside axis 1 of [2, 3], got start 2, size 2, stride 1") {
            _ = Tensor.zeros([2, 3]).sliced(starts: [0, 2], sizes: [2, 2])
        },
        .init("[sum] expected an axis in -2..<2, got 2") {
            _ = Tensor.zeros([2, 3]).sum(axes: [2])
        },
        .init("[sum] expected different axes, got [1, -1]") {
            _ = Tensor.zeros([2, 3]).sum(axes: [1, -1])
        },
        .init("[concatenate] expected shapes equal but for axis 1, got [2, 1] and [3, 1]") {
            _ = concatenate([Tensor.zeros([2, 1]), Tensor.zeros([3, 1])], axis: 1)
        },
        .init("[gathered] expected int32 indices, got float32") {
            _ = Tensor.zeros([4, 2]).gathered(Tensor.zeros([1]))
        },
        .init("[gather] index 4 is outside 0..<4") {
            let rows = Tensor.zeros([4, 2]).gathered(Tensor(int32: [4], shape: [1]))
            _ = TensorGraph(outputs: [rows], variables: []).run([])
        },
        .init("[gradients] expected a scalar output, got shape [2]") {
            let x = Tensor([1, 2])
            _ = gradients(of: x.square(), at: [x])
        },
        .init("[Tensor] expected 24 bytes for float32 [2, 3], got 8") {
            _ = Tensor([1, 2], shape: [2, 3])
        },
        .init("[Tensor] expected positive extents, got shape [-1, -1]") {
            _ = Tensor([1], shape: [-1, -1])
        },
        .init("[evaluate] no backend is installed") { _ = Tensor.zeros([1]).floats() },
        .init("[setParameters] expected 1 values, got 2") {
            struct One: Module {
                var weight = Tensor.zeros([1])
                mutating func forEachTensor(
                    under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
                ) { body(path + "weight", &weight, .parameter) }
            }
            var module = One()
            module.setParameters([.zeros([1]), .zeros([1])])
        },
    ]
}

@Suite struct CallerErrorTests {
    @Test(arguments: Misuse.all.indices) func stopsWithOperationRuleAndValue(_ index: Int) async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { [index] in
            Misuse.all[index].body()
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        let expected = Misuse.all[index].message
        #expect(text.contains(expected), "\(expected)\n--- got:\n\(text.prefix(400))")
    }
}
