public import Imaging
import TensorCore

/// A picture and what it is to become, of one size, RGB.
public struct PicturePair: Sendable, Hashable {
    /// What is translated.
    public var input: PixelBuffer
    /// What it is to become.
    public var target: PixelBuffer

    /// A pair.
    public init(input: PixelBuffer, target: PixelBuffer) {
        self.input = input
        self.target = target
    }
}

/// How pictures are varied on the way into a training of translations: enlarged, cut at random, and
/// mirrored, as in both papers. Both pictures of a pair alike.
public struct PictureJitter: Sendable, Hashable, Codable {
    /// How much larger than the cut pictures are before it, 1 ... 2; the papers have 286 for 256.
    public var enlargement: Double
    /// Whether every other picture is mirrored, left to right.
    public var mirrors: Bool

    /// The papers' jitter unless given.
    public init(enlargement: Double = 286.0 / 256, mirrors: Bool = true) {
        self.enlargement = enlargement
        self.mirrors = mirrors
    }

    /// Pictures as they are.
    public static let none = PictureJitter(enlargement: 1, mirrors: false)

    /// What is wrong with numbers from outside, in words.
    public var problem: String? {
        (1...2).contains(enlargement)
            ? nil : "expected an enlargement of 1 to 2, got \(enlargement)"
    }

    /// A side before it is cut to `side`.
    func enlarged(_ side: Int) -> Int {
        max(side, Int((Double(side) * min(2, max(1, enlargement))).rounded()))
    }

    /// A part of a picture, mirrored or not; the same of every picture of one size and key.
    func cut(_ picture: PixelBuffer, width: Int, height: Int, key: RandomKey) -> PixelBuffer {
        let part = picture.cropped(
            x: key.integer(0, below: picture.width - width + 1),
            y: key.integer(1, below: picture.height - height + 1), width: width, height: height)
        return mirrors && key.uniform(2) < 0.5 ? part.flippedHorizontally() : part
    }
}

/// Where pairs come from.
public enum PairSource: Sendable, Hashable, Codable {
    /// A folder (or ZIP) of pictures that are A on the left and B on the right.
    case sideBySide(path: String)
    /// Two folders (or ZIPs) with pictures of the same names, whatever their extensions.
    case folders(a: String, b: String)
    /// A folder (or ZIP) of photographs, which are B; A is made from them.
    case made(path: String, PairMaker)

    /// The folders.
    public var paths: [String] {
        switch self {
        case .sideBySide(let path), .made(let path, _): [path]
        case .folders(let a, let b): [a, b]
        }
    }
}

/// How pairs are prepared.
public struct PairConfiguration: Sendable, Hashable, Codable {
    /// Where they come from.
    public var source: PairSource
    /// Rows of every prepared picture.
    public var height: Int
    /// Pixels in a row.
    public var width: Int
    /// Whether B is translated to A.
    public var isReversed: Bool
    /// How they are varied.
    public var jitter: PictureJitter

    /// A configuration.
    public init(
        source: PairSource, height: Int, width: Int, isReversed: Bool = false,
        jitter: PictureJitter = PictureJitter()
    ) {
        self.source = source
        self.height = height
        self.width = width
        self.isReversed = isReversed
        self.jitter = jitter
    }
}
