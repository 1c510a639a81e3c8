public import TensorCore

/// A discriminator that judges several pictures at once, joined along their channels, and so sees
/// whether they are too much alike.
///
/// Lin et al. 2018, "PacGAN: The power of two samples in generative adversarial networks",
/// https://arxiv.org/abs/1712.04086. It answers one logit for each pack, `[N / pack]`: all pictures of a
/// pack are real or all are made. Losses that are means over logits are used as they are; batches of
/// real and made pictures must split into packs. A penalty on slopes goes by what it is given: at the
/// pictures `[N, H, W, C]` it averages over pictures, each with the slope of its pack's logit; at
/// `packed(pictures)`, with `judge` as the discriminator, over packs, as in the paper.
public struct PackedDiscriminator<Judge: DiscriminatorNetwork>: DiscriminatorNetwork {
    /// The discriminator of packs. Its pictures have `pack` times the channels.
    public var judge: Judge
    /// How many pictures are joined.
    public let pack: Int

    /// A discriminator of packs.
    ///
    /// - Parameters:
    ///   - judge: Made for pictures of `packedShape(of:pack:)`, without classes: the pictures of a
    ///     pack have none in common.
    ///   - pack: How many pictures are joined.
    public init(_ judge: Judge, pack: Int) {
        precondition(
            pack > 0 && judge.pictureShape.channels % pack == 0 && judge.classCount == 0,
            "[PackedDiscriminator] expected a discriminator without classes whose channels split into "
                + "\(pack) pictures, got \(judge.pictureShape) with \(judge.classCount) classes")
        self.judge = judge
        self.pack = pack
    }

    /// The shape of packs of pictures: what their discriminator must be made for.
    public static func packedShape(of picture: PictureShape, pack: Int) -> PictureShape {
        PictureShape(
            height: picture.height, width: picture.width, channels: pack * picture.channels)
    }

    /// The size of a single picture.
    public var pictureShape: PictureShape {
        let packed = judge.pictureShape
        return PictureShape(
            height: packed.height, width: packed.width, channels: packed.channels / pack)
    }

    /// Packs `[N / pack, H, W, pack * C]` of neighbours in a batch `[N, H, W, C]`.
    public func packed(_ pictures: Tensor) -> Tensor {
        precondition(
            pictures.rank == 4 && pictures.shape[0] % pack == 0,
            "[PackedDiscriminator] expected pictures [N, H, W, C] that split into packs of \(pack), "
                + "got \(pictures.shape)")
        let (height, width, channels) = (pictures.shape[1], pictures.shape[2], pictures.shape[3])
        return pictures.reshaped([-1, pack, height, width, channels])
            .transposed([0, 2, 3, 1, 4])  // [N / pack, H, W, pack, C]
            .reshaped([-1, height, width, pack * channels])
    }

    /// What it says of packs of pictures `[N, H, W, C]`: logits `[N / pack]`.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        judge.verdict(packed(pictures), context)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) { judge.forEachTensor(under: path, body) }
}
