public import Imaging
public import TensorCore

/// What lies beyond the edge of a picture that is moved or turned.
public enum AugmentationBorder: Sendable, Hashable, Codable {
    /// The picture mirrored at its edge.
    case reflect
    /// One grey level, 0...255, opaque.
    case fill(level: UInt8)
}

/// One way of changing a picture at random. Sizes are shares of the picture, so that a pipeline
/// means the same at any size.
public enum Augmentation: Sendable, Hashable, Codable {
    /// Left and right exchanged, with a probability.
    case horizontalFlip(probability: Float)
    /// Top and bottom exchanged, with a probability.
    case verticalFlip(probability: Float)
    /// Moved by whole pixels, up to a share of the width and of the height, either way.
    case translation(upTo: Float, border: AugmentationBorder)
    /// Turned about the middle by up to so many degrees either way, bilinear.
    case rotation(upToDegrees: Float, border: AugmentationBorder)
    /// A part with a share of the area between `leastArea` and 1 and a shape between
    /// 1:`mostAspect` and `mostAspect`:1 of the picture's own, resized to the whole.
    case randomResizedCrop(leastArea: Float, mostAspect: Float)
    /// Brightness, contrast and saturation times a factor in `1 - x ... 1 + x`, hue turned by up to
    /// `hue` of the circle (0...0.5) either way; in this order. On grey pictures only the first
    /// two.
    case colourJitter(brightness: Float, contrast: Float, saturation: Float, hue: Float)
    /// Colour taken out, with a probability.
    case greyscale(probability: Float)
    /// A rectangle with a share of each side, anywhere (it may hang over the edge), filled with a
    /// grey level, with a probability. DeVries and Taylor 2017, https://arxiv.org/abs/1708.04552
    case cutout(side: Float, level: UInt8, probability: Float)
}

/// Changes made to every picture on its way into training, in order.
///
/// Keyed: the same key gives the same picture, on any thread and in any batch.
public struct AugmentationPipeline: Sendable, Hashable, Codable {
    /// The steps, first to last.
    public var steps: [Augmentation]

    /// A pipeline of steps.
    public init(_ steps: [Augmentation]) {
        for step in steps {
            if let problem = step.problem {
                preconditionFailure("[AugmentationPipeline] \(problem)")
            }
        }
        self.steps = steps
    }

    /// Reads a pipeline, refusing steps out of range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        steps = try container.decode([Augmentation].self, forKey: .steps)
        for step in steps {
            if let problem = step.problem {
                throw DecodingError.dataCorruptedError(
                    forKey: .steps, in: container, debugDescription: problem)
            }
        }
    }

    /// Nothing is changed.
    public static let none = AugmentationPipeline([])
    /// Half of the pictures mirrored: right for nearly all photographs, wrong for text.
    public static let flip = AugmentationPipeline([.horizontalFlip(probability: 0.5)])
    /// Mirrored, and a part of four fifths of the area or more in place of the whole: for pictures
    /// whose edges may go.
    public static let crop = AugmentationPipeline([
        .horizontalFlip(probability: 0.5),
        .randomResizedCrop(leastArea: 0.8, mostAspect: 1.1),
    ])
    /// For small sets of photographs: mirrored, moved, turned a little, colours shifted a little.
    public static let gentle = AugmentationPipeline([
        .horizontalFlip(probability: 0.5),
        .translation(upTo: 0.08, border: .reflect),
        .rotation(upToDegrees: 8, border: .reflect),
        .colourJitter(brightness: 0.1, contrast: 0.1, saturation: 0.1, hue: 0.02),
    ])

    /// Whether nothing is changed.
    public var isEmpty: Bool { steps.isEmpty }

    /// A picture changed as the key says: the same size and format.
    public func apply(to picture: PixelBuffer, key: RandomKey) -> PixelBuffer {
        guard !isEmpty else { return picture }
        let canvas = AugmentationCanvas()
        canvas.load(picture)
        apply(to: canvas, key: key)
        return canvas.picture
    }

    /// Changes the picture on a canvas as the key says.
    func apply(to canvas: AugmentationCanvas, key: RandomKey) {
        for (index, step) in steps.enumerated() {
            step.apply(to: canvas, draws: AugmentationDraws(key: key.folded(UInt64(index))))
        }
    }

    /// One picture changed in several ways, for a sheet to look at before training.
    public func preview(of picture: PixelBuffer, count: Int, key: RandomKey) -> [PixelBuffer] {
        (0..<count).map { apply(to: picture, key: key.folded("preview").folded(UInt64($0))) }
    }
}

/// The random numbers of one step on one picture, in the order they are asked for.
struct AugmentationDraws {
    private let key: RandomKey
    private var index: UInt64 = 0

    init(key: RandomKey) { self.key = key }

    /// Uniform on [0, 1).
    mutating func unit() -> Float {
        defer { index += 1 }
        return key.uniform(index)
    }

    /// Uniform on `low...high`.
    mutating func between(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

    /// An integer on `low...high`.
    mutating func integer(_ low: Int, _ high: Int) -> Int {
        defer { index += 1 }
        return low + key.integer(index, below: high - low + 1)
    }
}
