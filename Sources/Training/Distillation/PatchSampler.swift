public import TensorCore

/// Patches of half a picture's side: a part as it is, or the whole at half its size, by chance.
///
/// So a network sees detail and composition of the same pictures.
public struct PatchSampler: Sendable {
    /// The side of patches.
    public let side: Int

    /// Patches of a side, from pictures of twice that side.
    public init(side: Int) {
        precondition(side > 0, "[PatchSampler] expected a positive side, got \(side)")
        self.side = side
    }

    /// The side of pictures.
    public var pictureSide: Int { 2 * side }

    /// A patch of each picture.
    ///
    /// - Parameters:
    ///   - pictures: `[N, 2S, 2S, 3]`, row-major.
    ///   - key: What is drawn from.
    /// - Returns: `[N, S, S, 3]`.
    public func patches(of pictures: [UInt8], key: RandomKey) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(pictures.count / 4)
        for picture in 0..<count(pictures) {
            let own = key.folded(UInt64(picture))
            if own.uniform(0) < 0.5 {
                appendWhole(picture, of: pictures, to: &result)
            } else {
                append(
                    picture, of: pictures, x: own.integer(1, below: side + 1),
                    y: own.integer(2, below: side + 1), to: &result)
            }
        }
        return result
    }

    /// The whole and the middle of each picture: twice as many patches as there are pictures, `[2N, S, S, 3]`.
    public func bothPatches(of pictures: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(pictures.count / 2)
        for picture in 0..<count(pictures) {
            appendWhole(picture, of: pictures, to: &result)
            append(picture, of: pictures, x: side / 2, y: side / 2, to: &result)
        }
        return result
    }

    private func count(_ pictures: [UInt8]) -> Int {
        let size = pictureSide * pictureSide * 3
        precondition(
            pictures.count % size == 0,
            "[PatchSampler] expected pictures of \(pictureSide)x\(pictureSide)x3 bytes, got "
                + "\(pictures.count) bytes")
        return pictures.count / size
    }

    private func append(
        _ picture: Int, of pictures: [UInt8], x: Int, y: Int, to result: inout [UInt8]
    ) {
        let row = pictureSide * 3
        for line in y..<y + side {
            let start = (picture * pictureSide + line) * row + x * 3
            result += pictures[start..<start + side * 3]
        }
    }

    /// Means of 2x2 pixels, rounded.
    private func appendWhole(
        _ picture: Int, of pictures: [UInt8], to result: inout [UInt8]
    ) {
        let row = pictureSide * 3
        pictures.withUnsafeBufferPointer { source in
            for line in 0..<side {
                let above = (picture * pictureSide + 2 * line) * row
                for column in 0..<side {
                    let first = above + 6 * column
                    for place in first..<first + 3 {
                        let sum =
                            Int(source[place]) + Int(source[place + 3])
                            + Int(source[place + row]) + Int(source[place + row + 3])
                        result.append(UInt8((sum + 2) / 4))
                    }
                }
            }
        }
    }
}
