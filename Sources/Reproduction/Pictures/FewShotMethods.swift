public import Networks
import Training

extension PictureMethod {
    /// The methods of the few-shot table: one network on a hundred pictures, as it is, with
    /// DiffAugment, and with the adaptive pipeline.
    ///
    /// Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training",
    /// https://arxiv.org/abs/2006.10738; Karras et al. 2020, "Training Generative Adversarial Networks
    /// with Limited Data", https://arxiv.org/abs/2006.06676.
    ///
    /// - Parameters:
    ///   - picture: The size of the pictures.
    ///   - width: Channels next to the picture.
    ///   - steps: Of each trial.
    ///   - batch: Pictures in a batch.
    public static func fewShot(
        _ picture: PictureShape, width: Int = 32, steps: Int = 8000, batch: Int = 16
    ) -> [PictureMethod] {
        var training = AdversarialConfiguration()
        training.batchSize = batch
        training.beta1 = 0
        training.beta2 = 0.99
        training.averageDecay = 0.999
        // Adam's rates suit the slope penalty, whose weight is R3GAN's for the size.
        let kimg = Double(steps * batch) / 1000
        let numbers = R3GANNumbers(picture: picture, batchSize: batch, kimg: kimg)
        let sizes = DCGANConfiguration(
            picture: picture, latentSize: 64, width: width, maximumWidth: 8 * width)
        let objective = AdversarialObjective(
            loss: .nonSaturating,
            r1: .init(gamma: .constant(numbers.gamma.largest)))
        var adaptive = training
        // A hundred pictures are seen over and over at once: the probability may rise faster than in
        // the paper, which trains for 25 million pictures.
        adaptive.augmentationProbability = .adaptive(
            AdaptiveProbability(kimg: max(1, kimg / 5)))
        func method(
            _ name: String, _ augmentation: AugmentationChoice,
            _ training: AdversarialConfiguration
        ) -> PictureMethod {
            PictureMethod(
                name: name, networks: .dcgan(sizes, normalizesDiscriminator: false),
                objective: objective, augmentation: augmentation, training: training,
                steps: steps, judgesAverage: true)
        }
        return [
            method("no augmentation", .none, training),
            method("DiffAugment", .diffAugment(DiffAugment()), training),
            method("ADA", .adaptive(AdaptivePipeline()), adaptive),
        ]
    }

    /// Our side of the comparison of DCGANs on Fashion-MNIST and CIFAR-10: the paper's network and
    /// numbers (Radford et al. 2016, https://arxiv.org/abs/1511.06434).
    ///
    /// - Parameters:
    ///   - picture: The size of the pictures: 32x32, grey or colour.
    ///   - width: Channels next to the picture.
    ///   - steps: Of each trial.
    ///   - batch: Pictures in a batch.
    public static func comparison(
        _ picture: PictureShape, width: Int = 64, steps: Int = 8000, batch: Int = 64
    ) -> PictureMethod {
        var training = AdversarialConfiguration()
        training.batchSize = batch
        return PictureMethod(
            name: "DCGAN (Atelier)",
            networks: .dcgan(
                DCGANConfiguration(picture: picture, width: width), normalizesDiscriminator: true),
            objective: .init(), training: training, steps: steps, judgesAverage: false)
    }
}
