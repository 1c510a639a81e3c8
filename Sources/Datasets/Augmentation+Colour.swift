import Glibc
package import Imaging

extension PixelBuffer {
    /// Brightness, contrast and saturation times factors, then hue turned by a share of the circle,
    /// in Float, rounded once. Alpha stays as it is.
    package mutating func jitterColours(
        brightness: Float, contrast: Float, saturation: Float, hue: Float
    ) {
        let channels = format.channelCount
        let isColour = channels >= 3
        let mean = contrast == 1 ? 0 : meanLuminance() * brightness
        // Contrast is about the mean of the picture as brightness left it.
        let scale = brightness * contrast
        let shift = mean * (1 - contrast)
        let matrix = ColourMatrix(saturation: saturation, hue: hue)
        bytes.withUnsafeMutableBufferPointer { bytes in
            for start in stride(from: 0, to: bytes.count, by: channels) {
                if isColour {
                    let colour = SIMD3(
                        Float(bytes[start]), Float(bytes[start + 1]), Float(bytes[start + 2]))
                    let changed = matrix.apply(to: colour * scale + shift)
                    bytes[start] = UInt8(changed.x)
                    bytes[start + 1] = UInt8(changed.y)
                    bytes[start + 2] = UInt8(changed.z)
                } else {
                    bytes[start] = Self.rounded(Float(bytes[start]) * scale + shift)
                }
            }
        }
    }

    private static func rounded(_ value: Float) -> UInt8 { UInt8(max(0, min(255, value + 0.5))) }

    /// Rec. 601 luminance, 0...255, averaged over the picture.
    private func meanLuminance() -> Float {
        let channels = format.channelCount
        var sum: Float = 0
        bytes.withUnsafeBufferPointer { bytes in
            for start in stride(from: 0, to: bytes.count, by: channels) {
                if channels >= 3 {
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

/// Saturation and hue as one matrix on red, green and blue.
///
/// In YIQ (the NTSC colour space) saturation scales the plane of I and Q and hue turns it;
/// luminance stays.
private struct ColourMatrix {
    // Columns: what red, green and blue alone become.
    private let red: SIMD3<Float>
    private let green: SIMD3<Float>
    private let blue: SIMD3<Float>

    init(saturation: Float, hue: Float) {
        let angle = 2 * Float.pi * hue
        let (c, s) = (saturation * cosf(angle), saturation * sinf(angle))
        func column(_ luminance: Float, _ inPhase: Float, _ quadrature: Float) -> SIMD3<Float> {
            let turnedI = inPhase * c - quadrature * s
            let turnedQ = inPhase * s + quadrature * c
            return luminance + SIMD3(0.9563, -0.2721, -1.1070) * turnedI
                + SIMD3(0.6210, -0.6474, 1.7046) * turnedQ
        }
        red = column(0.299, 0.595716, 0.211456)
        green = column(0.587, -0.274453, -0.522591)
        blue = column(0.114, -0.321263, 0.311135)
    }

    /// A colour changed, ready to be cut to bytes: rounded to nearest, within 0...255.
    @inline(__always)
    func apply(to colour: SIMD3<Float>) -> SIMD3<Float> {
        (red * colour.x + green * colour.y + blue * colour.z + 0.5)
            .clamped(lowerBound: SIMD3(repeating: 0), upperBound: SIMD3(repeating: 255))
    }
}
