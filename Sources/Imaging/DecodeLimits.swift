/// What a decoder may be asked for; checked against the header, before memory is asked for.
public struct DecodeLimits: Sendable, Hashable {
    /// Most pixels (width times height) in a picture.
    public var maximumPixels = 100_000_000
    /// Longest side in pixels.
    public var maximumSide = 65_535
    /// Largest file in bytes.
    public var maximumFileSize = 1_000_000_000
    /// Most pixels for each byte of the file, once a picture claims more than
    /// `freePixels`: a few bytes that claim a wall of pixels are an attack or damage. (A flat 8-bit
    /// PNG reaches 1,030; a real photograph stays under 50.)
    public var maximumPixelsPerByte = 1_024
    /// Pixels below which `maximumPixelsPerByte` is not asked.
    public var freePixels = 12_000_000
    /// Most passes over the picture that a progressive JPEG may make. Encoders write about ten.
    public var maximumScans = 100

    /// 100 million pixels, sides up to 65,535, files up to 1 GB.
    public static let `default` = DecodeLimits()

    /// The default limits; change what you need.
    public init() {}
}
