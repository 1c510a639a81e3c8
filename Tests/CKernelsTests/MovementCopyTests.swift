import CKernels
import TensorCore
import Testing

/// A strided copy and how large its two arrays are.
private struct StridedCase: CustomTestStringConvertible {
    var sizes: [Int]
    var dstStrides: [Int], dstOffset = 0, dstCount: Int
    var srcStrides: [Int], srcOffset = 0, srcCount: Int
    var testDescription: String { "\(sizes) to \(dstStrides) from \(srcStrides)" }

    /// Copies into a row-major result from a source of `layout` strides.
    init(_ sizes: [Int], srcStrides: [Int], srcOffset: Int = 0, srcCount: Int) {
        self.sizes = sizes
        dstStrides = movementStrides(sizes)
        dstCount = sizes.reduce(1, *)
        self.srcStrides = srcStrides
        self.srcOffset = srcOffset
        self.srcCount = srcCount
    }

    /// A transpose: axis `i` of the result is axis `permutation[i]` of the operand.
    static func transpose(_ operand: [Int], _ permutation: [Int]) -> StridedCase {
        let strides = movementStrides(operand)
        return StridedCase(
            permutation.map { operand[$0] }, srcStrides: permutation.map { strides[$0] },
            srcCount: operand.reduce(1, *))
    }

    /// Anything: layouts in random order with gaps, axes turned round or repeated.
    static func random(_ seed: UInt64, largest: Int) -> StridedCase {
        let key = RandomKey(seed: seed)
        var drawn: UInt64 = 0
        func draw(_ bound: Int) -> Int {
            drawn += 1
            return key.integer(drawn, below: bound)
        }
        func layout(_ sizes: [Int], repeats: Bool) -> (strides: [Int], offset: Int, count: Int) {
            var strides = [Int](repeating: 0, count: sizes.count)
            var offset = 0
            var extent = 1
            for axis in key.folded(UInt64(draw(1000))).permutation(sizes.count) {
                if repeats && draw(5) == 0 { continue }
                let step = extent * (draw(3) == 0 ? 1 + draw(3) : 1)
                strides[axis] = draw(4) == 0 ? -step : step
                if strides[axis] < 0 { offset += step * (sizes[axis] - 1) }
                // The odd gap keeps outer strides from being multiples of inner sizes.
                extent += step * (sizes[axis] - 1) + (draw(3) == 0 ? draw(3) : 0)
            }
            return (strides, offset, extent)
        }
        let rank = draw(7)
        let sizes = (0..<rank).map { _ in 1 + draw(largest) }
        let dst = layout(sizes, repeats: false)
        let src = layout(sizes, repeats: true)
        var made = StridedCase(
            sizes, srcStrides: src.strides, srcOffset: src.offset, srcCount: src.count)
        made.dstStrides = dst.strides
        made.dstOffset = dst.offset
        made.dstCount = dst.count
        return made
    }

    /// Runs the kernel and its naive twin; places outside the copy must keep what they held.
    func matches<T: FixedWidthInteger>(_: T.Type, threads: Int) -> Bool {
        let src = (0..<srcCount).map { T(truncatingIfNeeded: $0 &* 0x9E37_79B1 >> 3) }
        let before = (0..<dstCount).map { T(truncatingIfNeeded: ~$0) }
        var expected = before
        var index = [Int](repeating: 0, count: sizes.count)
        for _ in 0..<sizes.reduce(1, *) {
            let to = dstOffset + zip(index, dstStrides).reduce(0) { $0 + $1.0 * $1.1 }
            let from = srcOffset + zip(index, srcStrides).reduce(0) { $0 + $1.0 * $1.1 }
            expected[to] = src[from]
            for axis in sizes.indices.reversed() {
                index[axis] += 1
                if index[axis] < sizes[axis] { break }
                index[axis] = 0
            }
        }
        var found = before
        src.withUnsafeBytes { source in
            found.withUnsafeMutableBytes { target in
                let size = MemoryLayout<T>.size
                guard let s = source.baseAddress, let d = target.baseAddress else { return }
                atl_copy_strided(
                    Int32(sizes.count), sizes.map(Int64.init), d + dstOffset * size,
                    dstStrides.map(Int64.init), s + srcOffset * size, srcStrides.map(Int64.init),
                    Int32(size), Int32(threads))
            }
        }
        return found == expected
    }

    func matchesAll(threads: Int) -> Bool {
        matches(UInt8.self, threads: threads) && matches(UInt16.self, threads: threads)
            && matches(UInt32.self, threads: threads)
    }
}

private func permutations(_ rank: Int) -> [[Int]] {
    if rank == 0 { return [[]] }
    return permutations(rank - 1).flatMap { shorter in
        (0...shorter.count).map { place in
            var longer = shorter
            longer.insert(rank - 1, at: place)
            return longer
        }
    }
}

@Suite struct MovementCopyTests {
    @Test func everyPermutation() {
        for rank in 0...5 {
            let sizes = Array([3, 8, 1, 9, 4].prefix(rank))
            for permutation in permutations(rank) {
                let one = StridedCase.transpose(sizes, permutation)
                #expect(one.matchesAll(threads: 1), "\(one.testDescription)")
            }
        }
        for permutation in permutations(6) {
            let one = StridedCase.transpose([2, 3, 2, 5, 2, 8], permutation)
            #expect(one.matches(UInt32.self, threads: 1), "\(one.testDescription)")
        }
    }

    @Test(arguments: [1, 3, 4, 7, 16, 65])
    func channelsFirstAndLast(_ channels: Int) {
        for (height, width) in [(5, 7), (16, 16), (33, 40), (64, 64)] {
            let cases = [
                StridedCase.transpose([2, height, width, channels], [0, 3, 1, 2]),
                StridedCase.transpose([2, channels, height, width], [0, 2, 3, 1]),
                StridedCase.transpose([2, height, width, channels], [0, 2, 1, 3]),
            ]
            for one in cases {
                for threads in 1...3 {
                    #expect(one.matchesAll(threads: threads), "\(one.testDescription)")
                }
            }
        }
    }

    @Test func matrices() {
        for (rows, columns) in [(1, 500), (8, 8), (9, 17), (64, 128), (65, 130), (300, 301)] {
            let one = StridedCase.transpose([rows, columns], [1, 0])
            for threads in 1...2 { #expect(one.matchesAll(threads: threads), "\(rows) \(columns)") }
        }
    }

    @Test func anyStrides() {
        for seed in 0..<UInt64(600) {
            let one = StridedCase.random(seed, largest: 6)
            #expect(one.matchesAll(threads: 1), "seed \(seed): \(one.testDescription)")
        }
        for seed in 1000..<UInt64(1020) {
            let one = StridedCase.random(seed, largest: 14)
            #expect(one.matches(UInt32.self, threads: 3), "seed \(seed): \(one.testDescription)")
        }
    }

    @Test func longRunsOnThreads() {
        let flat = StridedCase([200_001], srcStrides: [1], srcCount: 200_001)
        let backwards = StridedCase(
            [200_001], srcStrides: [-1], srcOffset: 200_000, srcCount: 200_001)
        let constant = StridedCase([200_001], srcStrides: [0], srcCount: 1)
        let spaced = StridedCase([2, 70_001], srcStrides: [140_002, 2], srcCount: 280_004)
        for one in [flat, backwards, constant, spaced] {
            for threads in 1...3 {
                #expect(one.matchesAll(threads: threads), "\(one.testDescription)")
            }
        }
    }

    @Test func emptyCopiesNothing() {
        #expect(StridedCase([3, 0, 2], srcStrides: [0, 2, 1], srcCount: 1).matchesAll(threads: 2))
    }

    @Test func fillWritesExactlyTheCount() {
        for count in [0, 1, 5, 16, 1000, 100_003] {
            var values = [Float](repeating: 1, count: count + 1)
            var value: Float = -2.5
            atl_fill(&values, Int64(count), &value, 4, 2)
            #expect(values.dropLast().allSatisfy { $0 == -2.5 } && values.last == 1)
        }
    }

    @Test(arguments: [
        ([4, 5], [1, 2], [3, 0], [0, 0]), ([4, 5], [0, 0], [0, 0], [2, 1]),
        ([2, 7, 6, 3], [0, 1, 2, 0], [0, 2, 1, 0], [0, 0, 0, 0]),
        ([2, 7, 6, 3], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]),
        ([2, 60, 61, 16], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]),
        ([2, 60, 61, 16], [0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 1, 0]),
        ([3], [2], [2], [4]), ([1, 1], [0, 3], [2, 0], [5, 5]),
        ([2, 0, 3], [1, 2, 0], [0, 1, 1], [0, 3, 0]),
    ])
    func pad(_ sizes: [Int], _ low: [Int], _ high: [Int], _ interior: [Int]) {
        let source = movementFloats(sizes.reduce(1, *))
        let result = sizes.indices.map {
            low[$0] + sizes[$0] + max(sizes[$0] - 1, 0) * interior[$0] + high[$0]
        }
        let strides = movementStrides(result)
        var expected = [Float](repeating: 9, count: result.reduce(1, *))
        let sourceStrides = movementStrides(sizes)
        for flat in source.indices {
            let place = sizes.indices.reduce(0) { sum, axis in
                let index = flat / sourceStrides[axis] % sizes[axis]
                return sum + (low[axis] + index * (interior[axis] + 1)) * strides[axis]
            }
            expected[place] = source[flat]
        }
        let (found, same) = movementSameBits(count: expected.count) { dst, threads in
            var value: Float = 9
            atl_pad(
                Int32(sizes.count), sizes.map(Int64.init), low.map(Int64.init),
                high.map(Int64.init), interior.map(Int64.init), dst, source, &value, 4, threads)
        }
        #expect(found == expected)
        #expect(same)
    }
}
