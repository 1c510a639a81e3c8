import Metrics
import TensorCore
import Testing

@Suite struct SortedDistanceTests {
    private func numbers(_ count: Int, seed: UInt64) -> [Float] {
        let key = RandomKey(seed: seed)
        return (0..<count).map { Float(Int(key.word(UInt64($0)) >> 20)) / 256 - 8 }
    }

    private func distance(_ one: [Float], _ other: [Float]) -> Double {
        one.sorted().withUnsafeBufferPointer { one in
            other.sorted().withUnsafeBufferPointer { sortedDistance(one, $0) }
        }
    }

    /// The least mean distance over all ways to pair the numbers off.
    private func leastCost(_ one: [Float], _ other: [Float]) -> Double {
        guard let first = one.first else { return 0 }
        var least = Double.infinity
        for i in other.indices {
            var rest = other
            let partner = rest.remove(at: i)
            least = min(
                least, Double(abs(first - partner)) + leastCost(Array(one.dropFirst()), rest))
        }
        return least
    }

    @Test(arguments: 1...7) func itIsTheCheapestWayToPair(_ count: Int) {
        for seed in 0..<4 as Range<UInt64> {
            let (one, other) = (numbers(count, seed: seed), numbers(count, seed: seed + 100))
            let expected = leastCost(one, other) / Double(count)
            #expect(abs(distance(one, other) - expected) < 1e-12, "seed \(seed)")
        }
    }

    /// Sets of different sizes: each number repeated until both are equally many.
    @Test func differentCounts() {
        for (n, m) in [(1, 5), (4, 6), (7, 3), (12, 18), (5, 5), (100, 64)] {
            let (one, other) = (numbers(n, seed: 1), numbers(m, seed: 2))
            let expected = distance(
                one.flatMap { [Float](repeating: $0, count: m) },
                other.flatMap { [Float](repeating: $0, count: n) })
            #expect(abs(distance(one, other) - expected) < 1e-9, "\(n) and \(m)")
            #expect(abs(distance(other, one) - expected) < 1e-9)
        }
    }

    @Test func aShiftIsItsOwnDistance() {
        let one = numbers(1000, seed: 3)
        #expect(abs(distance(one, one.map { $0 + 2.5 }) - 2.5) < 1e-12)
        #expect(distance(one, one) == 0)
    }

    @Test(arguments: [0, 1, 2, 3, 16, 1000, 4097]) func sorting(_ count: Int) {
        var sorter = FloatSorter(count: count)
        let special: [Float] = [
            0, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, 1, -1,
        ]
        for seed in 1...3 as ClosedRange<UInt64> {
            // Bit patterns of every kind but NaN.
            let key = RandomKey(seed: seed)
            var values = (0..<count).map { i -> Float in
                let value = Float(bitPattern: key.word(UInt64(i)))
                return value.isNaN || i % 5 == 0 ? special[i % special.count] : value
            }
            let expected = values.sorted()
            sorter.sort(&values)
            #expect(values == expected, "seed \(seed)")
        }
    }

    @Test func directionsAreEven() {
        let key = RandomKey(seed: 5)
        let vectors = (0..<400).map { ProjectionDirections.unitVector(49, key.folded(UInt64($0))) }
        for vector in vectors {
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
        }
        // Each component has mean 0 and variance 1/49; four standard errors of 400.
        for i in 0..<49 {
            let mean = vectors.reduce(0) { $0 + $1[i] } / 400
            let square = vectors.reduce(0) { $0 + $1[i] * $1[i] } / 400
            #expect(abs(mean) < 4 / 7.0 / 20)
            #expect(abs(square * 49 - 1) < 4 * 1.4 / 20)
        }
    }
}
