import Glibc
import Synchronization

/// For each output sample of an axis: which input samples count, and how much.
struct ResizeWeights: Sendable {
    /// Bits after the point of a weight. 8 for the sample, 2 for overshoot, the rest of 32 for this.
    static let precision: Int32 = 22

    /// Output samples.
    let count: Int
    /// First input sample of each.
    private var starts: [Int64] = []
    /// The input samples that any output needs.
    private(set) var sourceRange: Range<Int>
    private var offsets: [Int64] = [0]
    private var weights: [Int32] = []

    /// Weights for the outputs `part` of an axis that goes from `inputLength` to `outputLength`.
    init(from inputLength: Int, to outputLength: Int, part: Range<Int>, filter: ResizeFilter) {
        count = part.count
        let ratio = Double(inputLength) / Double(outputLength)
        // Shrinking widens the filter over the source; enlarging leaves it as it is.
        let stretch = max(ratio, 1)
        let reach = filter.reach * stretch
        for output in part {
            let centre = (Double(output) + 0.5) * ratio
            let start = max(0, Int(centre - reach + 0.5))
            let end = min(inputLength, Int(centre + reach + 0.5))
            let raw = (start..<end).map { filter.value((Double($0) - centre + 0.5) / stretch) }
            let sum = raw.reduce(0, +)
            starts.append(Int64(start))
            weights += raw.map { value in
                let scaled = (sum == 0 ? value : value / sum) * Double(1 << Self.precision)
                return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
            }
            offsets.append(Int64(weights.count))
        }
        let ends = zip(starts, zip(offsets.dropFirst(), offsets)).map { $0 + $1.0 - $1.1 }
        sourceRange = Int(starts.min() ?? 0)..<Int(ends.max() ?? 0)
    }

    /// Calls `body` with the first input sample of every output, where its weights begin (one more
    /// number than outputs) and all weights.
    func withPointers(
        _ body: (
            UnsafeBufferPointer<Int64>, UnsafeBufferPointer<Int64>, UnsafeBufferPointer<Int32>
        ) -> Void
    ) {
        starts.withUnsafeBufferPointer { starts in
            offsets.withUnsafeBufferPointer { offsets in
                weights.withUnsafeBufferPointer { body(starts, offsets, $0) }
            }
        }
    }
}

extension ResizeWeights {
    private struct Key: Hashable {
        var inputLength: Int
        var outputLength: Int
        var part: Range<Int>
        var filter: ResizeFilter
    }

    private static let made = Mutex<[Key: ResizeWeights]>([:])
    /// Tables that are kept, and weights that a kept one may have: 2 MB in all.
    private static let mostKept = (tables: 32, weights: 16_384)

    /// The weights for the outputs `part` of an axis, kept for the next picture of the same size:
    /// sines are dear.
    static func shared(
        from inputLength: Int, to outputLength: Int, part: Range<Int>, filter: ResizeFilter
    ) -> ResizeWeights {
        let key = Key(
            inputLength: inputLength, outputLength: outputLength, part: part, filter: filter)
        if let found = made.withLock({ $0[key] }) { return found }
        let new = ResizeWeights(from: inputLength, to: outputLength, part: part, filter: filter)
        guard new.weights.count <= mostKept.weights else { return new }
        made.withLock { made in
            // Pictures of one set have few sizes; those of many sizes gain nothing from keeping.
            if made.count >= mostKept.tables { made.removeAll(keepingCapacity: true) }
            made[key] = new
        }
        return new
    }
}

extension ResizeFilter {
    /// Half the filter's width in source pixels.
    var reach: Double {
        switch self {
        case .box: 0.5
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The filter's value at a distance in source pixels.
    func value(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .box:
            return distance > -0.5 && distance <= 0.5 ? 1 : 0
        case .bilinear:
            return max(0, 1 - x)
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0
        case .lanczos:
            guard x < 3 else { return 0 }
            return Self.sinc(x) * Self.sinc(x / 3)
        }
    }

    private static func sinc(_ x: Double) -> Double {
        x == 0 ? 1 : sin(x * .pi) / (x * .pi)
    }
}
