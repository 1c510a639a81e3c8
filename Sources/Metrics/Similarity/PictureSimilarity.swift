import Glibc

/// How near a picture is to the one that it should be.
public struct PictureSimilarity: Sendable, Hashable, Codable {
    /// The mean absolute difference as a share of the range of values, 0 ... 1; 0 says equal.
    public var l1: Double
    /// The peak signal-to-noise ratio in decibels, `10 log10(255^2 / mean squared difference)`, held
    /// to ``mostDecibels``, which equal pictures have.
    public var psnr: Double
    /// The mean structural similarity, -1 ... 1; 1 says equal.
    public var ssim: Double

    /// What is said of equal pictures in decibels.
    public static let mostDecibels = 100.0

    /// Measures that are known.
    public init(l1: Double, psnr: Double, ssim: Double) {
        self.l1 = l1
        self.psnr = psnr
        self.ssim = ssim
    }

    /// Compares two pictures.
    ///
    /// - Parameters:
    ///   - picture: `[height, width, channels]`, row-major.
    ///   - other: The other one, of the same size.
    ///   - height: Rows.
    ///   - width: Pixels in a row.
    ///   - channels: Numbers in a pixel.
    public init(
        of picture: [UInt8], and other: [UInt8], height: Int, width: Int, channels: Int
    ) {
        let count = height * width * channels
        precondition(
            count > 0 && picture.count == count && other.count == count,
            "[PictureSimilarity] expected twice \(width)x\(height)x\(channels) bytes, got "
                + "\(picture.count) and \(other.count)")
        var (sum, squares) = (0, 0)
        for place in 0..<count {
            let difference = Int(picture[place]) - Int(other[place])
            sum += abs(difference)
            squares += difference * difference
        }
        l1 = Double(sum) / Double(count) / 255
        let error = Double(squares) / Double(count)
        psnr =
            error == 0
            ? Self.mostDecibels : min(Self.mostDecibels, 10 * log10(255 * 255 / error))
        ssim = StructuralSimilarity(height: height, width: width, channels: channels)
            .mean(picture, other)
    }

    /// The mean of measures, each by itself; nil of none.
    public static func mean(_ measures: [PictureSimilarity]) -> PictureSimilarity? {
        guard !measures.isEmpty else { return nil }
        let count = Double(measures.count)
        return PictureSimilarity(
            l1: measures.reduce(0) { $0 + $1.l1 } / count,
            psnr: measures.reduce(0) { $0 + $1.psnr } / count,
            ssim: measures.reduce(0) { $0 + $1.ssim } / count)
    }
}

/// The structural similarity index: Wang, Bovik, Sheikh and Simoncelli 2004, "Image Quality Assessment:
/// From Error Visibility to Structural Similarity", https://doi.org/10.1109/TIP.2003.819861.
///
/// With the window of the paper (a Gaussian of 11x11 pixels and deviation 1.5, moments weighted by it),
/// `K1 = 0.01`, `K2 = 0.03`, range 255, at every place where the window lies inside the picture; the
/// mean over places and channels. Of pictures with a side below 11 the window has the greatest odd side
/// that fits.
struct StructuralSimilarity {
    private let height: Int, width: Int, channels: Int
    private let rows: [Double], columns: [Double]

    init(height: Int, width: Int, channels: Int) {
        (self.height, self.width, self.channels) = (height, width, channels)
        rows = Self.window(in: height)
        columns = Self.window(in: width)
    }

    private static func window(in side: Int) -> [Double] {
        let size = min(11, side % 2 == 1 ? side : side - 1)
        let centre = Double(size / 2)
        let values = (0..<size).map { place -> Double in
            let distance = (Double(place) - centre) / 1.5
            return exp(-0.5 * distance * distance)
        }
        let sum = values.reduce(0, +)
        return values.map { $0 / sum }
    }

    func mean(_ picture: [UInt8], _ other: [UInt8]) -> Double {
        var sum = 0.0
        for channel in 0..<channels {
            let x = plane(picture, channel)
            let y = plane(other, channel)
            sum += mean(x, y)
        }
        return sum / Double(channels)
    }

    private func plane(_ picture: [UInt8], _ channel: Int) -> [Double] {
        (0..<height * width).map { Double(picture[$0 * channels + channel]) }
    }

    private func mean(_ x: [Double], _ y: [Double]) -> Double {
        let (c1, c2) = (0.01 * 255 * 0.01 * 255, 0.03 * 255 * 0.03 * 255)
        let meanX = blurred(x)
        let meanY = blurred(y)
        let squareX = blurred(zip(x, x).map { $0 * $1 })
        let squareY = blurred(zip(y, y).map { $0 * $1 })
        let product = blurred(zip(x, y).map { $0 * $1 })
        var sum = 0.0
        for place in meanX.indices {
            let (mx, my) = (meanX[place], meanY[place])
            let (vx, vy) = (squareX[place] - mx * mx, squareY[place] - my * my)
            let covariance = product[place] - mx * my
            sum +=
                (2 * mx * my + c1) * (2 * covariance + c2)
                / ((mx * mx + my * my + c1) * (vx + vy + c2))
        }
        return sum / Double(meanX.count)
    }

    /// The weighted mean of the window at each place where it lies inside.
    private func blurred(_ plane: [Double]) -> [Double] {
        let (outRows, outColumns) = (height - rows.count + 1, width - columns.count + 1)
        var across = [Double](repeating: 0, count: height * outColumns)
        for y in 0..<height {
            for x in 0..<outColumns {
                var sum = 0.0
                for (k, weight) in columns.enumerated() { sum += weight * plane[y * width + x + k] }
                across[y * outColumns + x] = sum
            }
        }
        var result = [Double](repeating: 0, count: outRows * outColumns)
        for y in 0..<outRows {
            for (k, weight) in rows.enumerated() {
                for x in 0..<outColumns {
                    result[y * outColumns + x] += weight * across[(y + k) * outColumns + x]
                }
            }
        }
        return result
    }
}
