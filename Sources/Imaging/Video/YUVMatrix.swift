/// How luminance and colour differences are made of red, green and blue.
public enum YUVMatrix: String, Sendable, Hashable, CaseIterable {
    /// Recommendation ITU-R BT.601: cameras, JPEG, and films of up to 576 rows.
    case bt601 = "601"
    /// Recommendation ITU-R BT.709: films of high definition.
    case bt709 = "709"

    /// What players take where a stream does not say, as YUV4MPEG2 never does: BT.709 from 1280 pixels
    /// in a row or more than 576 rows on.
    public static func usual(width: Int, height: Int) -> YUVMatrix {
        width >= 1280 || height > 576 ? .bt709 : .bt601
    }

    /// The shares of red and blue in luminance; green's is the rest.
    var shares: (red: Double, blue: Double) {
        switch self {
        case .bt601: (0.299, 0.114)
        case .bt709: (0.2126, 0.0722)
        }
    }
}

/// `R G B` of `Y Cb Cr`, in fixed point: luminance in units of 2^-20, colour differences, which come
/// 16-fold, of 2^-16.
struct ColourFromYUV {
    let luminance: Int32
    let black: Int32
    let redOfRed: Int32
    let greenOfBlue: Int32
    let greenOfRed: Int32
    let blueOfBlue: Int32

    init(_ matrix: YUVMatrix, _ range: Y4MHeader.Range) {
        let (red, blue) = matrix.shares
        let green = 1 - red - blue
        let luma = range == .limited ? 255.0 / 219 : 1
        let difference = (range == .limited ? 255.0 / 224 : 1) * 65_536
        luminance = Int32((luma * 1_048_576).rounded())
        black = range == .limited ? 16 : 0
        redOfRed = Int32((2 * (1 - red) * difference).rounded())
        blueOfBlue = Int32((2 * (1 - blue) * difference).rounded())
        greenOfBlue = Int32((-2 * blue * (1 - blue) / green * difference).rounded())
        greenOfRed = Int32((-2 * red * (1 - red) / green * difference).rounded())
    }

    /// `blue` and `red` are differences times 16, less 2048.
    @inline(__always)
    func callAsFunction(
        _ y: UInt8, _ blue: Int32, _ red: Int32, into pixel: UnsafeMutablePointer<UInt8>
    ) {
        // The sums stay below 2^30.
        let light = (Int32(y) &- black) &* luminance &+ 524_288
        pixel[0] = Self.byte(light &+ red &* redOfRed)
        pixel[1] = Self.byte(light &+ blue &* greenOfBlue &+ red &* greenOfRed)
        pixel[2] = Self.byte(light &+ blue &* blueOfBlue)
    }

    @inline(__always)
    private static func byte(_ value: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(max(value >> 20, 0), 255))
    }
}

/// `Y Cb Cr` of `R G B`, in units of 2^-16 of a sum of pixels.
struct YUVFromColour {
    let luminance: [Int]
    let blue: [Int]
    let red: [Int]
    let black: Int

    init(_ matrix: YUVMatrix, _ range: Y4MHeader.Range) {
        let shares = matrix.shares
        let light = [shares.red, 1 - shares.red - shares.blue, shares.blue]
        let luma = range == .limited ? 219.0 / 255 : 1
        let difference = range == .limited ? 224.0 / 255 : 1
        func whole(_ values: [Double]) -> [Int] { values.map { Int(($0 * 65_536).rounded()) } }
        luminance = whole(light.map { $0 * luma })
        blue = whole(
            (0..<3).map {
                (($0 == 2 ? 1 : 0) - light[$0]) / (2 * (1 - shares.blue)) * difference
            })
        red = whole(
            (0..<3).map { (($0 == 0 ? 1 : 0) - light[$0]) / (2 * (1 - shares.red)) * difference })
        black = range == .limited ? 16 : 0
    }
}
