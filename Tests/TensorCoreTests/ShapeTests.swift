import TensorCore
import TestSupport
import Testing

@Suite struct ShapeTests {
    @Test func elementwiseShapesBroadcastFromTheLastAxis() {
        #expect((Tensor.zeros([2, 1, 4]) + Tensor.zeros([3, 1])).shape == [2, 3, 4])
        #expect((Tensor.zeros([]) * Tensor.zeros([5])).shape == [5])
        #expect((Tensor.zeros([2, 3]) .< Tensor.zeros([3])).dtype == .bool)
        #expect(
            select(Tensor.zeros([2, 1]) .> 0, Tensor.zeros([3]), Tensor.zeros([])).shape == [2, 3])
    }

    @Test func reductionsDropOrKeepAxes() {
        let x = Tensor.zeros([2, 3, 4])
        #expect(x.sum().shape == [])
        #expect(x.sum(axes: [-1]).shape == [2, 3])
        #expect(x.mean(axes: [0, 2], keepingDimensions: true).shape == [1, 3, 1])
        #expect(x.argMax(axis: 1).shape == [2, 4])
        #expect(x.argMax(axis: 1).dtype == .int32)
        #expect(x.softmax(axis: 1).shape == [2, 3, 4])
    }

    @Test func productsAndPictures() {
        #expect(
            matmul(Tensor.zeros([4, 1, 2, 3]), Tensor.zeros([5, 3, 7])).shape == [4, 5, 2, 7])
        #expect(
            matmul(Tensor.zeros([3, 2]), Tensor.zeros([7, 3]), transposeA: true, transposeB: true)
                .shape == [2, 7])
        let x = Tensor.zeros([2, 9, 8, 4])
        #expect(
            conv2d(x, Tensor.zeros([6, 3, 3, 2]), .init(stride: 2, padding: 1, groups: 2)).shape
                == [2, 5, 4, 6])
        #expect(
            convTransposed2d(x, Tensor.zeros([4, 4, 4, 3]), .init(stride: 2, padding: 1)).shape
                == [2, 18, 16, 3])
        #expect(
            convTransposed2d(
                x, Tensor.zeros([4, 3, 3, 3]), .init(stride: 2, padding: 1), outputPadding: 1
            ).shape == [2, 18, 16, 3])
        #expect(maxPool2d(x, .init(kernel: 2)).shape == [2, 4, 4, 4])
        #expect(averagePool2d(x, .init(kernel: 3, stride: 1, padding: 1)).shape == [2, 9, 8, 4])
        #expect(resized2d(x, .bilinear, height: 3, width: 20).shape == [2, 3, 20, 4])
        #expect(x.reflectionPadded2d(2).shape == [2, 13, 12, 4])
        #expect(x.edgePadded2d(20).shape == [2, 49, 48, 4])
    }

    @Test func movement() {
        let x = Tensor.zeros([2, 3, 4])
        #expect(x.reshaped([-1, 6]).shape == [4, 6])
        #expect(x.flattened(from: 1).shape == [2, 12])
        #expect(x.transposed().shape == [2, 4, 3])
        #expect(x.expanded(at: -1).shape == [2, 3, 4, 1])
        #expect(x.sliced(axis: 1, 1..<3).shape == [2, 2, 4])
        #expect(
            x.padded(low: [0, 1, 0], high: [0, 0, 2], interior: [0, 1, 0]).shape == [2, 6, 6])
        #expect(stacked([x, x]).shape == [2, 2, 3, 4])
        #expect(x.gathered(Tensor(int32: [0, 1, 1], shape: [3])).shape == [3, 3, 4])
        #expect(Tensor(int32: [2, 0], shape: [2]).oneHot(classes: 3).shape == [2, 3])
    }

    /// What changes nothing adds no node.
    @Test func nothingIsDoneForNothing() {
        let x = Tensor.zeros([2, 3]).stoppingGradient()
        for same in [
            x.reshaped([2, 3]), x.broadcast(to: [2, 3]), x.transposed([0, 1]), x.cast(to: .float32),
            x.padded(low: [0, 0], high: [0, 0]), x.sliced(starts: [0, 0], sizes: [2, 3]),
            concatenate([x], axis: 0), x.sum(axes: []),
        ] {
            #expect(same.node === x.node)
        }
    }
}

@Suite struct RandomKeyTests {
    /// The vectors that the generator's authors publish for Threefry-2x32 with 20 rounds.
    @Test func threefryMatchesItsVectors() {
        let zero = RandomKey(high: 0, low: 0)
        #expect(zero.word(0) == 0x6b20_0159)
        #expect(zero.word(1) == 0x99ba_4efe)
        let ones = RandomKey(high: .max, low: .max).folded(.max)
        #expect(ones == RandomKey(high: 0x1cb9_96fc, low: 0xbb00_2be7))
        let pi = RandomKey(high: 0x1319_8a2e, low: 0x0370_7344).folded(0x85a3_08d3_243f_6a88)
        #expect(pi == RandomKey(high: 0xc492_3a9c, low: 0x483d_f7a0))
    }

    @Test func differentPathsGiveDifferentKeys() {
        let key = RandomKey(seed: 7)
        var seen: Set<RandomKey> = [key]
        for other in key.split(100) + ["a", "b", "latents"].map({ key.folded($0) }) {
            #expect(seen.insert(other).inserted)
        }
        #expect(key.folded("a").folded(1) != key.folded(1).folded("a"))
    }

    @Test func permutationsArePermutationsAndUniform() {
        var counts = [Int](repeating: 0, count: 6)
        for seed in 0..<6000 {
            let order = RandomKey(seed: UInt64(seed)).permutation(3)
            #expect(order.sorted() == [0, 1, 2])
            counts[order[0] * 2 + (order[1] > order[2] ? 1 : 0)] += 1
        }
        // Five standard errors.
        for count in counts { #expect(abs(count - 1000) < 145) }
    }

    @Test func uniformNumbersStayInTheirRange() {
        let key = RandomKey(seed: 3)
        let values = (0..<10_000).map { key.uniform(UInt64($0)) }
        #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
        let mean = values.reduce(0, +) / 10_000
        #expect(abs(mean - 0.5) < 0.0145)
        let integers = Set((0..<1000).map { key.integer(UInt64($0), below: 7) })
        #expect(integers == Set(0..<7))
    }
}
