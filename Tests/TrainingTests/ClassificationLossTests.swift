import TensorCore
import TestSupport
import Testing
import Training

@Suite struct ClassificationLossTests {
    private let logits = Tensor([1, 2, 3, 0, 0, 0], shape: [2, 3])
    private let classes = Tensor(int32: [2, 0], shape: [2])

    init() { _ = Engine.installed }

    /// The values of PyTorch's `cross_entropy`.
    @Test(arguments: [(0, 0.753109), (0.3, 0.903109), (1, 1.253109)])
    func valuesAreThoseOfPyTorch(_ smoothing: Double, _ expected: Double) {
        let loss = softmaxCrossEntropy(logits: logits, classes: classes, smoothing: smoothing)
        #expect(loss.shape == [])
        #expect(abs(Double(loss.floats()[0]) - expected) < 2e-6)
    }

    @Test func theSlopeIsTheDifferenceOfProbabilities() {
        let loss = softmaxCrossEntropy(logits: logits, classes: classes)
        let slope = gradients(of: loss, at: [logits])[0]
        let expected = [0.0450153, 0.1223642, -0.1673795, -1.0 / 3, 1.0 / 6, 1.0 / 6]
        expectClose(
            slope.floats(), shape: slope.shape, to: expected, shape: [2, 3], absolute: 1e-6,
            relative: 0)
    }

    @Test func largeLogitsDoNotOverflow() {
        let large = Tensor([1000, -1000, 0, -1000, 1000, 0], shape: [2, 3])
        let loss = softmaxCrossEntropy(logits: large, classes: Tensor(int32: [0, 0], shape: [2]))
        let slope = gradients(of: loss, at: [large])[0]
        #expect(loss.floats() == [1000])
        #expect(slope.floats() == [0, 0, 0, -0.5, 0.5, 0])
    }
}
