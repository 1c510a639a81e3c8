import Foundation
import TensorCore
import Testing
import Training

@Suite struct AdaptiveAugmentationTests {
    init() { _ = Engine.installed }

    /// Logits of which a share is positive.
    private func logits(_ positive: Int, of count: Int) -> Tensor {
        Tensor((0..<count).map { $0 < positive ? 0.5 : -2 })
    }

    /// From 0 to 1 in 500,000 pictures while the discriminator is sure, in jumps of 4 steps.
    @Test func probabilityRisesInFiveHundredThousandPictures() {
        var state = AdaptiveAugmentation()
        let sure = logits(64, of: 64)
        var values: [Float] = []
        for _ in 0..<12 {
            state.record(realLogits: sure)
            evaluate(state.namedTensors().map(\.tensor))
            values.append(state.probability.scalar())
        }
        let jump = Float(4 * 64) / 500_000
        for (index, value) in values.enumerated() {
            #expect(abs(value - Float((index + 1) / 4) * jump) < 1e-7, "step \(index + 1)")
        }
        #expect(state.overfitting.scalar() == 1)
        #expect(state.counters.step == 12)
    }

    /// `r` is the mean of signs over all the steps between: here 0.5 and 0.75 lie about 0.6.
    @Test(arguments: [
        ([48, 48, 48, 48], -1.0), ([56, 56, 56, 56], 1.0), ([40, 56, 56, 56], 1.0),
    ])
    func probabilityMovesTowardTheTarget(_ positive: [Int], _ direction: Double) {
        var configuration = AdaptiveAugmentation.Configuration()
        configuration.initialProbability = 0.5
        var state = AdaptiveAugmentation(configuration)
        for count in positive { state.record(realLogits: logits(count, of: 64)) }
        let r = positive.reduce(0.0) { $0 + Double(2 * $1 - 64) / 64 } / 4
        #expect(abs(Double(state.overfitting.scalar()) - r) < 1e-6)
        #expect(abs(Double(state.probability.scalar()) - (0.5 + direction * 256 / 500_000)) < 1e-7)
    }

    @Test func probabilityStaysInsideItsRange() {
        var configuration = AdaptiveAugmentation.Configuration()
        configuration.rampPictures = 100
        configuration.maximumProbability = 0.8
        var state = AdaptiveAugmentation(configuration)
        for _ in 0..<8 { state.record(realLogits: logits(0, of: 32)) }
        #expect(state.probability.scalar() == 0)
        for _ in 0..<16 { state.record(realLogits: logits(32, of: 32)) }
        #expect(state.probability.scalar() == 0.8)
    }

    /// Stopped between two adjustments, stored as tensors and JSON, and gone on with.
    @Test func goingOnEqualsNeverHavingStopped() throws {
        func logitsOf(_ step: Int) -> Tensor {
            Tensor.normal([24], key: RandomKey(seed: 5).folded(UInt64(step))) + 1
        }
        var whole = AdaptiveAugmentation()
        for step in 0..<23 { whole.record(realLogits: logitsOf(step)) }

        var first = AdaptiveAugmentation()
        for step in 0..<10 { first.record(realLogits: logitsOf(step)) }
        let stored = first.namedTensors().map { ($0.name, $0.tensor.bytes(), $0.tensor.shape) }
        let counters = try JSONEncoder().encode(first.counters)
        let numbers = try JSONEncoder().encode(first.configuration)

        var second = AdaptiveAugmentation(
            try JSONDecoder().decode(AdaptiveAugmentation.Configuration.self, from: numbers))
        second.counters = try JSONDecoder().decode(
            AdaptiveAugmentation.Counters.self, from: counters)
        var next = stored.makeIterator()
        second.mapTensors { name, _ in
            guard let (storedName, bytes, shape) = next.next(), storedName == name else {
                Issue.record("no stored tensor \(name)")
                return Tensor(0)
            }
            return bytes.withUnsafeBytes { Tensor(copying: $0, shape: shape, dtype: .float32) }
        }
        for step in 10..<23 { second.record(realLogits: logitsOf(step)) }
        #expect(
            second.namedTensors().map { $0.tensor.bytes() }
                == whole.namedTensors().map { $0.tensor.bytes() })
        #expect(whole.probability.scalar() != 0)
    }

    @Test func numbersThatCannotBeAreNamed() {
        typealias Configuration = AdaptiveAugmentation.Configuration
        #expect(Configuration().problem == nil)
        let wrong: [(WritableKeyPath<Configuration, Double>, Double, String)] = [
            (\.target, 1.5, "target"), (\.maximumProbability, 1.2, "maximum"),
            (\.initialProbability, -0.1, "first"),
        ]
        for (path, value, word) in wrong {
            var configuration = Configuration()
            configuration[keyPath: path] = value
            #expect(configuration.problem?.contains(word) == true)
        }
        var configuration = Configuration()
        configuration.interval = 0
        #expect(configuration.problem?.contains("interval") == true)
    }
}
