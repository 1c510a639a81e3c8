public import Metrics
import Networks
import Training

extension ReproductionTable {
    /// An empty table of Stacked MNIST, with the papers' rows.
    ///
    /// - Parameters:
    ///   - methods: What will be trained.
    ///   - reader: What tells digits apart, in words, with its accuracy.
    ///   - samples: How many samples are judged.
    public static func stackedDigits(
        methods: [PictureMethod], reader: String, samples: Int
    ) -> ReproductionTable {
        ReproductionTable(
            title: "Stacked MNIST: modes of 1000 that samples reach",
            notes: [
                "Three digits of the training set, drawn anew for each picture, as the channels of RGB "
                    + "pictures: 28x28 inside 32x32, two black pixels on each side.",
                "\(samples) samples a trial; \(reader). Even 26,000 fair draws have a divergence of "
                    + "0.019 nats.",
                "Networks and lengths are ours and not the papers'; DCGAN's collapse depends on them.",
            ] + methods.map(\.sentence),
            columns: [
                Column("modes (of 1000)", digits: 1), Column("KL (nats)", digits: 3),
            ],
            published: StackedDigitsProtocol.published.map {
                PublishedRow(
                    method: $0.method, figures: [$0.modes, $0.divergence], source: $0.source)
            })
    }

    /// A trial's figures, by the columns of Stacked MNIST's table.
    public static func figures(_ result: StackedDigitsProtocol.Result) -> [Double?] {
        [Double(result.modes), figure(result.divergence)]
    }
}

extension PictureMethod {
    /// The methods of Stacked MNIST's table: a DCGAN, the same with packs of two, and relativistic pairs
    /// with R1 and R2 on the same networks.
    ///
    /// - Parameters:
    ///   - width: Channels next to the picture.
    ///   - steps: Of each trial.
    ///   - batch: Pictures in a batch; even.
    public static func stackedDigits(
        width: Int = 32, steps: Int = 10_000, batch: Int = 64
    ) -> [PictureMethod] {
        let sizes = DCGANConfiguration(picture: StackedDigits.shape, width: width)
        var plain = AdversarialConfiguration()
        plain.batchSize = batch
        func dcgan(_ name: String, pack: Int) -> PictureMethod {
            PictureMethod(
                name: name, networks: .dcgan(sizes, normalizesDiscriminator: true),
                objective: .init(packing: pack), training: plain, steps: steps,
                judgesAverage: false)
        }
        let kimg = Double(steps * batch) / 1000
        // Huang et al. 2024, https://arxiv.org/abs/2501.05441: schedules along half a cosine; a gamma of
        // 1 to 0.1 suits 32x32 where pictures are as far apart as black and white digits are.
        // Penalties in every fourth step are nearly as good as in every one, and cost half.
        let interval = 4
        let gamma = AdversarialObjective.SlopePenalty(
            gamma: .cosine(from: 1, to: 0.1, kimg: 0.8 * kimg), interval: interval)
        var ours = plain
        ours.discriminatorLazyInterval = interval
        (ours.generatorLearningRate, ours.discriminatorLearningRate) = (5e-4, 5e-4)
        ours.beta1 = 0
        ours.beta2Schedule = .cosine(from: 0.9, to: 0.99, kimg: 0.8 * kimg)
        ours.learningRateFactor = .cosine(from: 1, to: 0.25, kimg: 0.8 * kimg)
        ours.averageHalfLife = .linear(from: 0, to: kimg / 50, kimg: 0.5 * kimg)
        let objective = AdversarialObjective(loss: .relativistic, r1: gamma, r2: gamma)
        return [
            dcgan("DCGAN", pack: 1), dcgan("PacDCGAN2", pack: 2),
            PictureMethod(
                name: "RpGAN + R1 + R2",
                networks: .dcgan(sizes, normalizesDiscriminator: false), objective: objective,
                training: ours, steps: steps, judgesAverage: true),
        ]
    }

    /// Relativistic pairs with R1 and R2 on R3GAN's own networks, narrow: slower, and named on request.
    public static func stackedDigitsR3GAN(
        width: Int = 32, steps: Int = 10_000, batch: Int = 64
    ) -> PictureMethod {
        var method = stackedDigits(width: width, steps: steps, batch: batch)[2]
        method.name = "R3GAN"
        method.networks = .r3gan(
            R3GANConfiguration(
                picture: StackedDigits.shape, width: width, maximumWidth: 4 * width, blocks: 1))
        return method
    }
}
