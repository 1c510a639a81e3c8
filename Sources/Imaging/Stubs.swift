/// API being filled in; bodies follow in files of their own.
public enum ImageFile {
    public static func decode(contentsOf path: String, limits: DecodeLimits = .default) throws(ImageError) -> DecodedImage { fatalError() }
    public static func decode(bytes: [UInt8], name: String = "picture", limits: DecodeLimits = .default) throws(ImageError) -> DecodedImage { fatalError() }
    public static func decodeDeep(contentsOf path: String, limits: DecodeLimits = .default) throws(ImageError) -> DecodedDeepImage { fatalError() }
    public static func decodeDeep(bytes: [UInt8], name: String = "picture", limits: DecodeLimits = .default) throws(ImageError) -> DecodedDeepImage { fatalError() }
    public static func probe(contentsOf path: String, limits: DecodeLimits = .default) throws(ImageError) -> ImageProbe { fatalError() }
    public static func probe(bytes: [UInt8], name: String = "picture", limits: DecodeLimits = .default) throws(ImageError) -> ImageProbe { fatalError() }
}
public struct PNGText: Sendable, Hashable { public var key: String; public var value: String
    public init(_ key: String, _ value: String) { self.key = key; self.value = value } }
public enum PNGCompression: Sendable, Hashable { case fast, standard, best }
public enum PNGFile {
    public static func encode(_ picture: PixelBuffer, text: [PNGText] = [], compression: PNGCompression = .standard) throws(ImageError) -> [UInt8] { fatalError() }
    public static func write(_ picture: PixelBuffer, to path: String, text: [PNGText] = [], compression: PNGCompression = .standard) throws(ImageError) { fatalError() }
    public static func text(contentsOf path: String) throws(ImageError) -> [PNGText] { fatalError() }
    public static func text(bytes: [UInt8], name: String = "picture") throws(ImageError) -> [PNGText] { fatalError() }
}
/// Rows streamed to a PNG file in constant memory.
public final class PNGWriter {
    public init(path: String, width: Int, height: Int, format: PixelFormat, text: [PNGText] = [], compression: PNGCompression = .standard) throws(ImageError) { fatalError() }
    public func append(rows: PixelBuffer) throws(ImageError) { fatalError() }
    public func finish() throws(ImageError) { fatalError() }
}
public enum JPEGFile {
    public static func encode(_ picture: PixelBuffer, quality: Int = 90) throws(ImageError) -> [UInt8] { fatalError() }
    public static func write(_ picture: PixelBuffer, to path: String, quality: Int = 90) throws(ImageError) { fatalError() }
}
public enum WebPCompression: Sendable, Hashable { case lossless, quality(Int) }
public enum WebPFile {
    public static func encode(_ picture: PixelBuffer, compression: WebPCompression = .lossless) throws(ImageError) -> [UInt8] { fatalError() }
    public static func write(_ picture: PixelBuffer, to path: String, compression: WebPCompression = .lossless) throws(ImageError) { fatalError() }
}
public enum AnimatedWebP {
    public static func write(frames: some Sequence<PixelBuffer>, milliseconds: Int, to path: String, compression: WebPCompression = .quality(90), loops: Int = 0) throws(ImageError) { fatalError() }
}
/// Frames streamed to an animated WebP in constant memory.
public final class AnimatedWebPWriter {
    public init(path: String, width: Int, height: Int, compression: WebPCompression = .quality(90), loops: Int = 0) throws(ImageError) { fatalError() }
    public func append(_ frame: PixelBuffer, milliseconds: Int) throws(ImageError) { fatalError() }
    public func finish() throws(ImageError) { fatalError() }
}
public enum ResizeFilter: Sendable, Hashable, CaseIterable { case box, bilinear, bicubic, lanczos }
public enum CropMode: Sendable, Hashable { case centre, fit(fill: RGBColour), random(key: UInt32) }
public struct RGBColour: Sendable, Hashable { public var red, green, blue: UInt8
    public init(red: UInt8, green: UInt8, blue: UInt8) { self.red = red; self.green = green; self.blue = blue } }
extension PixelBuffer {
    public func resized(width: Int, height: Int, filter: ResizeFilter = .lanczos) -> PixelBuffer { fatalError() }
    public func fitted(width: Int, height: Int, crop: CropMode, filter: ResizeFilter = .lanczos) -> PixelBuffer { fatalError() }
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> PixelBuffer { fatalError() }
    public func enlarged(by scale: Int) -> PixelBuffer { fatalError() }
    public func converted(to format: PixelFormat, over background: RGBColour = RGBColour(red: 255, green: 255, blue: 255)) -> PixelBuffer { fatalError() }
    public func flippedHorizontally() -> PixelBuffer { fatalError() }
    public func flippedVertically() -> PixelBuffer { fatalError() }
    public func upright(from orientation: ImageOrientation) -> PixelBuffer { fatalError() }
}
public enum GridTheme: Sendable, Hashable { case dark, light }
public struct PictureGrid: Sendable {
    public init(columns: Int? = nil, padding: Int = 2, scale: Int = 1, theme: GridTheme = .dark) { fatalError() }
    public var title: String?; public var labels: [String]; public var columnHeadings: [String]; public var rowHeadings: [String]
    public func compose(_ pictures: [PixelBuffer]) -> PixelBuffer { fatalError() }
    public static func sideBySide(_ pictures: [(caption: String, picture: PixelBuffer)], theme: GridTheme = .dark) -> PixelBuffer { fatalError() }
}
public enum BitmapFont {
    public static func size(of text: String, scale: Int = 1) -> (width: Int, height: Int) { fatalError() }
    public static func draw(_ text: String, into picture: inout PixelBuffer, x: Int, y: Int, colour: RGBColour, scale: Int = 1) { fatalError() }
}
