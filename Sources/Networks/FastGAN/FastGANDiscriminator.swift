import Layers
public import TensorCore

/// The discriminator: residual blocks that halve the side, excited across layers, a second and smaller
/// judge that sees the picture at half its side, and decoders that reconstruct the picture from what the
/// judges saw (`Verdict.auxiliaryLoss`).
///
/// Liu et al. 2021, https://arxiv.org/abs/2101.04775. Of both judges' patches the mean is the logit of a
/// picture.
///
/// In training a verdict carries the self-supervision's loss; whoever adds it to what the discriminator
/// minimises on real pictures has it computed, and whoever does not pays nothing for it, since tensors
/// are lazy. It is the sum of three reconstructions: of the whole picture from both judges' features, and
/// of a quarter of it from the middle ones, drawn from the context's key (without a key, the mean over
/// all four). In place of LPIPS, whose weights would have to be downloaded, pictures are compared by
/// `reconstructionLoss`.
public struct FastGANDiscriminator: DiscriminatorNetwork {
    /// The sizes; the latent size has no say.
    public let configuration: FastGANConfiguration
    private var stem: SpectralNorm<Conv2d>
    private var blocks: [FastGANDownBlock]
    /// Of the features after block `index + 3` by those before the third last block.
    private var excitations: [FastGANExcitation]
    private var judge: FastGANJudge
    private var smallStem: SpectralNorm<Conv2d>
    private var smallBlocks: [FastGANDownBlock]
    private var smallJudge: SpectralNorm<Conv2d>
    /// Of the picture from the large features, from the small ones, and of a quarter.
    private var decoders: [FastGANDecoder]
    private static let decoderNames = ["decoder.picture", "decoder.small", "decoder.part"]

    /// A discriminator whose weights begin as the authors': normal with standard deviation 0.02.
    public init(_ configuration: FastGANConfiguration, key: RandomKey) {
        if let problem = configuration.problem {
            preconditionFailure("[FastGANDiscriminator] \(problem)")
        }
        self.configuration = configuration
        let sizes = configuration
        let maker = FastGANMaker(sizes)
        let colours = sizes.picture.channels
        func channels(_ level: Int) -> Int { sizes.discriminatorChannels(level) }
        let halves = sizes.topLevel < sizes.levels
        stem = maker.convolution(
            colours, channels(sizes.topLevel), kernel: halves ? 4 : 3, stride: halves ? 2 : 1,
            padding: 1, key: key.folded("stem"))
        blocks = (1..<sizes.topLevel).map { index in
            let level = sizes.discriminatorLevel(index)
            return FastGANDownBlock(
                maker, from: channels(level + 1), to: channels(level), isResidual: true,
                key: key.folded("down.\(index)"))
        }
        excitations = blocks.indices.dropFirst(2).map { index in
            let level = sizes.discriminatorLevel(index + 1)
            return FastGANExcitation(
                maker, from: channels(level + 3), to: channels(level), base: sizes.side(0),
                key: key.folded("excite.\(index + 1)"))
        }
        judge = FastGANJudge(maker, channels(1), key: key.folded("judge"))
        func smallChannels(_ level: Int) -> Int { sizes.channels(level + 2) }
        smallStem = maker.convolution(
            colours, smallChannels(sizes.smallLevel - 1), kernel: 4, stride: 2, padding: 1,
            key: key.folded("small.stem"))
        let end = sizes.smallEnd
        smallBlocks = (end..<(sizes.smallLevel - 1)).reversed().map { level in
            FastGANDownBlock(
                maker, from: smallChannels(level + 1), to: smallChannels(level), isResidual: false,
                key: key.folded("small.down.\(level)"))
        }
        smallJudge = maker.convolution(
            smallChannels(end), 1, kernel: 4, key: key.folded("small.judge"))
        let targets = sizes.reconstructionLevels
        let tasks = [
            (channels(1), 1, targets.picture), (smallChannels(end), end, targets.picture),
            (channels(2), 1, targets.part),
        ]
        decoders = zip(tasks, Self.decoderNames).map { task, name in
            FastGANDecoder(
                sizes, from: task.0, levels: task.1..<task.2, key: key.folded(name))
        }
    }

    /// The size of the pictures.
    public var pictureShape: PictureShape { configuration.picture }

    /// Logits `[N]` of pictures `[N, H, W, C]` in -1 ... 1, positive for real; in training also the loss
    /// of reconstructing them.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        let shape = pictureShape
        precondition(
            pictures.rank == 4
                && Array(pictures.shape[1...]) == [shape.height, shape.width, shape.channels],
            "[FastGANDiscriminator] expected pictures [N, \(shape.height), \(shape.width), "
                + "\(shape.channels)], got \(pictures.shape)")
        let training = context.training
        var features = [stem.normalized(training: training)(pictures).leakyRelu(slope: 0.2)]
        for index in blocks.indices {
            var x = blocks[index](features[index], training: training)
            if index >= 2 {
                x = excitations[index - 2](x, by: features[index - 2], training: training)
            }
            features.append(x)
        }
        let large = features[features.count - 1]
        let patches = judge(large, training: training)

        let shrunk = pooled(pictures, to: configuration.side(configuration.smallLevel))
        var small = smallStem.normalized(training: training)(shrunk).leakyRelu(slope: 0.2)
        for index in smallBlocks.indices { small = smallBlocks[index](small, training: training) }
        let smallPatches = smallJudge.normalized(training: training)(small)

        let count = pictures.shape[0]
        let all = [patches, smallPatches].map { $0.reshaped([count, -1]) }
        var verdict = Verdict(logits: concatenate(all, axis: 1).mean(axes: [1]))
        if training {
            // Level 2 is two blocks before the last level, or the first convolution's.
            verdict.auxiliaryLoss = selfSupervision(
                pictures, large: large, small: small, middle: features[features.count - 2],
                key: context.key)
        }
        return verdict
    }

    /// What is lost in reconstructing real pictures.
    private func selfSupervision(
        _ pictures: Tensor, large: Tensor, small: Tensor, middle: Tensor, key: RandomKey?
    ) -> Tensor {
        let levels = configuration.reconstructionLevels
        let whole = pooled(pictures, to: configuration.side(levels.picture))
        let ofPicture =
            reconstructionLoss(decoders[0](large), whole)
            + reconstructionLoss(decoders[1](small), whole)
        let features = quarters(middle)
        let parts = quarters(pictures)
        let side = configuration.side(levels.part)
        func ofPart(_ features: Tensor, _ part: Tensor) -> Tensor {
            reconstructionLoss(decoders[2](features), pooled(part, to: side))
        }
        if let key {
            let which = (Tensor.uniform([], key: key.folded("part")) * 4).cast(to: .int32)
            return ofPicture + ofPart(features.gathered(which), parts.gathered(which))
        }
        let all = (0..<4).map { index in
            ofPart(
                features.sliced(axis: 0, index..<(index + 1)).reshaped(
                    Array(features.shape[1...])),
                parts.sliced(axis: 0, index..<(index + 1)).reshaped(Array(parts.shape[1...])))
        }
        return ofPicture + (all[0] + all[1] + all[2] + all[3]) * 0.25
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        stem.forEachTensor(under: path + "stem.", body)
        for i in blocks.indices { blocks[i].forEachTensor(under: path + "down.\(i + 1).", body) }
        for i in excitations.indices {
            excitations[i].forEachTensor(under: path + "excite.\(i + 3).", body)
        }
        judge.forEachTensor(under: path + "judge.", body)
        smallStem.forEachTensor(under: path + "small.stem.", body)
        for i in smallBlocks.indices {
            smallBlocks[i].forEachTensor(under: path + "small.down.\(i + 1).", body)
        }
        smallJudge.forEachTensor(under: path + "small.judge.", body)
        for (i, name) in Self.decoderNames.enumerated() {
            decoders[i].forEachTensor(under: path + name + ".", body)
        }
    }
}
