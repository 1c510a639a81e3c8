public import TensorCore

/// What a trainer learns from in one step.
public struct TrainingBatch: Sendable {
    /// uint8 `[N, H, W, C]`; or float32, as networks see them, for data finer than bytes.
    public var pictures: Tensor
    /// int32 `[N]`: classes, where the data has some.
    public var labels: Tensor?
    /// How many samples the stream has given, this batch included: where to go on after it.
    public var position: Int

    /// A batch.
    public init(pictures: Tensor, labels: Tensor? = nil, position: Int) {
        precondition(
            (pictures.dtype == .uint8 || pictures.dtype == .float32) && pictures.rank == 4,
            "[TrainingBatch] expected uint8 or float32 pictures [N, H, W, C], got \(pictures)")
        self.pictures = pictures
        self.labels = labels
        self.position = position
    }
}

/// Pictures as networks see them, -1 ... 1, from bytes; float32 pictures are such already.
public func networkPictures(_ bytes: Tensor) -> Tensor {
    bytes.dtype == .float32 ? bytes : bytes.cast(to: .float32) * (1 / 127.5) - 1
}

/// Pictures as bytes, rounded and held inside 0 ... 255, from what a network made.
public func bytePictures(_ pictures: Tensor) -> Tensor {
    (pictures * 127.5 + 128).clamped(0, 255).cast(to: .uint8)
}
