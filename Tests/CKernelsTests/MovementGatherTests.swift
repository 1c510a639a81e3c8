import CKernels
import TensorCore
import Testing

@Suite struct MovementGatherTests {
    private func indices(_ count: Int, below bound: Int) -> [Int32] {
        let key = RandomKey(seed: 3)
        return (0..<count).map { Int32(key.integer(UInt64($0), below: bound)) }
    }

    @Test(arguments: [1, 3, 4, 7, 16, 65, 300], [1, 17, 900])
    func gatherAndScatterAdd(_ size: Int, _ count: Int) {
        let rows = 11
        let table = movementFloats(rows * size, 1)
        let updates = movementFloats(count * size, 2)
        let chosen = indices(count, below: rows)

        let (gathered, sameGather) = movementSameBits(count: count * size) { dst, threads in
            let code = atl_gather_rows(
                table, Int64(rows), Int64(size * 4), chosen, Int64(count), dst, threads)
            #expect(code == -1)
        }
        let expected = chosen.flatMap { table[Int($0) * size..<(Int($0) + 1) * size] }
        #expect(gathered == expected)
        #expect(sameGather)

        let (scattered, sameScatter) = movementSameBits(count: rows * size) { dst, threads in
            let code = atl_scatter_add_rows(
                updates, chosen, Int64(count), Int64(rows), Int64(size), dst, threads)
            #expect(code == -1)
        }
        var sums = [Float](repeating: 0, count: rows * size)
        for (position, row) in chosen.enumerated() {
            for column in 0..<size {
                sums[Int(row) * size + column] += updates[position * size + column]
            }
        }
        #expect(movementBits(scattered) == movementBits(sums))
        #expect(sameScatter)

        let left = movementDot(gathered, updates)
        #expect(abs(left - movementDot(table, scattered)) < 1e-4 * (1 + abs(left)))
    }

    @Test func gatherOfOddBytes() {
        let table = (0..<60).map { UInt8($0) }
        var found = [UInt8](repeating: 0, count: 15)
        let chosen: [Int32] = [3, 0, 11]
        #expect(atl_gather_rows(table, 12, 5, chosen, 3, &found, 1) == -1)
        #expect(found == [15, 16, 17, 18, 19, 0, 1, 2, 3, 4, 55, 56, 57, 58, 59])
    }

    @Test func outsideIsReportedAndNothingWritten() {
        var chosen = [Int32](repeating: 2, count: 3000)
        chosen[2100] = -1
        chosen[2900] = 5
        let table = movementFloats(5)
        var dst = [Float](repeating: 9, count: 3000)
        #expect(atl_gather_rows(table, 5, 4, chosen, 3000, &dst, 2) == 2100)
        #expect(dst.allSatisfy { $0 == 9 })
        chosen[2100] = 4
        #expect(atl_scatter_add_rows(dst, chosen, 3000, 5, 1, &dst, 2) == 2900)
        #expect(atl_gather_rows(table, 0, 4, chosen, 3000, &dst, 2) == 0)
        chosen[2900] = .min
        #expect(atl_gather_rows(table, 5, 4, chosen, 3000, &dst, 2) == 2900)
    }

    @Test(arguments: [(1, 1), (5, 1), (16, 1), (100, 1), (1000, 1), (3, 7), (10, 129), (4, 300)])
    func argMax(_ count: Int, _ inner: Int) {
        for (outer, special) in [(1, false), (6, true), (40, false), (40, true)] {
            let x = movementTies(outer * count * inner, UInt64(outer), special: special)
            var expected: [Int32] = []
            for o in 0..<outer {
                for i in 0..<inner {
                    var best = 0
                    for k in 0..<count {
                        let place = (o * count + k) * inner + i
                        let held = x[(o * count + best) * inner + i]
                        if x[place] > held || (x[place].isNaN && !held.isNaN) { best = k }
                    }
                    expected.append(Int32(best))
                }
            }
            for threads in [1, 2] as [Int32] {
                var found = [Int32](repeating: -1, count: outer * inner)
                atl_arg_max_f32(x, Int64(outer), Int64(count), Int64(inner), &found, threads)
                #expect(found == expected, "outer \(outer), \(threads) threads")
            }
        }
    }
}
