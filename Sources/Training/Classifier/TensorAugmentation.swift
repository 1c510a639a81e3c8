public import TensorCore

/// Mirroring and shifting of a batch, each picture by chance of its own.
public struct TensorAugmentation: Sendable, Hashable, Codable {
    /// Whether half of the pictures are mirrored left to right.
    public var flips: Bool
    /// By how many pixels a picture is shifted at most along each axis; its edge is repeated.
    public var shift: Int

    /// An augmentation.
    public init(flips: Bool = false, shift: Int = 2) {
        self.flips = flips
        self.shift = shift
    }

    /// Why pictures cannot be changed this way; nil if they can.
    public var problem: String? {
        (0...32).contains(shift) ? nil : "expected a shift of 0 to 32 pixels, got \(shift)"
    }

    /// Pictures `[N, H, W, C]`, shifted and mirrored.
    public func callAsFunction(_ pictures: Tensor, key: RandomKey) -> Tensor {
        if let problem { preconditionFailure("[TensorAugmentation] \(problem)") }
        guard flips || shift > 0 else { return pictures }
        let (count, height, width) = (pictures.shape[0], pictures.shape[1], pictures.shape[2])
        precondition(
            pictures.rank == 4 && count * height * width <= 1 << 24,
            "[TensorAugmentation] expected [N, H, W, C] with at most 2^24 pixels, got \(pictures)")
        // Places are counted in floats, which hold whole numbers up to 2^24.
        func index(_ shape: [Int], axis: Int) -> Tensor {
            Tensor.iota(shape, axis: axis).cast(to: .float32)
        }
        func moved(_ places: Tensor, _ name: String, most: Int) -> Tensor {
            guard shift > 0 else { return places }
            let draw = Tensor.uniform([count, 1, 1], key: key.folded(name))
            let by = (draw * Double(2 * shift + 1)).floor() - Double(shift)
            return (places + by).clamped(0, Double(most))
        }
        let rows = moved(index([1, height, 1], axis: 1), "rows", most: height - 1)
        var columns = moved(index([1, 1, width], axis: 2), "columns", most: width - 1)
        if flips {
            let coin = Tensor.uniform([count, 1, 1], key: key.folded("flips")) .< 0.5
            let mirrored = Double(width - 1) - columns
            let shape = mirrored.shape[0] == count ? mirrored.shape : [count, 1, width]
            columns = select(
                coin.broadcast(to: shape), mirrored.broadcast(to: shape),
                columns.broadcast(to: shape))
        }
        let pictureIndex = index([count, 1, 1], axis: 0) * Double(height * width)
        let places = (pictureIndex + rows * Double(width) + columns).cast(to: .int32)
        let channels = pictures.shape[3]
        return pictures.reshaped([count * height * width, channels])
            .gathered(places.broadcast(to: [count, height, width]).reshaped([-1]))
            .reshaped([count, height, width, channels])
    }
}
