public import Imaging

/// A painting whose style is wanted, how much of it, and where.
public struct StyleSource: Sendable {
    /// The painting.
    public var picture: PixelBuffer
    /// Its share beside the others; only ratios count.
    public var weight: Double
    /// Where the style goes: white everything, black nothing; everywhere unless given. Of any size: it
    /// is brought to the content's.
    public var mask: PixelBuffer?

    /// A painting and its share.
    public init(picture: PixelBuffer, weight: Double = 1, mask: PixelBuffer? = nil) {
        precondition(
            weight > 0 && weight.isFinite,
            "[StyleSource] expected a positive weight, got \(weight)")
        self.picture = picture
        self.weight = weight
        self.mask = mask
    }
}

/// Which share each of several styles has in each part of a picture.
struct StyleRegions: Sendable {
    /// Each style's share without masks; they add up to one.
    let weights: [Double]
    /// Grey, of the content's size; empty where no style has a mask.
    private let masks: [PixelBuffer]

    init(_ styles: [StyleSource], width: Int, height: Int) {
        let sum = styles.reduce(0) { $0 + $1.weight }
        weights = styles.map { $0.weight / sum }
        guard styles.contains(where: { $0.mask != nil }) else {
            masks = []
            return
        }
        masks = styles.map { style in
            style.mask?.converted(to: .grey, over: .black).resized(
                width: width, height: height, filter: .bilinear)
                ?? PixelBuffer(width: width, height: height, format: .grey, fill: [255])
        }
    }

    /// Whether any style has a mask.
    var hasMasks: Bool { !masks.isEmpty }

    /// How much of the picture is to be changed at all: the largest of the masks, grey; nil where
    /// everything is.
    var cover: PixelBuffer? {
        guard var cover = masks.first else { return nil }
        for mask in masks.dropFirst() {
            for i in cover.bytes.indices { cover.bytes[i] = max(cover.bytes[i], mask.bytes[i]) }
        }
        return cover.bytes.allSatisfy { $0 == 255 } ? nil : cover
    }

    /// The shares of each style in each cell, row-major, adding up to one in every cell; under no mask
    /// they are those without masks.
    ///
    /// - Parameters:
    ///   - width: What the picture was extended to, pixels.
    ///   - height: The same.
    ///   - stride: Pixels of a cell along each axis.
    func shares(width: Int, height: Int, stride: Int) -> [[Float]] {
        let count = (width / stride) * (height / stride)
        guard hasMasks else { return weights.map { .init(repeating: Float($0), count: count) } }
        var shares = zip(masks, weights).map { mask, weight in
            mask.extended(width: width, height: height).resized(
                width: width / stride, height: height / stride, filter: .box
            ).bytes.map { (Float($0) / 255 + 1e-4) * Float(weight) }
        }
        for cell in 0..<count {
            let sum = shares.reduce(0) { $0 + $1[cell] }
            for style in shares.indices { shares[style][cell] /= sum }
        }
        return shares
    }

    /// A styled picture where the masks are, the content elsewhere.
    func composed(_ styled: PixelBuffer, over content: PixelBuffer) -> PixelBuffer {
        guard let cover else { return styled }
        var result = styled
        for pixel in cover.bytes.indices {
            let share = Int(cover.bytes[pixel])
            for i in 3 * pixel..<3 * pixel + 3 {
                let sum = Int(styled.bytes[i]) * share + Int(content.bytes[i]) * (255 - share)
                result.bytes[i] = UInt8((sum + 127) / 255)
            }
        }
        return result
    }
}
