public import TensorCore

/// The size of the pictures that a network makes or judges.
public struct PictureShape: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Rows.
    public var height: Int
    /// Pixels in a row.
    public var width: Int
    /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
    public var channels: Int

    /// A size.
    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// `64x64x3`: width, height and channels.
    public var description: String { "\(width)x\(height)x\(channels)" }
}

/// A network that makes pictures from latent vectors.
public protocol GeneratorNetwork: Module {
    /// How many numbers a latent vector has.
    var latentSize: Int { get }
    /// What it makes.
    var pictureShape: PictureShape { get }
    /// Pictures `[N, H, W, C]` with values in -1 ... 1 from latents `[N, latentSize]`, which are
    /// standard normal.
    mutating func callAsFunction(_ latents: Tensor, training: Bool) -> Tensor
}

/// A network that tells real pictures from made ones.
public protocol DiscriminatorNetwork: Module {
    /// What it judges.
    var pictureShape: PictureShape { get }
    /// Logits `[N]` of pictures `[N, H, W, C]` with values in -1 ... 1: positive says real.
    mutating func callAsFunction(_ pictures: Tensor, training: Bool) -> Tensor
}
