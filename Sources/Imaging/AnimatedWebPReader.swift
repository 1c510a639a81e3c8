import CWebP
import Files

/// Reads an animated WebP frame by frame, each on its whole canvas (RFC 9649); only the file's bytes and
/// two canvases are in memory.
///
/// To be used from one thread at a time.
public final class AnimatedWebPReader {
    /// A frame, and how long it is shown.
    public struct Frame: Sendable {
        /// The canvas, RGBA, or RGB where the file says that it has no transparency.
        public var picture: PixelBuffer
        /// How long it is shown, 1 or more.
        public var milliseconds: Int
    }

    /// The file.
    public let path: String
    /// Pixels in a row of each frame.
    public let width: Int
    /// Rows of each frame.
    public let height: Int
    /// How many frames the file says it has.
    public let frameCount: Int
    /// How often it plays; 0 for ever.
    public let loops: Int
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let decoder: OpaquePointer
    private let format: PixelFormat
    private var count = 0
    private var shownUntil = 0

    /// Opens an animation.
    ///
    /// - Throws: `ImageError` if the file cannot be read, is over the limits, is no WebP, or is damaged.
    public init(path: String, limits: DecodeLimits = .default) throws(ImageError) {
        self.path = path
        let contents: [UInt8]
        do throws(FileError) {
            contents = try BoundedFile.read(path, limit: limits.maximumFileSize)
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
        let header = try ImageHeader(ByteSource(contents, path: path))
        try header.check(limits, fileSize: contents.count, path: path)
        guard header.facts.format == .webp else {
            throw ImageError(path: path, reason: .damaged(.webp, "expected a WebP, found another"))
        }
        // The decoder reads from these as long as it lives.
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: contents.count)
        _ = bytes.initialize(from: contents)
        var data = WebPData(bytes: UnsafePointer(bytes.baseAddress), size: bytes.count)
        var options = WebPAnimDecoderOptions()
        var info = WebPAnimInfo()
        guard WebPAnimDecoderOptionsInit(&options) != 0 else {
            bytes.deallocate()
            throw ImageError(
                path: path, reason: .damaged(.webp, "another version of libwebp is installed"))
        }
        options.use_threads = 0
        guard let decoder = WebPAnimDecoderNew(&data, &options) else {
            bytes.deallocate()
            throw ImageError(path: path, reason: .damaged(.webp, "the animation is damaged"))
        }
        guard WebPAnimDecoderGetInfo(decoder, &info) != 0, info.canvas_width == header.width,
            info.canvas_height == header.height, info.frame_count > 0
        else {
            WebPAnimDecoderDelete(decoder)
            bytes.deallocate()
            throw ImageError(
                path: path, reason: .damaged(.webp, "the animation does not fit its canvas"))
        }
        self.bytes = bytes
        self.decoder = decoder
        width = header.width
        height = header.height
        frameCount = Int(info.frame_count)
        loops = Int(info.loop_count)
        format = header.pixelFormat
    }

    deinit {
        WebPAnimDecoderDelete(decoder)
        bytes.deallocate()
    }

    /// The next frame; nil after the last.
    ///
    /// - Throws: `ImageError` if it is damaged; what came before is sound.
    public func next() throws(ImageError) -> Frame? {
        guard count < frameCount else { return nil }
        var (canvas, time): (UnsafeMutablePointer<UInt8>?, Int32) = (nil, 0)
        guard WebPAnimDecoderGetNext(decoder, &canvas, &time) != 0, let canvas else {
            throw ImageError(
                path: path,
                reason: .damaged(.webp, "frame \(count + 1) of \(frameCount) is damaged"))
        }
        count += 1
        defer { shownUntil = max(shownUntil, Int(time)) }
        let picture = PixelBuffer(
            width: width, height: height, format: .rgba,
            bytes: Array(UnsafeBufferPointer(start: canvas, count: width * height * 4)))
        return Frame(
            picture: format == .rgba ? picture : picture.withoutAlpha(),
            milliseconds: min(max(1, Int(time) - shownUntil), (1 << 24) - 1))
    }
}
