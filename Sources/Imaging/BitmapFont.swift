/// A small fixed-width font for labels in pictures: ASCII 32...126, other characters as `?`.
///
/// At scale 1 a character takes 6 by 9 pixels, its capitals 5 by 7; larger scales repeat pixels.
public enum BitmapFont {
    /// Pixels from one character to the next, at scale 1.
    public static let advance = BitmapFontGlyphs.width + 1
    /// Pixels from the top of a line to the bottom of its descenders, at scale 1.
    public static let lineHeight = BitmapFontGlyphs.height

    /// Pixels that a line of text covers.
    public static func size(of text: String, scale: Int = 1) -> (width: Int, height: Int) {
        precondition(scale > 0, "[BitmapFont.size] expected a positive scale, got \(scale)")
        return (max(0, text.count * advance - 1) * scale, lineHeight * scale)
    }

    /// Draws a line of text with its upper left corner at `x`, `y`; what lies outside is left out.
    public static func draw(
        _ text: String, into picture: inout PixelBuffer, x: Int, y: Int, colour: RGBColour,
        scale: Int = 1
    ) {
        precondition(scale > 0, "[BitmapFont.draw] expected a positive scale, got \(scale)")
        let pixel = picture.format.opaque(colour)
        for (index, character) in text.enumerated() {
            let left = x + index * advance * scale
            for (row, bits) in glyph(character).enumerated() {
                for column in 0..<BitmapFontGlyphs.width
                where bits >> (BitmapFontGlyphs.width - 1 - column) & 1 == 1 {
                    picture.fill(
                        columns: left + column * scale..<left + (column + 1) * scale,
                        rows: y + row * scale..<y + (row + 1) * scale, with: pixel)
                }
            }
        }
    }

    /// The text, shortened with two dots at its end where it is wider than `width` pixels.
    public static func shortened(_ text: String, toWidth width: Int, scale: Int = 1) -> String {
        let room = max(0, (width / scale + 1) / advance)
        guard text.count > room else { return text }
        return room < 3 ? String(text.prefix(room)) : text.prefix(room - 2) + ".."
    }

    private static func glyph(_ character: Character) -> [UInt8] {
        let code = Int(character.asciiValue ?? 63)
        return BitmapFontGlyphs.rows[(32...126).contains(code) ? code - 32 : 63 - 32]
    }
}

extension PixelBuffer {
    /// Fills a rectangle with one pixel's channels; what lies outside is left out.
    mutating func fill(columns: Range<Int>, rows: Range<Int>, with pixel: [UInt8]) {
        let channels = format.channelCount
        let stride = width * channels
        let visibleColumns = columns.clamped(to: 0..<width)
        for row in rows.clamped(to: 0..<height) {
            for column in visibleColumns {
                for channel in 0..<channels {
                    bytes[row * stride + column * channels + channel] = pixel[channel]
                }
            }
        }
    }
}

extension PixelFormat {
    /// One opaque pixel of a colour.
    func opaque(_ colour: RGBColour) -> [UInt8] {
        switch self {
        case .grey: [colour.luminance]
        case .greyAlpha: [colour.luminance, 255]
        case .rgb: [colour.red, colour.green, colour.blue]
        case .rgba: [colour.red, colour.green, colour.blue, 255]
        }
    }
}
