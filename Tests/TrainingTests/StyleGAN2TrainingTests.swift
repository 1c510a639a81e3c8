import Networks
import Optimizers
import TensorCore
import Testing
import Training

/// A short training of StyleGAN2 with its own losses: non-saturating, R1 and path lengths.
@Suite struct StyleGAN2TrainingTests {
    init() { _ = Engine.installed }

    private let key = RandomKey(seed: 3)
    private let count = 8

    private struct Players {
        var generator: StyleGAN2Generator
        var discriminator: StyleGAN2Discriminator
        var generatorOptimizer: Adam
        var discriminatorOptimizer: Adam

        init(key: RandomKey) {
            let sizes = StyleGAN2Configuration(
                picture: PictureShape(height: 16, width: 16, channels: 1), latentSize: 16,
                styleSize: 16, mappingLayerCount: 2, width: 8, maximumWidth: 16)
            generator = StyleGAN2Generator(sizes, key: key.folded("g"))
            discriminator = StyleGAN2Discriminator(sizes, key: key.folded("d"))
            generatorOptimizer = Adam(for: generator, beta1: 0, beta2: 0.99)
            discriminatorOptimizer = Adam(for: discriminator, beta1: 0, beta2: 0.99)
        }
    }

    /// Dark pictures with a bright square.
    private var real: Tensor {
        let values = (0..<count * 256).map { index -> Float in
            let (row, column, sample) = (index / 16 % 16, index % 16, index / 256)
            return (4 + sample % 3..<10).contains(row) && (5..<11).contains(column) ? 0.8 : -0.9
        }
        return Tensor(values, shape: [count, 16, 16, 1])
    }

    /// One step of both; the losses of the discriminator and the generator.
    private func step(_ number: Int, _ players: inout Players) -> (Tensor, Tensor) {
        let key = key.folded("step").folded(UInt64(number))
        let real = real
        let latents = Tensor.normal([count, 16], key: key.folded("z"))
        let generator = players.generator
        let ofDiscriminator = valueAndGrad(at: &players.discriminator) { discriminator in
            var maker = generator
            let context = NetworkContext(training: true, key: key.folded("d"))
            let made = stopGradient(maker(latents, context))
            let logits = discriminator.verdict(real, context).logits
            let fake = discriminator.verdict(made, context).logits
            let loss = nonSaturatingDiscriminatorLoss(real: logits, fake: fake)
            guard number % 4 == 0 else { return loss }
            let slope = gradients(of: logits.sum(), at: [real])[0]
            return loss + slope.square().sum(axes: [1, 2, 3]).mean() * 0.2
        }
        players.discriminatorOptimizer.update(
            &players.discriminator, ofDiscriminator.gradients, learningRate: 0.003)
        let discriminator = players.discriminator
        let ofGenerator = valueAndGrad(at: &players.generator) { generator in
            var judge = discriminator
            let context = NetworkContext(training: true, key: key.folded("g"))
            let styles = generator.trainedStyles(latents, context)
            let pictures = generator.synthesized(styles, key: key.folded("noise"))
            let loss = nonSaturatingGeneratorLoss(fake: judge.verdict(pictures, context).logits)
            guard number % 4 == 0 else { return loss }
            return loss
                + pathLengthPenalty(
                    of: pictures, by: styles, average: &generator.pathLengthAverage,
                    key: key.folded("y")) * 8
        }
        players.generatorOptimizer.update(
            &players.generator, ofGenerator.gradients, learningRate: 0.003)
        evaluate(
            (players.generator.namedTensors() + players.discriminator.namedTensors()
                + players.generatorOptimizer.namedTensors()
                + players.discriminatorOptimizer.namedTensors()).map(\.tensor)
                + [ofDiscriminator.value, ofGenerator.value])
        return (ofDiscriminator.value, ofGenerator.value)
    }

    /// The mean distance of made pictures to the mean real one.
    private func distance(_ generator: StyleGAN2Generator) -> Float {
        var generator = generator
        let made = generator(
            .normal([16, 16], key: key.folded("test")), NetworkContext(training: false))
        return (made - real.mean(axes: [0], keepingDimensions: true)).abs().mean().scalar()
    }

    @Test func picturesComeNearerToRealOnesAndNumbersStayFinite() {
        var players = Players(key: key)
        let before = distance(players.generator)
        for number in 0..<60 {
            let (d, g) = step(number, &players)
            #expect(d.scalar().isFinite && g.scalar().isFinite, "step \(number)")
        }
        let after = distance(players.generator)
        #expect(after < 0.7 * before, "\(before) to \(after)")
        let average = players.generator.pathLengthAverage.scalar()
        #expect(average > 0 && average.isFinite)
        #expect(players.generator.averageStyle.floats().contains { $0 != 0 })
        #expect(
            players.generator.namedTensors().allSatisfy {
                $0.tensor.floats().allSatisfy(\.isFinite)
            })
    }

    @Test func equalSeedsTrainToEqualBits() {
        func trained() -> [[UInt8]] {
            var players = Players(key: key)
            for number in 0..<3 { _ = step(number, &players) }
            return players.generator.namedTensors().map { $0.tensor.bytes() }
        }
        #expect(trained() == trained())
    }
}
