import TensorCore

/// For each picture of a batch an affine map of colours that knows only the grey axis:
/// `y = alpha x + beta mean(x) + gamma (axis cross x) + offset`. Each coefficient is `[N, 1, 1]`.
struct ColourMap: Sendable {
    /// What the grey part is multiplied by, and what is added to it.
    private var greyScale: Tensor, greyOffset: Tensor
    /// The colour beside grey is turned about the grey axis, and multiplied.
    private var colourScale: Tensor, cosine: Tensor, sine: Tensor

    /// The map that leaves all pictures as they are.
    init(identity count: Int) {
        let (one, zero) = (Tensor.ones([count, 1, 1]), Tensor.zeros([count, 1, 1]))
        (greyScale, greyOffset, colourScale, cosine, sine) = (one, zero, one, one, zero)
    }

    /// Adds to every colour channel.
    mutating func brighten(_ amount: Tensor) { greyOffset = greyOffset + amount }

    /// Multiplies every colour channel.
    mutating func multiply(_ factor: Tensor) {
        (greyScale, greyOffset) = (greyScale * factor, greyOffset * factor)
        colourScale = colourScale * factor
    }

    /// Multiplies the grey part, and leaves the colour beside it.
    mutating func multiplyGrey(_ factor: Tensor) {
        (greyScale, greyOffset) = (greyScale * factor, greyOffset * factor)
    }

    /// Turns colours about the grey axis.
    mutating func turn(cosine: Tensor, sine: Tensor) { (self.cosine, self.sine) = (cosine, sine) }

    /// Multiplies the colour beside grey.
    mutating func saturate(_ factor: Tensor) { colourScale = colourScale * factor }

    /// The pictures `[N, H, W, C]` with their colours changed; the alpha channel stays.
    func callAsFunction(_ pictures: Tensor) -> Tensor {
        let (count, channels) = (pictures.shape[0], pictures.shape[3])
        switch channels {
        case 1:
            return pictures * greyScale.expanded(at: 3) + greyOffset.expanded(at: 3)
        case 2:
            let isGrey = Tensor(bool: [true, false], shape: [1, 1, 1, 2])
            let factor = greyScale.expanded(at: 3)
            let offset = greyOffset.expanded(at: 3)
            return pictures * select(isGrey, factor, .ones(factor.shape))
                + select(isGrey, offset, .zeros(offset.shape))
        default:
            let pixels = pictures.reshaped([count, -1, channels])  // [N, H * W, C]
            let isColour = Tensor(
                (0..<channels).map { $0 < 3 ? 1 : 0 }, shape: [1, 1, channels])
            return
                (matmul(pixels, matrix(channels), transposeB: true) + greyOffset * isColour)
                .reshaped(pictures.shape)
        }
    }

    /// `[N, C, C]`, from the channels of a pixel to those of the result.
    private func matrix(_ channels: Int) -> Tensor {
        func table(_ entry: (_ row: Int, _ column: Int) -> Float) -> Tensor {
            let entries = (0..<channels * channels).map { place -> Float in
                let (row, column) = (place / channels, place % channels)
                return row < 3 && column < 3 ? entry(row, column) : 0
            }
            return Tensor(entries, shape: [1, channels, channels])
        }
        let alpha = colourScale * cosine
        let beta = greyScale - alpha
        let gamma = colourScale * sine
        // The grey axis (1, 1, 1) / sqrt(3), and the cross product with it.
        let cross = Float(3).squareRoot() / 3
        var matrix = alpha * table { $0 == $1 ? 1 : 0 }
        matrix = matrix + beta * table { _, _ in 1 / 3 }
        matrix =
            matrix
            + gamma * table { $1 == ($0 + 2) % 3 ? cross : $1 == ($0 + 1) % 3 ? -cross : 0 }
        guard channels == 4 else { return matrix }
        return matrix + Tensor([Float](repeating: 0, count: 15) + [1], shape: [1, 4, 4])
    }
}
