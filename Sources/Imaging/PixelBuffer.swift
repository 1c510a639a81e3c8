/// How the channels of a pixel are laid out.
public enum PixelFormat: UInt8, Sendable, Hashable, CaseIterable, Codable {
    /// Luminance.
    case grey = 1
    /// Luminance and straight (not premultiplied) alpha.
    case greyAlpha = 2
    /// Red, green, blue.
    case rgb = 3
    /// Red, green, blue and straight (not premultiplied) alpha.
    case rgba = 4

    /// Channels in a pixel, 1...4.
    public var channelCount: Int { Int(rawValue) }
    /// Whether the last channel is alpha.
    public var hasAlpha: Bool { self == .greyAlpha || self == .rgba }
}

/// A picture in memory: 8 bits a channel, sRGB, rows top to bottom without gaps, channels
/// interleaved.
public struct PixelBuffer: Sendable, Hashable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// The channels of a pixel.
    public let format: PixelFormat
    /// `height * width * format.channelCount` bytes.
    public var bytes: [UInt8]

    /// A picture of given bytes.
    public init(width: Int, height: Int, format: PixelFormat, bytes: [UInt8]) {
        precondition(
            width > 0 && height > 0,
            "[PixelBuffer] expected a positive size, got \(width)x\(height)")
        precondition(
            bytes.count == width * height * format.channelCount,
            "[PixelBuffer] expected \(width * height * format.channelCount) bytes for "
                + "\(width)x\(height) \(format), got \(bytes.count)")
        self.width = width
        self.height = height
        self.format = format
        self.bytes = bytes
    }

    /// A picture of one colour; `fill` has one value a channel.
    public init(width: Int, height: Int, format: PixelFormat, fill: [UInt8]) {
        precondition(
            fill.count == format.channelCount,
            "[PixelBuffer] expected \(format.channelCount) fill values, got \(fill.count)")
        self.init(
            width: width, height: height, format: format,
            bytes: Array(repeatElement(fill, count: width * height).joined()))
    }
}
