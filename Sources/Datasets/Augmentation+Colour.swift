import Glibc
package import Imaging

extension PixelBuffer {
    /// Brightness, contrast and saturation times factors, then hue turned by a share of the circle,
    /// in Float, rounded once. Alpha stays as it is.
    package mutating func jitterColours(
        brightness: Float, contrast: Float, saturation: Float, hue: Float
    ) {
        guard format.hasAlpha else {
            let canvas = AugmentationCanvas()
            canvas.load(self)
            canvas.jitterColours(
                brightness: brightness, contrast: contrast, saturation: saturation, hue: hue)
            self = canvas.picture
            return
        }
        let channels = format.channelCount
        let change = ColourChange(
            brightness: brightness, contrast: contrast, saturation: saturation, hue: hue,
            meanLuminance: contrast == 1 ? 0 : meanLuminance())
        bytes.withUnsafeMutableBufferPointer { bytes in
            for start in stride(from: 0, to: bytes.count, by: channels) {
                if channels == 4 {
                    let changed = change.apply(
                        red: Float(bytes[start]), green: Float(bytes[start + 1]),
                        blue: Float(bytes[start + 2]))
                    for channel in 0..<3 {
                        bytes[start + channel] = Self.rounded(changed[channel])
                    }
                } else {
                    bytes[start] = Self.rounded(
                        Float(bytes[start]) * change.scale + change.shift)
                }
            }
        }
    }

    private static func rounded(_ value: Float) -> UInt8 { UInt8(max(0, min(255, value + 0.5))) }

    /// Rec. 601 luminance, 0...255, averaged over the picture, which has alpha.
    private func meanLuminance() -> Float {
        let channels = format.channelCount
        var sum: Float = 0
        bytes.withUnsafeBufferPointer { bytes in
            for start in stride(from: 0, to: bytes.count, by: channels) {
                if channels == 4 {
                    sum +=
                        0.299 * Float(bytes[start]) + 0.587 * Float(bytes[start + 1])
                        + 0.114 * Float(bytes[start + 2])
                } else {
                    sum += Float(bytes[start])
                }
            }
        }
        return sum / Float(width * height)
    }
}

/// A change of colours as numbers for each pixel: `matrix (scale p + shift)`.
///
/// In YIQ (the NTSC colour space) saturation scales the plane of I and Q and hue turns it;
/// luminance stays. Contrast is about the mean of the picture as brightness left it.
struct ColourChange {
    /// What a pixel is multiplied by.
    let scale: Float
    /// What is added then.
    let shift: Float
    /// What red, green and blue alone become; the fourth lane is 0.
    let matrix: (red: SIMD4<Float>, green: SIMD4<Float>, blue: SIMD4<Float>)

    /// The change by given factors of a picture with this mean.
    init(
        brightness: Float, contrast: Float, saturation: Float, hue: Float, meanLuminance: Float
    ) {
        scale = brightness * contrast
        shift = meanLuminance * brightness * (1 - contrast)
        let angle = 2 * Float.pi * hue
        let (c, s) = (saturation * cosf(angle), saturation * sinf(angle))
        func column(_ luminance: Float, _ inPhase: Float, _ quadrature: Float) -> SIMD4<Float> {
            let turnedI = inPhase * c - quadrature * s
            let turnedQ = inPhase * s + quadrature * c
            let level = SIMD4(luminance, luminance, luminance, 0)
            return level + SIMD4(0.9563, -0.2721, -1.1070, 0) * turnedI
                + SIMD4(0.6210, -0.6474, 1.7046, 0) * turnedQ
        }
        matrix = (
            column(0.299, 0.595716, 0.211456), column(0.587, -0.274453, -0.522591),
            column(0.114, -0.321263, 0.311135)
        )
    }

    /// A colour changed, not yet rounded.
    @inline(__always)
    func apply(red: Float, green: Float, blue: Float) -> SIMD4<Float> {
        matrix.red * (red * scale + shift) + matrix.green * (green * scale + shift)
            + matrix.blue * (blue * scale + shift)
    }
}
