public import Imaging
public import TensorCore

// Between pictures in memory (8 bits a sample) and what networks take: [1, H, W, 3], RGB, 0 ... 1.

extension Tensor {
    /// A picture as `[1, H, W, 3]`, RGB, 0 ... 1; alpha goes over white.
    public init(picture: PixelBuffer) {
        let colours = picture.converted(to: .rgb)
        self =
            Tensor(uint8: colours.bytes, shape: [1, picture.height, picture.width, 3])
            .cast(to: .float32) * (1.0 / 255)
    }

    /// A grey picture as `[1, H, W, 1]`, 0 ... 1; colours become their luminance.
    public init(mask: PixelBuffer) {
        let grey = mask.converted(to: .grey, over: .black)
        self =
            Tensor(uint8: grey.bytes, shape: [1, mask.height, mask.width, 1]).cast(to: .float32)
            * (1.0 / 255)
    }

    /// `[1, H, W, 3]`, held inside 0 ... 1 and rounded to 8 bits, as uint8: nothing is computed yet.
    var rounded: Tensor { (clamped(0, 1) * 255 + 0.5).floor().cast(to: .uint8) }

    /// The picture of a tensor `[1, H, W, 3]`, held inside 0 ... 1 and rounded to 8 bits.
    public var picture: PixelBuffer {
        precondition(
            rank == 4 && shape[0] == 1 && shape[3] == 3,
            "[Tensor.picture] expected [1, H, W, 3], got \(shape)")
        return PixelBuffer(
            width: shape[2], height: shape[1], format: .rgb, bytes: rounded.uint8s())
    }
}

extension PixelBuffer {
    /// The picture with its right and bottom edges repeated until it has a size.
    func extended(width: Int, height: Int) -> PixelBuffer {
        precondition(
            width >= self.width && height >= self.height,
            "[PixelBuffer.extended] expected \(self.width)x\(self.height) or more, got "
                + "\(width)x\(height)")
        if width == self.width && height == self.height { return self }
        let channels = format.channelCount
        let bytes = [UInt8](unsafeUninitializedCapacity: width * height * channels) {
            target, count in
            for row in 0..<height {
                let line = min(row, self.height - 1) * self.width * channels
                for column in 0..<width {
                    let pixel = line + min(column, self.width - 1) * channels
                    for channel in 0..<channels {
                        target[count] = self.bytes[pixel + channel]
                        count += 1
                    }
                }
            }
        }
        return PixelBuffer(width: width, height: height, format: format, bytes: bytes)
    }

    /// The picture with its longer side of a length and both sides multiples of `multiple`, at least
    /// `least` long.
    func scaled(longerSide: Int, multipleOf multiple: Int, least: Int) -> PixelBuffer {
        let ratio = Double(longerSide) / Double(max(width, height))
        func side(_ length: Int) -> Int {
            let wanted = Int((Double(length) * ratio / Double(multiple)).rounded()) * multiple
            return max(wanted, (least + multiple - 1) / multiple * multiple)
        }
        return resized(width: side(width), height: side(height), filter: .lanczos)
    }
}
