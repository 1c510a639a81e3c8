/// The inner loops of resizing, on raw rows; callers have checked every range.
enum ResizeKernels {
    private static let half: Int32 = 1 << (ResizeWeights.precision - 1)

    @inline(__always)
    private static func clamp(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: max(0, min(255, sum >> ResizeWeights.precision)))
    }

    static func row1(
        _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
        _ weights: ResizeWeights
    ) {
        weights.forEach { index, start, taps in
            var sum = half
            let pixels = source + start
            for tap in 0..<taps.count { sum &+= Int32(pixels[tap]) &* taps[tap] }
            target[index] = clamp(sum)
        }
    }

    static func row2(
        _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
        _ weights: ResizeWeights
    ) {
        weights.forEach { index, start, taps in
            var (first, second) = (half, half)
            let pixels = source + start * 2
            for tap in 0..<taps.count {
                first &+= Int32(pixels[tap * 2]) &* taps[tap]
                second &+= Int32(pixels[tap * 2 + 1]) &* taps[tap]
            }
            target[index * 2] = clamp(first)
            target[index * 2 + 1] = clamp(second)
        }
    }

    static func row3(
        _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
        _ weights: ResizeWeights
    ) {
        weights.forEach { index, start, taps in
            var (red, green, blue) = (half, half, half)
            let pixels = source + start * 3
            for tap in 0..<taps.count {
                let weight = taps[tap]
                red &+= Int32(pixels[tap * 3]) &* weight
                green &+= Int32(pixels[tap * 3 + 1]) &* weight
                blue &+= Int32(pixels[tap * 3 + 2]) &* weight
            }
            target[index * 3] = clamp(red)
            target[index * 3 + 1] = clamp(green)
            target[index * 3 + 2] = clamp(blue)
        }
    }

    static func row4(
        _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
        _ weights: ResizeWeights
    ) {
        weights.forEach { index, start, taps in
            var sum = SIMD4<Int32>(repeating: half)
            let pixels = UnsafeRawPointer(source + start * 4)
            for tap in 0..<taps.count {
                let pixel = pixels.loadUnaligned(fromByteOffset: tap * 4, as: SIMD4<UInt8>.self)
                sum &+= SIMD4<Int32>(truncatingIfNeeded: pixel) &* taps[tap]
            }
            for channel in 0..<4 { target[index * 4 + channel] = clamp(sum[channel]) }
        }
    }

    /// The weighted sum of `taps.count` rows that lie `stride` bytes apart; `sums` is room for one.
    static func blend(
        _ source: UnsafePointer<UInt8>, stride: Int, taps: ArraySlice<Int32>,
        sums: UnsafeMutablePointer<Int32>, into target: UnsafeMutablePointer<UInt8>
    ) {
        for index in 0..<stride { sums[index] = half }
        var row = source
        for weight in taps {
            for index in 0..<stride { sums[index] &+= Int32(row[index]) &* weight }
            row += stride
        }
        for index in 0..<stride { target[index] = clamp(sums[index]) }
    }
}
