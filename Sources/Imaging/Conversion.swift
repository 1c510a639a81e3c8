/// An opaque colour, sRGB, 0...255 a channel.
public struct RGBColour: Sendable, Hashable, Codable {
    /// Red.
    public var red: UInt8
    /// Green.
    public var green: UInt8
    /// Blue.
    public var blue: UInt8

    /// A colour.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A grey.
    public init(grey: UInt8) {
        self.init(red: grey, green: grey, blue: grey)
    }

    /// White.
    public static let white = RGBColour(grey: 255)
    /// Black.
    public static let black = RGBColour(grey: 0)

    /// Rec. 601 luminance in 16-bit fixed point, as `PixelBuffer.converted` computes it.
    public var luminance: UInt8 {
        PixelBuffer.luminance(UInt32(red), UInt32(green), UInt32(blue))
    }
}

extension PixelBuffer {
    /// The picture in another format.
    ///
    /// - Colour to grey is Rec. 601 luminance, `(19595 r + 38470 g + 7471 b + 32768) >> 16`, as
    ///   Pillow's mode L. Grey to colour repeats the sample.
    /// - From alpha to none composites over `background`: `(c a + b (255 - a)) / 255`, rounded. From
    ///   none to alpha is opaque.
    public func converted(
        to target: PixelFormat, over background: RGBColour = .white
    ) -> PixelBuffer {
        guard target != format else { return self }
        let source = format.hasAlpha && !target.hasAlpha ? composited(over: background) : self
        guard source.format != target else { return source }
        let isToGrey = target == .grey || target == .greyAlpha
        let isFromGrey = source.format == .grey || source.format == .greyAlpha
        let (from, to) = (source.format.channelCount, target.channelCount)
        let pixelCount = width * height
        let bytes = [UInt8](unsafeUninitializedCapacity: pixelCount * to) { output, filled in
            source.bytes.withUnsafeBufferPointer { input in
                for pixel in 0..<pixelCount {
                    let (read, write) = (pixel * from, pixel * to)
                    if isToGrey {
                        output[write] =
                            isFromGrey
                            ? input[read]
                            : Self.luminance(
                                UInt32(input[read]), UInt32(input[read + 1]),
                                UInt32(input[read + 2]))
                    } else {
                        output[write] = input[read]
                        output[write + 1] = input[isFromGrey ? read : read + 1]
                        output[write + 2] = input[isFromGrey ? read : read + 2]
                    }
                    if target.hasAlpha {
                        output[write + to - 1] =
                            source.format.hasAlpha ? input[read + from - 1] : 255
                    }
                }
            }
            filled = pixelCount * to
        }
        return PixelBuffer(width: width, height: height, format: target, bytes: bytes)
    }

    /// The picture without its alpha channel, colours as they are: what was transparent shows.
    public func withoutAlpha() -> PixelBuffer {
        guard format.hasAlpha else { return self }
        let channels = format.channelCount
        let pixelCount = width * height
        let bytes = [UInt8](unsafeUninitializedCapacity: pixelCount * (channels - 1)) {
            output, filled in
            for pixel in 0..<pixelCount {
                for channel in 0..<channels - 1 {
                    output[filled] = self.bytes[pixel * channels + channel]
                    filled += 1
                }
            }
        }
        return PixelBuffer(
            width: width, height: height, format: format == .rgba ? .rgb : .grey, bytes: bytes)
    }

    /// This picture, which has alpha, over a colour.
    private func composited(over background: RGBColour) -> PixelBuffer {
        let below: [UInt32] =
            format == .rgba
            ? [UInt32(background.red), UInt32(background.green), UInt32(background.blue)]
            : [UInt32(background.luminance)]
        let (channels, colours) = (format.channelCount, format.channelCount - 1)
        let pixelCount = width * height
        let bytes = [UInt8](unsafeUninitializedCapacity: pixelCount * colours) { output, filled in
            for pixel in 0..<pixelCount {
                let alpha = UInt32(self.bytes[pixel * channels + colours])
                for channel in 0..<colours {
                    let above = UInt32(self.bytes[pixel * channels + channel])
                    output[pixel * colours + channel] =
                        Self.dividedBy255(above * alpha + below[channel] * (255 - alpha))
                }
            }
            filled = pixelCount * colours
        }
        return PixelBuffer(
            width: width, height: height, format: format == .rgba ? .rgb : .grey, bytes: bytes)
    }

    /// `value / 255`, rounded to the nearest, for 0...65025.
    @inline(__always)
    static func dividedBy255(_ value: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: (value &+ 127) / 255)
    }

    @inline(__always)
    static func luminance(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> UInt8 {
        UInt8(
            truncatingIfNeeded: (19_595 &* red &+ 38_470 &* green &+ 7_471 &* blue &+ 32_768) >> 16)
    }
}
