public import Imaging

/// Pictures that a training step takes at once.
public struct PictureBatch: Sendable, Hashable {
    /// `[N, H, W, C]`, 0...255, rows top to bottom.
    public var pixels: [UInt8]
    /// `[N]`, the class of each picture; nil where the data set has no labels.
    public var labels: [Int32]?
    /// `[N]`, the index of each picture in the data set.
    public var indices: [Int]
    /// Rows of each picture.
    public var height: Int
    /// Columns of each picture.
    public var width: Int
    /// The channels of each picture.
    public var format: PixelFormat
    /// Pictures consumed before this batch; ``BatchStream`` started here gives this batch again.
    public var position: Int

    /// Pictures in the batch.
    public var count: Int { indices.count }
    /// Pictures consumed with this batch: where a resumed stream goes on.
    public var nextPosition: Int { position + count }
    /// `[N, H, W, C]`.
    public var shape: [Int] { [count, height, width, format.channelCount] }

    /// One picture of the batch.
    public func picture(_ index: Int) -> PixelBuffer {
        precondition(
            indices.indices.contains(index),
            "[PictureBatch.picture] expected an index in 0..<\(count), got \(index)")
        let size = height * width * format.channelCount
        return PixelBuffer(
            width: width, height: height, format: format,
            bytes: Array(pixels[index * size..<(index + 1) * size]))
    }
}
