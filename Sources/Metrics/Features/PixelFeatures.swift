public import Networks
public import TensorCore

/// The pixels themselves, of a smaller picture: no network, but enough to find copies.
public struct PixelFeatures: FeatureNetwork {
    /// The most pixels that are left of a picture.
    public static let mostPixels = 1024

    /// What the pictures are like.
    public let shape: PictureShape
    /// Pictures at a time.
    public var chunkSize: Int
    private let halvings: Int

    /// The pixels of pictures of a shape, whose sides are halved while they are even and there are more
    /// than ``mostPixels``.
    public init(_ shape: PictureShape, chunkSize: Int = 64) {
        precondition(
            shape.height > 0 && shape.width > 0 && (1...4).contains(shape.channels),
            "[PixelFeatures] expected pictures of 1 to 4 channels, got \(shape)")
        self.shape = shape
        self.chunkSize = chunkSize
        var (height, width, halvings) = (shape.height, shape.width, 0)
        while height * width > Self.mostPixels, height % 2 == 0, width % 2 == 0 {
            (height, width, halvings) = (height / 2, width / 2, halvings + 1)
        }
        self.halvings = halvings
    }

    private var height: Int { shape.height >> halvings }
    private var width: Int { shape.width >> halvings }

    /// `pixels 32x32`.
    public var name: String { "pixels \(width)x\(height)" }
    /// Pixels and channels.
    public var featureCount: Int { height * width * shape.channels }
    /// No classes.
    public var logitCount: Int? { nil }

    /// The means of blocks of pixels, 0 ... 1, `[N, featureCount]`.
    public func outputs(_ pictures: Tensor) -> (features: Tensor, logits: Tensor?) {
        precondition(
            pictures.rank == 4
                && Array(pictures.shape.dropFirst()) == [
                    shape.height, shape.width, shape.channels,
                ],
            "[PixelFeatures] expected pictures [N, H, W, C] of \(shape), got \(pictures)")
        let count = pictures.shape[0]
        let block = 1 << halvings
        let values = pictures.cast(to: .float32) * (1 / 255.0)
        let blocks = values.reshaped([count, height, block, width, block, shape.channels])
        // [N, H / block, block, W / block, block, C]
        return (blocks.mean(axes: [2, 4]).reshaped([count, featureCount]), nil)
    }
}
