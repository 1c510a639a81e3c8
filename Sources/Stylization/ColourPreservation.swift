public import Imaging

/// What becomes of the content's colours.
///
/// Gatys, Bethge, Hertzmann and Shechtman 2016, "Preserving Color in Neural Artistic Style Transfer",
/// https://arxiv.org/abs/1606.05897.
public enum ColourPreservation: String, Sendable, Hashable, CaseIterable {
    /// The painting's colours are taken.
    case style
    /// Only luminance gets the style; the content's colour differences are put over it.
    case luminance
    /// The painting is given the mean and covariance of the content's colours before its style is
    /// taken.
    case histogram

    /// What stands for the content and the paintings while the style is transferred.
    ///
    /// - Throws: `decomposition` if the colours of a picture are not numbers.
    public func prepared(
        content: PixelBuffer, styles: [StyleSource]
    ) throws(StylizationError) -> (content: PixelBuffer, styles: [StyleSource]) {
        var changed = styles
        switch self {
        case .style: return (content, styles)
        case .luminance:
            let target = ColourStatistics(content.converted(to: .grey))
            for index in changed.indices {
                changed[index].picture = Self.matched(changed[index].picture, to: target)
            }
            return (content.converted(to: .grey).converted(to: .rgb), changed)
        case .histogram:
            let target = ColourStatistics(content.converted(to: .rgb))
            for index in changed.indices {
                let picture = changed[index].picture.converted(to: .rgb)
                let whitening = try ColourStatistics(picture).covarianceMatrix.power(.minusHalf)
                let colouring = try target.covarianceMatrix.power(.half)
                changed[index].picture = ColourStatistics(picture).mapped(
                    picture, by: product(colouring, whitening, order: 3), to: target)
            }
            return (content, changed)
        }
    }

    /// The result with the content's colours, where that is what was asked for.
    public func finished(_ made: PixelBuffer, content: PixelBuffer) -> PixelBuffer {
        guard self == .luminance else { return made }
        precondition(
            made.width == content.width && made.height == content.height,
            "[ColourPreservation] expected pictures of one size, got \(made.width)x\(made.height) and "
                + "\(content.width)x\(content.height)")
        let light = made.converted(to: .grey)
        let old = content.converted(to: .grey)
        var result = content.converted(to: .rgb)
        // In YIQ, I and Q stay: the change of Y is added to red, green and blue alike.
        for pixel in light.bytes.indices {
            let change = Int(light.bytes[pixel]) - Int(old.bytes[pixel])
            for i in 3 * pixel..<3 * pixel + 3 {
                result.bytes[i] = UInt8(min(max(Int(result.bytes[i]) + change, 0), 255))
            }
        }
        return result
    }

    /// A painting's luminance with another mean and deviation, as RGB.
    private static func matched(
        _ picture: PixelBuffer, to target: ColourStatistics
    ) -> PixelBuffer {
        let grey = picture.converted(to: .grey)
        let own = ColourStatistics(grey)
        let scale = (target.covariance[0] / max(own.covariance[0], 1e-6)).squareRoot()
        return own.mapped(grey, by: [min(scale, 10)], to: target).converted(to: .rgb)
    }
}

/// The mean and covariance of a picture's colours, 0 ... 255.
private struct ColourStatistics {
    let mean: [Double]
    let covariance: [Double]

    init(_ picture: PixelBuffer) {
        let channels = picture.format.channelCount
        let count = Double(picture.width * picture.height)
        var sums = [Double](repeating: 0, count: channels)
        var products = [Double](repeating: 0, count: channels * channels)
        for pixel in stride(from: 0, to: picture.bytes.count, by: channels) {
            for row in 0..<channels {
                let value = Double(picture.bytes[pixel + row])
                sums[row] += value
                for column in 0..<channels {
                    products[row * channels + column] +=
                        value * Double(picture.bytes[pixel + column])
                }
            }
        }
        let mean = sums.map { $0 / count }
        self.mean = mean
        // Sums of squares of bytes are whole numbers, exact in 64 bits: nothing cancels badly.
        covariance = products.enumerated().map { place, product in
            product / count - mean[place / channels] * mean[place % channels]
        }
    }

    var covarianceMatrix: SymmetricMatrix {
        get throws(StylizationError) { try SymmetricMatrix(covariance, order: mean.count) }
    }

    /// A picture of these statistics with `M (x - mean) + mean'`, rounded and held inside 0 ... 255.
    func mapped(
        _ picture: PixelBuffer, by matrix: [Double], to target: ColourStatistics
    ) -> PixelBuffer {
        let channels = mean.count
        var result = picture
        for pixel in stride(from: 0, to: picture.bytes.count, by: channels) {
            for row in 0..<channels {
                var value = target.mean[row]
                for column in 0..<channels {
                    value +=
                        matrix[row * channels + column]
                        * (Double(picture.bytes[pixel + column]) - mean[column])
                }
                result.bytes[pixel + row] = UInt8(min(max(value.rounded(), 0), 255))
            }
        }
        return result
    }
}
