/// How a picture of another shape is brought to a size.
public enum CropMode: Sendable, Hashable {
    /// Scale the short side to fit and cut the middle of the long one.
    case centre
    /// Scale the long side to fit and fill the rest with a colour (transparent where the picture has
    /// alpha): a letterbox.
    case fit(fill: RGBColour)
    /// Scale the short side to fit and cut where the key says: its upper 16 bits choose the row, its
    /// lower ones the column, evenly. The same key gives the same cut.
    case random(key: UInt32)
}

extension PixelBuffer {
    /// The picture scaled and cut or padded to exactly `width` by `height`, without distortion.
    public func fitted(
        width: Int, height: Int, crop: CropMode, filter: ResizeFilter = .lanczos
    ) -> PixelBuffer {
        precondition(
            width > 0 && height > 0,
            "[PixelBuffer.fitted] expected a positive size, got \(width)x\(height)")
        let ratios = (Double(width) / Double(self.width), Double(height) / Double(self.height))
        func scaled(_ ratio: Double) -> (width: Int, height: Int) {
            // The side that decides the ratio must come out exact, whatever the rounding.
            (
                ratio == ratios.0 ? width : max(1, Int((Double(self.width) * ratio).rounded())),
                ratio == ratios.1 ? height : max(1, Int((Double(self.height) * ratio).rounded()))
            )
        }
        switch crop {
        case .fit(let fill):
            let size = scaled(min(ratios.0, ratios.1))
            let inner = resized(
                width: min(size.width, width), height: min(size.height, height), filter: filter)
            var canvas = PixelBuffer(
                width: width, height: height, format: format, fill: format.fill(fill))
            canvas.place(inner, x: (width - inner.width) / 2, y: (height - inner.height) / 2)
            return canvas
        case .centre:
            return cut(scaled(max(ratios.0, ratios.1)), width, height, nil, filter)
        case .random(let key):
            let share = (Double(key & 0xffff) / 65_535, Double(key >> 16) / 65_535)
            return cut(scaled(max(ratios.0, ratios.1)), width, height, share, filter)
        }
    }

    /// A part of the picture.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> PixelBuffer {
        precondition(
            x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= self.width
                && y + height <= self.height,
            "[PixelBuffer.cropped] expected a part of \(self.width)x\(self.height), got "
                + "\(width)x\(height) at \(x), \(y)")
        if width == self.width && height == self.height { return self }
        let channels = format.channelCount
        let size = width * channels
        let bytes = [UInt8](unsafeUninitializedCapacity: size * height) { output, filled in
            self.bytes.withUnsafeBufferPointer { input in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                for row in 0..<height {
                    (to + row * size).initialize(
                        from: from + ((y + row) * self.width + x) * channels, count: size)
                }
            }
            filled = size * height
        }
        return PixelBuffer(width: width, height: height, format: format, bytes: bytes)
    }

    /// Copies a picture of the same format into this one; what would lie outside is left out.
    public mutating func place(_ picture: PixelBuffer, x: Int, y: Int) {
        precondition(
            picture.format == format,
            "[PixelBuffer.place] expected a picture in \(format), got \(picture.format)")
        let columns = max(0, -x)..<max(max(0, -x), min(picture.width, width - x))
        let rows = max(0, -y)..<max(max(0, -y), min(picture.height, height - y))
        let channels = format.channelCount
        for row in rows where !columns.isEmpty {
            let source = (row * picture.width + columns.lowerBound) * channels
            let target = ((y + row) * width + x + columns.lowerBound) * channels
            let size = columns.count * channels
            bytes.replaceSubrange(
                target..<target + size, with: picture.bytes[source..<source + size])
        }
    }

    /// The picture with every pixel repeated `scale` by `scale` times: small pictures, enlarged
    /// without blur.
    public func enlarged(by scale: Int) -> PixelBuffer {
        precondition(scale > 0, "[PixelBuffer.enlarged] expected a positive scale, got \(scale)")
        guard scale > 1 else { return self }
        let channels = format.channelCount
        let stride = width * scale * channels
        let bytes = [UInt8](unsafeUninitializedCapacity: stride * height * scale) {
            output, filled in
            self.bytes.withUnsafeBufferPointer { input in
                for row in 0..<height * scale {
                    let source = row / scale * width * channels
                    for column in 0..<width * scale {
                        for channel in 0..<channels {
                            output[row * stride + column * channels + channel] =
                                input[source + column / scale * channels + channel]
                        }
                    }
                }
            }
            filled = stride * height * scale
        }
        return PixelBuffer(
            width: width * scale, height: height * scale, format: format, bytes: bytes)
    }

    private func cut(
        _ size: (width: Int, height: Int), _ width: Int, _ height: Int,
        _ share: (column: Double, row: Double)?, _ filter: ResizeFilter
    ) -> PixelBuffer {
        let full = (width: max(size.width, width), height: max(size.height, height))
        // Of `n + 1` places each gets an even share; 1 itself belongs to the last.
        func place(_ spare: Int, _ share: Double?) -> Int {
            share.map { min(spare, Int(Double(spare + 1) * $0)) } ?? spare / 2
        }
        let x = place(full.width - width, share?.column)
        let y = place(full.height - height, share?.row)
        return resized(
            width: full.width, height: full.height, columns: x..<x + width, rows: y..<y + height,
            filter: filter)
    }
}

extension PixelFormat {
    /// One pixel of a colour; transparent where there is alpha.
    fileprivate func fill(_ colour: RGBColour) -> [UInt8] {
        switch self {
        case .grey: [colour.luminance]
        case .greyAlpha: [colour.luminance, 0]
        case .rgb: [colour.red, colour.green, colour.blue]
        case .rgba: [colour.red, colour.green, colour.blue, 0]
        }
    }
}
