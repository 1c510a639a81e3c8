import Glibc
public import Imaging
public import TensorCore

/// How the input of a pair is made from a plain photograph, which is then its target.
public enum PairMaker: String, Sendable, Hashable, Codable, CaseIterable {
    /// Dark lines on white where the photograph has edges: to learn drawing to photograph.
    case edges
    /// The photograph without colours: to learn colouring.
    case grey
    /// A quarter of the resolution: to learn sharpening what is small.
    case downscale
    /// Out of focus: to learn focusing.
    case blur
    /// With a grey rectangle over a part of it, another one each time: to learn completing.
    case mask

    /// The input for a photograph, of its size.
    ///
    /// - Parameters:
    ///   - photograph: The target, RGB.
    ///   - key: What is drawn from, where anything is.
    public func input(from photograph: PixelBuffer, key: RandomKey) -> PixelBuffer {
        precondition(
            photograph.format == .rgb,
            "[PairMaker] expected an RGB picture, got \(photograph.format)")
        switch self {
        case .edges: return EdgeDrawing(photograph).picture
        case .grey: return photograph.converted(to: .grey).converted(to: .rgb)
        case .downscale:
            let (width, height) = (max(1, photograph.width / 4), max(1, photograph.height / 4))
            return photograph.resized(width: width, height: height, filter: .bicubic)
                .resized(width: photograph.width, height: photograph.height, filter: .bicubic)
        case .blur:
            // In proportion, so that a small training picture is as blurred as a large one.
            let side = min(photograph.width, photograph.height)
            let blur = GaussianBlur(deviation: max(1, Double(side) / 40))
            var result = photograph
            for channel in 0..<3 {
                let plane = blur(
                    photograph.plane(channel), width: photograph.width, height: photograph.height)
                for (place, value) in plane.enumerated() {
                    result.bytes[3 * place + channel] = UInt8(min(255, max(0, value.rounded())))
                }
            }
            return result
        case .mask:
            var result = photograph
            func span(_ length: Int, _ draw: UInt64) -> (start: Int, count: Int) {
                // A quarter to a half of the side.
                let least = max(1, length / 4)
                let count = least + key.integer(draw, below: max(1, length / 2 - least + 1))
                return (key.integer(draw + 1, below: max(1, length - count + 1)), count)
            }
            let (columns, rows) = (span(photograph.width, 0), span(photograph.height, 2))
            result.place(
                PixelBuffer(
                    width: columns.count, height: rows.count, format: .rgb, fill: [128, 128, 128]),
                x: columns.start, y: rows.start)
            return result
        }
    }
}

extension PixelBuffer {
    /// The values of one channel.
    func plane(_ channel: Int) -> [Float] {
        let count = format.channelCount
        return (0..<width * height).map { Float(bytes[$0 * count + channel]) }
    }
}

/// A blur with a Gaussian window, the edge repeated outwards.
struct GaussianBlur {
    private let weights: [Float]

    init(deviation: Double) {
        let reach = max(1, Int((3 * deviation).rounded(.up)))
        let values = (-reach...reach).map { place -> Float in
            let distance = Double(place) / deviation
            return Float(exp(-0.5 * distance * distance))
        }
        let sum = values.reduce(0, +)
        weights = values.map { $0 / sum }
    }

    func callAsFunction(_ plane: [Float], width: Int, height: Int) -> [Float] {
        let reach = weights.count / 2
        var across = [Float](repeating: 0, count: plane.count)
        for y in 0..<height {
            for x in 0..<width {
                var sum: Float = 0
                for (k, weight) in weights.enumerated() {
                    sum += weight * plane[y * width + min(width - 1, max(0, x + k - reach))]
                }
                across[y * width + x] = sum
            }
        }
        var result = [Float](repeating: 0, count: plane.count)
        for y in 0..<height {
            for (k, weight) in weights.enumerated() {
                let row = min(height - 1, max(0, y + k - reach)) * width
                for x in 0..<width { result[y * width + x] += weight * across[row + x] }
            }
        }
        return result
    }
}
