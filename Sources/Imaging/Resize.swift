import CPixels

/// A reconstruction filter for resizing, with the definitions that Pillow uses.
public enum ResizeFilter: String, Sendable, Hashable, CaseIterable, Codable {
    /// The mean of the covered area; enlarging repeats pixels.
    case box
    /// A triangle, two source pixels wide.
    case bilinear
    /// Cubic convolution with a = -0.5 (Keys 1981, doi:10.1109/TASSP.1981.1163711).
    case bicubic
    /// A sinc windowed by a sinc of three lobes: the sharpest.
    case lanczos
}

extension PixelBuffer {
    /// The picture in another size, antialiased: when shrinking, the filter grows with the ratio, so
    /// that every source pixel counts.
    ///
    /// Equal to Pillow's `Image.resize((width, height), filter)`: horizontal and then vertical
    /// convolution in fixed point, rounded to 8 bits after each; alpha is premultiplied in between,
    /// so that transparent colours do not bleed.
    public func resized(
        width: Int, height: Int, filter: ResizeFilter = .lanczos
    ) -> PixelBuffer {
        resized(width: width, height: height, columns: 0..<width, rows: 0..<height, filter: filter)
    }

    /// The part `columns` by `rows` of the picture resized to `width` by `height`; the rest is not
    /// computed. Equal to resizing and then cropping.
    public func resized(
        width: Int, height: Int, columns: Range<Int>, rows: Range<Int>, filter: ResizeFilter
    ) -> PixelBuffer {
        precondition(
            width > 0 && height > 0 && !columns.isEmpty && !rows.isEmpty
                && columns.lowerBound >= 0 && rows.lowerBound >= 0
                && columns.upperBound <= width && rows.upperBound <= height,
            "[PixelBuffer.resized] expected a part of a positive size, got columns \(columns) and "
                + "rows \(rows) of \(width)x\(height)")
        // Pillow leaves an axis alone that keeps its length; so does cropping alone.
        if width == self.width && height == self.height {
            return cropped(
                x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
        }
        let source = format.hasAlpha ? premultiplied() : self
        let vertical = ResizeWeights.shared(
            from: self.height, to: height, part: rows, filter: filter)
        let horizontal = ResizeWeights.shared(
            from: self.width, to: width, part: columns, filter: filter)
        let needed = height == self.height ? rows : vertical.sourceRange
        let narrowed =
            width == self.width
            ? source.cropped(
                x: columns.lowerBound, y: needed.lowerBound, width: columns.count,
                height: needed.count)
            : source.convolvedHorizontally(horizontal, rows: needed)
        let result =
            height == self.height
            ? narrowed : narrowed.convolvedVertically(vertical, firstRow: needed.lowerBound)
        return format.hasAlpha ? result.unpremultiplied() : result
    }

    private func convolvedHorizontally(_ weights: ResizeWeights, rows: Range<Int>) -> PixelBuffer {
        let channels = format.channelCount
        let (inputStride, outputStride) = (width * channels, weights.count * channels)
        let bytes = [UInt8](unsafeUninitializedCapacity: outputStride * rows.count) {
            output, filled in
            self.bytes.withUnsafeBufferPointer { input in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                weights.withPointers { starts, offsets, weights in
                    for row in 0..<rows.count {
                        atl_pixels_resize_row(
                            from + (rows.lowerBound + row) * inputStride, from + input.count,
                            Int32(channels), Int64(starts.count), starts.baseAddress,
                            offsets.baseAddress, weights.baseAddress, to + row * outputStride)
                    }
                }
            }
            filled = outputStride * rows.count
        }
        return PixelBuffer(
            width: weights.count, height: rows.count, format: format, bytes: bytes)
    }

    private func convolvedVertically(_ weights: ResizeWeights, firstRow: Int) -> PixelBuffer {
        let stride = width * format.channelCount
        let bytes = [UInt8](unsafeUninitializedCapacity: stride * weights.count) { output, filled in
            self.bytes.withUnsafeBufferPointer { input in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                weights.withPointers { starts, offsets, weights in
                    guard let weights = weights.baseAddress else { return }
                    for row in 0..<starts.count {
                        let first = Int(offsets[row])
                        atl_pixels_blend_rows(
                            from + (Int(starts[row]) - firstRow) * stride, Int64(stride),
                            weights + first, offsets[row + 1] - offsets[row], to + row * stride)
                    }
                }
            }
            filled = stride * weights.count
        }
        return PixelBuffer(width: width, height: weights.count, format: format, bytes: bytes)
    }

    /// Colours times alpha, `c a / 255` rounded.
    private func premultiplied() -> PixelBuffer {
        var result = self
        let channels = format.channelCount
        result.bytes.withUnsafeMutableBufferPointer { bytes in
            for pixel in stride(from: 0, to: bytes.count, by: channels) {
                let alpha = UInt32(bytes[pixel + channels - 1])
                guard alpha != 255 else { continue }
                for channel in pixel..<pixel + channels - 1 {
                    bytes[channel] = Self.dividedBy255(UInt32(bytes[channel]) * alpha)
                }
            }
        }
        return result
    }

    /// Colours divided by alpha, `255 c / a` rounded down and at most 255; nothing to divide by at 0.
    private func unpremultiplied() -> PixelBuffer {
        var result = self
        let channels = format.channelCount
        result.bytes.withUnsafeMutableBufferPointer { bytes in
            for pixel in stride(from: 0, to: bytes.count, by: channels) {
                let alpha = UInt32(bytes[pixel + channels - 1])
                guard alpha != 0 && alpha != 255 else { continue }
                for channel in pixel..<pixel + channels - 1 {
                    bytes[channel] = UInt8(min(255, 255 * UInt32(bytes[channel]) / alpha))
                }
            }
        }
        return result
    }
}
