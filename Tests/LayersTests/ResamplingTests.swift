import Layers
import TensorCore
import TestSupport
import Testing

/// Convolutions beside a resampling against one after the other. Pictures are not square.
@Suite struct ResamplingTests {
    init() { _ = Engine.installed }

    private func convolution(_ kernel: Int, padding: Int? = nil, hasBias: Bool = true) -> Conv2d {
        Conv2d(
            inputChannels: 5, outputChannels: 4, kernelSize: kernel, padding: padding ?? kernel / 2,
            hasBias: hasBias, key: key.folded(UInt64(kernel)))
    }

    private func enlarged(_ x: Tensor) -> Tensor {
        resized2d(x, .nearest, height: 2 * x.shape[1], width: 2 * x.shape[2])
    }

    private func halved(_ x: Tensor) -> Tensor { averagePool2d(x, Pool2dParameters(kernel: 2)) }

    /// A value, its gradients, and the gradients of a penalty on the slope at the picture.
    private func results(
        _ layer: Conv2d, _ x: Tensor, _ apply: (Conv2d, Tensor) -> Tensor
    ) -> [Tensor] {
        let parameters = layer.namedTensors(.parameter).map(\.tensor)
        let y = apply(layer, x)
        let judged = (y * Tensor.normal(y.shape, key: key.folded("cotangent"))).tanh().sum()
        let first = gradients(of: judged, at: [x] + parameters)
        let penalty = first[0].square().sum()
        return [y] + first + gradients(of: penalty, at: [x] + parameters)
    }

    private func compare(
        _ layer: Conv2d, height: Int, width: Int, _ name: String,
        _ one: (Conv2d, Tensor) -> Tensor, _ other: (Conv2d, Tensor) -> Tensor
    ) {
        let x = Tensor.normal([2, height, width, 5], key: key.folded("x"))
        let got = results(layer, x, one)
        let expected = results(layer, x, other)
        evaluate(got + expected)
        #expect(got.count == expected.count && got.count >= 5)
        for (index, (a, b)) in zip(got, expected).enumerated() {
            let values = b.floats()
            let largest = values.reduce(0) { max($0, abs($1)) }
            #expect(largest > 0, "\(name) \(index)")
            expectClose(
                a.floats(), shape: a.shape, to: values.map(Double.init), shape: b.shape,
                absolute: 1e-5 * Double(largest), relative: 0, "\(name) \(index)")
        }
    }

    /// The last kernel is none that has a short cut.
    @Test(arguments: [1, 3, 5], [true, false])
    func upsampling(_ kernel: Int, _ hasBias: Bool) {
        compare(
            convolution(kernel, hasBias: hasBias), height: 4, width: 7, "\(kernel)",
            { $0.upsampling($1) }, { $0(enlarged($1)) })
    }

    @Test func upsamplingReflected() {
        compare(
            convolution(3, padding: 0), height: 4, width: 7, "mirrored",
            { $0.upsamplingReflected($1) }, { $0(enlarged($1).reflectionPadded2d(1)) })
        compare(
            convolution(3, padding: 0), height: 1, width: 2, "a line",
            { $0.upsamplingReflected($1) }, { $0(enlarged($1).reflectionPadded2d(1)) })
    }

    /// The last kernel, and odd sides, have no short cut.
    @Test(arguments: [(1, 6, 8), (3, 6, 8), (3, 2, 2), (3, 7, 6), (5, 6, 8)])
    func averaging(_ kernel: Int, _ height: Int, _ width: Int) {
        compare(
            convolution(kernel), height: height, width: width, "\(kernel)",
            { $0.averaging($1) }, { halved($0($1)) })
    }
}
