import Networks
import Optimizers
public import TensorCore

extension AdversarialState {
    /// Pictures from the fixed latents of a seed.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - seed: The run's seed.
    ///   - stream: A name; other names give other pictures.
    ///   - averaged: Off takes the generator as the last step left it.
    ///   - labels: The class of each picture; by turns, 0, 1, 2, ..., unless given. Networks without
    ///     classes take none.
    public func sample(
        _ count: Int, seed: UInt64, stream: String = "samples", averaged: Bool = true,
        labels: [Int]? = nil
    ) -> SampleReport {
        let shape = generator.pictureShape
        let latents = Tensor.normal(
            [count, generator.latentSize], key: RandomKey(seed: seed).folded(stream))
        var network = averaged ? average.average : generator
        let context = NetworkContext(
            training: false, labels: sampleLabels(count, labels, classes: generator.classCount))
        let pictures = bytePictures(network(latents, context))
        return SampleReport(
            step: step, pictures: pictures.uint8s(), count: count, height: shape.height,
            width: shape.width, channels: shape.channels)
    }

    /// The discriminator's logits of pictures, without augmentation and with the statistics that it has
    /// learned: to compare training pictures, held-out ones and made ones.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, C]`, uint8, or float32 in -1 ... 1.
    ///   - labels: The class of each picture, if the discriminator tells classes apart.
    /// - Returns: One number a picture, or a pack of them; positive says real.
    public func scores(of pictures: Tensor, labels: [Int]? = nil) -> [Float] {
        var network = discriminator
        let context = NetworkContext(
            training: false,
            labels: sampleLabels(pictures.shape[0], labels, classes: discriminator.classCount))
        return network.verdict(networkPictures(pictures), context).logits.floats()
    }

    private func sampleLabels(_ count: Int, _ labels: [Int]?, classes: Int) -> Tensor? {
        guard classes > 0 else { return nil }
        let labels = labels ?? (0..<count).map { $0 % classes }
        precondition(
            labels.count == count && labels.allSatisfy { (0..<classes).contains($0) },
            "[AdversarialState] expected \(count) labels below \(classes), got \(labels)")
        return Tensor(int32: labels.map(Int32.init), shape: [count])
    }
}

extension AdversarialState {
    /// Moves the probability of augmentation by what a step reports, if it adapts.
    mutating func adaptAugmentation(
        _ values: [String: Float], samples: Int, _ configuration: AdversarialConfiguration
    ) {
        guard case .adaptive(let controller) = configuration.augmentationProbability,
            let sign = values["d_sign"]
        else { return }
        augmentation.observe(meanSign: Double(sign), samples: samples, controller)
    }

    /// The probability of augmentation in the next step.
    public func augmentationProbability(_ configuration: AdversarialConfiguration) -> Double {
        switch configuration.augmentationProbability {
        case .scheduled(let schedule): schedule.value(samplesSeen)
        case .adaptive: augmentation.probability
        }
    }
}
