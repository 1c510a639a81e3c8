import TensorCore

/// The patches of many pictures, as vectors of 7 x 7 x C numbers.
package struct PatchDescriptors {
    /// The side of a patch.
    package static let side = 7

    /// How many patches there are: a multiple of 16.
    package let count: Int
    /// How many numbers a patch has; row, column, channel.
    package let featureCount: Int
    /// Sixteen patches at a time: `[count / 16, featureCount]`, one patch a lane, so that products
    /// with a direction run over patches.
    package private(set) var blocks: [SIMD16<Float>]

    /// The normalised patches of every level of the pictures' pyramids.
    package static func levels(
        of pictures: [UInt8], height: Int, width: Int, channels: Int,
        configuration: SlicedWasserstein.Configuration
    ) -> [PatchDescriptors] {
        let size = height * width * channels
        precondition(
            !pictures.isEmpty && pictures.count % size == 0,
            "[SlicedWasserstein] expected whole pictures of \(size) bytes, got \(pictures.count) bytes"
        )
        let pictureCount = pictures.count / size
        let patches = configuration.patchesPerPicture
        var result = LaplacianPyramid.sizes(height: height, width: width).map { _ in
            PatchDescriptors(count: pictureCount * patches, channels: channels)
        }
        let key = RandomKey(seed: configuration.seed).folded("patches")
        for picture in 0..<pictureCount {
            let planes = LaplacianPyramid.levels(
                of: pictures[picture * size..<(picture + 1) * size], height: height, width: width,
                channels: channels)
            for (level, plane) in planes.enumerated() {
                result[level].take(
                    picture * patches..<(picture + 1) * patches, from: plane, channels: channels,
                    key: key.folded(UInt64(level)))
            }
        }
        for level in result.indices { result[level].normalize(channels: channels) }
        return result
    }

    /// Zeros.
    private init(count: Int, channels: Int) {
        self.count = count
        featureCount = Self.side * Self.side * channels
        blocks = [SIMD16<Float>](repeating: .zero, count: count / 16 * featureCount)
    }

    /// Copies patches from a level of one picture, at random places that lie inside.
    private mutating func take(
        _ range: Range<Int>, from plane: LaplacianPyramid.Plane, channels: Int, key: RandomKey
    ) {
        let features = featureCount
        let rowLength = Self.side * channels
        blocks.withUnsafeMutableBytes { raw in
            let target = raw.assumingMemoryBound(to: Float.self)
            plane.values.withUnsafeBufferPointer { source in
                for patch in range {
                    let index = UInt64(2 * patch)
                    let top = key.integer(index, below: plane.height - Self.side + 1)
                    let left = key.integer(index + 1, below: plane.width - Self.side + 1)
                    var into = patch / 16 * features * 16 + patch % 16
                    for row in 0..<Self.side {
                        let first = ((top + row) * plane.width + left) * channels
                        for i in 0..<rowLength {
                            target[into] = source[first + i]
                            into += 16
                        }
                    }
                }
            }
        }
    }

    /// Brings the set to mean 0 and deviation 1 in each channel.
    private mutating func normalize(channels: Int) {
        let size = Double(count * featureCount / channels)
        let features = featureCount
        blocks.withUnsafeMutableBufferPointer { blocks in
            for channel in 0..<channels {
                // A feature's channel is its index modulo their number, and whole blocks have all.
                let places = stride(from: channel, to: blocks.count, by: channels)
                assert(features % channels == 0)
                var sum = 0.0
                for i in places { sum += Double(blocks[i].sum()) }
                let mean = Float(sum / size)
                var squares = 0.0
                for i in places {
                    let centred = blocks[i] - mean
                    blocks[i] = centred
                    squares += Double((centred * centred).sum())
                }
                // Less than a hundredth of a byte's step is rounding, not a picture.
                let scale = Float(1 / max((squares / size).squareRoot(), 0.01))
                for i in places { blocks[i] *= scale }
            }
        }
    }
}
