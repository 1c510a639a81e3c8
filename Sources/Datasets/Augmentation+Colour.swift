import Glibc
package import Imaging

extension PixelBuffer {
    /// Brightness, contrast and saturation times factors, then hue turned by a share of the circle, in
    /// Float, rounded once. Alpha stays as it is.
    package mutating func jitterColours(
        brightness: Float, contrast: Float, saturation: Float, hue: Float
    ) {
        let channels = format.channelCount
        let isColour = channels >= 3
        let mean = meanLuminance() * brightness
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
                    for c in 0..<3 { bytes[start + c] = Self.rounded(changed[c]) }
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
                    sum += 0.299 * Float(bytes[start]) + 0.587 * Float(bytes[start + 1])
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
/// In YIQ (the NTSC colour space) saturation scales the plane of I and Q and hue turns it; luminance stays.
private struct ColourMatrix {
    private var red: SIMD3<Float>
    private var green: SIMD3<Float>
    private var blue: SIMD3<Float>

    init(saturation: Float, hue: Float) {
        let angle = 2 * Float.pi * hue
        let (c, s) = (saturation * cosf(angle), saturation * sinf(angle))
        // Each row gives one output: the input to YIQ, the plane turned, and back.
        let luminance = SIMD3<Float>(0.299, 0.587, 0.114)
        let inPhase = SIMD3<Float>(0.595716, -0.274453, -0.321263)
        let quadrature = SIMD3<Float>(0.211456, -0.522591, 0.311135)
        let turnedI = inPhase * c - quadrature * s
        let turnedQ = inPhase * s + quadrature * c
        red = luminance + 0.9563 * turnedI + 0.6210 * turnedQ
        green = luminance - 0.2721 * turnedI - 0.6474 * turnedQ
        blue = luminance - 1.1070 * turnedI + 1.7046 * turnedQ
    }

    @inline(__always)
    func apply(to colour: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3((red * colour).sum(), (green * colour).sum(), (blue * colour).sum())
    }
}
