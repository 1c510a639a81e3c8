import Networks
import TensorCore
import Testing
import Training

@Suite struct HealthTests {
    init() { _ = Engine.installed }

    private func feed(
        _ monitor: inout HealthMonitor, _ steps: ClosedRange<Int>,
        _ values: (Int) -> [String: Float]
    ) -> [HealthMessage] {
        steps.flatMap { monitor.observe(step: $0, values: values($0)) }
    }

    @Test func aDiscriminatorThatWinsIsToldOfOnceAndAgainLater() {
        var monitor = HealthMonitor()
        monitor.limits.window = 50
        monitor.limits.reminder = 300
        let calm = feed(&monitor, 1...100) { _ in ["d_real": 0.7, "d_fake": 0.3] }
        #expect(calm.isEmpty)
        let wins = feed(&monitor, 101...700) { _ in ["d_real": 0.999, "d_fake": 0.001] }
        #expect(wins.map(\.kind) == [.discriminatorWins, .discriminatorWins])
        #expect(wins[0].severity == .warning && wins[0].step > 150)
        #expect(wins.count == 2 && wins[1].step - wins[0].step == 300)
        #expect(wins[0].happening.contains("discriminator wins") && !wins[0].advice.isEmpty)
        let better = feed(&monitor, 701...900) { _ in ["d_real": 0.6, "d_fake": 0.4] }
        #expect(better.map(\.severity) == [.note] && monitor.holding.isEmpty)
    }

    @Test func pairsInOrderAreAVictoryToo() {
        var monitor = HealthMonitor()
        let messages = feed(&monitor, 1...300) { _ in
            ["d_real": 1, "d_fake": 0.9, "d_order": 1]
        }
        #expect(messages.map(\.kind) == [.discriminatorWins])
    }

    @Test func anExplosionIsFarOverTheMedianForSomeSteps() {
        var monitor = HealthMonitor()
        let usual = feed(&monitor, 1...60) { step in ["d_loss": 1 + Float(step % 7)] }
        #expect(usual.isEmpty)
        // One or two outliers are none.
        let outliers = feed(&monitor, 61...62) { _ in ["d_loss": 5000] }
        let calm = feed(&monitor, 63...70) { _ in ["d_loss": 3] }
        #expect(outliers.isEmpty && calm.isEmpty)
        let messages = feed(&monitor, 71...73) { _ in ["d_loss": 5000] }
        #expect(messages.map(\.kind) == [.explosion] && messages[0].step == 73)
        #expect(messages[0].severity == .critical)
        #expect(messages[0].description.contains("d_loss is 5000"))
        monitor.forget()
        #expect(monitor.holding.isEmpty)
        // Absurd values need no history, and gradients count.
        let absurd = monitor.observe(step: 1, values: ["g_gradient": 1e9])
        #expect(absurd.map(\.kind) == [.explosion])
        // What is neither a loss nor a gradient may be as large as it likes.
        monitor.forget()
        let speed = monitor.observe(step: 1, values: ["images_per_second": 1e9])
        #expect(speed.isEmpty)
    }

    @Test func aNumberThatIsNoneIsToldByName() {
        var monitor = HealthMonitor()
        let messages = monitor.observe(step: 4, values: ["d_loss": 1, "g_loss": .nan])
        #expect(messages.map(\.kind) == [.nonFinite])
        #expect(messages[0].happening == "g_loss became nan")
    }

    /// A generator that answers one picture whatever it is asked, provoked on purpose.
    @Test func aConstantGeneratorIsACollapse() {
        var state = pointState()
        let reals = SampleStatistics(values: pointBatch(0).pictures.floats(), count: 16)
        func samples(_ state: PointState) -> SampleStatistics {
            var generator = state.generator
            let latents = Tensor.normal([16, 3], key: RandomKey(seed: 4))
            return SampleStatistics(
                values: generator(latents, training: false).floats(), count: 16)
        }
        // Weights are scaled up so that a healthy generator's points differ as real ones do.
        state.generator.mapTensors { _, tensor in tensor * 3 }
        var monitor = HealthMonitor()
        let healthy = monitor.observe(step: 1, samples: samples(state), reals: reals)
        #expect(healthy.isEmpty)
        state.generator.mapTensors { name, tensor in
            name == "0.weight" ? tensor * 0 : tensor
        }
        let messages = monitor.observe(step: 2, samples: samples(state), reals: reals)
        #expect(messages.map(\.kind) == [.generatorCollapse])
        #expect(messages.first?.severity == .critical)
        #expect(messages.first?.happening.contains("collapses") == true)
    }

    @Test func distancesAreThoseOfPairs() {
        // Two pixels a picture: distances 3 * sqrt(1/2), 4 * sqrt(1/2), 5 * sqrt(1/2).
        let statistics = SampleStatistics(bytes: [0, 0, 3, 0, 0, 4], count: 3)
        let expected: Double = 4 * 0.5.squareRoot()
        let error: Double = abs(statistics.meanPairwiseDistance - expected)
        #expect(error < 1e-6)
        #expect(SampleStatistics(bytes: [7, 7, 7], count: 3).meanPairwiseDistance == 0)
    }

    /// Logits about a mean, with a spread that alternates.
    private func logits(_ mean: Float, spread: Float, count: Int = 100) -> [Float] {
        (0..<count).map { mean + ($0 % 2 == 0 ? spread : -spread) }
    }

    @Test func heldOutScoresSpeakOnlyBeyondChance() {
        let clear = HeldOutScores(
            training: logits(4, spread: 1), heldOut: logits(-1, spread: 1),
            made: logits(-2, spread: 1))
        #expect(abs(clear.training - 4) < 1e-9 && abs(clear.heldOut + 1) < 1e-9)
        #expect(abs((clear.gap ?? 0) - 5.0 / 6) < 1e-6 && clear.isClear)
        // Of 100 values of +-1 the variance is 100 / 99, and two means of them differ by so much.
        let error: Double = (2.0 / 99).squareRoot()
        #expect(abs(clear.heldOutError - error) < 1e-9 && abs(clear.madeError - error) < 1e-9)
        // A large share of a way that is hardly any.
        let alike = HeldOutScores(
            training: logits(0.1, spread: 1), heldOut: logits(0, spread: 1),
            made: logits(0.05, spread: 1))
        #expect(alike.gap == nil && !alike.isClear)
        // Real and made are told apart; that held-out ones lie lower may be chance.
        let fair = HeldOutScores(
            training: logits(1, spread: 5), heldOut: logits(-0.5, spread: 5),
            made: logits(-2, spread: 0.5))
        #expect((fair.gap ?? 0) > 0.4 && !fair.isClear)
        var monitor = HealthMonitor()
        monitor.limits.overfitting = 0.3
        let silent =
            monitor.observe(step: 1, scores: alike) + monitor.observe(step: 2, scores: fair)
        #expect(silent.isEmpty)
        let said = monitor.observe(step: 3, scores: clear)
        #expect(said.map(\.kind) == [.overfitting] && said[0].severity == .warning)
        // Nothing can be said of a discriminator that tells nothing apart, not even that all is well.
        #expect(monitor.observe(step: 4, scores: alike).isEmpty)
        #expect(monitor.observe(step: 5, scores: fair).map(\.severity) == [.note])
    }

    @Test func copiesAreToldOfBeyondWhatDataHasOfItsOwn() {
        var monitor = HealthMonitor()
        // Data in few directions, or with twins, has as many of its own.
        #expect(monitor.observe(step: 1, copiedShare: 0.6, usualShare: 0.5).isEmpty)
        #expect(monitor.observe(step: 2, copiedShare: 0.1, usualShare: 0).isEmpty)
        let messages = monitor.observe(step: 3, copiedShare: 0.6, usualShare: 0.01)
        #expect(messages.map(\.kind) == [.memorisation])
        #expect(messages[0].happening.contains("60.0%") && !messages[0].advice.isEmpty)
        #expect(monitor.observe(step: 4, copiedShare: 0.7, usualShare: 0.01).isEmpty)
        let over = monitor.observe(step: 5, copiedShare: 0, usualShare: 0.01)
        #expect(over.map(\.severity) == [.note] && monitor.holding.isEmpty)
    }

    @Test func overfittingIsTheGapToHeldOutPictures() {
        var monitor = HealthMonitor()
        let well = monitor.observe(step: 1, training: 2, heldOut: 1.5, made: -2)
        let messages = monitor.observe(step: 2, training: 4, heldOut: -1, made: -2)
        let saidAlready = monitor.observe(step: 3, training: 4, heldOut: -1, made: -2)
        let better = monitor.observe(step: 4, training: 4, heldOut: 4, made: -2)
        // A discriminator that finds made pictures more real says nothing about it.
        let nothing = monitor.observe(step: 5, training: 0, heldOut: -9, made: 2)
        #expect(well.isEmpty && saidAlready.isEmpty && nothing.isEmpty)
        #expect(messages.map(\.kind) == [.overfitting])
        #expect(messages.first?.happening.contains("83.3%") == true)
        #expect(better.map(\.severity) == [.note])
    }
}
