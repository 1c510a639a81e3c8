public import Networks
public import TensorCore

/// Translates pictures of any size with a trained network.
///
/// A picture whose sides are no multiples of the network's unit is mirrored outwards to the next ones.
/// One that is larger than a tile is translated in overlapping tiles that fade into each other, so that
/// memory does not grow with the picture beyond its own bytes and a row of tiles.
public struct PictureTranslator: Sendable {
    /// The network.
    public let generator: TranslationGenerator
    /// The side of a tile, a multiple of the network's unit; pictures up to it are done whole.
    public let tileSide: Int
    /// By how many pixels neighbouring tiles overlap at least.
    public let overlap: Int
    /// What products may round their operands to.
    public let precision: ComputePrecision

    /// A translator.
    ///
    /// - Parameters:
    ///   - generator: The network.
    ///   - tileSide: The greatest side that is done at once; rounded down to the network's unit, but
    ///     never below two of them.
    ///   - overlap: By how many pixels tiles overlap, at most half of a tile.
    ///   - precision: What products may round their operands to.
    public init(
        _ generator: TranslationGenerator, tileSide: Int = 512, overlap: Int = 64,
        precision: ComputePrecision = .float32
    ) {
        let unit = max(8, generator.configuration.unit)
        let side = max(2 * unit, tileSide / unit * unit)
        precondition(
            overlap >= 0, "[PictureTranslator] expected an overlap from 0 on, got \(overlap)")
        self.generator = generator
        self.tileSide = side
        self.overlap = min(overlap, side / 2)
        self.precision = precision
    }

    /// How many tiles a picture of a size takes.
    public func tileCount(height: Int, width: Int) -> Int {
        axis(height).starts.count * axis(width).starts.count
    }

    /// The translation of a picture.
    ///
    /// - Parameters:
    ///   - bytes: `[height, width, 3]`, row-major.
    ///   - height: Rows, 1 or more.
    ///   - width: Pixels in a row, 1 or more.
    ///   - report: Called after each tile with how many are done; answers whether to go on.
    /// - Returns: As many bytes; nil if `report` said stop.
    public func translate(
        _ bytes: [UInt8], height: Int, width: Int, report: (Int) -> Bool = { _ in true }
    ) -> [UInt8]? {
        precondition(
            height > 0 && width > 0 && bytes.count == height * width * 3,
            "[PictureTranslator] expected \(width)x\(height) pixels of 3 bytes, got \(bytes.count) "
                + "bytes")
        let (rows, columns) = (axis(height), axis(width))
        if rows.starts.count == 1 && columns.starts.count == 1 {
            let tile = part(bytes, height, width, y: 0, x: 0, rows, columns)
            let made = translated(tile, rows.length, columns.length)
            guard report(1) else { return nil }
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count)
            for y in 0..<height {
                let line = y * columns.length * 3
                result += made[line..<line + width * 3].map { UInt8($0.rounded()) }
            }
            return result
        }
        return tiled(bytes, height, width, rows, columns, report)
    }

    // MARK: Tiles

    /// How a side is cut.
    struct Axis {
        /// Where each tile begins.
        var starts: [Int]
        /// Pixels of each tile.
        var length: Int
        /// For each tile the weight of each of its pixels; at each place of the picture they add up
        /// to 1.
        var weights: [[Float]]
    }

    /// How a side of so many pixels is cut. What hangs over the end is mirrored.
    func axis(_ count: Int) -> Axis {
        let unit = generator.configuration.unit
        guard count > tileSide else {
            let length = max(generator.configuration.leastSide, (count + unit - 1) / unit * unit)
            return Axis(
                starts: [0], length: length, weights: [[Float](repeating: 1, count: length)])
        }
        // Where strides fall must be the same in all tiles, or neighbours would differ.
        let grain = min(unit, 16)
        let count = (count + grain - 1) / grain * grain
        let step = max(grain, tileSide - overlap - grain)
        let tiles = max(2, (count - tileSide + step - 1) / step + 1)
        let starts = (0..<tiles).map { $0 * (count - tileSide) / (tiles - 1) / grain * grain }
        // Falls off toward edges that have a neighbour, linearly over the overlap.
        let rise = Float(max(1, overlap))
        var sums = [Float](repeating: 0, count: count)
        var weights = (0..<tiles).map { tile in
            (0..<tileSide).map { place -> Float in
                let before = tile == 0 ? rise : Float(place) + 0.5
                let after = tile == tiles - 1 ? rise : Float(tileSide - place) - 0.5
                return min(rise, min(before, after)) / rise
            }
        }
        for tile in 0..<tiles {
            for place in 0..<tileSide { sums[starts[tile] + place] += weights[tile][place] }
        }
        for tile in 0..<tiles {
            for place in 0..<tileSide { weights[tile][place] /= sums[starts[tile] + place] }
        }
        return Axis(starts: starts, length: tileSide, weights: weights)
    }

    private func tiled(
        _ bytes: [UInt8], _ height: Int, _ width: Int, _ rows: Axis, _ columns: Axis,
        _ report: (Int) -> Bool
    ) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        // The rows of the picture from `bandStart` on that are not complete yet.
        var bandStart = 0
        var band = [Float](repeating: 0, count: rows.length * width * 3)
        var done = 0
        for (row, y) in rows.starts.enumerated() {
            flush(&band, rows: y - bandStart, width, into: &result)
            bandStart = y
            for (column, x) in columns.starts.enumerated() {
                let tile = part(bytes, height, width, y: y, x: x, rows, columns)
                let made = translated(tile, rows.length, columns.length)
                for ty in 0..<min(rows.length, height - y) {
                    let down = rows.weights[row][ty]
                    for tx in 0..<min(columns.length, width - x) {
                        let weight = down * columns.weights[column][tx]
                        let to = ((y + ty - bandStart) * width + x + tx) * 3
                        let from = (ty * columns.length + tx) * 3
                        for channel in 0..<3 { band[to + channel] += weight * made[from + channel] }
                    }
                }
                done += 1
                guard report(done) else { return nil }
            }
        }
        flush(&band, rows: height - bandStart, width, into: &result)
        return result
    }

    /// Takes complete rows off the top of a band.
    private func flush(
        _ band: inout [Float], rows: Int, _ width: Int, into result: inout [UInt8]
    ) {
        guard rows > 0 else { return }
        let count = rows * width * 3
        result += band[..<count].map { UInt8(min(255, max(0, $0.rounded()))) }
        let rest = band.count - count
        for place in 0..<rest { band[place] = band[place + count] }
        for place in rest..<band.count { band[place] = 0 }
    }

    /// A tile of a picture, mirrored where it hangs over the edge.
    private func part(
        _ bytes: [UInt8], _ height: Int, _ width: Int, y: Int, x: Int, _ rows: Axis,
        _ columns: Axis
    ) -> [UInt8] {
        let places = (0..<columns.length).map { Self.mirrored(x + $0, width) * 3 }
        var tile: [UInt8] = []
        tile.reserveCapacity(rows.length * columns.length * 3)
        for ty in 0..<rows.length {
            let line = Self.mirrored(y + ty, height) * width * 3
            for place in places { tile += bytes[(line + place)..<(line + place + 3)] }
        }
        return tile
    }

    /// A place in `0 ..< count`, mirrored at the middle of the pixels of both edges as often as needed.
    static func mirrored(_ place: Int, _ count: Int) -> Int {
        guard count > 1 else { return 0 }
        let period = 2 * (count - 1)
        let inside = ((place % period) + period) % period
        return min(inside, period - inside)
    }

    /// A tile's translation, in 0 ... 255.
    private func translated(_ tile: [UInt8], _ height: Int, _ width: Int) -> [Float] {
        var network = generator
        let pictures = networkPictures(Tensor(uint8: tile, shape: [1, height, width, 3]))
        let made = (network(pictures, training: false) * 127.5 + 127.5).clamped(0, 255)
        evaluate([made], precision: precision)
        return made.floats()
    }
}
