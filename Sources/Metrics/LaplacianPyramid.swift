/// The Laplacian pyramid of a picture: what each halving of the sides loses, and what is left.
///
/// Burt and Adelson 1983, "The Laplacian Pyramid as a Compact Image Code",
/// https://doi.org/10.1109/TCOM.1983.1095851, with their binomial filter (1 4 6 4 1) / 16 and the
/// picture mirrored at its edge pixels. Odd sides are halved upwards.
package struct LaplacianPyramid {
    /// A floating-point picture `[H, W, C]`.
    package struct Plane: Sendable {
        /// The sides.
        package var height: Int, width: Int
        /// The numbers, row-major.
        package var values: [Float]
    }

    /// Sides from the picture's own down to those where the next halving would leave less than 16.
    package static func sizes(height: Int, width: Int) -> [(height: Int, width: Int)] {
        var result = [(height: height, width: width)]
        var (height, width) = ((height + 1) / 2, (width + 1) / 2)
        while min(height, width) >= 16 {
            result.append((height, width))
            (height, width) = ((height + 1) / 2, (width + 1) / 2)
        }
        return result
    }

    /// The levels of a picture of bytes, finest first. Only the last has the picture's mean.
    package static func levels(
        of bytes: ArraySlice<UInt8>, height: Int, width: Int, channels: Int
    ) -> [Plane] {
        var plane = Plane(height: height, width: width, values: bytes.map(Float.init))
        var result: [Plane] = []
        for _ in sizes(height: height, width: width).dropFirst() {
            let smaller = halved(plane, channels)
            result.append(
                Plane(
                    height: plane.height, width: plane.width,
                    values: difference(plane.values, doubled(smaller, like: plane, channels))))
            plane = smaller
        }
        return result + [plane]
    }

    private static func difference(_ one: [Float], _ other: [Float]) -> [Float] {
        var result = one
        for i in result.indices { result[i] -= other[i] }
        return result
    }

    /// An index mirrored at the first and last element.
    private static func mirrored(_ index: Int, _ count: Int) -> Int {
        index < 0 ? -index : index >= count ? 2 * (count - 1) - index : index
    }

    /// Filtered, and every second pixel kept.
    private static func halved(_ plane: Plane, _ channels: Int) -> Plane {
        let (height, width) = ((plane.height + 1) / 2, (plane.width + 1) / 2)
        let weights: [Float] = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16]
        let rows = filtered(
            plane.values, lines: 1, from: plane.height, to: height,
            pitch: plane.width * channels
        ) { i in weights.indices.map { (mirrored(2 * i + $0 - 2, plane.height), weights[$0]) } }
        let values = filtered(rows, lines: height, from: plane.width, to: width, pitch: channels) {
            i in
            weights.indices.map { (mirrored(2 * i + $0 - 2, plane.width), weights[$0]) }
        }
        return Plane(height: height, width: width, values: values)
    }

    /// Brought to the size of a larger picture: zeros between pixels, then the filter times 4.
    private static func doubled(_ plane: Plane, like larger: Plane, _ channels: Int) -> [Float] {
        // Only even places hold pixels, and a mirrored even place is even.
        let even: [(offset: Int, weight: Float)] = [(-2, 0.125), (0, 0.75), (2, 0.125)]
        let odd: [(offset: Int, weight: Float)] = [(-1, 0.5), (1, 0.5)]
        func taps(_ i: Int, _ count: Int) -> [(Int, Float)] {
            let weights = i % 2 == 0 ? even : odd
            return weights.map { (mirrored(i + $0.offset, count) / 2, $0.weight) }
        }
        let rows = filtered(
            plane.values, lines: 1, from: plane.height, to: larger.height,
            pitch: plane.width * channels
        ) { taps($0, larger.height) }
        return filtered(
            rows, lines: larger.height, from: plane.width, to: larger.width, pitch: channels
        ) { taps($0, larger.width) }
    }

    /// Weighted sums of vectors: `[lines, from, pitch]` to `[lines, to, pitch]`.
    private static func filtered(
        _ source: [Float], lines: Int, from: Int, to: Int, pitch: Int,
        _ taps: (Int) -> [(Int, Float)]
    ) -> [Float] {
        let count = lines * to * pitch
        return [Float](unsafeUninitializedCapacity: count) { target, initialized in
            target.initialize(repeating: 0)
            source.withUnsafeBufferPointer { source in
                for i in 0..<to {
                    for (place, weight) in taps(i) {
                        for line in 0..<lines {
                            let first = (line * from + place) * pitch
                            let into = (line * to + i) * pitch
                            for j in 0..<pitch { target[into + j] += weight * source[first + j] }
                        }
                    }
                }
            }
            initialized = count
        }
    }
}
