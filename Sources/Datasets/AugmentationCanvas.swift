import CPixels
import Imaging

/// The picture that a pipeline works on, and room to work in: one is enough for any number of
/// pictures in turn, and nothing is allocated while they do not grow.
///
/// Opaque pictures lie here with four bytes a pixel and are changed by the loops of `CPixels`.
/// Those with alpha, and steps that are rare, go through `PixelBuffer`.
final class AugmentationCanvas {
    /// Columns.
    private(set) var width = 0
    /// Rows.
    private(set) var height = 0
    private var format = PixelFormat.rgb
    /// The picture, if it has alpha; else it lies in `pixels`.
    private var translucent: PixelBuffer?
    private var pixels = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 0)
    private var spare = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 0)

    deinit {
        pixels.deallocate()
        spare.deallocate()
    }

    /// What is worked on.
    var picture: PixelBuffer {
        if let translucent { return translucent }
        let count = width * height * format.channelCount
        return PixelBuffer(
            width: width, height: height, format: format,
            bytes: [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
                store(into: bytes)
                filled = count
            })
    }

    /// Takes a picture to work on.
    func load(_ picture: PixelBuffer) {
        (width, height, format) = (picture.width, picture.height, picture.format)
        guard !format.hasAlpha else {
            translucent = picture
            return
        }
        translucent = nil
        if pixels.count < pixelCount {
            pixels.deallocate()
            spare.deallocate()
            pixels = .allocate(capacity: pixelCount)
            spare = .allocate(capacity: pixelCount)
        }
        picture.bytes.withUnsafeBufferPointer { bytes in
            atl_pixels_expand(
                bytes.baseAddress, Int32(format.channelCount), Int64(pixelCount), base(pixels))
        }
    }

    /// Writes the bytes of the picture, all channels; there must be room for them.
    func store(into bytes: UnsafeMutableBufferPointer<UInt8>) {
        precondition(
            bytes.count >= pixelCount * format.channelCount,
            "[AugmentationCanvas] expected room for \(pixelCount * format.channelCount) bytes, got "
                + "\(bytes.count)")
        if let translucent {
            _ = bytes.update(fromContentsOf: translucent.bytes)
        } else {
            atl_pixels_pack(
                base(pixels), Int64(pixelCount), Int32(format.channelCount), bytes.baseAddress)
        }
    }

    /// Exchanges left and right.
    func mirror() {
        guard translucent == nil else { return change { $0 = $0.flippedHorizontally() } }
        atl_pixels_mirror(base(pixels), Int64(width), Int64(height))
    }

    /// Moves the picture right and down by whole pixels.
    func translate(columns: Int, rows: Int, border: AugmentationBorder) {
        guard columns != 0 || rows != 0 else { return }
        guard translucent == nil else {
            return change { $0 = $0.translated(columns: columns, rows: rows, border: border) }
        }
        atl_pixels_translate(
            base(pixels), Int64(width), Int64(height), Int64(columns), Int64(rows), border.kind,
            outside(border), base(spare))
        swap(&pixels, &spare)
    }

    /// Turns the picture about its middle, counter-clockwise, by bilinear interpolation.
    func rotate(degrees: Float, border: AugmentationBorder) {
        guard translucent == nil else {
            return change { $0 = $0.rotated(degrees: degrees, border: border) }
        }
        let turn = Turn(degrees: degrees)
        atl_pixels_rotate(
            base(pixels), Int64(width), Int64(height), turn.cosine, turn.sine, border.kind,
            outside(border), base(spare))
        swap(&pixels, &spare)
    }

    /// Brightness, contrast and saturation times factors, then hue turned by a share of the circle.
    func jitterColours(brightness: Float, contrast: Float, saturation: Float, hue: Float) {
        guard translucent == nil else {
            return change {
                $0.jitterColours(
                    brightness: brightness, contrast: contrast, saturation: saturation, hue: hue)
            }
        }
        let channels = Int32(format.channelCount)
        let change = ColourChange(
            brightness: brightness, contrast: contrast, saturation: saturation, hue: hue,
            meanLuminance: contrast == 1
                ? 0
                : atl_pixels_luminance(base(pixels), channels, Int64(pixelCount))
                    / Float(pixelCount))
        if format == .grey {
            atl_pixels_recolour(
                base(pixels), Int64(pixelCount), change.scale, change.shift, nil)
        } else {
            withUnsafeBytes(of: change.matrix) { matrix in
                atl_pixels_recolour(
                    base(pixels), Int64(pixelCount), change.scale, change.shift,
                    matrix.baseAddress?.assumingMemoryBound(to: Float.self))
            }
        }
    }

    /// Whether the picture has colours to change.
    var isColour: Bool { format.channelCount >= 3 }

    /// Changes the picture in a way that there is no loop for here; it must keep its size.
    func change(_ body: (inout PixelBuffer) -> Void) {
        var picture = picture
        translucent = nil
        body(&picture)
        load(picture)
    }

    private var pixelCount: Int { width * height }

    private func base(
        _ buffer: UnsafeMutableBufferPointer<UInt32>
    ) -> UnsafeMutablePointer<UInt32>? { buffer.baseAddress }

    /// The pixel that lies outside of a filled border.
    private func outside(_ border: AugmentationBorder) -> UInt32 {
        guard case .fill(let level) = border else { return 0 }
        let value = UInt32(level)
        return (format == .grey ? value : value | value << 8 | value << 16).littleEndian
    }
}

extension AugmentationBorder {
    fileprivate var kind: atl_border {
        switch self {
        case .reflect: ATL_BORDER_REFLECT
        case .fill: ATL_BORDER_FILL
        }
    }
}
