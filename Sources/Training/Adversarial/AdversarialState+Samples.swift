public import Networks
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
    ///   - packing: Asks the discriminator, which judges so many pictures together, for its logit of
    ///     each; nil does not.
    public func sample(
        _ count: Int, seed: UInt64, stream: String = "samples", averaged: Bool = true,
        labels: [Int]? = nil, scoredInPacksOf packing: Int? = nil
    ) -> SampleReport {
        let shape = generator.pictureShape
        let latents = Tensor.normal(
            [count, generator.latentSize], key: RandomKey(seed: seed).folded(stream))
        var network = averaged ? average.average : generator
        let classes = sampleLabels(count, labels, classes: generator.classCount)
        let made = network(latents, NetworkContext(training: false, labels: classes))
        let pictures = bytePictures(made)
        var scores: Tensor?
        if let packing {
            scores = pictureLogits(of: made, discriminator, labels: classes, packing: packing)
        }
        // Both of one pass.
        evaluate([pictures] + (scores.map { [$0] } ?? []))
        return SampleReport(
            step: step, pictures: pictures.uint8s(), count: count, height: shape.height,
            width: shape.width, channels: shape.channels, scores: scores?.floats() ?? [])
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

/// A discriminator's logit of each picture `[N, H, W, C]`, without augmentation and with the statistics
/// that it has learned: `[N]`, positive says real.
///
/// - Parameters:
///   - pictures: In -1 ... 1.
///   - labels: int32 `[N]`; passed over by discriminators without classes.
///   - packing: How many pictures it judges together. Pictures of a pack share its logit; the last pack
///     is filled up from the first pictures.
public func pictureLogits(
    of pictures: Tensor, _ discriminator: some DiscriminatorNetwork, labels: Tensor? = nil,
    packing: Int = 1
) -> Tensor {
    precondition(
        packing >= 1 && pictures.rank == 4 && pictures.shape[0] > 0,
        "[pictureLogits] expected pictures [N, H, W, C] in packs of 1 or more, got \(pictures.shape) "
            + "in packs of \(packing)")
    var network = discriminator
    let count = pictures.shape[0]
    let context = NetworkContext(
        training: false, labels: network.classCount > 0 ? labels : nil)
    guard packing > 1 else { return network.verdict(pictures, context).logits }
    let packs = (count + packing - 1) / packing
    var parts = [pictures]
    var missing = packs * packing - count
    while missing > 0 {
        let more = min(missing, count)
        parts.append(pictures.sliced(axis: 0, 0..<more))
        missing -= more
    }
    let filled = parts.count == 1 ? pictures : concatenate(parts, axis: 0)
    let logits = network.verdict(filled, context).logits  // [packs]
    return logits.expanded(at: 1).broadcast(to: [packs, packing]).reshaped([packs * packing])
        .sliced(axis: 0, 0..<count)
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
