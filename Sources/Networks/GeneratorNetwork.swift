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

/// What a network is called with beside its latents or pictures.
public struct NetworkContext: Sendable {
    /// Whether statistics are those of the batch, and are learned.
    public var training: Bool
    /// int32 `[N]`: the classes that pictures are made or judged as; nil where there are none.
    public var labels: Tensor?
    /// From which noise, mixing and dropout of this call follow; nil: nothing is random, and what would
    /// be has its mean.
    public var key: RandomKey?

    /// A context.
    public init(training: Bool, labels: Tensor? = nil, key: RandomKey? = nil) {
        if let labels {
            precondition(
                labels.rank == 1 && labels.dtype == .int32,
                "[NetworkContext] expected int32 labels [N], got \(labels)")
        }
        self.training = training
        self.labels = labels
        self.key = key
    }
}

/// A network that makes pictures from latent vectors.
public protocol GeneratorNetwork: Module {
    /// How many numbers a latent vector has.
    var latentSize: Int { get }
    /// What it makes.
    var pictureShape: PictureShape { get }
    /// How many classes it tells apart; 0 for a network without classes.
    var classCount: Int { get }
    /// Pictures `[N, H, W, C]` with values in -1 ... 1 from latents `[N, latentSize]`, which are
    /// standard normal.
    mutating func callAsFunction(_ latents: Tensor, _ context: NetworkContext) -> Tensor
}

extension GeneratorNetwork {
    /// No classes.
    public var classCount: Int { 0 }

    /// Pictures without classes, with nothing random.
    public mutating func callAsFunction(_ latents: Tensor, training: Bool) -> Tensor {
        self(latents, NetworkContext(training: training))
    }
}

/// What a discriminator says of pictures.
public struct Verdict: Sendable {
    /// `[N]`: positive says real.
    public var logits: Tensor
    /// `[N, classes]`, from networks that also name the class (AC-GAN).
    public var classLogits: Tensor?
    /// A scalar that the discriminator minimises on real pictures beside the adversarial loss, from
    /// networks that supervise themselves.
    public var auxiliaryLoss: Tensor?

    /// A verdict.
    public init(logits: Tensor, classLogits: Tensor? = nil, auxiliaryLoss: Tensor? = nil) {
        self.logits = logits
        self.classLogits = classLogits
        self.auxiliaryLoss = auxiliaryLoss
    }
}

/// A network that tells real pictures from made ones.
public protocol DiscriminatorNetwork: Module {
    /// What it judges.
    var pictureShape: PictureShape { get }
    /// How many classes it tells apart; 0 for a network without classes.
    var classCount: Int { get }
    /// What it says of pictures `[N, H, W, C]` with values in -1 ... 1.
    mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict
}

extension DiscriminatorNetwork {
    /// No classes.
    public var classCount: Int { 0 }

    /// Logits `[N]` of pictures `[N, H, W, C]` without classes: positive says real.
    public mutating func callAsFunction(_ pictures: Tensor, training: Bool) -> Tensor {
        verdict(pictures, NetworkContext(training: training)).logits
    }
}
