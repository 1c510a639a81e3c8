public import Imaging

/// Which channels the pictures of a data set get.
public enum ChannelChoice: String, Sendable, Hashable, Codable, CaseIterable {
    /// Grey if every picture is grey, else RGB.
    case automatic
    /// As ``automatic``, but RGBA if any picture is really transparent somewhere.
    case automaticWithAlpha
    /// One channel, luminance.
    case grey
    /// Three channels; transparency is laid over the background.
    case rgb
    /// Four channels.
    case rgba
}

/// How a picture of another shape is brought to the size of the data set.
public enum CropStyle: String, Sendable, Hashable, Codable, CaseIterable {
    /// Scaled to cover the size; what sticks out is cut off on both sides alike.
    case centre
    /// Scaled to lie inside the size; the rest is filled with the background.
    case fit
    /// Scaled to cover the size; what sticks out is cut off at random, anew in each epoch. Of
    /// pictures more than 8 times as long as the cut only the middle takes part.
    case random
}

/// The filter that pictures are resized with, antialiased as in Pillow.
public enum DatasetFilter: String, Sendable, Hashable, Codable, CaseIterable {
    /// The mean over the area.
    case box
    /// The triangle.
    case bilinear
    /// The cubic of Keys with a = -0.5.
    case bicubic
    /// The windowed sinc with three lobes.
    case lanczos

    /// The filter in Imaging's terms.
    public var resizeFilter: ResizeFilter {
        switch self {
        case .box: .box
        case .bilinear: .bilinear
        case .bicubic: .bicubic
        case .lanczos: .lanczos
        }
    }
}

/// How the pictures of a source are prepared.
public struct PictureDatasetConfiguration: Sendable, Hashable, Codable {
    /// Rows of every prepared picture.
    public var height: Int
    /// Columns of every prepared picture.
    public var width: Int
    /// Which channels.
    public var channels: ChannelChoice
    /// How other shapes are cut.
    public var crop: CropStyle
    /// How pictures are resized.
    public var filter: DatasetFilter
    /// Grey level, 0...255, of what ``CropStyle/fit`` leaves free and of what lies behind
    /// transparency.
    public var background: UInt8
    /// Leaves out pictures without a label.
    public var requiresLabels: Bool
    /// Bytes of prepared pictures that are kept in memory.
    public var cacheBytes: Int

    /// A configuration; the defaults are the usual ones of this field.
    public init(
        height: Int, width: Int, channels: ChannelChoice = .automatic, crop: CropStyle = .centre,
        filter: DatasetFilter = .lanczos, background: UInt8 = 255, requiresLabels: Bool = false,
        cacheBytes: Int = 1 << 30
    ) {
        precondition(
            (1...16_384).contains(height) && (1...16_384).contains(width),
            "[PictureDatasetConfiguration] expected sides of 1...16384, got \(height)x\(width)")
        precondition(
            cacheBytes >= 0,
            "[PictureDatasetConfiguration] expected cacheBytes of 0 or more, got \(cacheBytes)")
        self.height = height
        self.width = width
        self.channels = channels
        self.crop = crop
        self.filter = filter
        self.background = background
        self.requiresLabels = requiresLabels
        self.cacheBytes = cacheBytes
    }
}
