/// A frame of a stream: planes of luminance and colour differences.
public struct Y4MFrame: Sendable, Hashable {
    /// What the stream says of its frames.
    public let header: Y4MHeader
    /// `Y`, `Cb` and `Cr`, one plane after the other, rows without gaps.
    public let bytes: [UInt8]

    /// A frame of given planes.
    public init(header: Y4MHeader, bytes: [UInt8]) {
        precondition(
            bytes.count == header.frameSize,
            "[Y4MFrame] expected \(header.frameSize) bytes, got \(bytes.count)")
        self.header = header
        self.bytes = bytes
    }
}

// MARK: To a picture

extension Y4MFrame {
    /// The frame as RGB. Colour differences are interpolated linearly between the places where they
    /// were sampled; the sums are rounded once.
    public func picture(matrix: YUVMatrix) -> PixelBuffer {
        let (width, height) = (header.width, header.height)
        let map = ColourFromYUV(matrix, header.range)
        let size = header.chromaSize
        let columns = ChromaTaps(
            count: width, sampled: size.width, isHalf: header.chroma.halvesWidth,
            isCentred: header.chroma == .halfCentred)
        let rows = ChromaTaps(
            count: height, sampled: size.height, isHalf: header.chroma.halvesHeight,
            isCentred: header.chroma != .halfAlternating)
        // One row of each difference between the rows that were sampled, 4-fold.
        var blue = [Int32](repeating: 512, count: max(size.width, 1))
        var red = blue
        let result = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
            guard let target = output.baseAddress else { return }
            bytes.withUnsafeBufferPointer { planes in
                guard let luminance = planes.baseAddress else { return }
                let first = luminance + width * height
                let second = first + size.width * size.height
                for y in 0..<height {
                    if size.width > 0 {
                        rows.blendRows(first, size.width, y, into: &blue)
                        rows.blendRows(second, size.width, y, into: &red)
                    }
                    columns.convert(
                        luminance + y * width, blue, red, map, into: target + y * width * 3)
                }
            }
            count = width * height * 3
        }
        return PixelBuffer(width: width, height: height, format: .rgb, bytes: result)
    }
}

/// For each pixel along an axis the two samples of colour that it lies between, and the second's share
/// in quarters.
private struct ChromaTaps {
    private var lower: [Int32]
    private var upper: [Int32]
    private var share: [Int32]

    init(count: Int, sampled: Int, isHalf: Bool, isCentred: Bool) {
        lower = []
        upper = []
        share = []
        let last = max(sampled - 1, 0)
        for place in 0..<count {
            // In quarters of a sample.
            let position = isHalf ? (isCentred ? 2 * place - 1 : 2 * place) : 4 * place
            let below = position >> 2
            lower.append(Int32(min(max(below, 0), last)))
            upper.append(Int32(min(max(below + 1, 0), last)))
            share.append(Int32(position & 3))
        }
    }

    func blendRows(
        _ plane: UnsafePointer<UInt8>, _ width: Int, _ row: Int, into result: inout [Int32]
    ) {
        let above = plane + Int(lower[row]) * width
        let below = plane + Int(upper[row]) * width
        let part = share[row]
        result.withUnsafeMutableBufferPointer { result in
            for x in 0..<width {
                result[x] = Int32(above[x]) &* (4 &- part) &+ Int32(below[x]) &* part
            }
        }
    }

    func convert(
        _ luminance: UnsafePointer<UInt8>, _ blue: [Int32], _ red: [Int32], _ map: ColourFromYUV,
        into target: UnsafeMutablePointer<UInt8>
    ) {
        blue.withUnsafeBufferPointer { blue in
            red.withUnsafeBufferPointer { red in
                lower.withUnsafeBufferPointer { lower in
                    upper.withUnsafeBufferPointer { upper in
                        share.withUnsafeBufferPointer { share in
                            for x in 0..<lower.count {
                                let (i, j, part) = (Int(lower[x]), Int(upper[x]), share[x])
                                let rest = 4 &- part
                                map(
                                    luminance[x], blue[i] &* rest &+ blue[j] &* part &- 2048,
                                    red[i] &* rest &+ red[j] &* part &- 2048, into: target + 3 * x)
                            }
                        }
                    }
                }
            }
        }
    }
}

// MARK: From a picture

extension Y4MFrame {
    /// A picture as a frame; alpha goes over white.
    ///
    /// - Parameters:
    ///   - picture: Of the header's size.
    ///   - header: With ``Y4MHeader/Chroma/mono``, ``Y4MHeader/Chroma/halfCentred`` (the mean of four
    ///     pixels) or ``Y4MHeader/Chroma/full``.
    ///   - matrix: How luminance is made.
    public init(picture: PixelBuffer, header: Y4MHeader, matrix: YUVMatrix) {
        precondition(
            picture.width == header.width && picture.height == header.height,
            "[Y4MFrame] expected a picture of \(header.width)x\(header.height), got "
                + "\(picture.width)x\(picture.height)")
        precondition(
            [.mono, .halfCentred, .full].contains(header.chroma),
            "[Y4MFrame] expected mono, 420jpeg or 444 to write, got \(header.chroma.rawValue)")
        let map = YUVFromColour(matrix, header.range)
        let colours = picture.converted(to: .rgb).bytes
        let (width, height) = (header.width, header.height)
        var planes = [UInt8](repeating: 0, count: header.frameSize)
        for pixel in 0..<width * height {
            let sum =
                map.luminance[0] * Int(colours[3 * pixel])
                + map.luminance[1] * Int(colours[3 * pixel + 1])
                + map.luminance[2] * Int(colours[3 * pixel + 2])
            planes[pixel] = Self.byte((sum + 32_768) >> 16 + map.black)
        }
        let size = header.chromaSize
        let step = header.chroma == .halfCentred ? 2 : 1
        let plane = size.width * size.height
        for y in 0..<size.height {
            for x in 0..<size.width {
                var sums = (0, 0, 0)
                for row in y * step..<y * step + step {
                    for column in x * step..<x * step + step {
                        // Beside an odd edge the last pixel stands twice.
                        let pixel = 3 * (min(row, height - 1) * width + min(column, width - 1))
                        sums.0 += Int(colours[pixel])
                        sums.1 += Int(colours[pixel + 1])
                        sums.2 += Int(colours[pixel + 2])
                    }
                }
                func sample(_ weights: [Int]) -> UInt8 {
                    let sum = weights[0] * sums.0 + weights[1] * sums.1 + weights[2] * sums.2
                    let shift = step == 2 ? 18 : 16
                    return Self.byte((sum + 1 << (shift - 1)) >> shift + 128)
                }
                let place = width * height + y * size.width + x
                planes[place] = sample(map.blue)
                planes[place + plane] = sample(map.red)
            }
        }
        self.init(header: header, bytes: planes)
    }

    private static func byte(_ value: Int) -> UInt8 { UInt8(min(max(value, 0), 255)) }
}
