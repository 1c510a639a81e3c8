public import TensorCore

/// A discriminator that judges several pictures at once: Lin et al. 2018, "PacGAN: The power of two
/// samples in generative adversarial networks", https://arxiv.org/abs/1712.04086. A generator that drops
/// modes is told by packs that are too alike.
public struct PackedDiscriminator<Packed: DiscriminatorNetwork>: DiscriminatorNetwork {
    /// Judges packs: pictures with `packing` times the channels.
    public private(set) var packed: Packed
    /// Pictures in a pack.
    public let packing: Int
    /// What is packed.
    public let pictureShape: PictureShape

    /// A discriminator of packs.
    ///
    /// - Parameters:
    ///   - packed: A network without classes whose first layer takes `packing` times the channels.
    ///   - packing: Pictures in a pack.
    ///   - picture: The size of one picture.
    public init(_ packed: Packed, packing: Int, picture: PictureShape) {
        precondition(
            packing > 0, "[PackedDiscriminator] expected 1 picture or more, got \(packing)")
        precondition(
            packed.classCount == 0,
            "[PackedDiscriminator] expected a network without classes, got \(packed.classCount): a "
                + "pack has no class")
        self.packed = packed
        self.packing = packing
        pictureShape = picture
    }

    /// Logits `[N / packing]` of pictures `[N, H, W, C]`, neighbours together.
    public mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        precondition(
            pictures.rank == 4 && pictures.shape[0] % packing == 0,
            "[PackedDiscriminator] expected pictures [N, H, W, C] in packs of \(packing), got "
                + "\(pictures.shape)")
        var context = context
        context.labels = nil
        guard packing > 1 else { return packed.verdict(pictures, context) }
        let (count, height) = (pictures.shape[0] / packing, pictures.shape[1])
        let (width, channels) = (pictures.shape[2], pictures.shape[3])
        let packs =
            pictures.reshaped([count, packing, height, width, channels])
            .transposed([0, 2, 3, 1, 4])  // [N / P, H, W, P, C]
            .reshaped([count, height, width, packing * channels])
        return packed.verdict(packs, context)
    }

    /// Visits every tensor under its dotted name, always in the same order: the packed network's.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        packed.forEachTensor(under: path, body)
    }
}
