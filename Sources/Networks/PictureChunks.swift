public import TensorCore

/// Many pictures as tensors of one shape, so that one plan serves them all: the last one is filled up
/// with black pictures, which the reader leaves out.
public struct PictureChunks: Sequence, Sendable {
    /// Some of the pictures.
    public struct Chunk: Sendable {
        /// uint8 `[size, H, W, C]`.
        public var pictures: Tensor
        /// Which of all pictures these are; fewer than `size` in the last chunk.
        public var range: Range<Int>
    }

    /// How many pictures there are.
    public let count: Int
    /// What each of them is like.
    public let shape: PictureShape
    /// Pictures in a tensor.
    public let size: Int
    private let bytes: [UInt8]

    /// - Parameters:
    ///   - bytes: `[N, H, W, C]`, row-major, 0 ... 255.
    ///   - shape: Height, width and channels of a picture.
    ///   - size: Pictures in a tensor.
    public init(_ bytes: [UInt8], shape: PictureShape, size: Int) {
        let pictureSize = shape.height * shape.width * shape.channels
        precondition(
            size > 0 && pictureSize > 0 && bytes.count % pictureSize == 0,
            "[PictureChunks] expected a positive size and whole pictures of \(shape), got size "
                + "\(size) and \(bytes.count) bytes")
        self.bytes = bytes
        self.shape = shape
        self.size = size
        count = bytes.count / pictureSize
    }

    /// The tensors, in order.
    public func makeIterator() -> AnyIterator<Chunk> {
        let pictureSize = shape.height * shape.width * shape.channels
        var start = 0
        return AnyIterator {
            guard start < count else { return nil }
            let range = start..<Swift.min(start + size, count)
            start = range.upperBound
            var part = Array(
                bytes[(range.lowerBound * pictureSize)..<(range.upperBound * pictureSize)])
            part += [UInt8](repeating: 0, count: size * pictureSize - part.count)
            let pictures = Tensor(
                uint8: part, shape: [size, shape.height, shape.width, shape.channels])
            return Chunk(pictures: pictures, range: range)
        }
    }
}
