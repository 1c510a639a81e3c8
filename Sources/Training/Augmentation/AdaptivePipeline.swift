public import TensorCore

/// The augmentation pipeline of Karras et al. 2020, "Training Generative Adversarial Networks with
/// Limited Data", https://arxiv.org/abs/2006.06676, for what a discriminator sees, real and made alike.
///
/// Each transformation happens to each picture with the probability `p`, in the paper's order and with
/// its strengths: flips, quarter turns and whole steps of up to 1/8; scale (a factor of 2^(0.2 n) with n
/// standard normal), rotation, stretch, and shifts of 0.125 n; brightness (0.2 n), contrast (2^(0.5 n)),
/// luma flip, hue and saturation (2^n). Small enough a `p` (below 0.8 or so) does not leak into what the
/// generator learns.
///
/// Where it differs from the authors': one resampling for pixel blitting and geometry together, by a
/// cubic filter that widens where a picture shrinks in place of wavelets, and borders mirrored without
/// end in place of a margin; pictures that are not square are turned by halves in place of quarters;
/// the alpha channel moves with the picture and keeps its values.
///
/// Derivatives of every order flow to the pictures.
public struct AdaptivePipeline: Sendable, Hashable, Codable {
    /// The groups of transformations.
    public enum Group: String, Sendable, Hashable, Codable, CaseIterable {
        /// Pixels moved whole: flips, quarter turns, whole steps.
        case blitting
        /// Scale, rotation, stretch and shift, resampled.
        case geometry
        /// Brightness, contrast, luma flip, hue, saturation.
        case colour
    }

    /// What is done.
    public var groups: Set<Group>

    /// A pipeline; the paper's best ("bgc") unless told otherwise.
    public init(groups: Set<Group> = Set(Group.allCases)) { self.groups = groups }

    /// The pictures, changed.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, C]` in -1 ... 1, of 1 to 4 channels.
    ///   - probability: A scalar, 0 ... 1. At 0 the result is the input, bit for bit. It is data, so
    ///     that it may change from step to step.
    ///   - key: From which what happens to each picture follows.
    /// - Returns: Pictures of the same shape; values may lie beyond -1 ... 1.
    public func callAsFunction(
        _ pictures: Tensor, probability: Tensor, key: RandomKey
    ) -> Tensor {
        checkAugmentable(pictures, "AdaptivePipeline")
        precondition(
            probability.elementCount == 1 && probability.dtype == .float32,
            "[AdaptivePipeline] expected a float32 scalar probability, got \(probability)")
        let draws = SampleDraws(count: pictures.shape[0], key: key)
        let p = stopGradient(probability).reshaped([])
        var result = pictures
        let moves = groups.contains(.blitting) || groups.contains(.geometry)
        if moves {
            var (map, happens) = (AffineMap(identity: pictures.shape[0]), Happening())
            let size = (height: pictures.shape[1], width: pictures.shape[2])
            if groups.contains(.blitting) { blit(size, draws, p, &map, &happens) }
            if groups.contains(.geometry) { deform(size, draws, p, &map, &happens) }
            result = happens.choose(warped(result, by: map), else: result)
        }
        if groups.contains(.colour) {
            var (map, happens) = (ColourMap(identity: pictures.shape[0]), Happening())
            recolour(hasHue: pictures.shape[3] >= 3, draws, p, &map, &happens)
            result = happens.choose(map(result), else: result)
        }
        return result
    }

    /// Flips, quarter turns, whole steps.
    private func blit(
        _ size: (height: Int, width: Int), _ draws: SampleDraws, _ p: Tensor,
        _ map: inout AffineMap, _ happens: inout Happening
    ) {
        let (one, zero) = (Tensor.ones([draws.count, 1, 1]), Tensor.zeros([draws.count, 1, 1]))
        let flips = happens.gate(draws.happens("flip", p))
        map.scale(select(flips, 1 - draws.choice("flip", of: 2) * 2, one), one)

        let turns = happens.gate(draws.happens("turn", p))
        let isSquare = size.height == size.width
        let quarters =
            isSquare ? draws.choice("turn", of: 4) : draws.choice("turn", of: 2) * 2
        // Cosine and sine of 0 ... 3 quarters, exactly.
        map.rotate(
            cosine: select(turns, (quarters - 2).abs() - 1, one),
            sine: select(turns, 1 - (quarters - 1).abs(), zero))

        let steps = happens.gate(draws.happens("step", p))
        func step(_ name: String, _ side: Int) -> Tensor {
            let pixels = (draws.symmetric(name) * (Double(side) / 8) + 0.5).floor()
            return select(steps, pixels, zero)
        }
        map.translate(step("step.x", size.width), step("step.y", size.height))
    }

    /// Scale, rotation, stretch, rotation, shift.
    private func deform(
        _ size: (height: Int, width: Int), _ draws: SampleDraws, _ p: Tensor,
        _ map: inout AffineMap, _ happens: inout Happening
    ) {
        let (one, zero) = (Tensor.ones([draws.count, 1, 1]), Tensor.zeros([draws.count, 1, 1]))
        let scales = happens.gate(draws.happens("scale", p))
        let scale = select(scales, draws.factor("scale", deviation: 0.2), one)
        map.scale(scale, scale)

        // Two rotations, before and after the stretch, that together happen with probability p.
        let each = 1 - (1 - p).clamped(0, 1).sqrt()
        func rotate(_ name: String) {
            let rotates = happens.gate(draws.happens(name, each))
            let angle = draws.symmetric(name) * Double.pi
            map.rotate(
                cosine: select(rotates, angle.cos(), one), sine: select(rotates, angle.sin(), zero))
        }
        rotate("rotation.before")
        let stretches = happens.gate(draws.happens("stretch", p))
        let stretch = select(stretches, draws.factor("stretch", deviation: 0.2), one)
        map.scale(stretch, stretch.reciprocal())
        rotate("rotation.after")

        let shifts = happens.gate(draws.happens("shift", p))
        func shift(_ name: String, _ side: Int) -> Tensor {
            select(shifts, draws.normal(name) * (0.125 * Double(side)), zero)
        }
        map.translate(shift("shift.x", size.width), shift("shift.y", size.height))
    }

    /// Brightness, contrast, luma flip, hue, saturation.
    private func recolour(
        hasHue: Bool, _ draws: SampleDraws, _ p: Tensor, _ map: inout ColourMap,
        _ happens: inout Happening
    ) {
        let (one, zero) = (Tensor.ones([draws.count, 1, 1]), Tensor.zeros([draws.count, 1, 1]))
        let brightens = happens.gate(draws.happens("brightness", p))
        map.brighten(select(brightens, draws.normal("brightness") * 0.2, zero))
        let contrasts = happens.gate(draws.happens("contrast", p))
        map.multiply(select(contrasts, draws.factor("contrast", deviation: 0.5), one))
        let flips = happens.gate(draws.happens("luma", p))
        map.multiplyGrey(select(flips, 1 - draws.choice("luma", of: 2) * 2, one))
        guard hasHue else { return }
        let turns = happens.gate(draws.happens("hue", p))
        let angle = draws.symmetric("hue") * Double.pi
        map.turn(
            cosine: select(turns, angle.cos(), one), sine: select(turns, angle.sin(), zero))
        let saturates = happens.gate(draws.happens("saturation", p))
        map.saturate(select(saturates, draws.factor("saturation", deviation: 1), one))
    }
}

/// Whether anything at all happens to each picture: what nothing happens to is passed on untouched.
private struct Happening {
    /// bool `[N, 1, 1]`.
    private var any: Tensor?

    /// Notes a gate, and hands it back.
    mutating func gate(_ gate: Tensor) -> Tensor {
        any = any.map { $0 .| gate } ?? gate
        return gate
    }

    /// Of each picture, the changed one if something happens to it.
    func choose(_ changed: Tensor, else original: Tensor) -> Tensor {
        guard let any else { return original }
        return select(any.expanded(at: 3), changed, original)
    }
}
