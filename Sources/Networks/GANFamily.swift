/// The families of networks that `atelier train` knows.
public enum GANFamily: String, Sendable, Hashable, Codable, CaseIterable {
    /// Radford et al. 2016.
    case dcgan
    /// Mescheder et al. 2018.
    case residual
    /// Miyato et al. 2018.
    case sngan
    /// Zhang et al. 2019.
    case sagan
    /// Huang et al. 2024.
    case r3gan
    /// Karras et al. 2020.
    case stylegan2
    /// Liu et al. 2021.
    case fastgan

    /// The name as its paper writes it.
    public var title: String {
        switch self {
        case .dcgan: "DCGAN"
        case .residual: "residual GAN"
        case .sngan: "SNGAN"
        case .sagan: "SAGAN"
        case .r3gan: "R3GAN"
        case .stylegan2: "StyleGAN2"
        case .fastgan: "FastGAN"
        }
    }

    /// Whether its networks tell classes apart.
    public var takesClasses: Bool { self != .residual && self != .fastgan }

    /// How its discriminator may take classes into account, the usual way first; none where there is no
    /// choice. A DCGAN's, which no spectral normalisation keeps smooth, takes no notice of a projection
    /// until long after its generator has learned to do without classes; it names them instead.
    public var classHeads: [ClassHead] {
        switch self {
        case .dcgan: [.auxiliary, .projection]
        case .sngan, .sagan: [.projection, .auxiliary]
        case .residual, .r3gan, .stylegan2, .fastgan: []
        }
    }

    /// Whether its discriminator judges packs of pictures (PacGAN): any number of channels will do.
    public var takesPacks: Bool {
        switch self {
        case .dcgan, .sngan, .sagan, .r3gan: true
        case .residual, .stylegan2, .fastgan: false
        }
    }

    /// Whether its generator has styles, which truncation and path lengths go by.
    public var hasStyles: Bool { self == .stylegan2 }

    /// Why the family makes no such pictures, if it does not.
    public func problem(with picture: PictureShape) -> String? {
        switch self {
        case .dcgan: DCGANConfiguration.problem(with: picture)
        case .residual: ResidualGANConfiguration.problem(with: picture)
        case .sngan: SNGANConfiguration.problem(with: picture)
        case .sagan: SAGANConfiguration.problem(with: picture)
        case .r3gan: R3GANConfiguration.problem(with: picture)
        case .stylegan2: StyleGAN2Configuration.problem(with: picture)
        case .fastgan: FastGANConfiguration.problem(with: picture)
        }
    }
}
