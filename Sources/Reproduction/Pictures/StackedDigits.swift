public import Metrics
public import Networks
public import TensorCore
import Training

/// The data of Stacked MNIST: three digits drawn at random, one in each channel of an RGB picture.
///
/// Metz et al. 2016, "Unrolled Generative Adversarial Networks", https://arxiv.org/abs/1611.02163. The
/// digits of 28x28 stand in pictures of 32x32, two black pixels on each side, so that networks halve
/// the side as often as they like.
public struct StackedDigits: Sendable {
    /// The side of a stacked picture.
    public static let side = 32
    /// The side of a digit.
    public static let digitSide = 28
    /// A stacked picture.
    public static let shape = PictureShape(height: side, width: side, channels: 3)
    /// A digit.
    public static let digitShape = PictureShape(height: digitSide, width: digitSide, channels: 1)
    private static let margin = (side - digitSide) / 2

    private let digits: PictureSet

    /// Stacks of digits of 28x28 grey pixels.
    public init(_ digits: PictureSet) {
        precondition(
            digits.shape == Self.digitShape,
            "[StackedDigits] expected digits of \(Self.digitShape), got \(digits.shape)")
        self.digits = digits
    }

    /// Stacked pictures `[count, 32, 32, 3]` of digits that follow from a key: as many different ones
    /// as digits cubed.
    public func pictures(_ count: Int, key: RandomKey) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count * Self.side * Self.side * 3)
        let size = Self.digitSide
        for place in 0..<3 * count {
            let (picture, channel) = place.quotientAndRemainder(dividingBy: 3)
            let digit = key.integer(UInt64(place), below: digits.count) * size * size
            for row in 0..<size {
                var target =
                    ((picture * Self.side + row + Self.margin) * Self.side + Self.margin) * 3
                    + channel
                for column in 0..<size {
                    bytes[target] = digits.bytes[digit + row * size + column]
                    target += 3
                }
            }
        }
        return bytes
    }

    /// Batches for a trial: number and key say which digits.
    public var source: PictureTrial.Source {
        { size, number, key in
            TrainingBatch(
                pictures: Tensor(
                    uint8: pictures(size, key: key.folded(UInt64(number))),
                    shape: [size, Self.side, Self.side, 3]),
                position: (number + 1) * size)
        }
    }
}

/// Reads the digits in the channels of stacked pictures by a classifier of single digits.
public struct DigitReader: Sendable {
    /// The classifier, of grey 28x28 digits.
    public let network: SmallClassifier

    /// A reader.
    public init(_ network: SmallClassifier) {
        let sizes = network.configuration
        precondition(
            sizes.picture == StackedDigits.digitShape && sizes.classCount == 10,
            "[DigitReader] expected a classifier of 10 classes of \(StackedDigits.digitShape), got "
                + "\(sizes.classCount) of \(sizes.picture)")
        self.network = network
    }

    /// The digits of pictures `[N, 32, 32, 3]`: `[N, 3]` row-major.
    ///
    /// - Parameters:
    ///   - pictures: Bytes, row-major.
    ///   - chunk: Digits judged at a time.
    public func digits(in pictures: [UInt8], chunk: Int = 300) -> [Int] {
        var network = network
        var answers: [Int] = []
        let parts = PictureChunks(
            Self.channels(of: pictures), shape: StackedDigits.digitShape, size: chunk)
        for part in parts {
            let logits = network(networkPictures(part.pictures), training: false)
            answers += logits.argMax(axis: 1).int32s().prefix(part.range.count).map(Int.init)
        }
        return answers
    }

    /// The channels of stacked pictures without the margin, each a grey picture of 28x28: `[3N, ...]`.
    static func channels(of pictures: [UInt8]) -> [UInt8] {
        let (side, size) = (StackedDigits.side, StackedDigits.digitSide)
        let margin = (side - size) / 2
        let count = pictures.count / (side * side * 3)
        precondition(
            count * side * side * 3 == pictures.count,
            "[DigitReader] expected whole pictures of \(StackedDigits.shape), got "
                + "\(pictures.count) bytes")
        var result = [UInt8](repeating: 0, count: 3 * count * size * size)
        var target = 0
        for picture in 0..<count {
            for channel in 0..<3 {
                for row in 0..<size {
                    var place =
                        ((picture * side + row + margin) * side + margin) * 3 + channel
                    for _ in 0..<size {
                        result[target] = pictures[place]
                        target += 1
                        place += 3
                    }
                }
            }
        }
        return result
    }

    /// Counts the modes that pictures reach.
    ///
    /// - Throws: `FeatureError` without pictures.
    public func measure(
        _ pictures: [UInt8]
    ) throws(FeatureError) -> StackedDigitsProtocol.Result {
        try StackedDigitsProtocol.measure(digits: digits(in: pictures))
    }
}
