extension ImageOrientation {
    /// Where an upright pixel comes from in the stored picture, in pixels: the first one, the step
    /// from column to column and the step from row to row.
    fileprivate func walk(width: Int, height: Int) -> (start: Int, column: Int, row: Int) {
        let (right, bottom) = (width - 1, (height - 1) * width)
        return switch self {
        case .upright: (0, 1, width)
        case .mirrored: (right, -1, width)
        case .rotated180: (bottom + right, -1, -width)
        case .flipped: (bottom, 1, -width)
        case .transposed: (0, width, 1)
        case .rotated90: (bottom, -width, 1)
        case .transversed: (bottom + right, -width, -1)
        case .rotated270: (right, width, -1)
        }
    }

    /// The samples in upright order; `width` and `height` are of the stored picture.
    fileprivate func reorder<Sample>(
        _ samples: [Sample], width: Int, height: Int, channels: Int
    ) -> [Sample] {
        let (start, columnStep, rowStep) = walk(width: width, height: height)
        let (columns, rows) = swapsSides ? (height, width) : (width, height)
        return [Sample](unsafeUninitializedCapacity: samples.count) { output, filled in
            samples.withUnsafeBufferPointer { input in
                var target = 0
                for row in 0..<rows {
                    var source = (start + row * rowStep) * channels
                    for _ in 0..<columns {
                        for channel in 0..<channels {
                            output.initializeElement(at: target, to: input[source + channel])
                            target += 1
                        }
                        source += columnStep * channels
                    }
                }
            }
            filled = samples.count
        }
    }
}

extension PixelBuffer {
    /// The picture as it is meant to be seen, when its pixels are stored in `orientation`.
    public func upright(from orientation: ImageOrientation) -> PixelBuffer {
        guard orientation != .upright else { return self }
        let isSwapped = orientation.swapsSides
        return PixelBuffer(
            width: isSwapped ? height : width, height: isSwapped ? width : height, format: format,
            bytes: orientation.reorder(
                bytes, width: width, height: height, channels: format.channelCount))
    }

    /// The picture mirrored left to right.
    public func flippedHorizontally() -> PixelBuffer { upright(from: .mirrored) }

    /// The picture mirrored top to bottom.
    public func flippedVertically() -> PixelBuffer { upright(from: .flipped) }

    /// The picture turned by 90 degrees clockwise.
    public func rotatedClockwise() -> PixelBuffer { upright(from: .rotated90) }

    /// The picture turned by 90 degrees counter-clockwise.
    public func rotatedCounterclockwise() -> PixelBuffer { upright(from: .rotated270) }
}

extension DeepPixelBuffer {
    /// The picture as it is meant to be seen, when its pixels are stored in `orientation`.
    public func upright(from orientation: ImageOrientation) -> DeepPixelBuffer {
        guard orientation != .upright else { return self }
        let isSwapped = orientation.swapsSides
        return DeepPixelBuffer(
            width: isSwapped ? height : width, height: isSwapped ? width : height, format: format,
            samples: orientation.reorder(
                samples, width: width, height: height, channels: format.channelCount))
    }
}
