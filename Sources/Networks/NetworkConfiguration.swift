public import TensorCore

/// The sizes of a generator and a discriminator of any family.
///
/// In a file it is nothing but the family's own sizes; which family they are of stands beside them, as it
/// did when there was one family only: see `init(_:from:)`.
public enum NetworkConfiguration: Sendable, Hashable {
    /// A DCGAN.
    case dcgan(DCGANConfiguration)
    /// A residual GAN.
    case residual(ResidualGANConfiguration)
    /// An SNGAN.
    case sngan(SNGANConfiguration)
    /// A SAGAN.
    case sagan(SAGANConfiguration)
    /// An R3GAN.
    case r3gan(R3GANConfiguration)
    /// A StyleGAN2.
    case stylegan2(StyleGAN2Configuration)
    /// A FastGAN.
    case fastgan(FastGANConfiguration)

    /// The sizes that a family has unless told otherwise.
    ///
    /// - Parameters:
    ///   - family: The family.
    ///   - picture: The pictures.
    ///   - width: Channels next to the picture (of FastGAN: at a side of 128); the family's own for a
    ///     processor, `usualWidth(of:for:)`, unless given.
    ///   - mostChannels: The most channels that a layer has.
    ///   - classCount: How many classes there are; 0 for none, and for families without classes.
    ///   - head: How the discriminator takes classes into account, in families that leave the choice
    ///     (`GANFamily.classHeads`); the first of those unless given.
    public init(
        _ family: GANFamily, picture: PictureShape, width: Int? = nil, mostChannels: Int = 512,
        classCount: Int = 0, head: ClassHead? = nil
    ) {
        precondition(
            classCount == 0 || family.takesClasses,
            "[NetworkConfiguration] expected no classes for a \(family.title), got \(classCount)")
        let width = width ?? Self.usualWidth(of: family, for: picture)
        let head = head ?? (classCount > 0 ? family.classHeads.first : nil) ?? .projection
        switch family {
        case .dcgan:
            self = .dcgan(
                DCGANConfiguration(
                    picture: picture, width: width, maximumWidth: mostChannels,
                    classCount: classCount, head: head))
        case .residual:
            self = .residual(
                ResidualGANConfiguration(
                    picture: picture, width: width,
                    maximumWidth: min(8 * width, max(width, mostChannels))))
        case .sngan:
            self = .sngan(
                SNGANConfiguration(
                    picture: picture, width: width,
                    maximumWidth: min(16 * width, max(width, mostChannels)),
                    classCount: classCount, head: head))
        case .sagan:
            self = .sagan(
                SAGANConfiguration(
                    picture: picture, width: width,
                    maximumWidth: min(16 * width, max(width, mostChannels)),
                    classCount: classCount, head: head))
        case .r3gan:
            // The blocks are twice as wide inside as their stage, and split into groups evenly.
            let group = [16, 8, 4].first { 2 * width % $0 == 0 } ?? 2
            self = .r3gan(
                R3GANConfiguration(
                    picture: picture, width: width,
                    maximumWidth: max(width, mostChannels / 2), blocks: 1,
                    groupSize: group, classCount: classCount))
        case .stylegan2:
            self = .stylegan2(
                StyleGAN2Configuration(
                    picture: picture, classCount: classCount, width: width,
                    maximumWidth: max(width, mostChannels / 2)))
        case .fastgan:
            self = .fastgan(FastGANConfiguration(picture: picture, width: width))
        }
    }

    /// The width that a family has unless told otherwise: what a processor trains in a reasonable time.
    public static func usualWidth(of family: GANFamily, for picture: PictureShape) -> Int {
        switch family {
        case .stylegan2: StyleGAN2Configuration.defaultWidth(for: picture)
        case .fastgan: 16
        case .dcgan, .residual, .sngan, .sagan, .r3gan: 32
        }
    }
}

extension NetworkConfiguration {
    /// Which family it is.
    public var family: GANFamily {
        switch self {
        case .dcgan: .dcgan
        case .residual: .residual
        case .sngan: .sngan
        case .sagan: .sagan
        case .r3gan: .r3gan
        case .stylegan2: .stylegan2
        case .fastgan: .fastgan
        }
    }

    /// The pictures.
    public var picture: PictureShape {
        switch self {
        case .dcgan(let sizes): sizes.picture
        case .residual(let sizes): sizes.picture
        case .sngan(let sizes): sizes.picture
        case .sagan(let sizes): sizes.picture
        case .r3gan(let sizes): sizes.picture
        case .stylegan2(let sizes): sizes.picture
        case .fastgan(let sizes): sizes.picture
        }
    }

    /// How many classes there are; 0 for none.
    public var classCount: Int {
        switch self {
        case .dcgan(let sizes): sizes.classCount
        case .sngan(let sizes): sizes.classCount
        case .sagan(let sizes): sizes.classCount
        case .r3gan(let sizes): sizes.classCount
        case .stylegan2(let sizes): sizes.classCount
        case .residual, .fastgan: 0
        }
    }

    /// How the discriminator takes classes into account, where there are any and there was a choice.
    public var classHead: ClassHead? {
        switch self {
        case .dcgan(let sizes): sizes.classCount > 0 ? sizes.head : nil
        case .sngan(let sizes): sizes.classCount > 0 ? sizes.head : nil
        case .sagan(let sizes): sizes.classCount > 0 ? sizes.head : nil
        case .residual, .r3gan, .stylegan2, .fastgan: nil
        }
    }

    /// The width as it is asked for: channels next to the picture; of FastGAN, at a side of 128.
    public var width: Int {
        switch self {
        case .dcgan(let sizes): sizes.width
        case .residual(let sizes): sizes.width
        case .sngan(let sizes): sizes.discriminatorWidth
        case .sagan(let sizes): sizes.width
        case .r3gan(let sizes): sizes.width
        case .stylegan2(let sizes): sizes.width
        case .fastgan(let sizes): sizes.width
        }
    }

    /// The most channels that a layer has.
    public var maximumWidth: Int {
        switch self {
        case .dcgan(let sizes): sizes.maximumWidth
        case .residual(let sizes): sizes.maximumWidth
        case .sngan(let sizes): sizes.maximumWidth
        case .sagan(let sizes): sizes.maximumWidth
        case .r3gan(let sizes): sizes.maximumWidth
        case .stylegan2(let sizes): sizes.maximumWidth
        case .fastgan(let sizes): 16 * sizes.width
        }
    }

    /// The channels next to the picture, where most of a step's memory is.
    public var channelsAtPicture: Int {
        guard case .fastgan(let sizes) = self else { return min(width, maximumWidth) }
        return sizes.channels(sizes.levels + 1)
    }

    /// Why there are no such networks, in words; nil if there are.
    ///
    /// - Parameter mostChannels: The most channels that a layer may have: sizes from a file decide how
    ///   much memory is asked for.
    public func problem(mostChannels: Int) -> String? {
        // First, so that nothing below computes with sizes beyond all bounds.
        for (name, value, range) in sizes(mostChannels) where !range.contains(value) {
            return "\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)"
        }
        if let problem = family.problem(with: picture) { return problem }
        switch self {
        case .r3gan(let sizes): return sizes.problem
        case .stylegan2(let sizes): return sizes.problem
        case .fastgan(let sizes): return sizes.problem
        case .residual(let sizes):
            return sizes.residualScale.isFinite
                ? nil : "residualScale is \(sizes.residualScale), expected a finite number"
        case .dcgan, .sngan, .sagan: return nil
        }
    }

    /// The whole numbers of the sizes, under their names in a file, and what they may be.
    private func sizes(
        _ mostChannels: Int
    ) -> [(name: String, value: Int, range: ClosedRange<Int>)] {
        let (channels, latents, classes) = (1...mostChannels, 1...16_384, 0...65_536)
        switch self {
        case .dcgan(let s):
            return [
                ("latentSize", s.latentSize, latents), ("width", s.width, channels),
                ("maximumWidth", s.maximumWidth, channels), ("classCount", s.classCount, classes),
            ]
        case .residual(let s):
            return [
                ("latentSize", s.latentSize, latents), ("width", s.width, channels),
                ("maximumWidth", s.maximumWidth, channels),
            ]
        case .sngan(let s):
            return [
                ("latentSize", s.latentSize, latents),
                ("generatorWidth", s.generatorWidth, channels),
                ("discriminatorWidth", s.discriminatorWidth, channels),
                ("maximumWidth", s.maximumWidth, channels), ("classCount", s.classCount, classes),
            ]
        case .sagan(let s):
            return [
                ("latentSize", s.latentSize, latents), ("width", s.width, channels),
                ("maximumWidth", s.maximumWidth, channels), ("classCount", s.classCount, classes),
            ]
        case .r3gan(let s):
            return [
                ("latentSize", s.latentSize, latents), ("width", s.width, channels),
                ("maximumWidth", s.maximumWidth, channels), ("blocks", s.blocks, 1...16),
                ("expansion", s.expansion, 1...16), ("groupSize", s.groupSize, channels),
                ("classCount", s.classCount, classes),
                ("embeddingSize", s.embeddingSize, latents),
            ]
        case .stylegan2(let s):
            return [
                ("latentSize", s.latentSize, latents), ("styleSize", s.styleSize, latents),
                ("width", s.width, channels), ("maximumWidth", s.maximumWidth, channels),
                ("classCount", s.classCount, classes),
            ]
        case .fastgan(let s):
            return [("latentSize", s.latentSize, latents), ("width", s.width, channels)]
        }
    }
}

extension NetworkConfiguration {
    /// A generator with fresh weights.
    public func makeGenerator(key: RandomKey) -> AnyGenerator {
        switch self {
        case .dcgan(let sizes): AnyGenerator(DCGANGenerator(sizes, key: key))
        case .residual(let sizes): AnyGenerator(ResidualGANGenerator(sizes, key: key))
        case .sngan(let sizes): AnyGenerator(SNGANGenerator(sizes, key: key))
        case .sagan(let sizes): AnyGenerator(SAGANGenerator(sizes, key: key))
        case .r3gan(let sizes): AnyGenerator(R3GANGenerator(sizes, key: key))
        case .stylegan2(let sizes): AnyGenerator(StyleGAN2Generator(sizes, key: key))
        case .fastgan(let sizes): AnyGenerator(FastGANGenerator(sizes, key: key))
        }
    }

    /// A discriminator with fresh weights.
    ///
    /// - Parameters:
    ///   - key: What weights are drawn from.
    ///   - packing: How many pictures it judges together; more than 1 for families that take packs.
    ///   - normalizes: Off leaves batch normalisation out, where the family has it: a penalty on the
    ///     slope at a picture has no meaning where a logit depends on the whole batch.
    public func makeDiscriminator(
        key: RandomKey, packing: Int = 1, normalizes: Bool = true
    ) -> AnyDiscriminator {
        precondition(
            packing == 1 || (packing > 1 && family.takesPacks && classCount == 0),
            "[NetworkConfiguration] expected packs of one picture for a \(family.title) with "
                + "\(classCount) classes, got \(packing)")
        func packed(_ judge: some DiscriminatorNetwork) -> AnyDiscriminator {
            packing == 1
                ? AnyDiscriminator(judge)
                : AnyDiscriminator(PackedDiscriminator(judge, pack: packing))
        }
        let shape = PictureShape(
            height: picture.height, width: picture.width, channels: packing * picture.channels)
        switch self {
        case .dcgan(var sizes):
            sizes.picture = shape
            return packed(DCGANDiscriminator(sizes, normalizes: normalizes, key: key))
        case .residual(let sizes):
            return AnyDiscriminator(ResidualGANDiscriminator(sizes, key: key))
        case .sngan(var sizes):
            sizes.picture = shape
            return packed(SNGANDiscriminator(sizes, key: key))
        case .sagan(var sizes):
            sizes.picture = shape
            return packed(SAGANDiscriminator(sizes, key: key))
        case .r3gan(var sizes):
            sizes.picture = shape
            return packed(R3GANDiscriminator(sizes, key: key))
        case .stylegan2(let sizes):
            return AnyDiscriminator(StyleGAN2Discriminator(sizes, key: key))
        case .fastgan(let sizes):
            return AnyDiscriminator(FastGANDiscriminator(sizes, key: key))
        }
    }
}

extension NetworkConfiguration: Encodable {
    /// The sizes of a family, which stands elsewhere in the file.
    public init(_ family: GANFamily, from decoder: any Decoder) throws {
        switch family {
        case .dcgan: self = .dcgan(try DCGANConfiguration(from: decoder))
        case .residual: self = .residual(try ResidualGANConfiguration(from: decoder))
        case .sngan: self = .sngan(try SNGANConfiguration(from: decoder))
        case .sagan: self = .sagan(try SAGANConfiguration(from: decoder))
        case .r3gan: self = .r3gan(try R3GANConfiguration(from: decoder))
        case .stylegan2: self = .stylegan2(try StyleGAN2Configuration(from: decoder))
        case .fastgan: self = .fastgan(try FastGANConfiguration(from: decoder))
        }
    }

    /// Writes the sizes alone.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .dcgan(let sizes): try sizes.encode(to: encoder)
        case .residual(let sizes): try sizes.encode(to: encoder)
        case .sngan(let sizes): try sizes.encode(to: encoder)
        case .sagan(let sizes): try sizes.encode(to: encoder)
        case .r3gan(let sizes): try sizes.encode(to: encoder)
        case .stylegan2(let sizes): try sizes.encode(to: encoder)
        case .fastgan(let sizes): try sizes.encode(to: encoder)
        }
    }
}
