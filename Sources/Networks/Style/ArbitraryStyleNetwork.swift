import Layers
public import TensorCore

// Huang and Belongie 2017, "Arbitrary Style Transfer in Real-time with Adaptive Instance
// Normalization", https://arxiv.org/abs/1703.06868, at several depths at once (see ``StyleDecoder``).

/// Pictures in the style of any painting: an encoder, whose activations get the painting's moments, and
/// a decoder.
///
/// Its file holds both under `encoder.` and `decoder.`.
public struct ArbitraryStyleNetwork: Module {
    /// To features; as it was trained before, or trained on.
    public var encoder: StyleEncoder
    /// To pictures.
    public var decoder: StyleDecoder

    /// A pair that fits: the decoder takes as many channels as the encoder gives.
    public init(encoder: StyleEncoder, decoder: StyleDecoder) {
        let misfits = Self.misfits(encoder, decoder)
        precondition(
            misfits.isEmpty,
            "[ArbitraryStyleNetwork] expected a decoder that fits the encoder: "
                + misfits.joined(separator: "; "))
        self.encoder = encoder
        self.decoder = decoder
    }

    /// A pair with the weights of a table.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(_ table: WeightTable) throws(WeightError) {
        encoder = try StyleEncoder(table.part("encoder."))
        decoder = try StyleDecoder(table.part("decoder."), featureWidths: encoder.widths)
        let misfits = Self.misfits(encoder, decoder)
        guard misfits.isEmpty else {
            var error = WeightError(origin: table.origin, network: "a network for any style")
            error.unfit = misfits
            throw error
        }
    }

    /// The activations that the decoder takes with other channels than the encoder gives, in words.
    private static func misfits(_ encoder: StyleEncoder, _ decoder: StyleDecoder) -> [String] {
        let theirs = decoder.configuration.featureWidths
        return decoder.configuration.levels.filter { theirs[$0 - 1] != encoder.widths[$0 - 1] }
            .map {
                "the decoder takes \(theirs[$0 - 1]) channels of relu\($0)_1, expected the encoder's "
                    + "\(encoder.widths[$0 - 1])"
            }
    }

    /// The activations that a style is told by and that are decoded, `[N, H', W', C]` each, deepest
    /// first.
    ///
    /// - Parameter pictures: `[N, H, W, 3]`, RGB, 0 ... 1; both sides multiples of 8, 16 or more.
    public func features(of pictures: Tensor) -> [Tensor] {
        precondition(
            pictures.rank == 4 && pictures.shape[1] % 8 == 0 && pictures.shape[2] % 8 == 0,
            "[ArbitraryStyleNetwork] expected pictures [N, H, W, 3] with sides that are multiples of "
                + "8, got \(pictures.shape)")
        return encoder.activations(of: pictures, at: decoder.activationNames)
    }

    /// Features with the moments of a style's features, picture by picture, at every depth.
    ///
    /// - Parameters:
    ///   - content: As ``features(of:)`` gives them.
    ///   - style: Those of paintings, of any size, as many as there are pictures or one for all.
    ///   - strength: 0 leaves the content's features, 1 takes the style's moments.
    public func mapped(
        _ content: [Tensor], to style: [Tensor], strength: Tensor = Tensor(1)
    ) -> [Tensor] {
        zip(content, style).map { own, theirs in
            let moved = MicroAST.Moments(of: own).replaced(
                by: MicroAST.Moments(of: theirs), in: own)
            return own + (moved - own) * strength
        }
    }

    /// Pictures `[N, H, W, 3]` in the style of paintings; about 0 ... 1, not clamped.
    public func callAsFunction(
        _ pictures: Tensor, style paintings: Tensor, strength: Tensor = Tensor(1)
    ) -> Tensor {
        decoder(
            mapped(features(of: pictures), to: features(of: paintings), strength: strength))
    }

    /// How far a pixel of the result sees at most, in pixels of the picture.
    public var reach: Int {
        // The encoder's last activation sees 30 pixels beyond its own cell, which is eight wide.
        38 + decoder.reach
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        encoder.forEachTensor(under: path + "encoder.", body)
        decoder.forEachTensor(under: path + "decoder.", body)
    }
}
