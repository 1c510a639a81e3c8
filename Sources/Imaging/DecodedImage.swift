/// A file format that `ImageFile` reads.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable, Codable {
    /// Portable Network Graphics.
    case png
    /// JPEG, baseline or progressive.
    case jpeg
    /// WebP, lossy or lossless, still or animated.
    case webp

    /// The name as people write it.
    public var name: String {
        switch self {
        case .png: "PNG"
        case .jpeg: "JPEG"
        case .webp: "WebP"
        }
    }
}

/// What a picture's file says of itself, before any conversion.
public struct ImageFacts: Sendable, Hashable {
    /// The file format, told from the content and not from the name.
    public var format: ImageFormat
    /// Bits a sample as stored: 1, 2, 4, 8 or 16 for PNG (of a palette: bits an index), else 8.
    public var bitDepth: Int
    /// Whether the file has transparency: an alpha channel, or a transparent colour or palette entry.
    public var hadAlpha: Bool
    /// Whether the pixels are indices into a palette.
    public var isPalette: Bool
    /// Whether the file is animated (the first picture is decoded).
    public var isAnimated: Bool
    /// The EXIF orientation of the stored pixels; decoding undoes it.
    public var orientation: ImageOrientation
    /// What the decoder complained of though it could decode; `nil` for a sound file.
    public var warning: String?
}

/// A picture read from a file, upright, 8 bits a channel.
public struct DecodedImage: Sendable, Hashable {
    /// The pixels, EXIF orientation applied.
    public var pixels: PixelBuffer
    /// What the file said.
    public var facts: ImageFacts
}

/// A picture read from a file, upright, 16 bits a channel.
public struct DecodedDeepImage: Sendable, Hashable {
    /// The pixels, EXIF orientation applied.
    public var pixels: DeepPixelBuffer
    /// What the file said.
    public var facts: ImageFacts
}

/// Size and kind of a picture, from its header alone.
public struct ImageProbe: Sendable, Hashable {
    /// Pixels in a row of the upright picture.
    public var width: Int
    /// Rows of the upright picture.
    public var height: Int
    /// The pixel format that decoding would give.
    public var pixelFormat: PixelFormat
    /// What the file says of itself (`warning` is always `nil`: no pixel was read).
    public var facts: ImageFacts
}

/// A picture in memory with 16 bits a channel: rows top to bottom without gaps, channels
/// interleaved, 0...65535.
public struct DeepPixelBuffer: Sendable, Hashable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// The channels of a pixel.
    public let format: PixelFormat
    /// `height * width * format.channelCount` samples.
    public var samples: [UInt16]

    /// A picture of given samples.
    public init(width: Int, height: Int, format: PixelFormat, samples: [UInt16]) {
        precondition(
            width > 0 && height > 0,
            "[DeepPixelBuffer] expected a positive size, got \(width)x\(height)")
        precondition(
            samples.count == width * height * format.channelCount,
            "[DeepPixelBuffer] expected \(width * height * format.channelCount) samples for "
                + "\(width)x\(height) \(format), got \(samples.count)")
        self.width = width
        self.height = height
        self.format = format
        self.samples = samples
    }

    /// The picture in 16 bits that shows the same: every sample times 257, so that 255 gives 65535.
    public init(_ picture: PixelBuffer) {
        self.init(
            width: picture.width, height: picture.height, format: picture.format,
            samples: picture.bytes.map { UInt16($0) * 257 })
    }

    /// The picture in 8 bits: the high byte of each sample, `sample >> 8`, as Pillow and the usual
    /// PNG readers do. 256 levels of equal width; `DeepPixelBuffer(picture).eightBit == picture`.
    public var eightBit: PixelBuffer {
        PixelBuffer(
            width: width, height: height, format: format,
            bytes: samples.map { UInt8(truncatingIfNeeded: $0 >> 8) })
    }
}
