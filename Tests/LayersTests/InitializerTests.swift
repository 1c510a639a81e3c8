import Layers
import TensorCore
import Testing

/// Moments and bounds of what weights begin with, on 20,000 numbers: the standard error of the mean
/// is 0.7% of the deviation, of the deviation 0.5% or less; 4 of them are allowed.
@Suite struct InitializerTests {
    private static let shape = [100, 200]

    init() { _ = Engine.installed }

    private func values(_ initializer: Initializer, seed: UInt64 = 3) -> [Double] {
        initializer.makeTensor(Self.shape, fanIn: 200, fanOut: 100, key: RandomKey(seed: seed))
            .floats().map(Double.init)
    }

    private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, variance.squareRoot())
    }

    private func expect(
        _ initializer: Initializer, mean: Double = 0, deviation: Double, bound: Double? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let values = values(initializer)
        let found = moments(values)
        #expect(
            abs(found.mean - mean) < 0.03 * deviation, "mean \(found.mean)",
            sourceLocation: sourceLocation)
        #expect(
            abs(found.deviation / deviation - 1) < 0.02, "deviation \(found.deviation)",
            sourceLocation: sourceLocation)
        if let bound {
            let furthest = values.map { abs($0 - mean) }.max() ?? .infinity
            #expect(
                furthest <= bound * (1 + 1e-6) && furthest > 0.999 * bound, "furthest \(furthest)",
                sourceLocation: sourceLocation)
        } else {
            // A normal distribution: what lies within one deviation, and beyond three.
            let inside = values.count { abs($0 - mean) < deviation }
            #expect(abs(Double(inside) / 20_000 - 0.6827) < 0.014, sourceLocation: sourceLocation)
            #expect(
                values.contains { abs($0 - mean) > 3 * deviation }, sourceLocation: sourceLocation)
        }
        #expect(values == self.values(initializer), "the same key", sourceLocation: sourceLocation)
        #expect(values != self.values(initializer, seed: 4), sourceLocation: sourceLocation)
    }

    @Test func distributions() {
        expect(.normal(standardDeviation: 0.02), deviation: 0.02)
        expect(.normal(mean: 1, standardDeviation: 0.02), mean: 1, deviation: 0.02)
        expect(.heNormal(), deviation: 0.1)
        expect(.heNormal(gain: 1), deviation: 0.1 / 2.0.squareRoot())
        let third = 1 / 3.0.squareRoot()
        expect(.uniform(bound: 0.5), deviation: 0.5 * third, bound: 0.5)
        let glorot = (6.0 / 300).squareRoot()
        expect(.glorotUniform(), deviation: glorot * third, bound: glorot)
        expect(.glorotUniform(gain: 2), deviation: 2 * glorot * third, bound: 2 * glorot)
        let fan = 1 / 200.0.squareRoot()
        expect(.fanInUniform, deviation: fan * third, bound: fan)
        #expect(values(.constant(2.5)).allSatisfy { $0 == 2.5 })
    }

    /// The bounds that PyTorch's layers have by default: one over the root of the fan in, which for
    /// a transposed convolution PyTorch counts over the outputs.
    @Test func defaultsOfLayers() {
        func expect(
            _ module: some Module, fanIn: Int, sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let bound = Float(1 / Double(fanIn).squareRoot())
            for (name, tensor) in module.namedTensors(.parameter) {
                let values = tensor.floats()
                let furthest = values.map { abs($0) }.max() ?? .infinity
                #expect(
                    furthest <= bound * 1.000_001
                        && furthest > bound * (name == "bias" ? 0.8 : 0.97),
                    "\(name): \(furthest) of \(bound)", sourceLocation: sourceLocation)
            }
            // Weight and bias are drawn apart.
            let all = module.parameters.map { $0.floats()[0] }
            #expect(Set(all).count == all.count, sourceLocation: sourceLocation)
        }
        expect(Linear(inputFeatures: 30, outputFeatures: 40, key: key), fanIn: 30)
        expect(
            Conv2d(inputChannels: 8, outputChannels: 32, kernelSize: 3, groups: 2, key: key),
            fanIn: 36)
        expect(
            ConvTransposed2d(inputChannels: 8, outputChannels: 32, kernelSize: 3, key: key),
            fanIn: 288)
        let embedding = moments(
            Embedding(classes: 100, features: 200, key: key).weight.floats().map(Double.init))
        #expect(abs(embedding.mean) < 0.03 && abs(embedding.deviation - 1) < 0.02)
        let norm = BatchNorm(features: 3)
        #expect(norm.namedTensors().map { $0.tensor.floats()[0] } == [1, 0, 0, 1])
    }
}
